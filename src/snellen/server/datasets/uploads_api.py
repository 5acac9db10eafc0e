"""Resumable uploads over HTTP: tus 1.0.0, core, creation and termination (docs/decisions/0006)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Coroutine
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.requests import ClientDisconnect

from snellen.errors import InvalidInput, SnellenError, TusVersionUnknown
from snellen.server.auth.api import CurrentPerson
from snellen.server.datasets.access import editor_somewhere
from snellen.server.datasets.uploads import Upload, Uploads
from snellen.server.state import AppState, State
from snellen.server.web import error_response

VERSION = "1.0.0"
BYTES = "application/offset+octet-stream"
PATH = "/datasets/uploads"


class TusRoute(APIRoute):
    """Every answer of the protocol, errors too, says its version."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler with the protocol's headers."""
        handler = super().get_route_handler()

        async def with_version(request: Request) -> Response:
            try:
                answer = await handler(request)
            except SnellenError as error:
                answer = error_response(error)
            answer.headers["tus-resumable"] = VERSION
            if answer.status_code == TusVersionUnknown.status or request.method == "OPTIONS":
                answer.headers["tus-version"] = VERSION
            return answer

        return with_version


def _check_version(tus_resumable: Annotated[str | None, Header()] = None) -> None:
    if tus_resumable != VERSION:
        raise TusVersionUnknown(f"Tus-Resumable: got {tus_resumable!r}, expected {VERSION!r}")


router = APIRouter(tags=["datasets"], route_class=TusRoute, dependencies=[editor_somewhere])
speaks_tus = [Depends(_check_version)]


class UploadState(BaseModel):
    """How far an upload is, in bytes."""

    id: str
    filename: str
    size: int
    offset: int
    complete: bool


@router.options(PATH, status_code=204)
def upload_options(state: AppState) -> Response:
    """What of the protocol is spoken here."""
    return Response(
        status_code=204,
        headers={"tus-extension": "creation,termination", "tus-max-size": str(state.settings.max_upload_bytes)},
    )


@router.post(PATH, status_code=201, dependencies=speaks_tus, response_class=Response)
def create_upload(
    state: AppState,
    person: CurrentPerson,
    upload_length: Annotated[int, Header()],
    upload_metadata: Annotated[str | None, Header()] = None,
) -> Response:
    """Begin an upload; ``Location`` is where its bytes go. ``Upload-Metadata`` holds ``filename``."""
    uploads = _uploads(state)
    uploads.remove_expired()
    filename = _metadata(upload_metadata or "").get("filename") or "upload"
    upload = uploads.create(filename, upload_length, metadata=upload_metadata or "", owner=person.key)
    location = f"/api/v1{PATH}/{upload.id}"
    return Response(status_code=201, headers={"location": location, **_offset(upload.offset)})


@router.head(PATH + "/{upload_id}", dependencies=speaks_tus, response_class=Response)
def upload_offset(upload_id: str, person: CurrentPerson, state: AppState) -> Response:
    """How much is here, to go on from."""
    upload = _uploads(state).get(upload_id, person.key)
    headers = {"upload-length": str(upload.size), "cache-control": "no-store", **_offset(upload.offset)}
    if upload.metadata:
        headers["upload-metadata"] = upload.metadata
    return Response(status_code=200, headers=headers)


@router.get(PATH + "/{upload_id}")
def read_upload(upload_id: str, person: CurrentPerson, state: AppState, response: Response) -> UploadState:
    """How much is here, for people."""
    response.headers["cache-control"] = "no-store"
    return _state_of(_uploads(state).get(upload_id, person.key))


@router.patch(
    PATH + "/{upload_id}",
    status_code=204,
    dependencies=speaks_tus,
    openapi_extra={"requestBody": {"content": {BYTES: {"schema": {"type": "string", "format": "binary"}}}}},
)
async def append_to_upload(
    upload_id: str,
    request: Request,
    person: CurrentPerson,
    state: AppState,
    upload_offset: Annotated[int, Header()],
    content_type: Annotated[str | None, Header()] = None,
    content_length: Annotated[int | None, Header(include_in_schema=False)] = None,
) -> Response:
    """Go on with an upload; a client that goes away half-way leaves what arrived."""
    if content_type != BYTES:
        raise InvalidInput(f"Content-Type: got {content_type!r}, expected {BYTES}")
    try:
        uploads = _uploads(state)
        offset = await uploads.receive(upload_id, upload_offset, request.stream(), content_length, person.key)
    except ClientDisconnect:
        return Response(status_code=204)  # nobody hears it
    return Response(status_code=204, headers=_offset(offset))


@router.delete(PATH + "/{upload_id}", status_code=204, dependencies=speaks_tus)
def remove_upload(upload_id: str, person: CurrentPerson, state: AppState) -> Response:
    """Give an upload up."""
    _uploads(state).remove(upload_id, person.key)
    return Response(status_code=204)


def _uploads(state: State) -> Uploads:
    return cast(Uploads, state.parts["uploads"])


def _offset(offset: int) -> dict[str, str]:
    return {"upload-offset": str(offset)}


def _state_of(upload: Upload) -> UploadState:
    return UploadState(
        id=upload.id, filename=upload.filename, size=upload.size, offset=upload.offset, complete=upload.complete
    )


def _metadata(header: str) -> dict[str, str]:
    """``filename ZGF0YS56aXA=,other`` → names and their decoded values."""
    found = {}
    for pair in filter(None, map(str.strip, header.split(","))):
        name, _, value = pair.partition(" ")
        try:
            found[name] = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError) as error:
            raise InvalidInput(f"Upload-Metadata: the value of {name!r} is no Base64 of UTF-8 text") from error
    return found
