"""Batches as a running job sends them all the time, metrics or nothing: stored as any other, in half the time.

Two hundred jobs send a hundred of them a second. Of a job's forty columns they need eight, so they are read and written
without the mapper's objects.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.orm import Session

from snellen.contract.events import now_ms
from snellen.contract.states import JobState
from snellen.server.jobs import events, service
from snellen.server.jobs.events import Handler
from snellen.server.jobs.schemas import EventBatch
from snellen.server.jobs.tables import Attempt, Job

JOBS, ATTEMPTS = cast(Table, Job.__table__), cast(Table, Attempt.__table__)
FIND = (
    select(
        JOBS.c.state, JOBS.c.attempt, JOBS.c.launcher, JOBS.c.stop_requested, JOBS.c.stop_now, JOBS.c.newest_event_at,
        ATTEMPTS.c.id, ATTEMPTS.c.accepted_through, ATTEMPTS.c.handle.is_(None).label("without_handle"),
    )
    .select_from(JOBS.join(ATTEMPTS, ATTEMPTS.c.job_id == JOBS.c.id))
    .where(JOBS.c.id == bindparam("job_id"), ATTEMPTS.c.number == bindparam("number"))
    .with_for_update(of=JOBS)
)  # fmt: skip
HEARD = (
    update(JOBS)
    .where(JOBS.c.id == bindparam("job"))
    .values(heartbeat_at=bindparam("now"), newest_event_at=bindparam("newest"))
)
ACCEPTED = (
    update(ATTEMPTS).where(ATTEMPTS.c.id == bindparam("accepted_attempt")).values(accepted_through=bindparam("through"))
)

#: PostgreSQL takes both in one statement.
HEARD_AND_ACCEPTED = HEARD.add_cte(ACCEPTED.cte("accepted"))


def accept(
    session: Session, *, job_id: int, number: int, batch: EventBatch, handlers: Mapping[str, Handler]
) -> events.Accepted | None:
    """What :func:`~snellen.server.jobs.events.accept` does, of a running job's batch that has nothing but metrics.

    None for any other, of which nothing is stored yet; the job's row is locked then.
    """
    if batch.attempt != number or any(event.type not in handlers for event in batch.events):
        return None
    connection = session.connection()
    row = connection.execute(FIND, {"job_id": job_id, "number": number}).first()
    if row is None or row.state != JobState.RUNNING or row.attempt != number:
        return None
    if row.launcher == service.EXTERNAL and not batch.events and row.without_handle:
        return None  # the first heartbeat of a supervisor, which is noted
    fresh, through = events.fresh_of(batch, row.accepted_through)
    newest = events.newest_time(fresh, row.newest_event_at)
    heard = {"job": job_id, "now": now_ms(), "newest": newest}
    accepted = {"accepted_attempt": row.id, "through": through}
    if not fresh:
        connection.execute(HEARD, heard)
    elif connection.dialect.name == "sqlite":
        connection.execute(HEARD, heard)
        connection.execute(ACCEPTED, accepted)
    else:
        connection.execute(HEARD_AND_ACCEPTED, heard | accepted)
    if fresh:
        problems = events.handle(session, job_id, fresh, handlers)
        if problems:
            events.tell_problems(session, service.get_job(session, job_id), problems, [])
    return events.Accepted(row.accepted_through, through, row.stop_requested, row.stop_now)
