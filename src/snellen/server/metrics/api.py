"""Metrics over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from snellen.server.auth.people import Permission
from snellen.server.jobs.access import of_job
from snellen.server.jobs.service import get_job
from snellen.server.metrics import service
from snellen.server.metrics.schemas import MetricsOut
from snellen.server.state import AppState

router = APIRouter(tags=["metrics"], dependencies=[of_job(Permission.READ)])


@router.get("/training/jobs/{job_id}/metrics")
def read_metrics(
    job_id: int,
    state: AppState,
    keys: Annotated[str | None, Query(description="keys, separated by commas; all without")] = None,
    max_points: Annotated[int, Query(ge=2, le=service.MAX_POINTS_AN_ANSWER)] = 2000,
) -> MetricsOut:
    """Every key that arrived, or those asked for, down-sampled so that minima and maxima survive."""
    wanted = [k for k in keys.split(",") if k] if keys else None
    with state.database.read() as session:
        get_job(session, job_id)
        return MetricsOut(series=service.read(session, job_id, keys=wanted, max_points=max_points))
