"""This server among those of its database."""

from __future__ import annotations

import time
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from snellen.server.cluster.leases import Leases
from snellen.server.cluster.machine import machine_name, server_id
from snellen.server.cluster.tables import Server
from snellen.server.db import Database, add_or_find, database_now

SEEN_EVERY_SECONDS = 10.0
#: A server that was not seen for so long is taken for gone.
GONE_MS = 120_000
TAG = 8


class Member:
    """Its id, its machine, its leases."""

    def __init__(self, database: Database, *, data_dir: Path, machine: str | None = None) -> None:
        self.machine = machine_name(machine)
        self.id = server_id(data_dir, self.machine)
        self.leases = Leases(database, self.id)
        self._database = database
        self._data_dir = data_dir
        self._seen = 0.0
        #: Servers of this database as people know them, by the beginning of their ids.
        self._known: dict[str, str] = {}

    def join(self, session: Session, *, url: str) -> None:
        """Record that it is there, and where."""
        now = database_now(session)
        fresh = Server(id=self.id, machine="", url="", data_dir="", started_at=now, seen_at=now)
        row = session.get(Server, self.id) or add_or_find(session, fresh, lambda: session.get(Server, self.id))
        row.machine, row.url, row.data_dir = self.machine, url, str(self._data_dir)
        row.started_at = row.seen_at = now
        session.flush()
        self._learn(session)

    def seen(self) -> None:
        """Record, every few seconds, that it is still there."""
        if time.monotonic() - self._seen < SEEN_EVERY_SECONDS:
            return
        with self._database.write() as session:
            row = session.get(Server, self.id)
            if row is not None:
                row.seen_at = database_now(session)
            self._learn(session)
        self._seen = time.monotonic()

    @property
    def tag(self) -> str:
        """What the ids of things that lie on this server's disk begin with."""
        return self.id[:TAG]

    def other(self, tag: str) -> str | None:
        """The server that has a tag, as people know it; None for this one and for none that is known."""
        return None if tag == self.tag else self._known.get(tag)

    def _learn(self, session: Session) -> None:
        self._known = {row.id[:TAG]: f"{row.url} (on {row.machine})" for row in session.scalars(select(Server))}


def gone_servers(session: Session) -> list[str]:
    """The ids of servers that are not there any more."""
    return list(session.scalars(select(Server.id).where(Server.seen_at < database_now(session) - GONE_MS)))
