"""Engines: how connections to each kind of database are made."""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError, DisconnectionError, NoSuchModuleError

from snellen.errors import ExtraMissing, StartRefused

#: The execution option of transactions that write.
WRITES = "snellen_writes"
USED = "snellen_used"
#: A connection that was idle for so long is asked whether it is one before it is used.
IDLE_SECONDS = 2.0
CONNECTIONS = 20
#: A thread waits so long for a connection, and a statement for a lock, before the request is answered with 503.
POOL_SECONDS = 15
POSTGRESQL = {"connect_timeout": 5, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
#: A server that vanished in a transaction must not hold its locks for the hours that TCP would.
SESSION = {"lock_timeout": "20s", "idle_in_transaction_session_timeout": "60s", "tcp_keepalives_idle": "30"}


def open_engine(url: str, connections: int) -> Engine:
    """The engine for a URL; :class:`StartRefused` for a URL that isn't understood."""
    place = _place(url)
    if place.get_backend_name() != "sqlite":
        return _postgresql(place, connections)
    engine = create_engine(place, connect_args={"check_same_thread": False, "timeout": 30})

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


def _postgresql(place: URL, connections: int) -> Engine:
    try:
        engine = create_engine(
            place,
            pool_size=connections,
            max_overflow=0,
            pool_timeout=POOL_SECONDS,
            # Not by the URL's query: what somebody says there wins.
            connect_args={key: value for key, value in POSTGRESQL.items() if key not in place.query},
        )
    except ModuleNotFoundError as error:
        raise ExtraMissing("PostgreSQL needs its driver: pip install 'snellen[postgres]'") from error

    @event.listens_for(engine, "checkin")
    def _used(_connection: Any, record: Any) -> None:
        record.info[USED] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _look(connection: Any, record: Any, _proxy: Any) -> None:
        """A connection that was just used is there: one question less for each request of a busy server."""
        if time.monotonic() - record.info.get(USED, time.monotonic()) < IDLE_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except Exception as error:
            raise DisconnectionError from error  # the pool takes another one

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        settings = ", ".join(f"set_config('{name}', '{value}', false)" for name, value in SESSION.items())
        connection.execute(f"SELECT {settings}")
        connection.commit()

    return engine


def _place(url: str) -> URL:
    """The URL with the driver that is meant; :class:`StartRefused` for one of a database that isn't spoken here."""
    expected = "expected postgresql://USER:PASSWORD@HOST/NAME, or sqlite:///PATH (SNELLEN_DATABASE_URL)"
    try:
        place = make_url(url)
        if place.drivername in {"postgres", "postgresql"}:
            place = place.set(drivername="postgresql+psycopg")
        if place.get_dialect().name not in {"sqlite", "postgresql"}:
            raise StartRefused(f"the database {place!r} is neither PostgreSQL nor SQLite; {expected}")
    except (ArgumentError, NoSuchModuleError, ValueError) as error:
        # Not the URL: a password may be in it, wherever it was put wrong.
        raise StartRefused(f"the database's URL isn't understood; {expected}") from error
    return place
