"""A job's log: pages of it, where a text is in it, the whole of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from snellen.server.jobs.log_schemas import LogLevel
from snellen.server.jobs.tables import LogLine
from snellen.server.schemas import cut_page

#: Of one answer, so that it stays below a megabyte with everything around the text.
MOST_BYTES = 600_000
MOST_MATCHES = 5000
DOWNLOAD_LINES = 5000
_FROM_ERROR = ("error", "critical", "fatal")


def read_log(
    session: Session,
    job_id: int,
    *,
    limit: int,
    after: int | None = None,
    before: int | None = None,
    tail: int | None = None,
    level: LogLevel | None = None,
) -> tuple[list[LogLine], int | None]:
    """Log lines in their order and the line after which the next page begins.

    With ``before`` the lines that end before it; with ``tail`` instead of either, the last lines.
    """
    query = select(LogLine).where(LogLine.job_id == job_id, *_of_level(level))
    backwards = after is None and (before is not None or tail is not None)
    if backwards:
        if before is not None:
            query = query.where(LogLine.line < before)
        count = limit if before is not None else tail
        last = _that_fit(list(session.scalars(query.order_by(LogLine.line.desc()).limit(count))))
        return last[::-1], None
    rows = list(session.scalars(query.where(LogLine.line > (after or 0)).order_by(LogLine.line).limit(limit + 1)))
    fit = len(_that_fit(rows[:limit]))
    return cut_page(rows, fit, lambda row: row.line)


def find_in_log(session: Session, job_id: int, *, text: str | None, level: LogLevel | None) -> tuple[int, list[int]]:
    """How many lines contain a text, whatever the case of its letters, and the first of their numbers."""
    where = [LogLine.job_id == job_id, *_of_level(level)]
    if text:
        where.append(LogLine.text.icontains(text, autoescape=True))
    total = session.scalar(select(func.count()).select_from(LogLine).where(*where)) or 0
    lines = session.scalars(select(LogLine.line).where(*where).order_by(LogLine.line).limit(MOST_MATCHES))
    return total, list(lines)


def whole_log(read: Callable[[], AbstractContextManager[Session]], job_id: int) -> Iterator[bytes]:
    """The text of all lines, piece by piece, each read in a session of its own."""
    after = 0
    while True:
        query = select(LogLine.line, LogLine.text).where(LogLine.job_id == job_id, LogLine.line > after)
        with read() as session:
            rows = session.execute(query.order_by(LogLine.line).limit(DOWNLOAD_LINES)).all()
        if not rows:
            return
        yield "".join(f"{text}\n" for _, text in rows).encode("utf-8", "replace")
        after = rows[-1][0]


def _that_fit(rows: list[LogLine]) -> list[LogLine]:
    """The first rows whose texts are one answer; at least one."""
    size = 0
    for number, row in enumerate(rows):
        size += len(row.text.encode("utf-8", "replace")) + 60
        if size > MOST_BYTES and number > 0:
            return rows[:number]
    return rows


def _of_level(level: LogLevel | None) -> list[ColumnElement[bool]]:
    name = func.lower(LogLine.level)
    match level:
        case None:
            return []
        case LogLevel.INFO:
            return [name.notin_(("debug", "notset"))]
        case LogLevel.WARNING:
            return [name.in_(("warning", "warn", *_FROM_ERROR))]
        case LogLevel.ERROR:
            return [name.in_(_FROM_ERROR)]
