"""The job's snapshot for its supervisor, who holds no store keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import Response, StreamingResponse
from pydantic import BaseModel

from snellen.errors import NotAllowed, ObjectMissing, SnapshotNotFound
from snellen.server.answers import file_answer
from snellen.server.datasets.frames import SnapshotFrames
from snellen.server.jobs import service
from snellen.server.jobs.access import TokenAttempt
from snellen.server.state import AppState, State
from snellen.storage import object_keys
from snellen.storage.object_keys import SNAPSHOT_FILES

callbacks = APIRouter(tags=["callbacks"])


class JobSnapshot(BaseModel):
    """Where to read the job's snapshot; ``file_url`` has ``{sha256}`` in it."""

    snapshot: str
    name: str
    task: str
    class_names: list[str]
    tables: dict[str, str]
    file_url: str


@callbacks.get("/training/jobs/{job_id}/dataset")
def snapshot(job_id: int, number: TokenAttempt, state: AppState) -> JobSnapshot:
    """The snapshot that the job is pinned to."""
    with state.database.read() as session:
        job = service.get_job(session, job_id)
    base = f"/api/v1/training/jobs/{job_id}/dataset"
    return JobSnapshot(
        snapshot=_pinned(state, job_id),
        name=job.dataset_name or "",
        task=job.task,
        class_names=job.class_names,
        tables={name: f"{base}/tables/{file}" for name, file in SNAPSHOT_FILES.items()},
        file_url=f"{base}/files/{{sha256}}",
    )


@callbacks.get("/training/jobs/{job_id}/dataset/tables/{name}", response_class=Response, responses=file_answer())
def table(job_id: int, name: str, number: TokenAttempt, state: AppState) -> Response:
    """A table of the snapshot."""
    if name not in SNAPSHOT_FILES.values():
        raise ObjectMissing(f"a snapshot has no table {name!r}; it has {', '.join(SNAPSHOT_FILES.values())}")
    data = state.external.get_bytes(object_keys.snapshot_prefix(_pinned(state, job_id)) + name)
    return Response(data, media_type="application/octet-stream")


@callbacks.get(
    "/training/jobs/{job_id}/dataset/files/{sha256}", response_class=StreamingResponse, responses=file_answer()
)
def image(
    job_id: int, sha256: Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")], number: TokenAttempt, state: AppState
) -> Response:
    """An image file of the snapshot, and of no other."""
    frames: SnapshotFrames = state.parts["frames"]
    if not frames.has_file(_pinned(state, job_id), sha256):
        raise NotAllowed(f"file {sha256[:12]}… does not belong to the snapshot of job {job_id}")
    stream: Iterator[bytes] = state.external.stream(object_keys.file_key(sha256))
    return StreamingResponse(stream, media_type="application/octet-stream")


def _pinned(state: State, job_id: int) -> str:
    with state.database.read() as session:
        snapshot_hash = service.get_job(session, job_id).snapshot
    if snapshot_hash is None:
        raise SnapshotNotFound(f"job {job_id} has no dataset in Snellen")
    return snapshot_hash
