"""Hears what other servers of a PostgreSQL have changed: a connection of its own that listens for notifications."""

from __future__ import annotations

import logging
import selectors
import socket
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from snellen.server.db import CHANNEL, Database

if TYPE_CHECKING:
    import psycopg

#: Between two looks whether the connection is still one.
ALIVE_SECONDS = 10.0
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0
log = logging.getLogger("snellen.listener")


class Listener:
    """A thread; on SQLite, where there is one server, it has nothing to do."""

    def __init__(
        self,
        database: Database,
        *,
        on_jobs: Callable[[set[int]], None],
        on_topics: Callable[[set[str]], None],
        on_gap: Callable[[], None],
    ) -> None:
        self._database = database
        self._on_jobs = on_jobs
        self._on_topics = on_topics
        #: Called when notifications may have been missed.
        self._on_gap = on_gap
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None
        #: Its end wakes the thread.
        self._waker: socket.socket | None = None

    def start(self) -> None:
        """Begin to listen."""
        if self._database.is_sqlite:
            return
        self._waker, woken = socket.socketpair()
        self._thread = threading.Thread(target=self._run, args=(woken,), name="listener", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop listening."""
        self._ending.set()
        if self._waker is not None:
            self._waker.close()
            self._waker = None
        if self._thread is not None:
            self._thread.join(timeout=5)

    def is_alive(self) -> bool:
        """Whether it listens; of a database that tells nobody there is nothing to hear."""
        return self._thread is None or self._thread.is_alive()

    def _run(self, woken: socket.socket) -> None:
        import psycopg

        pause = FIRST_PAUSE
        with woken:
            while not self._ending.is_set():
                try:
                    with self._connect() as connection:
                        connection.execute(f"LISTEN {CHANNEL}")
                        self._on_gap()
                        pause = FIRST_PAUSE
                        self._listen(connection, woken)
                except psycopg.Error as error:
                    log.warning("other servers are not heard for now: %s", str(error).strip())
                self._ending.wait(pause)
                pause = min(LONGEST_PAUSE, pause * 2)

    def _connect(self) -> psycopg.Connection[Any]:
        import psycopg

        engine = self._database.engine
        _, where = engine.dialect.create_connect_args(engine.url)
        where = {"connect_timeout": 5, "keepalives_idle": 10, **where}
        return psycopg.connect(**where, autocommit=True)

    def _listen(self, connection: psycopg.Connection[Any], woken: socket.socket) -> None:
        looked = time.monotonic()
        with selectors.DefaultSelector() as selector:
            for source in (connection, woken):
                selector.register(source, selectors.EVENT_READ)
            while not self._ending.is_set():
                selector.select(ALIVE_SECONDS)
                if time.monotonic() - looked > ALIVE_SECONDS:
                    connection.execute("SELECT 1")
                    looked = time.monotonic()
                for note in connection.notifies(timeout=0):
                    self._take(note.payload)

    def _take(self, note: str) -> None:
        origin, _, rest = note.partition(";")
        topics, _, ids = rest.partition(";")
        if origin == self._database.origin:
            return
        if jobs := {int(job_id) for job_id in ids.split(",") if job_id.isdigit()}:
            self._on_jobs(jobs)
        if topics:
            self._on_topics(set(topics.split(",")))
