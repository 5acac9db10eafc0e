"""Pictures and thumbnails over HTTP. What is known and made already is answered without another thread."""

from __future__ import annotations

import re
from typing import Annotated, cast

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from snellen.errors import InvalidInput
from snellen.server.answers import file_answer
from snellen.server.auth.people import Permission
from snellen.server.datasets import service
from snellen.server.datasets.access import of_dataset
from snellen.server.datasets.pictures import Crop, Pictures
from snellen.server.recent import Recent
from snellen.server.state import AppState, State

FOREVER = {"cache-control": "private, max-age=31536000, immutable"}
#: Without a snapshot it is the newest that is meant.
UNPINNED = {"cache-control": "private, no-cache"}
WEBP = "image/webp"

router = APIRouter(tags=["datasets"], dependencies=[of_dataset(Permission.READ)])


@router.get("/datasets/{dataset_id}/images/{image_id}/file", response_class=Response, responses=file_answer("image/*"))
async def image_file(
    dataset_id: int,
    image_id: int,
    request: Request,
    state: AppState,
    size: Annotated[int | None, Query(ge=1, le=8192)] = None,
    snapshot: str | None = None,
    view: bool = False,
    crop: Annotated[
        str | None, Query(max_length=50, description="a part: x,y,width,height in whole px of the upright image")
    ] = None,
) -> Response:
    """The image as imported; with ``size`` a WebP thumbnail of about that many pixels, with ``view`` a WebP as large as
    the image where browsers would show the file not at all, not upright or too dark, and else the file. With ``crop``
    and ``size`` a part of it. With ``snapshot`` the answer never changes."""
    part = _crop(crop, size)
    pictures = cast(Pictures, state.parts["pictures"])
    recent: Recent[str] = state.parts["pinned"]
    snapshot_hash = None if snapshot is None else recent.get((dataset_id, snapshot))
    if snapshot_hash is None:
        snapshot_hash = await run_in_threadpool(_find_snapshot, state, dataset_id, snapshot)
    picture = pictures.peek(snapshot_hash, image_id)
    if picture is None:
        picture = await run_in_threadpool(pictures.find, snapshot_hash, image_id)
    content_type = WEBP
    if size is None and not view:
        data, content_type = await run_in_threadpool(pictures.original, picture.sha256), picture.content_type
    elif size is not None and (made := pictures.cached(picture.sha256, size, part)) is not None:
        data = made
    else:
        async with pictures.turns:
            if await request.is_disconnected():  # it waited for its turn, and the page is another by now
                return Response(status_code=204)
            if size is not None:
                data = await run_in_threadpool(pictures.thumbnail, picture.sha256, size, part)
            else:
                data, content_type = await run_in_threadpool(pictures.view, picture)
    return Response(data, media_type=content_type, headers=UNPINNED if snapshot is None else FOREVER)


def _crop(text: str | None, size: int | None) -> Crop | None:
    if text is None:
        return None
    if size is None:
        raise InvalidInput("crop: goes with size; say how many pixels the part is to be shown in")
    match = re.fullmatch(r"(-?\d{1,7}),(-?\d{1,7}),(\d{1,7}),(\d{1,7})", text, re.ASCII)
    if match is None or "0" in match.groups()[2:]:
        raise InvalidInput(f"crop: got {text!r}; expected x,y,width,height in whole pixels, the last two above 0")
    x, y, w, h = (int(number) for number in match.groups())
    return x, y, w, h


def _find_snapshot(state: State, dataset_id: int, snapshot: str | None) -> str:
    recent: Recent[str] = state.parts["pinned"]
    with state.database.read() as session:
        found = service.find_snapshot(session, dataset_id, snapshot)
    return recent.put((dataset_id, found), found)
