"""Looks after what runs at one place, and after the heartbeats of what runs elsewhere."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from snellen.contract.events import now_ms
from snellen.contract.folder import JobFolder
from snellen.contract.states import ACTIVE, JobState
from snellen.errors import DatabaseUnavailable, InvalidInput, LauncherUnavailable, LeaseLost
from snellen.launch.base import EARLIER
from snellen.server.cluster.leases import Held, Leases
from snellen.server.db import Database
from snellen.server.jobs import going_on, service
from snellen.server.jobs.events import HEARTBEATS
from snellen.server.jobs.launching import BEYOND, Launchers
from snellen.server.jobs.tables import Attempt, Job
from snellen.server.measures import Measures

#: Where a handle says which GPUs its job has.
GPUS = "gpus"
#: And when supervisors were put in the place of others (Unix milliseconds).
TAKEN_OVER = "taken_over"
#: And which launcher made it; the job may have gone on with another one since.
LAUNCHER = "launcher"
KEPT = frozenset({GPUS, TAKEN_OVER, EARLIER, LAUNCHER})
#: And that nobody is put in their place any more.
GIVEN_UP = "given_up"
#: A supervisor that is killed more often than so within ten minutes is given up: something here kills it.
MOST_TAKE_OVERS = 5
TAKE_OVER_MS = 600_000
#: Whoever was heard of so lately runs, whatever its cluster says.
QUIET_MS = 6000
#: Several nodes of which one died have so long to begin anew.
GROUP_SILENT_MS = 600_000
log = logging.getLogger("snellen.scheduler")


class Watched(NamedTuple):
    """What matters of a job that runs or may run; ``began`` is when its attempt did."""

    id: int
    attempt: int
    launcher: str
    state: str
    heartbeat_at: int | None
    handle: dict[str, Any] | None
    machine: str | None
    began: int
    resources: dict[str, Any]
    stop_requested: bool
    folder: str | None


def watched(session: Session) -> list[Watched]:
    """All jobs that run, and those that are lost from sight and may run all the same."""
    columns = (
        Job.id, Job.attempt, Job.launcher, Job.state, Job.heartbeat_at, Attempt.handle, Attempt.machine,
        Attempt.created_at, Job.resources, Job.stop_requested, Attempt.folder,
    )  # fmt: skip
    query = select(*columns).join(Attempt, (Attempt.job_id == Job.id) & (Attempt.number == Job.attempt))
    rows = session.execute(query.where(Job.state.in_([*ACTIVE, JobState.LOST])).order_by(Job.id))
    return [Watched(*row) for row in rows.tuples()]


class Watch:
    """One look at a time, by the server that holds the lease of the place; ``machine`` is the place's name."""

    def __init__(
        self,
        database: Database,
        launchers: Launchers,
        leases: Leases,
        machine: str,
        measures: Measures,
        *,
        lost_after_seconds: float,
    ) -> None:
        self._measures = measures
        self._database = database
        self._launchers = launchers
        self._leases = leases
        self._machine = machine
        self._lost_after_ms = lost_after_seconds * 1000
        self._lost_after = f"{lost_after_seconds:g} s"
        self._since = now_ms()
        self._unadopted = False
        #: Handles by job and attempt that the database was not there to take.
        self._unkept: dict[tuple[int, int], dict[str, Any]] = {}

    def begins(self) -> None:
        """This server looks after the place from now on."""
        self._unadopted = True

    def listens_again(self) -> None:
        """Silence while nobody was here to listen, or no database to write down what was heard, is no silence."""
        self._since = now_ms()
        # Something may have been started whose handle could not be kept.
        self._unadopted = True

    def look(self, lease: Held) -> None:
        """End what was replaced, take over from supervisors that were killed, notice jobs with nothing behind them."""
        if self._unadopted:
            try:
                self._adopt_unstarted(lease)
                self._unadopted = False
            except LauncherUnavailable as error:
                log.warning("what an earlier server started is looked for later: %s", error.detail)
        self._end_superseded(lease)
        with self._database.read() as session:
            jobs = watched(session)
        for job in jobs:
            try:
                self._check(lease, job)
            except (DatabaseUnavailable, LeaseLost):
                raise
            except (LauncherUnavailable, InvalidInput):
                # Its cluster is away, or its launcher was taken out of the settings: heartbeats alone tell.
                if self._was_silent(job):
                    self._mark_silent(lease, job)
            except Exception:  # a launcher that is gone, say: the other jobs are looked at all the same
                log.exception("job %s could not be looked after", job.id)

    def _adopt_unstarted(self, lease: Held) -> None:
        """What was started here and whose handle could not be kept: by a scheduler that died, or lost its database.

        A job that was taken from the queue and behind which nothing is found waits again.
        """
        with self._database.read() as session:
            jobs = watched(session)
        for each in jobs:
            is_ours = each.launcher != service.EXTERNAL and each.machine == self._machine
            if not is_ours or each.handle is not None or each.state not in ACTIVE:
                continue
            handle = self._unkept.get((each.id, each.attempt))
            if handle is None and each.folder is not None:
                handle = self._launchers.find(each.launcher, JobFolder(Path(each.folder)))
                handle = None if handle is None else {**handle, LAUNCHER: each.launcher}
            with self._database.write() as session:
                self._leases.check(session, lease)
                job = service.get_job(session, each.id, lock=True)
                attempt = attempt_of(session, job)
                if attempt.number != each.attempt or attempt.handle is not None or job.state not in ACTIVE:
                    continue
                if handle is not None:
                    attempt.handle = handle
                elif job.state == JobState.STARTING:
                    service.back_to_queue(session, job)
        self._unkept.clear()

    def keep_handle(self, lease: Held, job_id: int, number: int, handle: dict[str, Any]) -> None:
        """Keep how a supervisor is found again; when that is not ours to do any more, it is ended."""
        try:
            with self._database.write() as session:
                self._leases.check(session, lease)
                row = session.scalars(select(Attempt).where(Attempt.job_id == job_id, Attempt.number == number)).one()
                row.handle = handle
                launcher = service.get_job(session, job_id).launcher
        except LeaseLost:
            # Who took over found no supervisor, and has started the job again.
            with self._database.read() as session:
                launcher = service.get_job(session, job_id).launcher
            self._launchers.get(handle.get(LAUNCHER, launcher)).kill(handle)
            raise
        except DatabaseUnavailable:
            self._unkept[job_id, number] = handle
            raise

    def _end_superseded(self, lease: Held) -> None:
        with self._database.read() as session:
            query = select(Attempt, Job.launcher).join(Job, Job.id == Attempt.job_id)
            found = session.execute(query.where(Attempt.kill_requested, Attempt.machine == self._machine)).all()
        for attempt, launcher in found:
            try:
                if attempt.handle is not None:
                    self._launchers.get(attempt.handle.get(LAUNCHER, launcher)).kill(attempt.handle)
            except LauncherUnavailable as error:
                log.warning("job %s: its attempt %s is ended later: %s", attempt.job_id, attempt.number, error.detail)
                continue
            except InvalidInput as error:
                log.warning("job %s: its attempt %s can't be ended: %s", attempt.job_id, attempt.number, error)
            with self._database.write() as session:
                self._leases.check(session, lease)
                session.get_one(Attempt, attempt.id).kill_requested = False

    def _check(self, lease: Held, job: Watched) -> None:
        handle = job.handle
        silent = self._was_silent(job)
        if job.launcher == service.EXTERNAL:
            # Who reports with plain requests may be silent for an epoch; a supervisor beside a script never is.
            silent = silent and handle is not None and bool(handle.get(HEARTBEATS))
        elif job.machine != self._machine:
            waits = (job.machine or "").startswith(BEYOND)
            if waits and job.launcher in self._launchers.names():
                return  # the cluster's own watch sees more
            # What runs elsewhere is known by its heartbeats alone, also before the first of them; but what was handed
            # to a cluster may wait there.
            silent = silent or (job.state == JobState.STARTING and not waits and self._is_silent(job.began))
        # Without a handle (the server died before it could keep it) only heartbeats tell.
        elif handle is not None and self._launchers.get(job.launcher).remote:
            if job.state == JobState.STARTING and job.stop_requested and job.heartbeat_at is None:
                self._stop_unheard(lease, job)
                return
            if not handle.get(GIVEN_UP) and not self._launchers.get(job.launcher).alive(handle):
                self._meet_fate(lease, job, handle)
                return
            if int(job.resources.get("nodes", 1)) > 1:
                # It is silent while its nodes begin anew, or wait for another one.
                silent = silent and now_ms() - max(job.heartbeat_at or 0, self._since) > GROUP_SILENT_MS
        elif handle is not None and not self._launchers.get(job.launcher).alive(handle):
            # One that was given up stays lost; one that was merely silent may have something to deliver.
            if not handle.get(GIVEN_UP) and not self._take_over(lease, job, handle):
                self.keep_handle(lease, job.id, job.attempt, {**handle, GIVEN_UP: True})
                reason = "its supervisor ended without a word (killed from outside?), again and again"
                if self._mark_lost(lease, job, reason, why="supervisor"):
                    # Nothing may go on training for a job that is said to be lost.
                    self._launchers.get(job.launcher).kill(handle)
            return
        if silent:
            self._mark_silent(lease, job)

    def _stop_unheard(self, lease: Held, watched: Watched) -> None:
        """What waits in a cluster, or for other nodes of its group, never asks whether it is to stop."""
        with self._database.write() as session:
            self._leases.check(session, lease)
            job = service.get_job(session, watched.id, lock=True)
            if not _is_as(job, watched):
                return
            attempt_of(session, job).kill_requested = True  # as often as it takes
            began = "it began" if job.attempt == 1 else f"attempt {job.attempt} began"
            service.set_state(session, job, JobState.STOPPED, reason=f"stopped before {began}")

    def _was_silent(self, job: Watched) -> bool:
        return job.state == JobState.RUNNING and job.heartbeat_at is not None and self._is_silent(job.heartbeat_at)

    def _mark_silent(self, lease: Held, job: Watched) -> None:
        self._mark_lost(lease, job, f"no heartbeat for {self._lost_after}")

    def _meet_fate(self, lease: Held, watched: Watched, handle: dict[str, Any]) -> None:
        """A supervisor on a cluster has ended: what its job becomes is its launcher's word."""
        if watched.heartbeat_at is not None and now_ms() - max(watched.heartbeat_at, self._since) < QUIET_MS:
            return
        fate = self._launchers.get(watched.launcher).fate(handle, heard=watched.heartbeat_at is not None)
        if fate is None:
            return
        if watched.state == JobState.LOST:
            self.keep_handle(lease, watched.id, watched.attempt, {**handle, GIVEN_UP: True})
            return
        if fate.state is JobState.LOST:
            self._mark_lost(lease, watched, fate.reason, why="supervisor", detail=fate.detail)
            return
        with self._database.write() as session:
            self._leases.check(session, lease)
            job = service.get_job(session, watched.id, lock=True)
            if not _is_as(job, watched):
                return
            if fate.state is JobState.QUEUED:
                service.back_to_queue(session, job, fate.reason)
            else:
                service.set_state(session, job, fate.state, reason=fate.reason, detail=fate.detail)
        log.warning("job %s: %s", watched.id, fate.reason)

    def _take_over(self, lease: Held, watched: Watched, handle: dict[str, Any]) -> bool:
        """Put another supervisor in the place of one that was killed; False after too many in a while."""
        now = now_ms()
        lately = [at for at in handle.get(TAKEN_OVER, ()) if now - at < TAKE_OVER_MS]
        if len(lately) >= MOST_TAKE_OVERS:
            return False
        job_id, number, launcher = watched.id, watched.attempt, watched.launcher
        with self._database.write() as session:
            self._leases.check(session, lease)
            job = service.get_job(session, job_id, lock=True)
            if job.attempt != number or job.state not in {*ACTIVE, JobState.LOST}:
                return True
            attempt = attempt_of(session, job)
            folder = JobFolder(Path(attempt.folder or ""))
            if attempt.folder is None or not folder.spec_file.is_file():
                return False
            # One that an earlier server put there has a token that is still good.
            found = self._launchers.get(launcher).find(folder)
            token = service.renew_token(attempt) if found is None else ""
            if job.state != JobState.LOST:  # that one runs again when it says so
                job.heartbeat_at = now
            trainer = job.trainer
        gpus = handle.get(GPUS, [])
        if found is None:
            log.warning("job %s: its supervisor was killed; another one goes on", job_id)
            found = self._launchers.supervise(launcher, folder, trainer, token, gpus, take_over=True)
            self._measures.take_overs.inc()
        earlier = [{k: v for k, v in handle.items() if k not in KEPT}, *handle.get(EARLIER, ())]
        kept = {GPUS: gpus, EARLIER: earlier, TAKEN_OVER: [*lately, now], LAUNCHER: launcher}
        self.keep_handle(lease, job_id, number, {**found, **kept})
        return True

    def _is_silent(self, heartbeat: int) -> bool:
        return now_ms() - max(heartbeat, self._since) > self._lost_after_ms

    def _mark_lost(
        self, lease: Held, watched: Watched, reason: str, *, why: str = "silent", detail: str | None = None
    ) -> bool:
        with self._database.write() as session:
            self._leases.check(session, lease)
            job = service.get_job(session, watched.id, lock=True)
            if not _is_as(job, watched):
                return False
            service.set_state(session, job, JobState.LOST, reason=reason, detail=detail)
            going_on.restart(session, job, f"lost: {reason}")
        self._measures.lost.labels(why).inc()
        about = {"job": watched.id, "attempt": watched.attempt}
        log.warning("job %s is lost: %s", watched.id, reason, extra={"about": about})
        return True


def _is_as(job: Job, watched: Watched) -> bool:
    """Whether the job still is as it was seen: it has not been resumed, has not ended and has not spoken."""
    return job.attempt == watched.attempt and job.state in ACTIVE and job.heartbeat_at == watched.heartbeat_at


def attempt_of(session: Session, job: Job) -> Attempt:
    """The job's attempt; one without anything before its first."""
    found = session.scalars(select(Attempt).where(Attempt.job_id == job.id, Attempt.number == job.attempt)).first()
    return found if found is not None else Attempt(job_id=job.id, number=job.attempt, handle=None)
