"""The live stream of a job, as server-sent events."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from snellen.errors import DatabaseUnavailable, SnellenError
from snellen.server.answers import file_answer
from snellen.server.auth.api import current_person
from snellen.server.auth.people import Permission
from snellen.server.jobs import service, stream, views
from snellen.server.jobs.access import check_job, of_job
from snellen.server.jobs.tables import StreamEvent
from snellen.server.state import AppState, State

PING_SECONDS = 15.0
#: At most so many reads a second for one stream, however fast a job reports.
PAUSE_SECONDS = 0.1
#: And so long between two while the database is away.
AWAY_SECONDS = 2.0
#: Whether who listens still may is asked again after so long.
ASK_AGAIN_SECONDS = 5.0

router = APIRouter(tags=["jobs"], dependencies=[of_job(Permission.READ)])


@router.get(
    "/training/jobs/{job_id}/stream", response_class=StreamingResponse, responses=file_answer("text/event-stream")
)
async def stream_job(
    job_id: int,
    request: Request,
    state: AppState,
    after: Annotated[int | None, Query(ge=0)] = None,
    last_event_id: Annotated[str | None, Header()] = None,
) -> StreamingResponse:
    """Server-sent events ``job``, ``metrics``, ``validation``, ``log``, ``artifact`` and ``reset``, each with an id."""
    if last_event_id is not None and last_event_id.isdigit():
        after = int(last_event_id)
    first, position = await run_in_threadpool(_open, state, job_id, after)
    return StreamingResponse(
        _events(request, state, job_id, first, position),
        media_type="text/event-stream",
        headers={"cache-control": "no-cache", "x-accel-buffering": "no"},
    )


async def _events(request: Request, state: State, job_id: int, first: list[str], position: int) -> AsyncIterator[str]:
    for message in first:
        yield message
    with state.measures.streams.track_inprogress():
        async for message in _news(request, state, job_id, position):
            yield message


async def _news(request: Request, state: State, job_id: int, position: int) -> AsyncIterator[str]:
    asked = time.monotonic()
    while not state.bus.closed:
        if time.monotonic() - asked > ASK_AGAIN_SECONDS:
            if not await _may_listen(request, state, job_id):
                return
            asked = time.monotonic()
        seen = state.bus.version(job_id)
        try:
            messages, position = await run_in_threadpool(_next, state, job_id, position)
        except DatabaseUnavailable:
            yield ": the database is away\n\n"
            await state.bus.wait(job_id, seen, seconds=AWAY_SECONDS)
            continue
        for message in messages:
            yield message
        if messages:
            await asyncio.sleep(PAUSE_SECONDS)
            continue
        await state.bus.wait(job_id, seen, seconds=PING_SECONDS)
        if state.bus.version(job_id) == seen:
            yield ": still here\n\n"


async def _may_listen(request: Request, state: State, job_id: int) -> bool:
    """Whether session or token, account and membership are still there."""
    try:
        await check_job(job_id, Permission.READ, await current_person(request, state), state)
    except DatabaseUnavailable:
        return True  # it is asked again when the database is back; nothing is told before
    except SnellenError:
        return False
    return True


def _open(state: State, job_id: int, after: int | None) -> tuple[list[str], int]:
    with state.database.read() as session:
        job = service.get_job(session, job_id)
        newest = stream.newest(session, job_id)
        if after is None:
            return [_message(newest, "job", views.job_out(job).model_dump_json())], newest
        if after > newest or stream.is_too_far_behind(session, job_id, after):
            return [_message(newest, "reset", "{}")], newest
        return [": connected\n\n"], after


def _next(state: State, job_id: int, position: int) -> tuple[list[str], int]:
    with state.database.read() as session:
        rows = stream.after(session, job_id, position)
        if not rows:
            return [], position
        last_job = max((r.id for r in rows if r.kind == "job"), default=0)
        wanted = [r for r in rows if r.kind != "job" or r.id == last_job]
        job = service.get_job(session, job_id)
        messages = []
        for row in wanted:
            if row.kind == "job":
                messages.append(_message(row.id, "job", views.job_out(job).model_dump_json()))
            else:
                texts = _render(state, session, row)
                # The id comes with the last piece: whoever lost the connection before it gets them all again.
                messages += [_message(None, row.kind, text) for text in texts[:-1]]
                messages += [_message(row.id, row.kind, text) for text in texts[-1:]]
        return messages, rows[-1].id


def _render(state: State, session: object, row: StreamEvent) -> list[str]:
    renderer = state.stream_renderers.get(row.kind)
    pieces = renderer(session, row) if renderer else [row.data]
    return [json.dumps(data, ensure_ascii=False, allow_nan=False) for data in pieces if data is not None]


def _message(event_id: int | None, name: str, data: str) -> str:
    id_line = "" if event_id is None else f"id: {event_id}\n"
    return f"{id_line}event: {name}\ndata: {data}\n\n"
