"""Leases: of several servers, one does a piece of work at a time.

Who works takes the lease, loads, works, and applies in a transaction that begins with :meth:`Leases.check`: another
server that took the lease over in between makes that fail, so that nothing stale is applied. Times are the database's.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from snellen.errors import LeaseLost, SnellenError
from snellen.server.cluster.tables import Lease
from snellen.server.db import Database, add_or_find, database_now

#: A server that is killed is replaced after so long at the latest; one that was started again goes on at once.
SECONDS = 10.0
POLL_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Held:
    """A lease that was ours when it was taken; ``new`` when nobody or another server had it before."""

    name: str
    holder: str
    token: int
    new: bool = False


class Leases:
    """The leases of one server, ``holder``."""

    def __init__(self, database: Database, holder: str) -> None:
        self._database = database
        self._holder = holder
        #: What is held, and until when it needs no renewal (monotonic).
        self._held: dict[str, tuple[int, float]] = {}
        self._lock = threading.Lock()

    def take(self, name: str, *, seconds: float = SECONDS) -> Held | None:
        """Take or renew a lease; None while another server has it. Cheap while much of its time is left."""
        with self._lock:
            token, enough_until = self._held.get(name, (0, 0.0))
            if time.monotonic() < enough_until:
                return Held(name, self._holder, token)
            asked = time.monotonic()
            with self._database.read() as session:
                row = session.get(Lease, name)
                if row is not None and row.holder != self._holder and row.expires_at > database_now(session):
                    self._held.pop(name, None)
                    return None
            taken = self._take(name, token, seconds)
            if taken is None:
                self._held.pop(name, None)
                return None
            self._held[name] = taken.token, asked + seconds / 2
            return taken

    def _take(self, name: str, token: int, seconds: float) -> Held | None:
        with self._database.write() as session:
            row = session.get(Lease, name, with_for_update=True)
            if row is None:
                free = Lease(name=name, holder="", token=0, expires_at=0)
                row = add_or_find(session, free, lambda: session.get(Lease, name, with_for_update=True))
            now = database_now(session)
            if row.holder != self._holder and row.expires_at > now:
                return None
            new = row.holder != self._holder or row.token != token
            if new:
                row.token += 1
            row.holder, row.expires_at = self._holder, now + int(seconds * 1000)
            return Held(name, self._holder, row.token, new)

    def turn(self, name: str, *, every_seconds: float) -> bool:
        """Whether it is this server's turn to do something that one of all does every so often."""
        with self._lock:
            return self._take(name, 0, every_seconds) is not None

    def check(self, session: Session, held: Held) -> None:
        """In the transaction that applies: :class:`~snellen.errors.LeaseLost` when another holds the lease now.

        Before any other row is locked. Nobody can take it over until the transaction ends.
        """
        mine = (Lease.name == held.name, Lease.holder == held.holder, Lease.token == held.token)
        if session.scalar(select(Lease.name).where(*mine).with_for_update()) is None:
            raise LeaseLost(f"another server holds the lease {held.name!r} now; it does the work")

    def release(self, name: str) -> None:
        """Give a lease back, so that nobody waits for its end. One that is not held is no error."""
        with self._lock:
            token, _ = self._held.pop(name, (0, 0.0))
            with self._database.write() as session:
                mine = (Lease.name == name, Lease.holder == self._holder, Lease.token == token)
                session.execute(update(Lease).where(*mine).values(expires_at=0))

    @contextmanager
    def held(self, name: str, go_on: Callable[[], None]) -> Iterator[Held]:
        """Wait for a lease, keep it while the block runs, give it back. `go_on` is called while waiting, and raises
        to give up."""
        while (taken := self._tried(name)) is None:
            go_on()
            threading.Event().wait(POLL_SECONDS)
        ending = threading.Event()
        keeper = threading.Thread(target=self._keep, args=(name, ending), name=f"lease-{name}", daemon=True)
        keeper.start()
        try:
            yield taken
        finally:
            ending.set()
            keeper.join()
            with contextlib.suppress(SnellenError):  # the database is away: the lease ends by itself
                self.release(name)

    def _keep(self, name: str, ending: threading.Event) -> None:
        while not ending.wait(SECONDS / 4):
            self._tried(name)

    def _tried(self, name: str) -> Held | None:
        try:
            return self.take(name)
        except SnellenError:  # the database is away
            return None
