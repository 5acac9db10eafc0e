"""Starts waiting jobs when a slot of this machine is free, and looks after those that run.

Of several servers of a machine one does it at a time: it holds the lease ``scheduler:MACHINE``, under which everything
is applied (see :mod:`snellen.server.cluster.leases`). Schedulers of several machines share the queue.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from snellen.contract.folder import JobFolder
from snellen.contract.spec import JobSpec
from snellen.contract.states import ACTIVE, JobState
from snellen.errors import DatabaseUnavailable, LeaseLost, SnellenError
from snellen.launch.base import Launcher
from snellen.server.cluster.leases import Held
from snellen.server.cluster.member import Member
from snellen.server.db import Database
from snellen.server.jobs import service, views
from snellen.server.jobs.going_on import StoredWeights, begins_with
from snellen.server.jobs.launching import Launchers
from snellen.server.jobs.tables import Attempt, Job
from snellen.server.jobs.watching import GPUS, Watch, watched
from snellen.server.measures import Measures
from snellen.server.settings import Settings

TICK_SECONDS = 1.0
#: Between two ticks that are further apart this process did not run, or waited for the database.
LONG_TICK_SECONDS = 10.0
OCCUPYING = (*ACTIVE, JobState.LOST)
log = logging.getLogger("snellen.scheduler")


class Scheduler:
    """A thread that looks at the queue each second, and at once when woken."""

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
        self._lease_name = f"scheduler:{member.machine}"
        self._watch = Watch(
            database,
            self._launchers,
            member.leases,
            member.machine,
            measures or Measures(),
            lost_after_seconds=settings.lost_after_seconds,
        )
        self._wake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="scheduler", daemon=True)

    def start(self) -> None:
        """Begin; jobs of an earlier server are found again by their handles."""
        with self._database.write() as session:
            # Before machines were recorded there was one: what is in this directory ran here.
            mine = Attempt.folder.startswith(str(self._settings.data_dir / "jobs") + "/", autoescape=True)
            session.execute(
                update(Attempt).where(Attempt.machine.is_(None), mine).values(machine=self._member.machine),
                execution_options={"synchronize_session": False},
            )
        self._thread.start()

    def is_alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """End the thread; jobs go on without it, and another server of this machine may look after them at once."""
        self._stopping = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)
        try:
            self._member.leases.release(self._lease_name)
        except SnellenError:
            log.info("the database is away; the scheduler's lease ends by itself")

    def wake(self) -> None:
        """Look at the queue now."""
        self._wake.set()

    def launcher(self, name: str) -> Launcher:
        """The launcher of that name; ``InvalidInput`` names those there are."""
        return self._launchers.get(name)

    def tick(self) -> None:
        """One look, if it is this server's turn: first at what runs, then at what waits."""
        self._member.seen()
        lease = self._member.leases.take(self._lease_name)
        if lease is None:
            return
        if lease.new:
            self._watch.adopt_unstarted(lease)
        self._watch.look(lease)
        while not self._stopping and self._start_next(lease):
            pass

    def _run(self) -> None:
        away, before = False, time.monotonic()
        while not self._stopping:
            if away or time.monotonic() - before > LONG_TICK_SECONDS:
                self._watch.listens_again()
            before = time.monotonic()
            try:
                self.tick()
                if away:
                    log.info("the database is back")
                away = False
            except DatabaseUnavailable as error:
                if not away:
                    log.warning("the scheduler waits for the database: %s", error.detail)
                away = True
            except LeaseLost as error:
                log.warning("%s", error.detail)
            except Exception:
                log.exception("the scheduler will try again")
            self._wake.wait(TICK_SECONDS)
            self._wake.clear()

    def _start_next(self, lease: Held) -> bool:
        slots = self._launchers.slots()
        if self._occupied() >= slots:
            return False
        with self._database.write() as session:
            self._member.leases.check(session, lease)
            # What the scheduler of another machine is about to take is not waited for.
            waiting = select(Job).where(Job.state == JobState.QUEUED, Job.launcher != service.EXTERNAL)
            job = session.scalars(waiting.order_by(Job.id).limit(1).with_for_update(skip_locked=True)).first()
            if job is None:
                return False
            gpus = self._gpus_for(session, job)
            if gpus is None:
                return False
            root = self._settings.data_dir / "jobs" / str(job.id) / f"attempt-{job.attempt + 1}"
            started = service.start_attempt(session, job, folder=str(root), machine=self._member.machine)
            service.set_state(session, job, JobState.STARTING)
            job.heartbeat_at = None
            resume_from, init_from = begins_with(session, job, self._weights)
            spec = views.job_spec(job, resume_from=resume_from, init_from=init_from)
            job_id, launcher = job.id, job.launcher
        try:
            folder = JobFolder(root)
            folder.create(spec)
            handle = self._launchers.supervise(launcher, folder, spec.trainer, started.token, gpus)
        except Exception as error:
            log.exception("job %s could not be started", job_id)
            self._fail(lease, job_id, spec, f"it could not be started: {error}")
            return True
        self._watch.keep_handle(lease, job_id, spec.attempt, {**handle, GPUS: list(gpus)})
        return True

    def _fail(self, lease: Held, job_id: int, spec: JobSpec, reason: str) -> None:
        with self._database.write() as session:
            self._member.leases.check(session, lease)
            job = service.get_job(session, job_id, lock=True)
            if job.attempt == spec.attempt:
                service.set_state(session, job, JobState.FAILED, reason=reason)

    def _occupied(self) -> int:
        """This machine's slots that are taken: by what runs, and by what is lost from sight but may run."""
        with self._database.read() as session:
            jobs = watched(session)
        return sum(
            1
            for job in jobs
            if job.launcher != service.EXTERNAL
            and job.machine == self._member.machine
            and (
                job.state != JobState.LOST
                or (job.handle is not None and self._launchers.is_alive(job.launcher, job.handle))
            )
        )

    def _gpus_for(self, session: Session, job: Job) -> Sequence[str] | None:
        """The GPUs that the job gets; None while too few are free. A launcher that hands none out gives none."""
        wanted = int(job.resources.get("gpus", 0))
        there = self.launcher(job.launcher).gpus()
        if not wanted or not there:
            return ()
        query = select(Attempt.handle).join(Job, (Job.id == Attempt.job_id) & (Job.attempt == Attempt.number))
        on_this_machine = Attempt.machine == self._member.machine
        taken = {
            gpu
            for handle in session.scalars(query.where(Job.state.in_(OCCUPYING), on_this_machine))
            if handle is not None
            for gpu in handle.get(GPUS, ())
        }
        free = [gpu for gpu in there if gpu not in taken]
        # More than there are will never be free: the trainer says so.
        return free[:wanted] if len(free) >= min(wanted, len(there)) else None
