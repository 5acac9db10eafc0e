"""Takes jobs from a place's queues and starts them there, in the order of their ids."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from snellen.contract.folder import JobFolder
from snellen.contract.spec import JobSpec, Resources
from snellen.contract.states import ACTIVE, JobState
from snellen.errors import LauncherUnavailable
from snellen.server.cluster.leases import Held, Leases
from snellen.server.db import Database
from snellen.server.jobs import service, stream, views
from snellen.server.jobs.enrolment import open_enrolment
from snellen.server.jobs.going_on import StoredWeights, begins_with
from snellen.server.jobs.launching import Launchers, Place
from snellen.server.jobs.tables import Attempt, Job
from snellen.server.jobs.watching import GPUS, LAUNCHER, Watch, Watched, watched

#: A launcher that took no job is left alone for so long, then for twice as long, and so on.
PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 2.0, 60.0
OCCUPYING = (*ACTIVE, JobState.LOST)
log = logging.getLogger("snellen.scheduler")


class Starter:
    """One job at a time, by the server that holds the place's lease."""

    def __init__(
        self,
        data_dir: Path,
        database: Database,
        leases: Leases,
        launchers: Launchers,
        watch: Watch,
        place: Place,
        weights: StoredWeights,
    ) -> None:
        self._jobs_dir = data_dir / "jobs"
        self._database = database
        self._leases = leases
        self._launchers = launchers
        self._watch = watch
        self._place = place
        self._weights = weights
        #: Until when nothing more is handed to a launcher that took none, and for how long it was left alone.
        self._pauses: dict[str, tuple[float, float]] = {}

    def start_next(self, lease: Held, launcher: str) -> bool:
        """Start the first job that waits for a launcher; False where none does, or it has to wait on."""
        first = self._first(launcher)
        if first is None or time.monotonic() < self._pauses.get(launcher, (0.0, 0.0))[0]:
            return False
        job_id, told = first
        occupying = [job for job in self._occupying() if job.launcher == launcher]
        why, gpus = self._room(launcher, job_id, occupying)
        if why is not None:
            if why != told:
                self._tell(job_id, why)
            return False
        return self._start(lease, launcher, job_id, gpus)

    def _first(self, launcher: str) -> tuple[int, str | None] | None:
        with self._database.read() as session:
            waiting = select(Job.id, Job.waits_for).where(Job.state == JobState.QUEUED, Job.launcher == launcher)
            row = session.execute(waiting.order_by(Job.id).limit(1)).first()
            return None if row is None else (row.id, row.waits_for)

    def _room(self, name: str, job_id: int, occupying: Sequence[Watched]) -> tuple[str | None, Sequence[str]]:
        """Why the job has to wait, else the GPUs that it gets; a launcher that hands none out gives none."""
        launcher, slots = self._launchers.get(name), self._launchers.slots(name)
        if len(occupying) >= slots:
            return f"a slot: {len(occupying)} of {slots} taken", ()
        with self._database.read() as session:
            wanted = Resources(**service.get_job(session, job_id).resources)
            there = launcher.gpus()
            free = [gpu for gpu in there if gpu not in self._taken(session)] if wanted.gpus and there else []
        if wanted.gpus and there:
            # More than there are will never be free: the trainer says so.
            if len(free) < min(wanted.gpus, len(there)):
                return f"GPUs: it wants {wanted.gpus}, {len(free)} of {len(there)} are free", ()
            return None, free[: wanted.gpus]
        try:
            return launcher.waits_for(wanted, [(job.handle, Resources(**job.resources)) for job in occupying]), ()
        except LauncherUnavailable as error:
            return error.detail, ()

    def _taken(self, session: Session) -> set[str]:
        query = select(Attempt.handle).join(Job, (Job.id == Attempt.job_id) & (Job.attempt == Attempt.number))
        here = Attempt.machine == self._place.name
        handles = session.scalars(query.where(Job.state.in_(OCCUPYING), here))
        return {gpu for handle in handles if handle is not None for gpu in handle.get(GPUS, ())}

    def _occupying(self) -> list[Watched]:
        """What takes room here: what runs, and what is lost from sight but may run."""
        with self._database.read() as session:
            jobs = watched(session)
        return [
            job
            for job in jobs
            if job.launcher != service.EXTERNAL
            and job.machine == self._place.name
            and (
                job.state != JobState.LOST
                or (job.handle is not None and self._launchers.is_alive(job.launcher, job.handle))
            )
        ]

    def _tell(self, job_id: int, why: str) -> None:
        with self._database.write() as session:
            job = service.get_job(session, job_id, lock=True)
            if job.state != JobState.QUEUED:
                return
            job.waits_for = why
            stream.tell(session, job.id, "job")
            # One that was the first before waits for this one now.
            others = select(Job).where(
                Job.state == JobState.QUEUED, Job.launcher == job.launcher, Job.id > job.id, Job.waits_for.is_not(None)
            )
            for other in session.scalars(others.with_for_update(skip_locked=True)):
                other.waits_for = None
                stream.tell(session, other.id, "job")

    def _start(self, lease: Held, launcher: str, job_id: int, gpus: Sequence[str]) -> bool:
        remote = self._launchers.get(launcher).remote
        with self._database.write() as session:
            self._leases.check(session, lease)
            # What the scheduler of another machine is about to take is not waited for.
            query = select(Job).where(Job.id == job_id, Job.state == JobState.QUEUED, Job.launcher == launcher)
            job = session.scalars(query.with_for_update(skip_locked=True)).first()
            if job is None:
                return False
            root = self._jobs_dir / str(job.id) / f"attempt-{job.attempt + 1}"
            started = service.start_attempt(session, job, folder=str(root), machine=self._place.name)
            service.set_state(session, job, JobState.STARTING)
            job.heartbeat_at = None
            resume_from, init_from = begins_with(session, job, self._weights)
            spec = views.job_spec(job, resume_from=resume_from, init_from=init_from)
            secret = started.token
            if remote:
                told = {**self._launchers.told(launcher), "restarts": max(0, job.restarts - job.restarted)}
                secret = open_enrolment(started.row, spec, told)
        try:
            folder = JobFolder(root)
            folder.create(spec)
            handle = self._launchers.supervise(launcher, folder, spec.trainer, secret, gpus)
        except LauncherUnavailable as error:
            # It may have been submitted all the same: its code opens nothing from now on.
            log.warning("job %s waits on: %s", job_id, error.detail)
            _, before = self._pauses.get(launcher, (0.0, 0.0))
            pause = min(LONGEST_PAUSE_SECONDS, before * 2 or PAUSE_SECONDS)
            self._pauses[launcher] = (time.monotonic() + pause, pause)
            self._give_up(lease, job_id, spec, JobState.QUEUED, error.detail)
            return False
        except Exception as error:
            log.exception("job %s could not be started", job_id)
            self._give_up(lease, job_id, spec, JobState.FAILED, f"it could not be started: {error}")
            return True
        self._pauses.pop(launcher, None)
        self._watch.keep_handle(lease, job_id, spec.attempt, {**handle, GPUS: list(gpus), LAUNCHER: launcher})
        return True

    def _give_up(self, lease: Held, job_id: int, spec: JobSpec, state: JobState, reason: str) -> None:
        with self._database.write() as session:
            self._leases.check(session, lease)
            job = service.get_job(session, job_id, lock=True)
            if job.attempt != spec.attempt:
                return
            if state is JobState.QUEUED:
                service.back_to_queue(session, job, reason)
            else:
                service.set_state(session, job, state, reason=reason)
