"""The database: engine, sessions, column types. One request is one transaction."""

from __future__ import annotations

import functools
import json
import secrets
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, TypeVar

from sqlalchemy import MetaData, Text, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

from snellen.contract.events import now_ms
from snellen.errors import StartRefused
from snellen.server.engines import CONNECTIONS, WRITES, open_engine
from snellen.server.outages import outages_told

#: What other servers of a PostgreSQL are told: who tells, topics, jobs.
CHANNEL = "snellen"
NOTIFY = text("SELECT pg_notify(:channel, :note)")
#: So many job ids fit into one notification.
IDS_A_NOTE = 500
#: Any number that nobody else takes: who changes the schema or joins holds it.
START_LOCK = 5_203_117
T = TypeVar("T")


class Base(DeclarativeBase):
    """The base of all tables; constraints have names, so that migrations can find them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Json(TypeDecorator[Any]):
    """JSON as text. NaN must have been encoded before; it is refused rather than stored as invalid JSON."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Any) -> str | None:
        """To text."""
        return None if value is None else json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))

    def process_result_value(self, value: str | None, dialect: Any) -> Any:
        """From text."""
        return None if value is None else json.loads(value)


class Database:
    """Opens sessions. A session that writes takes SQLite's write lock at its start, so that two writers
    queue instead of failing when the second wants to upgrade its read lock."""

    def __init__(
        self,
        url: str,
        *,
        on_commit: Callable[[set[int]], None] | None = None,
        on_topics: Callable[[set[str]], None] | None = None,
        connections: int = CONNECTIONS,
    ) -> None:
        self.url = url
        self.on_commit = on_commit
        self.on_topics = on_topics
        #: In notifications, so that nobody is told by itself.
        self.origin = secrets.token_hex(8)
        #: What features keep in memory of rows that never change, by what they call it; sessions carry it.
        self.kept: dict[str, Any] = {}
        self.engine = open_engine(url, connections)
        self._writer = self.engine.execution_options(**{WRITES: True})
        # SQLite has one writer: threads queue here, in order, rather than poll its lock.
        self._turn: AbstractContextManager[object] = threading.Lock() if self.is_sqlite else nullcontext()

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a file that one server has, rather than a PostgreSQL that several share."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session whose changes are thrown away.

        Here and in :meth:`write`, :class:`~snellen.errors.DatabaseUnavailable` when the database is away.
        """
        with outages_told(), Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session that commits at its end, or rolls back when anything raises.

        Job ids put into ``session.info["touched"]`` are told to ``on_commit`` after the commit, and what is in
        ``session.info["topics"]`` to ``on_topics``: here, and by the database in every other server.
        """
        touched: set[int] = set()
        topics: set[str] = set()
        noted: set[int] = set()  # jobs of which other servers are told already
        with (
            outages_told(),
            self._turn,
            Session(self._writer, expire_on_commit=False, info=self._info(touched, topics, noted)) as session,
            session.begin(),
        ):
            yield session
            if (topics or touched - noted) and not self.is_sqlite:
                session.flush()
                _notify(session, self.origin, topics, sorted(touched - noted))
        if touched and self.on_commit is not None:
            self.on_commit(touched)
        if topics and self.on_topics is not None:
            self.on_topics(topics)

    def _info(self, touched: set[int], topics: set[str], noted: set[int]) -> dict[str, Any]:
        origin = None if self.is_sqlite else self.origin
        return {"touched": touched, "topics": topics, "noted": noted, "origin": origin, "kept": self.kept}

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def tell_topic(session: Session, topic: str) -> None:
    """Wake whoever waits for a topic, in every server, once this is committed."""
    session.info.setdefault("topics", set()).add(topic)


def add_or_find(session: Session, row: T, find: Callable[[], T | None]) -> T:
    """The row, or the one that another transaction made first: only one of two can have a unique value."""
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        found = find()
        if found is None:
            raise
        return found
    return row


def database_now(session: Session) -> int:
    """The database's clock in Unix milliseconds: the same for all servers."""
    if session.get_bind().dialect.name == "sqlite":
        return now_ms()  # a file of this machine
    return int(session.scalar(text("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint")) or 0)


def note_of(origin: str, topics: Collection[str], job_ids: list[int]) -> str:
    """What other servers are told."""
    return f"{origin};{','.join(sorted(topics))};{','.join(map(str, job_ids))}"


def _notify(session: Session, origin: str, topics: set[str], touched: list[int]) -> None:
    for start in range(0, max(1, len(touched)), IDS_A_NOTE):
        note = note_of(origin, topics, touched[start : start + IDS_A_NOTE])
        session.connection().execute(NOTIFY, {"channel": CHANNEL, "note": note})


def migrate(database: Database) -> None:
    """Bring the schema up to date; :class:`StartRefused` when the database can't be opened."""
    from alembic import command

    try:
        with migrating(database) as connection:
            command.upgrade(alembic_config(connection), "head")
    except DBAPIError as error:
        raise StartRefused(
            f"the database {database.engine.url!r} can't be opened ({' '.join(str(error.orig).split())}); "
            "check that it runs and SNELLEN_DATABASE_URL, or the rights and free space of the data directory"
        ) from error


@contextmanager
def migrating(database: Database) -> Iterator[Connection]:
    """A transaction in which tables may be made anew: SQLite would take that for the end of all that refers to them."""
    with database.engine.connect() as connection:
        if database.is_sqlite:
            _raw(connection).execute("PRAGMA foreign_keys=OFF")  # heeded outside of transactions alone
        try:
            with connection.begin():
                if not database.is_sqlite:
                    # Of servers that start at once, one migrates; it may take longer than others wait for a lock.
                    connection.execute(text("SET LOCAL lock_timeout = 0"))
                    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": START_LOCK})
                yield connection
                if database.is_sqlite and (broken := _broken_references(connection)):
                    raise StartRefused(f"the migration would leave references to nothing: {broken[:5]}")
        finally:
            if database.is_sqlite:
                _raw(connection).execute("PRAGMA foreign_keys=ON")


def _broken_references(connection: Connection) -> list[Any]:
    return list(connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall())


@functools.cache
def newest_revision() -> str:
    """The revision of the schema that this server works with."""
    from alembic.script import ScriptDirectory

    return str(ScriptDirectory.from_config(_script_config()).get_current_head())


def _raw(connection: Connection) -> Any:
    return connection.connection.dbapi_connection


def alembic_config(connection: Connection) -> Any:
    """Alembic's configuration for `connection`."""
    config = _script_config()
    config.attributes["connection"] = connection
    return config


def _script_config() -> Any:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "snellen.server:migrations")
    return config
