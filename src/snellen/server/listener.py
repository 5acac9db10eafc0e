"""Hears what other servers of a PostgreSQL have changed: a connection of its own that listens for notifications."""

from __future__ import annotations

import logging
import select
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
        #: What is sent into the one wakes the thread, which reads the other.
        self._waking: tuple[socket.socket, socket.socket] | None = None
        self._thread = threading.Thread(target=self._run, name="listener", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        if not self._database.is_sqlite:
            self._waking = socket.socketpair()
            self._thread.start()

    def stop(self) -> None:
        """Stop listening."""
        self._ending.set()
        if self._waking is None:
            return
        self._waking[0].send(b".")
        self._thread.join(timeout=5)
        if not self._thread.is_alive():
            for end in self._waking:
                end.close()
            self._waking = None

    def is_alive(self) -> bool:
        """Whether it listens; of a database that tells nobody there is nothing to hear."""
        return self._thread.is_alive() or self._thread.ident is None

    def _run(self) -> None:
        import psycopg

        pause = FIRST_PAUSE
        while not self._ending.is_set():
            try:
                with self._connect() as connection:
                    connection.execute(f"LISTEN {CHANNEL}")
                    self._on_gap()
                    pause = FIRST_PAUSE
                    self._listen(connection)
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

    def _listen(self, connection: psycopg.Connection[Any]) -> None:
        assert self._waking is not None
        looked = time.monotonic()
        while not self._ending.is_set():
            select.select([connection, self._waking[1]], [], [], ALIVE_SECONDS)
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
