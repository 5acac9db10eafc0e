"""What of a database's errors means that it is away for now, so that another try may help."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from snellen.contract.disk import is_full
from snellen.errors import DatabaseFull, DatabaseUnavailable

#: Classes of SQLSTATE: connection, transaction rolled back (deadlocks), resources, lock not available, operator (a
#: restart, a timeout), system; and a server that only reads, as after a fail-over.
PASSING = ("08", "40", "53", "55", "57", "58", "25006")
SQLITE_PASSING = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
    }
)


@contextmanager
def outages_told() -> Iterator[None]:
    """Raise :class:`~snellen.errors.DatabaseUnavailable` in place of an error that passes."""
    try:
        yield
    except (DBAPIError, PoolTimeout) as error:
        if not is_outage(error):
            raise
        # What was to be stored is in the error's own text.
        if is_full(error.orig or error if isinstance(error, DBAPIError) else error):
            raise DatabaseFull("the disk of the server's database is full; make room, then try again") from error
        raise DatabaseUnavailable(f"the database did not answer; try again ({_first_line(error)})") from error


def is_outage(error: DBAPIError | PoolTimeout) -> bool:
    """Whether the database is away, restarts, is full or gave this transaction up."""
    if isinstance(error, PoolTimeout) or error.connection_invalidated:
        return True
    cause = error.orig
    if isinstance(cause, sqlite3.Error):
        return (getattr(cause, "sqlite_errorcode", 0) & 0xFF) in SQLITE_PASSING
    state = getattr(cause, "sqlstate", None)
    if state is None:  # no server answered
        return isinstance(error, OperationalError | InterfaceError)
    return str(state).startswith(PASSING)


def _first_line(error: DBAPIError | PoolTimeout) -> str:
    cause = error.orig if isinstance(error, DBAPIError) else error
    return (str(cause).strip().splitlines() or [type(cause).__name__])[0][:300]
