"""The checkpoints that a job begins with, for its supervisor, who holds no store keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response, StreamingResponse
from pydantic import BaseModel

from snellen.errors import ArtifactNotFound
from snellen.server.answers import file_answer
from snellen.server.artifacts import service
from snellen.server.artifacts.weights import resumable
from snellen.server.jobs import service as jobs
from snellen.server.jobs.access import TokenAttempt
from snellen.server.state import AppState, State

callbacks = APIRouter(tags=["callbacks"])


class InitialCheckpoint(BaseModel):
    """Another job's checkpoint to begin with."""

    name: str
    size: int
    sha256: str
    url: str


class Checkpoint(InitialCheckpoint):
    """A checkpoint of an earlier attempt, with what its trainer said of it."""

    epoch: int
    metadata: dict[str, Any]


class JobCheckpoints(BaseModel):
    """``resume`` has the newest epoch first: who finds one broken takes the next."""

    resume: list[Checkpoint]
    init: InitialCheckpoint | None


@callbacks.get("/training/jobs/{job_id}/weights")
def weights(job_id: int, number: TokenAttempt, state: AppState) -> JobCheckpoints:
    """The checkpoints that the job may begin with."""
    base = f"/api/v1/training/jobs/{job_id}/weights"
    with state.database.read() as session:
        job = jobs.get_job(session, job_id)
        jobs.check_attempt(job, number)
        found = [
            Checkpoint(
                name=row.name, size=row.size, sha256=row.sha256, url=f"{base}/{row.id}",
                epoch=row.epoch or 0, metadata=row.details,
            )
            for row in resumable(session, job_id)
        ]  # fmt: skip
        first = job.initial
    init = None
    if first is not None:
        init = InitialCheckpoint(name=first["name"], size=first["size"], sha256=first["sha256"], url=f"{base}/initial")
    return JobCheckpoints(resume=found, init=init)


@callbacks.get("/training/jobs/{job_id}/weights/initial", response_class=StreamingResponse, responses=file_answer())
def initial(job_id: int, number: TokenAttempt, state: AppState) -> Response:
    """The bytes of another job's checkpoint."""
    with state.database.read() as session:
        first = jobs.get_job(session, job_id).initial
    if first is None:
        raise ArtifactNotFound(f"job {job_id} begins with no checkpoint of another job")
    return _streamed(state, first["key"])


@callbacks.get(
    "/training/jobs/{job_id}/weights/{artifact_id}", response_class=StreamingResponse, responses=file_answer()
)
def checkpoint(job_id: int, artifact_id: int, number: TokenAttempt, state: AppState) -> Response:
    """The bytes of a checkpoint of this job."""
    with state.database.read() as session:
        row = service.get_artifact(session, artifact_id)
    if row.job_id != job_id:
        raise ArtifactNotFound(f"job {job_id} has no artifact {artifact_id}")
    return _streamed(state, row.key)


def _streamed(state: State, key: str) -> Response:
    stream: Iterator[bytes] = state.internal.stream(key)
    return StreamingResponse(stream, media_type="application/octet-stream")
