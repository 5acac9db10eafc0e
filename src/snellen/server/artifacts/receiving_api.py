"""Uploads of supervisors, who hold no store keys: announced, sent in parts, checked, published."""

from __future__ import annotations

import hashlib
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.concurrency import run_in_threadpool

from snellen.errors import TooLarge, UploadMismatch
from snellen.server.artifacts import service
from snellen.server.artifacts.downloads import disposition
from snellen.server.artifacts.parts import Parts
from snellen.server.artifacts.schemas import ArtifactOut, FileIn, PartOut, UploadCreate, UploadOut
from snellen.server.artifacts.tables import Upload
from snellen.server.jobs import service as jobs
from snellen.server.jobs.access import TokenAttempt
from snellen.server.state import AppState, State
from snellen.server.turns import in_turn, run_in_turn
from snellen.storage import object_keys

#: Whatever a part really is: the whole gets its own type when it is published.
PART_HEADERS = {"content-type": "application/octet-stream"}
PRESIGNED_SECONDS = 3600

callbacks = APIRouter(tags=["callbacks"])
PartNumber = Annotated[int, Path(ge=1, le=1_000_000)]


@callbacks.put("/training/jobs/{job_id}/files")
async def put_file(
    job_id: int, file: Annotated[FileIn, Query()], number: TokenAttempt, request: Request, state: AppState
) -> ArtifactOut:
    """A small file in one request, its bytes as the body: checked, stored, published, as by an upload.

    A larger one than ``SNELLEN_MAX_BODY_BYTES``, and one with metadata, is announced to ``…/uploads``.
    """
    return await run_in_turn(_store_small, state, job_id, file, number, await request.body())


@callbacks.post("/training/jobs/{job_id}/uploads", status_code=201)
@in_turn
def announce(job_id: int, body: UploadCreate, number: TokenAttempt, state: AppState) -> UploadOut:
    """Announce a file; bytes that the job already holds, and parts that have arrived, need not be sent again."""
    if body.size > state.settings.max_upload_bytes:
        raise TooLarge(
            f"{body.name} has {body.size} bytes, at most {state.settings.max_upload_bytes} are taken; "
            "raise SNELLEN_MAX_UPLOAD_BYTES"
        )
    with state.database.write() as session:
        job = jobs.get_job(session, job_id, lock=True)
        jobs.check_attempt(job, number)
        same = service.held(session, job_id, body.sha256, body.size)
        upload = service.announce(session, job_id, body, part_size=state.settings.upload_part_bytes)
        object_keys.check_key(service.key_of(job_id, upload))  # now, not after the bytes were sent
        if same is not None:
            artifact, unnamed = service.publish(session, upload, same.key)
            answer = UploadOut(
                upload_id=None, method="PUT", url=None, headers={}, already=True,
                artifact=service.artifact_out(artifact),
            )  # fmt: skip
    if same is not None:
        state.internal.delete(*unnamed)
        return answer
    parts = Parts(state.internal, upload)
    url = f"/api/v1/training/jobs/{job_id}/uploads/{upload.id}/content"
    if parts.count == 1:
        url = _presigned(state, upload, 1) or url
    return UploadOut(
        upload_id=upload.id, method="PUT", url=url, headers=PART_HEADERS, already=False, artifact=None,
        part_size=upload.part_size, parts=parts.count, received=parts.received(),
    )  # fmt: skip


@callbacks.get("/training/jobs/{job_id}/uploads/{upload_id}/parts/{part}")
def part_place(
    job_id: int, upload_id: str, part: PartNumber, number: TokenAttempt, state: AppState, direct: bool = True
) -> PartOut:
    """Where to PUT a part: the store, by a presigned URL, or the server, also for who says ``direct=false``."""
    upload = _open_upload(state, job_id, upload_id, number)
    Parts(state.internal, upload).size_of(part)
    url = _presigned(state, upload, part) if direct else None
    own = f"/api/v1/training/jobs/{job_id}/uploads/{upload_id}/parts/{part}/content"
    return PartOut(method="PUT", url=url or own, headers=PART_HEADERS)


