"""The database: engine, sessions, column types. One request is one transaction."""

from __future__ import annotations

import functools
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from sqlalchemy import Engine, MetaData, Text, create_engine, event
from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

from snellen.errors import StartRefused

WRITES = "snellen_writes"


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

    def __init__(self, url: str, *, on_commit: Callable[[set[int]], None] | None = None) -> None:
        self.url = url
        self.on_commit = on_commit
        self.engine = _engine(url)
        self._writer = self.engine.execution_options(**{WRITES: True})
        # SQLite has one writer: threads queue here, in order, rather than poll its lock.
        self._turn: AbstractContextManager[object] = (
            threading.Lock() if self.engine.dialect.name == "sqlite" else nullcontext()
        )

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session whose changes are thrown away."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session that commits at its end, or rolls back when anything raises.

        Job ids put into ``session.info["touched"]`` are told to ``on_commit`` after the commit.
        """
        touched: set[int] = set()
        with (
            self._turn,
            Session(self._writer, expire_on_commit=False, info={"touched": touched}) as session,
            session.begin(),
        ):
            yield session
        if touched and self.on_commit is not None:
            self.on_commit(touched)

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True)
    engine = create_engine(url, connect_args={"check_same_thread": False, "timeout": 30})

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        # The driver's own transaction handling is off: it begins too late for a read to be consistent.
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=30000"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def migrate(database: Database) -> None:
    """Bring the schema up to date; :class:`StartRefused` when the database can't be opened."""
    from alembic import command

    try:
        with migrating(database) as connection:
            command.upgrade(alembic_config(connection), "head")
    except OperationalError as error:
        raise StartRefused(
            f"the database {database.engine.url!r} can't be opened ({error.orig}); "
            "check SNELLEN_DATABASE_URL, or the rights and free space of the data directory"
        ) from error


@contextmanager
def migrating(database: Database) -> Iterator[Connection]:
    """A transaction in which tables may be made anew: SQLite would take that for the end of all that refers to them."""
    with database.engine.connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        if sqlite:
            _raw(connection).execute("PRAGMA foreign_keys=OFF")  # heeded outside of transactions alone
        try:
            with connection.begin():
                yield connection
                if sqlite and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()):
                    raise StartRefused(f"the migration would leave references to nothing: {broken[:5]}")
        finally:
            if sqlite:
                _raw(connection).execute("PRAGMA foreign_keys=ON")


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
