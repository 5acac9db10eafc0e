"""Looks after the sweeps that run. Of several servers one does it at a time: it holds the lease ``sweeper``."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable

from sqlalchemy import select

from snellen.errors import DatabaseUnavailable, LeaseLost, SnellenError
from snellen.server.cluster.leases import Held
from snellen.server.cluster.member import Member
from snellen.server.jobs.sweep_tables import Sweep
from snellen.server.state import State
from snellen.server.sweeps.advancing import advance
from snellen.server.sweeps.schemas import SweepState
from snellen.server.sweeps.trials import Curves

LEASE = "sweeper"
#: Whoever makes or resumes a sweep wakes the thread, and so do its trials' news.
TICK_SECONDS, IDLE_SECONDS = 1.0, 10.0
#: Between two looks, however many batches of events come.
REST_SECONDS = 0.2
log = logging.getLogger("snellen.sweeps")


class Sweeper:
    """A thread that advances each running sweep when something of it changes."""

    def __init__(self, state: State, member: Member) -> None:
        self._state = state
        self._leases = member.leases
        self._curves = Curves()
        #: The jobs whose news are waited for.
        self._awaited: frozenset[int] = frozenset()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sweeper", daemon=True)

    def start(self) -> None:
        """Begin; sweeps of an earlier server go on."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread; another server may go on at once."""
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)
        try:
            self._leases.release(LEASE)
        except SnellenError:
            log.info("the database is away; the sweeper's lease ends by itself")

    def wake(self) -> None:
        """Look now."""
        self._wake.set()

    def heard(self, job_ids: Iterable[int]) -> None:
        """Look now if one of the jobs is a trial that is waited for."""
        if not self._awaited.isdisjoint(job_ids):
            self._wake.set()

    def tick(self) -> bool:
        """One look at each running sweep, if it is this server's turn; whether any runs."""
        with self._state.database.read() as session:
            ids = session.scalars(select(Sweep.id).where(Sweep.state == SweepState.RUNNING).order_by(Sweep.id)).all()
        if not ids:
            self._awaited = frozenset()
            self._curves.keep(())
            return False
        lease = self._leases.take(LEASE)
        if lease is None:
            return True
        awaited = [job for sweep_id in ids if not self._stopping.is_set() for job in self._advance(lease, sweep_id)]
        self._awaited = frozenset(awaited)
        return True

    def _advance(self, lease: Held, sweep_id: int) -> list[int]:
        try:
            return advance(self._state, self._leases, lease, sweep_id, self._curves)
        except (DatabaseUnavailable, LeaseLost):
            raise
        except Exception:  # of one sweep; the others go on
            log.exception("sweep %s could not go on; it will be tried again", sweep_id)
            return []

    def _run(self) -> None:
        away = False
        while not self._stopping.is_set():
            seconds = TICK_SECONDS
            try:
                if not self.tick():
                    seconds = IDLE_SECONDS
                if away:
                    log.info("the database is back")
                away = False
            except DatabaseUnavailable as error:
                if not away:
                    log.warning("the sweeper waits for the database: %s", error.detail)
                away = True
            except LeaseLost as error:
                log.warning("%s", error.detail)
            except Exception:
                log.exception("the sweeper will try again")
            self._stopping.wait(REST_SECONDS)
            self._wake.wait(seconds)
            self._wake.clear()
