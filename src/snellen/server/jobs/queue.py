"""The queues: of each launcher what runs and what waits, in order."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from snellen.contract.states import ACTIVE, JobState
from snellen.server.jobs import service
from snellen.server.jobs.schemas import Progress, ResourcesOut
from snellen.server.jobs.tables import Job

MOST_JOBS = 200


class RunningJob(BaseModel):
    """A job that takes room. ``since`` is when it first began, in Unix milliseconds.

    One that tells no progress has at least a last epoch.
    """

    id: int
    name: str
    project: str
    state: JobState
    resources: ResourcesOut
    progress: Progress | None
    epochs: int
    last_epoch: int | None
    since: int | None


class QueuedJob(BaseModel):
    """A job that waits. ``position`` counts from 1 over all that wait for the launcher, also those one may not see.

    ``waits_for`` is why the first can't begin, once somebody has looked; those behind wait for the one before them.
    """

    id: int
    name: str
    project: str
    resources: ResourcesOut
    position: int
    waits_for: str | None
    since: int


@dataclass(slots=True)
class Jobs:
    """One launcher's."""

    running_count: int = 0
    waiting_count: int = 0
    running: list[RunningJob] = field(default_factory=list)
    waiting: list[QueuedJob] = field(default_factory=list)


NOTHING = Jobs()


def read_queue(session: Session, *, projects: Collection[int] | None) -> dict[str, Jobs]:
    """By launcher; jobs of other projects than these are only counted."""
    counted = select(Job.id, Job.launcher, Job.state, Job.project_id).where(
        Job.state.in_([*ACTIVE, JobState.QUEUED]), Job.launcher != service.EXTERNAL
    )
    found: dict[str, Jobs] = {}
    shown: dict[int, int] = {}
    for job_id, launcher, state, project_id in session.execute(counted.order_by(Job.id)).tuples():
        jobs = found.setdefault(launcher, Jobs())
        waits = state == JobState.QUEUED
        if waits:
            jobs.waiting_count += 1
        else:
            jobs.running_count += 1
        position = jobs.waiting_count if waits else jobs.running_count
        if position <= MOST_JOBS and (projects is None or project_id in projects):
            shown[job_id] = position
    rows = session.scalars(select(Job).where(Job.id.in_(shown)).options(joinedload(Job.project)).order_by(Job.id)).all()
    for job in rows:
        resources = ResourcesOut(**job.resources)
        if job.state == JobState.QUEUED:
            found[job.launcher].waiting.append(
                QueuedJob(
                    id=job.id,
                    name=job.name,
                    project=job.project.name,
                    resources=resources,
                    position=shown[job.id],
                    waits_for=job.waits_for if shown[job.id] == 1 else None,
                    since=job.created_at,
                )
            )
        else:
            found[job.launcher].running.append(
                RunningJob(
                    id=job.id,
                    name=job.name,
                    project=job.project.name,
                    state=JobState(job.state),
                    resources=resources,
                    progress=None if job.progress is None else Progress(**job.progress),
                    epochs=job.epochs,
                    last_epoch=job.last_epoch,
                    since=job.started_at,
                )
            )
    return found
