"""Starts waiting jobs where there is room for them, and looks after those that run.

Jobs run at places: this machine, and the clusters of the settings. Of several servers that see a place one looks after
it at a time: it holds the lease ``scheduler:PLACE``, under which everything is applied (see
:mod:`snellen.server.cluster.leases`). Schedulers of several machines share the queue.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import update

from snellen.errors import DatabaseUnavailable, LeaseLost, SnellenError
from snellen.launch.base import Launcher
from snellen.server.cluster.member import Member
from snellen.server.db import Database
from snellen.server.jobs.going_on import StoredWeights
from snellen.server.jobs.launching import Launchers, Place
from snellen.server.jobs.starting import Starter
from snellen.server.jobs.tables import Attempt
from snellen.server.jobs.watching import Watch
from snellen.server.measures import Measures
from snellen.server.settings import Settings

TICK_SECONDS = 1.0
STOP_SECONDS = 10.0
#: Between two ticks that are further apart this process did not run, or waited for the database: so far apart, or half
#: of the time after which a silent job is lost. A cluster that hangs makes a tick long too, but not so long.
LONG_TICK_SECONDS = 10.0
LONGEST_TICK_SECONDS = 30.0
log = logging.getLogger("snellen.scheduler")


@dataclass(frozen=True, slots=True)
class _At:
    """A place and who works there, in a thread of its own: what one cluster makes wait is waited for there alone."""

    place: Place
    watch: Watch
    starter: Starter
    wake: threading.Event = field(default_factory=threading.Event)

    @property
    def lease_name(self) -> str:
        return f"scheduler:{self.place.name}"


class Scheduler:
    """A thread a place that looks at the queue each second, and at once when woken."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        member: Member,
        server_url: Callable[[], str],
        weights: StoredWeights,
        measures: Measures | None = None,
    ) -> None:
        self._settings = settings
        self._database = database
        self._member = member
        self._weights = weights
        self._launchers = Launchers(settings, server_url)
        self._at = [self._look_after(place, measures or Measures()) for place in self._launchers.places(member.machine)]
        self._stopping = False
        self._threads = [
            threading.Thread(target=self._run, args=(at,), name=at.lease_name, daemon=True) for at in self._at
        ]
        self._long_tick = max(LONG_TICK_SECONDS, min(LONGEST_TICK_SECONDS, settings.lost_after_seconds / 2))

    def _look_after(self, place: Place, measures: Measures) -> _At:
        watch = Watch(
            self._database,
            self._launchers,
            self._member.leases,
            place.name,
            measures,
            lost_after_seconds=self._settings.lost_after_seconds,
        )
        starter = Starter(
            self._settings.data_dir, self._database, self._member.leases, self._launchers, watch, place, self._weights
        )
        return _At(place, watch, starter)

    def start(self) -> None:
        """Begin; jobs of an earlier server are found again by their handles."""
        with self._database.write() as session:
            # Before machines were recorded there was one: what is in this directory ran here.
            mine = Attempt.folder.startswith(str(self._settings.data_dir / "jobs") + "/", autoescape=True)
            session.execute(
                update(Attempt).where(Attempt.machine.is_(None), mine).values(machine=self._member.machine),
                execution_options={"synchronize_session": False},
            )
        for thread in self._threads:
            thread.start()

    def is_alive(self) -> bool:
        """Whether the threads run."""
        return all(thread.is_alive() for thread in self._threads)

    def stop(self) -> None:
        """End the threads; jobs go on without them, and another server may look after them at once."""
        self._stopping = True
        self.wake()
        until = time.monotonic() + STOP_SECONDS
        for thread in self._threads:
            if thread.is_alive():
                thread.join(timeout=max(0.0, until - time.monotonic()))
        self._launchers.close()
        try:
            for each in self._at:
                self._member.leases.release(each.lease_name)
        except SnellenError:
            log.info("the database is away; the scheduler's leases end by themselves")

    def wake(self) -> None:
        """Look at the queues now."""
        for at in self._at:
            at.wake.set()

    def launcher(self, name: str) -> Launcher:
        """The launcher of that name; ``InvalidInput`` names those there are."""
        return self._launchers.get(name)

    @property
    def default_launcher(self) -> str:
        """That of a job which names none."""
        return self._launchers.names()[0]

    @property
    def launchers(self) -> list[str]:
        """Their names, the default first."""
        return self._launchers.names()

    def slots(self, name: str) -> int:
        """How many jobs a launcher runs at once."""
        return self._launchers.slots(name)

    def tick(self) -> None:
        """One look at each place."""
        for at in self._at:
            self._tick(at)

    def _tick(self, at: _At) -> None:
        """One look at a place, if its turn is this server's: first at what runs there, then at what waits."""
        self._member.seen()
        try:
            self._look(at)
        except LeaseLost as error:
            log.warning("%s", error.detail)

    def _look(self, at: _At) -> None:
        lease = self._member.leases.take(at.lease_name)
        if lease is None:
            return
        if lease.new:
            at.watch.begins()
        at.watch.look(lease)
        for launcher in at.place.launchers:
            while not self._stopping and at.starter.start_next(lease, launcher):
                pass

    def _run(self, at: _At) -> None:
        away, before = False, time.monotonic()
        while not self._stopping:
            if away or time.monotonic() - before > self._long_tick:
                at.watch.listens_again()
            before = time.monotonic()
            try:
                self._tick(at)
                if away:
                    log.info("the database is back")
                away = False
            except DatabaseUnavailable as error:
                if not away:
                    log.warning("the scheduler waits for the database: %s", error.detail)
                away = True
            except Exception:
                log.exception("the scheduler will try again")
            at.wake.wait(TICK_SECONDS)
            at.wake.clear()
