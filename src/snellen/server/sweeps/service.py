"""Sweeps: find, begin, stop, go on, end."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.orm import Session

from snellen.contract.events import now_ms
from snellen.contract.states import ENDED, JobState
from snellen.contract.tasks import Direction
from snellen.errors import Conflict, IllegalTransition, NotAllowed, SweepNotFound
from snellen.server.auth.people import OPERATOR, Permission, Person
from snellen.server.auth.people_tables import User
from snellen.server.auth.service import person_of_user
from snellen.server.db import tell_topic
from snellen.server.jobs import going_on
from snellen.server.jobs import service as jobs
from snellen.server.jobs.schemas import JobCreate
from snellen.server.jobs.sweep_tables import Sweep
from snellen.server.jobs.tables import Job
from snellen.server.sweeps.schemas import EarlyStopping, Method, Space, SweepState
from snellen.server.sweeps.space import Parameters
from snellen.server.sweeps.study import Plan
from snellen.server.sweeps.trials import SWEEP_FAILED, SWEEP_STOPPED, WITH_SWEEP

#: The topic of sweepers.
SWEEPS = "sweeps"
_SPACE: TypeAdapter[Any] = TypeAdapter(Space)


def made_before(session: Session, person: Person, client_id: uuid.UUID | None) -> Sweep | None:
    """The sweep that somebody made with a ``client_id``; :class:`~snellen.errors.Conflict` for another's."""
    found = None if client_id is None else session.scalar(select(Sweep).where(Sweep.client_id == str(client_id)))
    if found is None:
        return None
    if found.created_by != person.id or not person.may(Permission.WRITE, found.project_id):
        raise Conflict(f"client_id: {client_id} was used by somebody else; send a new random one")
    return found


def get_sweep(session: Session, sweep_id: int, *, lock: bool = False) -> Sweep:
    """The sweep; :class:`~snellen.errors.SweepNotFound` when there is none.

    Its lock comes before those of its jobs. PostgreSQL checks that a job's sweep is there when a transaction writes
    the job a second time, so whoever holds a job must not wait for the holder of its sweep: the lock leaves its key
    readable (``FOR NO KEY UPDATE``).
    """
    sweep = session.get(Sweep, sweep_id, with_for_update={"key_share": True} if lock else None)
    if sweep is None:
        raise no_sweep(sweep_id)
    return sweep


def no_sweep(sweep_id: int) -> SweepNotFound:
    """What is said of a sweep that isn't there, and of one that isn't there for who asks."""
    return SweepNotFound(f"there is no sweep {sweep_id}; `GET /api/v1/training/sweeps` lists those there are")


def project_of(session: Session, sweep_id: int) -> int:
    """The project of a sweep; :class:`~snellen.errors.SweepNotFound` when there is none."""
    return get_sweep(session, sweep_id).project_id


def space_of(sweep: Sweep) -> Parameters:
    """What it searches."""
    found: Parameters = _SPACE.validate_python(sweep.space)
    return found


def plan_of(sweep: Sweep) -> Plan:
    """How it searches."""
    maximize = sweep.primary_direction == Direction.MAX
    return Plan(space_of(sweep), Method(sweep.method), sweep.seed, sweep.trials, maximize)


def early_of(sweep: Sweep) -> EarlyStopping | None:
    """How it stops trials early, if it does."""
    return None if sweep.early_stopping is None else EarlyStopping.model_validate(sweep.early_stopping)


def names_of(sweep: Sweep, number: int) -> dict[str, Any]:
    """What a trial's job has of its own; who asks for it twice gets one job."""
    client_id = uuid.uuid5(uuid.UUID(sweep.client_id), f"trial {number}")
    return {"name": f"{sweep.name} #{number}", "client_id": client_id}


def trial_body(sweep: Sweep, number: int) -> JobCreate:
    """The body of a trial's job but for its point."""
    return JobCreate.model_validate(sweep.job).model_copy(update=names_of(sweep, number))


def creator(session: Session, sweep: Sweep) -> Person:
    """In whose name it makes jobs, with what they may do now."""
    if sweep.created_by is None:
        return replace(OPERATOR, via_name="sweep")
    user = session.get_one(User, sweep.created_by)
    if user.disabled:
        raise NotAllowed(f"the account {user.name}, in whose name this sweep makes its jobs, is disabled")
    return person_of_user(session, user, via_name="sweep")


def stop(session: Session, sweep: Sweep) -> None:
    """No more trials; those that wait end at once, those that run at the end of their epoch."""
    if sweep.state != SweepState.RUNNING:
        return
    _end(sweep, SweepState.STOPPED)
    _stop_trials(session, sweep, SWEEP_STOPPED)


def fail(session: Session, sweep: Sweep, reason: str) -> None:
    """End it for a reason that more trials would meet too."""
    _end(sweep, SweepState.FAILED)
    sweep.reason = reason[:2000]
    _stop_trials(session, sweep, SWEEP_FAILED)


def complete(sweep: Sweep) -> None:
    """All trials have ended."""
    _end(sweep, SweepState.COMPLETED)


def resume(session: Session, sweep: Sweep) -> None:
    """Go on with what is left: the trials that stopped with it, then new ones."""
    if sweep.state not in {SweepState.STOPPED, SweepState.FAILED}:
        more = "; begin another sweep to search on" if sweep.state == SweepState.COMPLETED else ""
        raise IllegalTransition(f"sweep {sweep.id} is {sweep.state}; only a stopped or failed one can be resumed{more}")
    sweep.state, sweep.reason, sweep.ended_at, sweep.since = SweepState.RUNNING, None, None, now_ms()
    resume_paused(session, sweep)
    tell_topic(session, SWEEPS)


def resume_paused(session: Session, sweep: Sweep) -> None:
    """The trials that stopped with the sweep wait for a slot again."""
    paused = select(Job).where(Job.sweep_id == sweep.id, Job.stop_reason.in_(WITH_SWEEP)).order_by(Job.id)
    for job in session.scalars(paused.with_for_update()):
        if job.state == JobState.STOPPED:
            going_on.resume(session, job)


def _end(sweep: Sweep, state: SweepState) -> None:
    sweep.state, sweep.ended_at = state, now_ms()


def _stop_trials(session: Session, sweep: Sweep, reason: str) -> None:
    running = select(Job).where(Job.sweep_id == sweep.id, Job.state.not_in(ENDED)).order_by(Job.id)
    for job in session.scalars(running.with_for_update()):
        jobs.request_stop(session, job, reason=reason)
