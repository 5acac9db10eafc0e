"""Going on with a job that has ended, and beginning one with the weights of another."""

from __future__ import annotations

from typing import Any, Protocol

from sqlalchemy import update
from sqlalchemy.orm import Session

from snellen.contract.folder import init_path, resume_path
from snellen.contract.states import JobState
from snellen.contract.tasks import Task
from snellen.errors import Conflict, IllegalTransition, InvalidInput
from snellen.server.auth.people import Person
from snellen.server.jobs import service
from snellen.server.jobs.schemas import JobCreate
from snellen.server.jobs.tables import Attempt, Job

RESUMABLE = (JobState.STOPPED, JobState.FAILED, JobState.LOST)


class StoredWeights(Protocol):
    """What a feature above this one knows of stored checkpoints."""

    def newest(self, session: Session, job_id: int) -> str | None:
        """The name of the newest checkpoint that the job can go on from."""

    def initial(self, artifact_id: int, project_id: int) -> dict[str, Any]:
        """A copy of a checkpoint of the project for a job that begins with it: ``{artifact_id, job_id, name, epoch,
        key, size, sha256, trainer, task, model, runs_code, project_id}``.

        Its key stays good whatever becomes of the artifact.
        """

    def project_of(self, session: Session, artifact_id: int, person: Person) -> int:
        """The project of a checkpoint; :class:`~snellen.errors.ArtifactNotFound` when somebody sees none of this id."""


def resume(session: Session, job: Job, *, launcher: str | None = None, resources: dict[str, Any] | None = None) -> None:
    """Queue an ended job again; it goes on from its newest whole checkpoint, elsewhere or with something else if given.

    Raises :class:`~snellen.errors.Conflict` for one that can't go on, saying what to do instead.
    """
    if job.launcher == service.EXTERNAL:
        raise Conflict(
            f"job {job.id} was started outside of Snellen, so it can't be started again here; run its script again: "
            "a new job begins"
        )
    if job.state == JobState.COMPLETED:
        raise IllegalTransition(
            f"job {job.id} has completed its {job.epochs} epochs; to train on, begin a job with its weights "
            f"(`snellen train --from {job.id}:last.pt …`)"
        )
    if job.state not in RESUMABLE:
        raise IllegalTransition(f"job {job.id} is {job.state}; only a stopped, failed or lost job can be resumed")
    if job.snapshot is not None and job.dataset_id is None:
        raise Conflict(f"job {job.id} can't go on: its dataset has been deleted")
    # A lost job's supervisor may only have been out of sight: its posts are refused from now on, and the servers of its
    # machine end it.
    session.execute(
        update(Attempt)
        .where(Attempt.job_id == job.id, Attempt.number == job.attempt, Attempt.handle.is_not(None))
        .values(kill_requested=True)
    )
    job.launcher = launcher or job.launcher
    job.resources = job.resources if resources is None else resources
    job.stop_requested = job.stop_now = False
    job.stop_reason = None
    job.training_since = None
    job.ended_at = job.exit_reason = job.exit_detail = None
    service.set_state(session, job, JobState.QUEUED)


def restart(session: Session, job: Job, reason: str) -> bool:
    """Let a job that was lost go on by itself, if it may; whether it does."""
    if job.launcher == service.EXTERNAL or job.stop_requested or job.restarted >= job.restarts:
        return False
    job.restarted += 1
    text = f"{reason}; it goes on by itself from its newest checkpoint, restart {job.restarted} of {job.restarts}"
    resume(session, job)
    service.add_log_lines(session, job, [service.log_line(text, "warning")])
    return True


def like_parent(body: JobCreate, initial: dict[str, Any]) -> JobCreate:
    """Trainer and task are the parent's unless given; refuse a checkpoint that the new job can't begin with."""
    unsaid = {what: initial[what] for what in ("trainer", "task") if what not in body.model_fields_set}
    body = body.model_copy(update={**unsaid, "task": Task(unsaid.get("task", body.task))})
    for what, wanted in (("trainer", body.trainer), ("task", str(body.task))):
        if initial[what] != wanted:
            raise InvalidInput(
                f"init_from: checkpoint {initial['name']} of job {initial['job_id']} is of the {what} "
                f"{initial[what]}, the new job's is {wanted}; take a checkpoint of a job with the same {what}"
            )
    return body


def begins_with(session: Session, job: Job, weights: StoredWeights) -> tuple[str | None, str | None]:
    """``resume_from`` and ``init_from`` of an attempt that is about to start."""
    if job.attempt > 1:
        name = weights.newest(session, job.id)
        if name is not None:
            return resume_path(name), None
        text = f"attempt {job.attempt}: there is no checkpoint yet, so it begins at epoch 1 again"
        service.add_log_lines(session, job, [service.log_line(text)])
    if job.initial is not None:
        return None, init_path(job.initial["name"])
    return None, None