@callbacks.put("/training/jobs/{job_id}/uploads/{upload_id}/parts/{part}/content", status_code=204)
async def receive_part(
    job_id: int, upload_id: str, part: PartNumber, number: TokenAttempt, request: Request, state: AppState
) -> None:
    """The bytes of one part."""
    upload = await run_in_threadpool(_open_upload, state, job_id, upload_id, number)
    parts = Parts(state.internal, upload)
    await _receive(request, upload, parts, part, part)


@callbacks.put("/training/jobs/{job_id}/uploads/{upload_id}/content", status_code=204)
async def receive(job_id: int, upload_id: str, number: TokenAttempt, request: Request, state: AppState) -> None:
    """The bytes of the whole file at once; nothing shows before ``…/complete``."""
    upload = await run_in_threadpool(_open_upload, state, job_id, upload_id, number)
    parts = Parts(state.internal, upload)
    await _receive(request, upload, parts, 1, parts.count)


@callbacks.post("/training/jobs/{job_id}/uploads/{upload_id}/complete")
@in_turn
def complete(job_id: int, upload_id: str, number: TokenAttempt, state: AppState) -> ArtifactOut:
    """Check size and hash, store the file, publish it."""
    with state.database.read() as session:
        jobs.check_attempt(jobs.get_job(session, job_id), number)
        upload = service.get_upload(session, job_id, upload_id)
        key = service.free_key(session, upload)
    parts = Parts(state.internal, upload)
    # The file first and the row second: a reader sees the whole artifact or none.
    parts.join(key)
    with state.database.write() as session:
        job = jobs.get_job(session, job_id, lock=True)
        jobs.check_attempt(job, number)
        artifact, unnamed = service.publish(session, service.get_upload(session, job_id, upload_id), key)
        answer = service.artifact_out(artifact)
    _count(state, answer)
    parts.remove()
    state.internal.delete(*unnamed)
    return answer


def _store_small(state: State, job_id: int, file: FileIn, number: int, data: bytes) -> ArtifactOut:
    if (found := hashlib.sha256(data).hexdigest()) != file.sha256:
        raise UploadMismatch(
            f"{file.name}: SHA-256 of the {len(data)} bytes that came is {found}, told was {file.sha256}; send it again"
        )
    upload = service.small_upload(job_id, file, len(data))
    with state.database.read() as session:
        jobs.check_sender(session, job_id, number)
        key = service.free_key(session, upload)
    # The file first and the row second: a reader sees the whole artifact or none.
    shown_as = disposition(key, file.content_type)
    state.internal.put_bytes(key, data, file.content_type, disposition=shown_as)
    with state.database.write() as session:
        jobs.check_sender(session, job_id, number, lock=True)
        artifact, unnamed = service.publish(session, upload, key)
        answer = service.artifact_out(artifact)
    _count(state, answer)
    state.internal.delete(*unnamed)
    return answer


def _count(state: State, artifact: ArtifactOut) -> None:
    state.measures.uploads.labels(artifact.kind).inc()
    state.measures.upload_bytes.inc(artifact.size)


async def _receive(request: Request, upload: Upload, parts: Parts, first: int, last: int) -> None:
    """Keep the body as the parts `first` to `last`; one part at a time is in memory."""
    expected = sum(parts.size_of(n) for n in range(first, last + 1))
    buffer, current, received = bytearray(), first, 0
    async for chunk in request.stream():
        buffer += chunk
        received += len(chunk)
        if received > expected:
            break
        while len(buffer) >= parts.size_of(current) and current < last:
            size = parts.size_of(current)
            await run_in_threadpool(parts.put, current, bytes(buffer[:size]))
            del buffer[:size]
            current += 1
    if received != expected:
        raise UploadMismatch(f"{upload.name}: got {received} bytes or more, announced were {expected}; send it again")
    await run_in_threadpool(parts.put, last, bytes(buffer))


def _presigned(state: State, upload: Upload, part: int) -> str | None:
    if not state.settings.direct_transfers:
        return None
    return state.internal.presign("PUT", object_keys.part_key(upload.id, part), PRESIGNED_SECONDS)


def _open_upload(state: State, job_id: int, upload_id: str, number: int) -> Upload:
    with state.database.read() as session:
        jobs.check_attempt(jobs.get_job(session, job_id), number)
        return service.get_upload(session, job_id, upload_id)
