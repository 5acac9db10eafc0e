"""What live streams tell: written with the change, read after a commit, thinned out when old."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import Table, bindparam, delete, func, insert, select
from sqlalchemy.orm import Session

from snellen.contract.events import now_ms
from snellen.server.db import CHANNEL, note_of
from snellen.server.jobs.tables import StreamEvent

#: A client further behind than this refetches everything.
KEEP = 5000
PRUNE_EVERY = 1000
TELL = insert(cast(Table, StreamEvent.__table__)).returning(StreamEvent.id)
#: On PostgreSQL: other servers are told once this is committed, and of the same job once.
TELL_SERVERS = TELL.returning(func.pg_notify(CHANNEL, bindparam("note")))


def tell(session: Session, job_id: int, kind: str, data: dict[str, Any] | None = None) -> int:
    """Record that something of the job changed; returns the revision.

    The caller holds the job's row (or SQLite's only write lock), so revisions of a job commit in order.
    """
    # Past the session's unit of work: each flush of that would write the job's row once more.
    row = {"job_id": job_id, "kind": kind, "data": data, "created_at": now_ms()}
    if (origin := session.info.get("origin")) is None:
        revision = int(session.connection().execute(TELL, row).scalar_one())
    else:
        row["note"] = note_of(origin, (), [job_id])
        revision = int(session.connection().execute(TELL_SERVERS, row).scalar_one())
        session.info["noted"].add(job_id)
    if revision % PRUNE_EVERY == 0:
        _prune(session, job_id)
    session.info.setdefault("touched", set()).add(job_id)
    return revision


def after(session: Session, job_id: int, revision: int, *, limit: int = 500) -> list[StreamEvent]:
    """Events newer than `revision`, oldest first."""
    rows = select(StreamEvent).where(StreamEvent.job_id == job_id, StreamEvent.id > revision)
    return list(session.scalars(rows.order_by(StreamEvent.id).limit(limit)))


def newest(session: Session, job_id: int) -> int:
    """The job's newest revision; 0 when nothing happened yet."""
    return session.scalar(select(func.max(StreamEvent.id)).where(StreamEvent.job_id == job_id)) or 0


def is_too_far_behind(session: Session, job_id: int, revision: int) -> bool:
    """Whether events after `revision` have been thinned out."""
    oldest = session.scalar(select(func.min(StreamEvent.id)).where(StreamEvent.job_id == job_id)) or 0
    has_older = session.scalar(
        select(StreamEvent.id).where(StreamEvent.job_id == job_id, StreamEvent.id <= revision).limit(1)
    )
    return revision > 0 and oldest > revision and has_older is None


def _prune(session: Session, job_id: int) -> None:
    border = session.scalar(
        select(StreamEvent.id).where(StreamEvent.job_id == job_id).order_by(StreamEvent.id.desc()).offset(KEEP).limit(1)
    )
    if border is not None:
        session.execute(delete(StreamEvent).where(StreamEvent.job_id == job_id, StreamEvent.id <= border))
