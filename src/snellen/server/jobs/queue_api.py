"""What runs where, what waits for what, and where a job may run."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel

from snellen.launch.base import NO_LIMIT
from snellen.server.auth.access import signed_in
from snellen.server.auth.api import CurrentPerson
from snellen.server.jobs import queue
from snellen.server.jobs.creating import scheduler_of
from snellen.server.jobs.queue import QueuedJob, RunningJob
from snellen.server.projects import service as projects
from snellen.server.projects.schemas import InProject
from snellen.server.state import AppState

router = APIRouter(tags=["queue"])


class LauncherOut(BaseModel):
    """A place where jobs run. A ``cluster`` gives jobs more than GPUs: memory, named resources, several nodes."""

    name: str
    kind: str
    cluster: bool
    is_default: bool


class LauncherList(BaseModel):
    """The server's launchers, the default first."""

    items: list[LauncherOut]


class LauncherQueue(BaseModel):
    """One launcher's jobs, in the order in which they began, or will.

    The lists hold the jobs that one may see, at most 200 each; the counts are of all. ``launcher`` is None where no
    server that answers here has it (any more): then nothing of it begins.
    """

    name: str
    launcher: LauncherOut | None
    #: How many run at once; None where room alone decides.
    slots: int | None
    running_count: int
    waiting_count: int
    running: list[RunningJob]
    waiting: list[QueuedJob]


class Queue(BaseModel):
    """All launchers that there are, and those that a job waits for or runs with."""

    items: list[LauncherQueue]


@router.get("/training/launchers", dependencies=[signed_in])
def launchers(state: AppState) -> LauncherList:
    """Where a job may run, besides ``external``."""
    return LauncherList(items=_launchers(state))


@router.get("/training/queue", dependencies=[signed_in])
def read(person: CurrentPerson, state: AppState, project: InProject = None) -> Queue:
    """What runs, and what waits for what."""
    known = {each.name: each for each in _launchers(state)}
    scheduler = scheduler_of(state)
    with state.database.read() as session:
        seen = projects.ids_of(session, person, project)
        found = queue.read_queue(session, projects=seen)
    items = []
    for name in [*known, *sorted(found.keys() - known.keys())]:
        jobs = found.get(name, queue.NOTHING)
        slots = scheduler.slots(name) if name in known else 0
        items.append(
            LauncherQueue(
                name=name,
                launcher=known.get(name),
                slots=slots if slots < NO_LIMIT else None,
                running_count=jobs.running_count,
                waiting_count=jobs.waiting_count,
                running=jobs.running,
                waiting=jobs.waiting,
            )
        )
    return Queue(items=items)


def _launchers(state: AppState) -> list[LauncherOut]:
    scheduler = scheduler_of(state)
    return [
        LauncherOut(
            name=name,
            kind=scheduler.launcher(name).name,
            cluster=scheduler.launcher(name).remote,
            is_default=name == scheduler.default_launcher,
        )
        for name in scheduler.launchers
    ]
