"""Artifacts over HTTP, and the uploads and dataset reads of supervisors, who hold no store keys."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from snellen.contract.events import ArtifactKind
from snellen.errors import TooLarge, UploadMismatch
from snellen.server.artifacts import service
from snellen.server.artifacts.schemas import ArtifactOut, ArtifactPage, UploadCreate, UploadOut
from snellen.server.artifacts.tables import Upload
from snellen.server.auth.api import current_person
from snellen.server.jobs import service as jobs
from snellen.server.jobs.access import TokenAttempt
from snellen.server.schemas import decode_cursor, encode_cursor
from snellen.server.state import AppState, State
from snellen.storage import object_keys

#: Only these are shown in a page of ours; anything else is offered as a file (SVG and HTML can run code).
SHOWN = frozenset({"image/png", "image/jpeg", "image/webp", "image/gif", "text/plain", "text/csv", "application/json"})

router = APIRouter(tags=["artifacts"], dependencies=[Depends(current_person)])
callbacks = APIRouter(tags=["callbacks"])


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


@router.get("/artifacts/{artifact_id}/download", response_class=StreamingResponse)
def download(artifact_id: int, state: AppState) -> Response:
    """The file with its content type."""
    with state.database.read() as session:
        row = service.get_artifact(session, artifact_id)
    shown = row.content_type.split(";")[0].strip() in SHOWN
    file_name = quote(Path(row.key).name)
    headers = {
        "content-length": str(row.size),
        "content-disposition": f"{'inline' if shown else 'attachment'}; filename*=UTF-8''{file_name}",
        "etag": f'"{row.sha256}"',
        "cache-control": "private, no-cache",
    }
    stream: Iterator[bytes] = state.internal.stream(row.key)
    return StreamingResponse(stream, media_type=row.content_type, headers=headers)


@callbacks.post("/training/jobs/{job_id}/uploads", status_code=201)
def announce(job_id: int, body: UploadCreate, number: TokenAttempt, state: AppState) -> UploadOut:
    """Announce a file; bytes that the job already holds need not be sent again."""
    if body.size > state.settings.max_upload_bytes:
        raise TooLarge(
            f"{body.name} has {body.size} bytes, at most {state.settings.max_upload_bytes} are taken; "
            "raise SNELLEN_MAX_UPLOAD_BYTES"
        )
    with state.database.write() as session:
        job = jobs.get_job(session, job_id, lock=True)
        jobs.check_attempt(job, number)
        same = service.held(session, job_id, body.sha256, body.size)
        upload = service.announce(session, job_id, body)
        object_keys.check_key(service.key_of(job_id, upload))  # now, not after the bytes were sent
        if same is not None:
            artifact, unnamed = service.publish(session, upload, same.key)
            answer = UploadOut(
                upload_id=None, method="PUT", url=None, headers={}, already=True,
                artifact=service.artifact_out(artifact),
            )  # fmt: skip
        else:
            url = f"/api/v1/training/jobs/{job_id}/uploads/{upload.id}/content"
            headers = {"content-type": body.content_type}
            return UploadOut(upload_id=upload.id, method="PUT", url=url, headers=headers, already=False, artifact=None)
    state.internal.delete(*unnamed)
    return answer


@callbacks.put("/training/jobs/{job_id}/uploads/{upload_id}/content", status_code=204)
async def receive(job_id: int, upload_id: str, number: TokenAttempt, request: Request, state: AppState) -> None:
    """The bytes of an announced file; nothing shows before ``…/complete``."""
    upload = await run_in_threadpool(_open_upload, state, job_id, upload_id, number)
    part = _part_file(state, upload_id)
    received = 0
    with part.open("wb") as file:
        async for chunk in request.stream():
            received += len(chunk)
            if received > upload.size:
                break
            await run_in_threadpool(file.write, chunk)
    if received != upload.size:
        part.unlink(missing_ok=True)
        raise UploadMismatch(
            f"{upload.name}: got {received} bytes or more, announced were {upload.size}; send it again"
        )


@callbacks.post("/training/jobs/{job_id}/uploads/{upload_id}/complete")
def complete(job_id: int, upload_id: str, number: TokenAttempt, state: AppState) -> ArtifactOut:
    """Check size and hash, store the file, publish it."""
    upload = _open_upload(state, job_id, upload_id, number)
    part = _part_file(state, upload_id)
    _check(upload, part)
    with state.database.read() as session:
        key = service.free_key(session, upload)
    # The file first and the row second: a reader sees the whole artifact or none.
    state.internal.put_file(key, part, upload.content_type)
    if (stored := state.internal.size(key)) != upload.size:
        raise UploadMismatch(f"{upload.name}: the store holds {stored} bytes of {upload.size}; send it again")
    with state.database.write() as session:
        job = jobs.get_job(session, job_id, lock=True)
        jobs.check_attempt(job, number)
        artifact, unnamed = service.publish(session, service.get_upload(session, job_id, upload_id), key)
        answer = service.artifact_out(artifact)
    part.unlink(missing_ok=True)
    state.internal.delete(*unnamed)
    return answer


def _open_upload(state: State, job_id: int, upload_id: str, number: int) -> Upload:
    with state.database.read() as session:
        jobs.check_attempt(jobs.get_job(session, job_id), number)
        return service.get_upload(session, job_id, upload_id)


def _part_file(state: State, upload_id: str) -> Path:
    return state.settings.data_dir / "tmp" / f"upload-{upload_id}"


def _check(upload: Upload, part: Path) -> None:
    if not part.is_file():
        raise UploadMismatch(f"{upload.name}: no bytes have arrived; PUT them first")
    with part.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != upload.sha256:
        part.unlink(missing_ok=True)
        raise UploadMismatch(f"{upload.name}: SHA-256 is {digest}, announced was {upload.sha256}; send it again")
