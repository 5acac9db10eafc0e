"""Artifacts as people and programs read them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse

from snellen.contract.events import ArtifactKind
from snellen.server.answers import ANY_TYPE, file_answer
from snellen.server.artifacts import service
from snellen.server.artifacts.downloads import answer_download
from snellen.server.artifacts.schemas import ArtifactPage
from snellen.server.auth.access import check_place, needs
from snellen.server.auth.api import CurrentPerson
from snellen.server.auth.people import Permission
from snellen.server.jobs import service as jobs
from snellen.server.jobs.access import of_job
from snellen.server.schemas import decode_cursor, encode_cursor
from snellen.server.state import AppState

router = APIRouter(tags=["artifacts"])


async def _may_read(artifact_id: int, person: CurrentPerson, state: AppState) -> None:
    await check_place(
        state,
        person,
        Permission.READ,
        key=("artifact", artifact_id),
        find=lambda session: jobs.project_of(session, service.get_artifact(session, artifact_id).job_id),
        missing=service.no_artifact(artifact_id),
        what=f"artifact {artifact_id}",
    )


@router.get("/training/jobs/{job_id}/artifacts", dependencies=[of_job(Permission.READ)])
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
    "/artifacts/{artifact_id}/download",
    response_class=StreamingResponse,
    responses=file_answer(ANY_TYPE, ranged=True),
    dependencies=[needs(_may_read, "read in the artifact's project")],
)
def download(artifact_id: int, request: Request, state: AppState) -> Response:
    """The file with its content type, whole or the ``Range`` asked for; or a redirect to a presigned URL."""
    with state.database.read() as session:
        row = service.get_artifact(session, artifact_id)
    return answer_download(request, row, state.internal, direct=state.settings.direct_transfers)
