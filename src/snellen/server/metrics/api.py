"""Metrics over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from snellen.server.auth.people import Permission
from snellen.server.jobs.access import of_job
from snellen.server.jobs.service import get_job
from snellen.server.metrics import service
from snellen.server.metrics.part import part_of
from snellen.server.metrics.schemas import Axis, MetricsOut
from snellen.server.state import AppState

router = APIRouter(tags=["metrics"], dependencies=[of_job(Permission.READ)])


@router.get("/training/jobs/{job_id}/metrics")
def read_metrics(
    job_id: int,
    state: AppState,
    keys: Annotated[str | None, Query(description="keys, separated by commas; all without")] = None,
    key: Annotated[list[str] | None, Query(description="one key, as it is; may be given several times")] = None,
    max_points: Annotated[int, Query(ge=2, le=service.MAX_POINTS_AN_ANSWER)] = 2000,
    axis: Annotated[
        Axis, Query(description="what `from` and `to` are: steps, epochs or Unix milliseconds")
    ] = Axis.STEP,
    low: Annotated[float | None, Query(alias="from", allow_inf_nan=False, description="inclusive")] = None,
    high: Annotated[float | None, Query(alias="to", allow_inf_nan=False, description="inclusive")] = None,
    first: Annotated[
        int | None,
        Query(ge=1, description="the points of so many keys alone: those that the dashboard shows on top"),
    ] = None,
) -> MetricsOut:
    """Every key that arrived, or those asked for, down-sampled so that minima and maxima survive.

    With `from` or `to`, of that range alone, in which more of the points have room. With `first`, the other keys come
    without points and are named in `later`.
    """
    wanted = [*(k for k in (keys or "").split(",") if k), *(key or [])]
    part = part_of(axis, low, high)
    with state.database.read() as session:
        job = get_job(session, job_id)
        return service.read(session, job, keys=wanted, max_points=max_points, part=part, first=first)
