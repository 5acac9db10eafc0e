"""Who sees which runs: those of jobs who sees the job, the others as the settings say.

Which job a run mirrors is what our database says, not what the run's tags say: whoever writes to MLflow writes those.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from snellen.errors import RunNotFound
from snellen.server.auth.people import Permission, Person
from snellen.server.jobs.tables import Job
from snellen.server.runs.tracker import Run
from snellen.server.settings import Settings

JOB_TAG = "snellen.job_id"


def reads_all(person: Person, settings: Settings) -> bool:
    """Whether somebody sees the runs that no job of this server made."""
    if Permission.READ not in person.scopes or person.only is not None:
        return False
    return person.is_admin or settings.auth == "single" or settings.mlflow_readers == "everyone"


def job_of(session: Session, run: Run) -> Job | None:
    """The job that a run mirrors."""
    said = run.tags.get(JOB_TAG, "")
    if not (said.isascii() and said.isdigit()) or int(said) >= 2**31:
        return None
    job = session.get(Job, int(said))
    return job if job is not None and job.mlflow_run_id == run.id else None


def jobs_of(session: Session, person: Person, settings: Settings, runs: Sequence[Run]) -> dict[str, int | None]:
    """Of runs those that somebody sees, each with the job that it mirrors, if one of this server's."""
    others = reads_all(person, settings)
    found: dict[str, int | None] = {}
    for run in runs:
        job = job_of(session, run)
        if job is not None and person.sees(job.project_id):
            found[run.id] = job.id
        elif job is None and others and (JOB_TAG not in run.tags or _sees_everything(person, settings)):
            found[run.id] = None
    return found


def check_run(session: Session, person: Person, settings: Settings, run: Run) -> int | None:
    """The job that a run mirrors; :class:`~snellen.errors.RunNotFound`, as if it weren't there, for who may not see."""
    found = jobs_of(session, person, settings, [run])
    if run.id not in found:
        raise no_run(run.id)
    return found[run.id]


def mirrored_page(
    session: Session, *, projects: frozenset[int] | None, search: str | None, limit: int, before: int | None
) -> list[Job]:
    """Jobs of projects that have a run in MLflow, newest first; one more than `limit`, where there are more."""
    query = select(Job).where(Job.mlflow_run_id.is_not(None))
    if search:
        query = query.where(Job.name.icontains(search, autoescape=True))
    if projects is not None:
        query = query.where(Job.project_id.in_(projects))
    if before is not None:
        query = query.where(Job.id < before)
    return list(session.scalars(query.order_by(Job.id.desc()).limit(limit + 1)))


def no_run(run_id: str) -> RunNotFound:
    """What is said of a run that isn't there, and of one that isn't there for who asks."""
    return RunNotFound(f"there is no MLflow run {run_id!r}")


def _sees_everything(person: Person, settings: Settings) -> bool:
    """A run of a job that this server doesn't know may be of a project of another server's."""
    return person.is_admin or settings.auth == "single"
