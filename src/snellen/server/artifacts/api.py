"""Artifacts as people and programs read them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from snellen.contract.events import ArtifactKind
from snellen.server.answers import ANY_TYPE, file_answer
from snellen.server.artifacts import service
from snellen.server.artifacts.downloads import answer_download
from snellen.server.artifacts.schemas import ArtifactPage
from snellen.server.auth.api import current_person
from snellen.server.jobs import service as jobs
from snellen.server.schemas import decode_cursor, encode_cursor
from snellen.server.state import AppState

router = APIRouter(tags=["artifacts"], dependencies=[Depends(current_person)])


@router.get("/training/jobs/{job_id}/artifacts")
def index(
    job_id: int,
    state: AppState,
    kind: ArtifactKind | None = None,
    epoch: Annotated[int | None, Query(ge=1)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
    cursor: str | None = None,
) -> ArtifactPage:
    """The job's files, newest first."""
    with state.database.read() as session:
        jobs.get_job(session, job_id)
        rows, after = service.list_artifacts(
            session, job_id, kind=kind, epoch=epoch, limit=limit, before=decode_cursor(cursor)
        )
        items = [service.artifact_out(row) for row in rows]
    return ArtifactPage(items=items, next_cursor=encode_cursor(after))


@router.get(
    "/artifacts/{artifact_id}/download", response_class=StreamingResponse, responses=file_answer(ANY_TYPE, ranged=True)
)
def download(artifact_id: int, request: Request, state: AppState) -> Response:
    """The file with its content type, whole or the ``Range`` asked for; or a redirect to a presigned URL."""
    with state.database.read() as session:
        row = service.get_artifact(session, artifact_id)
    return answer_download(request, row, state.internal, direct=state.settings.direct_transfers)
