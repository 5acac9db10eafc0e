"""What is tidied up each hour, beside the requests."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from sqlalchemy import delete, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from snellen.contract.events import now_ms
from snellen.contract.states import ENDED
from snellen.errors import SnellenError
from snellen.server.auth.tables import LoginSession
from snellen.server.cluster.member import Member
from snellen.server.datasets.importer import Importer
from snellen.server.datasets.service import imported_uploads
from snellen.server.jobs.tables import Job, StreamEvent
from snellen.server.operations import retention, unnamed
from snellen.server.operations.job_folders import DAY_MS, clear_job_folders
from snellen.server.state import State

EVERY_SECONDS = 3600.0
#: Whoever follows an ended job live has seen its end after a day; a page that is further behind asks for everything.
EVENTS_KEPT_DAYS = 1.0
log = logging.getLogger("snellen.housekeeping")


class Housekeeper:
    """A thread. What is common to all servers is done by the one whose turn it is, `turn`."""

    def __init__(self, state: State, *, turn: Callable[[], bool] = lambda: True) -> None:
        self._state = state
        self._turn = turn
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="housekeeping", daemon=True)

    @classmethod
    def of(cls, state: State) -> Housekeeper:
        """Of an application, which may be one of several on a database; the leases say whose turn it is."""
        member: Member = state.parts["member"]
        return cls(state, turn=lambda: member.leases.turn("housekeeping", every_seconds=EVERY_SECONDS - 60))

    def start(self) -> None:
        """Begin; the first round is an hour from now, when a server that starts again and again has settled."""
        self._thread.start()

    def is_alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """Stop; the round that is under way ends at its next step."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def round(self) -> None:
        """Everything once. One that fails keeps no other from its turn."""
        self._try("job folders", self._job_folders)
        self._try("uploads", self._uploads)
        if self._turn():
            self._try("prediction sets", self._predictions)
            self._try("events and sessions", self._rows)
            self._try("unnamed objects", self._unnamed)

    def _run(self) -> None:
        while not self._ending.wait(EVERY_SECONDS):
            self.round()

    def _try(self, what: str, work: Callable[[], object]) -> None:
        if self._ending.is_set():
            return
        try:
            work()
        except InterruptedError:
            return
        except (SnellenError, SQLAlchemyError, OSError) as error:
            log.warning("housekeeping of %s failed, tried again in an hour: %s", what, error)
        except Exception:
            log.exception("housekeeping of %s failed, tried again in an hour", what)

    def _job_folders(self) -> None:
        days = self._state.settings.keep_job_folders_days
        if days is not None:
            clear_job_folders(self._state.database, self._state.settings.data_dir / "jobs", days=days)

    def _uploads(self) -> None:
        with self._state.database.read() as session:
            imported = imported_uploads(session)
        self._state.parts["uploads"].remove_expired(imported=imported)

    def _predictions(self) -> None:
        every = self._state.settings.keep_predictions_every
        retention.remove(self._state.database, self._state.internal, every=every)

    def _rows(self) -> None:
        mirrored = "mirror" in self._state.parts
        with self._state.database.write() as session:
            prune_events(session, before=now_ms() - int(EVENTS_KEPT_DAYS * DAY_MS), mirrored=mirrored)
            session.execute(delete(LoginSession).where(LoginSession.expires_at <= now_ms()))

    def _unnamed(self) -> None:
        state, days = self._state, self._state.settings.unnamed_kept_days
        unnamed.collect_internal(state.database, state.internal, days=days, go_on=self._go_on)
        importer: Importer = state.parts["importer"]
        importer.submit_between(self._collect_external)

    def _collect_external(self, go_on: Callable[[], None]) -> None:
        days = self._state.settings.unnamed_kept_days
        unnamed.collect_external(self._state.database, self._state.external, days=days, go_on=go_on)

    def _go_on(self) -> None:
        if self._ending.is_set():
            raise InterruptedError


def prune_events(session: Session, *, before: int, mirrored: bool) -> None:
    """Of jobs that ended before a time only the newest event stays: it numbers what comes after.

    What MLflow has not got yet stays too, where there is a mirror.
    """
    ended = select(Job.id).where(Job.state.in_(ENDED), Job.ended_at < before)
    newest = select(func.max(StreamEvent.id)).where(StreamEvent.job_id.in_(ended)).group_by(StreamEvent.job_id)
    gone = delete(StreamEvent).where(StreamEvent.job_id.in_(ended), StreamEvent.id.not_in(newest))
    if mirrored:
        through = select(Job.mirrored_through).where(Job.id == StreamEvent.job_id).scalar_subquery()
        gone = gone.where(StreamEvent.id <= through)
    session.execute(gone)
