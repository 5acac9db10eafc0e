"""Snapshots as archives in the format of other tools."""

from __future__ import annotations

from typing import Literal, cast
from urllib.parse import quote

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from snellen.server.answers import file_answer
from snellen.server.auth import audit
from snellen.server.auth.api import CurrentPerson
from snellen.server.auth.people import Permission
from snellen.server.datasets import service
from snellen.server.datasets.access import of_dataset
from snellen.server.datasets.frames import SnapshotFrames
from snellen.server.state import AppState
from snellen.storage.object_keys import file_key

router = APIRouter(tags=["datasets"], dependencies=[of_dataset(Permission.WRITE)])


@router.get("/datasets/{dataset_id}/export", response_class=StreamingResponse, responses=file_answer("application/zip"))
def export(
    dataset_id: int,
    person: CurrentPerson,
    state: AppState,
    format: Literal["yolo", "coco"],
    snapshot: str | None = None,
) -> StreamingResponse:
    """A zip of a snapshot, made while it is sent. Classification as ``yolo`` is a folder per class."""
    from snellen.formats.export import export_files, zip_files

    with state.database.write() as session:
        dataset = service.get_dataset(session, dataset_id)
        name = dataset.name
        audit.record(session, person, "dataset.export", target=f"dataset {name}", project_id=dataset.project_id)
        snapshot_hash = service.find_snapshot(session, dataset_id, snapshot)
    whole = cast(SnapshotFrames, state.parts["frames"]).get(snapshot_hash)
    files = export_files(whole, format)
    content = zip_files(files, lambda sha256: state.external.stream(file_key(sha256)))
    filename = quote(f"{name}-{snapshot_hash[:12]}-{format}.zip", safe="")
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{filename}"}
    return StreamingResponse(content, media_type="application/zip", headers=headers)
