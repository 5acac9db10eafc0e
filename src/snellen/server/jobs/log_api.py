"""A job's log over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from snellen.server.answers import file_answer
from snellen.server.auth.people import Permission
from snellen.server.jobs import log_service, service
from snellen.server.jobs.access import of_job
from snellen.server.jobs.creating import scheduler_of
from snellen.server.jobs.log_schemas import LogLevel, LogLineOut, LogMatches, LogPage, SupervisorLog
from snellen.server.jobs.watching import LAUNCHER, attempt_of
from snellen.server.schemas import decode_cursor, encode_cursor
from snellen.server.state import AppState

router = APIRouter(tags=["jobs"], dependencies=[of_job(Permission.READ)])


@router.get("/training/jobs/{job_id}/logs")
def logs(
    job_id: int,
    state: AppState,
    after: Annotated[int | None, Query(ge=0, lt=2**31)] = None,
    before: Annotated[int | None, Query(ge=1, lt=2**31)] = None,
    tail: Annotated[int | None, Query(ge=1, le=5000)] = None,
    limit: Annotated[int, Query(ge=1, le=5000)] = 500,
    level: LogLevel | None = None,
    cursor: str | None = None,
) -> LogPage:
    """The job's log: its last lines with ``tail``, those that end before a line, else a page after a line or a cursor.

    An answer holds fewer lines than asked for where they are long.
    """
    start = decode_cursor(cursor) if cursor else after
    with state.database.read() as session:
        total = service.get_job(session, job_id).log_lines
        rows, following = log_service.read_log(
            session, job_id, after=start, before=before, limit=limit, tail=tail, level=level
        )
        items = [LogLineOut(line=r.line, time=r.time, level=r.level, text=r.text) for r in rows]
    return LogPage(items=items, next_cursor=encode_cursor(following), total=total)


@router.get("/training/jobs/{job_id}/logs/supervisor", dependencies=[of_job(Permission.WRITE)])
def of_supervisor(job_id: int, state: AppState) -> SupervisorLog:
    """The end of what the supervisor of the newest attempt wrote itself: why it doesn't run, or can't deliver."""
    with state.database.read() as session:
        job = service.get_job(session, job_id)
        handle = attempt_of(session, job).handle or {}
        name = str(handle.get(LAUNCHER, job.launcher))
    if LAUNCHER not in handle:  # nobody here started it, or it waits
        return SupervisorLog(launcher=None, text="")
    return SupervisorLog(launcher=name, text=scheduler_of(state).launcher(name).log_of(handle))


@router.get("/training/jobs/{job_id}/logs/matches")
def matches(
    job_id: int,
    state: AppState,
    search: Annotated[str | None, Query(max_length=200)] = None,
    level: LogLevel | None = None,
) -> LogMatches:
    """The lines of the whole log that contain a text, whatever the case of its letters; at most 5,000 are named."""
    with state.database.read() as session:
        service.get_job(session, job_id)
        total, lines = log_service.find_in_log(session, job_id, text=search, level=level)
    return LogMatches(total=total, lines=lines)


@router.get(
    "/training/jobs/{job_id}/logs/download", response_class=StreamingResponse, responses=file_answer("text/plain")
)
def download(job_id: int, state: AppState) -> StreamingResponse:
    """The whole log as text, sent while it is read."""
    with state.database.read() as session:
        service.get_job(session, job_id)
    content = log_service.whole_log(state.database.read, job_id)
    headers = {"content-disposition": f"attachment; filename=job-{job_id}.log"}
    return StreamingResponse(content, media_type="text/plain; charset=utf-8", headers=headers)
