"""Starts waiting jobs when a slot is free, and notices jobs with nothing behind them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from snellen.contract.events import now_ms
from snellen.contract.folder import JobFolder
from snellen.contract.states import ACTIVE, JobState
from snellen.errors import DuplicateName, InvalidInput
from snellen.launch.base import EARLIER, Launcher
from snellen.server.db import Database
from snellen.server.jobs import service, views
from snellen.server.jobs.events import HEARTBEATS
from snellen.server.jobs.going_on import StoredWeights, begins_with
from snellen.server.jobs.tables import Attempt, Job
from snellen.server.measures import Measures
from snellen.server.settings import Settings

GROUP = "snellen.launchers"
TICK_SECONDS = 1.0
#: Where a handle says which GPUs its job has.
GPUS = "gpus"
#: And when supervisors were put in the place of others (Unix milliseconds).
TAKEN_OVER = "taken_over"
KEPT = frozenset({GPUS, TAKEN_OVER, EARLIER})
#: A supervisor that is killed more often than so within ten minutes is given up: something here kills it.
MOST_TAKE_OVERS = 5
TAKE_OVER_MS = 600_000
log = logging.getLogger("snellen.scheduler")


class Scheduler:
    """A thread that looks at the queue each second, and at once when woken."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        server_url: Callable[[], str],
        weights: StoredWeights,
        measures: Measures | None = None,
    ) -> None:
        self._measures = measures or Measures()
        self._weights = weights
        self._settings = settings
        self._database = database
        self._server_url = server_url
        self._launchers: dict[str, Launcher] = {}
        self._wake = threading.Event()
        self._stopping = False
        self._since = now_ms()
        self._thread = threading.Thread(target=self._run, name="scheduler", daemon=True)

    def start(self) -> None:
        """Begin; jobs of an earlier server are found again by their handles."""
        self._requeue_unstarted()
        self._thread.start()

    def is_alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """End the thread; jobs go on without it."""
        self._stopping = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def wake(self) -> None:
        """Look at the queue now."""
        self._wake.set()

    def launcher(self, name: str) -> Launcher:
        """The launcher of that name; ``InvalidInput`` names those there are."""
        if name not in self._launchers:
            found = [e for e in entry_points(group=GROUP) if e.name == name]
            if not found:
                names = ", ".join(sorted({e.name for e in entry_points(group=GROUP)} | {service.EXTERNAL}))
                raise InvalidInput(f"launcher: got {name!r}, expected one of: {names}")
            if len(found) > 1:
                raise DuplicateName(f"two launchers are registered as {name!r}: {', '.join(e.value for e in found)}")
            self._launchers[name] = found[0].load()()
        return self._launchers[name]

    def tick(self) -> None:
        """One look: first at what runs, then at what waits."""
        self._check_running()
        while self._start_next():
            pass

    def _run(self) -> None:
        while not self._stopping:
            try:
                self.tick()
            except Exception:
                log.exception("the scheduler will try again")
            self._wake.wait(TICK_SECONDS)
            self._wake.clear()

    def _requeue_unstarted(self) -> None:
        """A server that died between taking a job from the queue and starting it left nothing behind, or a supervisor
        whose handle it could not keep."""
        with self._database.write() as session:
            for job in session.scalars(select(Job).where(Job.state == JobState.STARTING)).all():
                if job.launcher == service.EXTERNAL or (attempt := _attempt(session, job)).handle is not None:
                    continue
                if attempt.folder is not None:
                    attempt.handle = self._found(job.launcher, JobFolder(Path(attempt.folder)))
                if attempt.handle is None:
                    service.set_state(session, job, JobState.LOST)
                    service.set_state(session, job, JobState.QUEUED)

    def _found(self, launcher: str, folder: JobFolder) -> dict[str, Any] | None:
        try:
            return self.launcher(launcher).find(folder)
        except InvalidInput:  # it was uninstalled
            return None

    def _check_running(self) -> None:
        with self._database.read() as session:
            jobs = session.scalars(select(Job).where(Job.state.in_([*ACTIVE, JobState.LOST]))).all()
            watched = [
                (job.id, job.attempt, job.launcher, job.state, job.heartbeat_at, _attempt(session, job).handle)
                for job in jobs
            ]
        for row in watched:
            try:
                self._check_one(*row)
            except Exception:  # a launcher that is gone, say: the other jobs are looked at all the same
                log.exception("job %s could not be looked after", row[0])

    def _check_one(
        self, job_id: int, attempt: int, launcher: str, state: str, heartbeat: int | None, handle: dict[str, Any] | None
    ) -> None:
        silent = state == JobState.RUNNING and heartbeat is not None and self._is_silent(heartbeat)
        if launcher == service.EXTERNAL:
            # Who reports with plain requests may be silent for an epoch; a supervisor beside a script never is.
            silent = silent and handle is not None and bool(handle.get(HEARTBEATS))
        # Without a handle (the server died before it could keep it) only heartbeats tell.
        elif handle is not None and not self.launcher(launcher).alive(handle):
            if state != JobState.LOST and not self._take_over(job_id, attempt, launcher, handle):
                reason = "its supervisor ended without a word (killed from outside?), again and again"
                self._lose(job_id, attempt, launcher, handle, reason)
            return
        if silent:
            self._mark_lost(job_id, attempt, f"no heartbeat for {self._settings.lost_after_seconds:g} s")

    def _take_over(self, job_id: int, number: int, launcher: str, handle: dict[str, Any]) -> bool:
        """Put another supervisor in the place of one that was killed; False after too many in a while."""
        now = now_ms()
        lately = [at for at in handle.get(TAKEN_OVER, ()) if now - at < TAKE_OVER_MS]
        if len(lately) >= MOST_TAKE_OVERS:
            return False
        with self._database.write() as session:
            job = service.get_job(session, job_id, lock=True)
            if job.attempt != number or job.state not in ACTIVE:
                return True
            attempt = _attempt(session, job)
            folder = JobFolder(Path(attempt.folder or ""))
            if attempt.folder is None or not folder.spec_file.is_file():
                return False
            # One that an earlier server put there has a token that is still good.
            found = self.launcher(launcher).find(folder)
            token = service.renew_token(attempt) if found is None else ""
            job.heartbeat_at = now
            trainer = job.trainer
        gpus = handle.get(GPUS, [])
        if found is None:
            log.warning("job %s: its supervisor was killed; another one goes on", job_id)
            found = self._supervise(launcher, folder, trainer, token, gpus, take_over=True)
            self._measures.take_overs.inc()
        earlier = [{k: v for k, v in handle.items() if k not in KEPT}, *handle.get(EARLIER, ())]
        kept = {GPUS: gpus, EARLIER: earlier, TAKEN_OVER: [*lately, now]}
        self._keep_handle(job_id, number, {**found, **kept})
        return True

    def _keep_handle(self, job_id: int, number: int, handle: dict[str, Any]) -> None:
        with self._database.write() as session:
            row = session.scalars(select(Attempt).where(Attempt.job_id == job_id, Attempt.number == number)).one()
            row.handle = handle

    def _is_silent(self, heartbeat: int) -> bool:
        # Silence while this server was not there to listen is no silence.
        return now_ms() - max(heartbeat, self._since) > self._settings.lost_after_seconds * 1000

    def _lose(self, job_id: int, attempt: int, launcher: str, handle: dict[str, Any], reason: str) -> None:
        if self._mark_lost(job_id, attempt, reason, why="supervisor"):
            # Nothing may go on training for a job that is said to be lost.
            self.launcher(launcher).kill(handle)

    def _mark_lost(self, job_id: int, attempt: int, reason: str, *, why: str = "silent") -> bool:
        with self._database.write() as session:
            job = service.get_job(session, job_id, lock=True)
            if job.attempt != attempt or job.state not in ACTIVE:
                return False
            service.set_state(session, job, JobState.LOST, reason=reason)
        self._measures.lost.labels(why).inc()
        log.warning("job %s is lost: %s", job_id, reason, extra={"about": {"job": job_id, "attempt": attempt}})
        return True

    def _occupied(self) -> int:
        """Slots that are taken: by what runs, and by what is lost from sight but may run all the same."""
        with self._database.read() as session:
            active = session.scalars(
                select(Job).where(Job.state.in_([*ACTIVE, JobState.LOST]), Job.launcher != service.EXTERNAL)
            ).all()
            found = [(job.state, job.launcher, _attempt(session, job).handle) for job in active]
        return sum(
            1
            for state, launcher, handle in found
            if state != JobState.LOST or (handle is not None and self._is_alive(launcher, handle))
        )

    def _is_alive(self, launcher: str, handle: dict[str, Any]) -> bool:
        try:
            return self.launcher(launcher).alive(handle)
        except InvalidInput:
            return False

    def _start_next(self) -> bool:
        if self._occupied() >= self._slots():
            return False
        with self._database.write() as session:
            job = session.scalars(
                select(Job)
                .where(Job.state == JobState.QUEUED, Job.launcher != service.EXTERNAL)
                .order_by(Job.id)
                .limit(1)
            ).first()
            if job is None:
                return False
            gpus = self._gpus_for(session, job)
            if gpus is None:
                return False
            root = self._settings.data_dir / "jobs" / str(job.id) / f"attempt-{job.attempt + 1}"
            started = service.start_attempt(session, job, folder=str(root))
            service.set_state(session, job, JobState.STARTING)
            job.heartbeat_at = None
            resume_from, init_from = begins_with(session, job, self._weights)
            spec = views.job_spec(job, resume_from=resume_from, init_from=init_from)
            job_id, launcher = job.id, job.launcher
        try:
            handle = self._launch(launcher, root, spec, started.token, gpus)
        except Exception as error:
            log.exception("job %s could not be started", job_id)
            with self._database.write() as session:
                job = service.get_job(session, job_id, lock=True)
                service.set_state(session, job, JobState.FAILED, reason=f"it could not be started: {error}")
            return True
        self._keep_handle(job_id, spec.attempt, {**handle, GPUS: list(gpus)})
        return True

    def _gpus_for(self, session: Session, job: Job) -> Sequence[str] | None:
        """The GPUs that the job gets; None while too few are free. A launcher that hands none out gives none."""
        wanted = int(job.resources.get("gpus", 0))
        there = self.launcher(job.launcher).gpus()
        if not wanted or not there:
            return ()
        query = select(Attempt.handle).join(Job, (Job.id == Attempt.job_id) & (Job.attempt == Attempt.number))
        taken = {
            gpu
            for handle in session.scalars(query.where(Job.state.in_([*ACTIVE, JobState.LOST])))
            if handle is not None
            for gpu in handle.get(GPUS, ())
        }
        free = [gpu for gpu in there if gpu not in taken]
        # More than there are will never be free: the trainer says so.
        return free[:wanted] if len(free) >= min(wanted, len(there)) else None

    def _launch(self, launcher: str, root: Path, spec: Any, token: str, gpus: Sequence[str]) -> dict[str, Any]:
        folder = JobFolder(root)
        folder.create(spec)
        return self._supervise(launcher, folder, spec.trainer, token, gpus)

    def _supervise(
        self,
        launcher: str,
        folder: JobFolder,
        trainer: str,
        token: str,
        gpus: Sequence[str],
        *,
        take_over: bool = False,
    ) -> dict[str, Any]:
        return self.launcher(launcher).start(
            folder,
            server_url=self._server_url(),
            token=token,
            trainer_python=self._settings.trainer_pythons.get(trainer, self._settings.trainer_python),
            data_dir=self._settings.data_dir,
            dataset_cache_bytes=self._settings.dataset_cache_bytes,
            gpus=gpus,
            take_over=take_over,
            trainer_user=self._settings.trainer_user,
        )

    def _slots(self) -> int:
        return self._settings.slots or self.launcher("local").default_slots()


def _attempt(session: Any, job: Job) -> Attempt:
    found = session.scalars(select(Attempt).where(Attempt.job_id == job.id, Attempt.number == job.attempt)).first()
    return found if found is not None else Attempt(job_id=job.id, number=job.attempt, handle=None)
