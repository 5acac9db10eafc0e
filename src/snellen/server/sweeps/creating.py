"""Makes sweeps and their trials. A trial passes what any job must, in the name of who made the sweep."""

from __future__ import annotations

import secrets
import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from snellen.contract.events import now_ms
from snellen.server.auth import audit
from snellen.server.auth.people import Person
from snellen.server.db import add_or_find, tell_topic
from snellen.server.jobs import creating as jobs
from snellen.server.jobs.schemas import JobCreate
from snellen.server.jobs.sweep_tables import Sweep
from snellen.server.jobs.tables import Job
from snellen.server.state import State
from snellen.server.sweeps import service
from snellen.server.sweeps.schemas import Point, SweepCreate, SweepState
from snellen.server.sweeps.space import check_space, probes, with_point
from snellen.server.sweeps.study import next_point


def make_sweep(state: State, person: Person, body: SweepCreate) -> tuple[int, bool]:
    """A new sweep with its first trial: its id, and whether it is new. A ``client_id`` that was seen before gives the
    sweep that it made."""
    with state.database.read() as session:
        before = service.made_before(session, person, body.client_id)
        if before is not None:
            return before.id, False
    trials = check_space(body)
    settled = jobs.settle(state, person, body.job)
    for point in probes(body.space):
        _check(state, person, settled, point)
    sweep = Sweep(
        project_id=settled.project_id,
        client_id=str(body.client_id or uuid.uuid4()),
        name=body.name,
        state=SweepState.RUNNING,
        created_by=person.id,
        job=settled.body.model_dump(mode="json", exclude={"name", "client_id"}),
        space={name: each.model_dump(mode="json") for name, each in body.space.items()},
        method=body.method,
        seed=secrets.randbelow(2**31) if body.seed is None else body.seed,
        trials=trials,
        parallel=body.parallel,
        early_stopping=None if body.early_stopping is None else body.early_stopping.model_dump(),
        judged={},
        created_at=(now := now_ms()),
        since=now,
    )
    point = next_point(service.plan_of(sweep), (), 1)
    runs_code = _check(state, person, settled, point)
    with state.database.write() as session:
        found = select(Sweep).where(Sweep.client_id == sweep.client_id)
        made = add_or_find(session, sweep, lambda: session.scalar(found))
        if made is not sweep:  # the same request came twice at once
            service.made_before(session, person, body.client_id)
            return made.id, False
        audit.record(
            session, person, "sweep.create", target=f"sweep {sweep.id}", project_id=sweep.project_id,
            method=sweep.method, trials=trials, runs_code=runs_code,
        )  # fmt: skip
        first = _add(session, person, sweep, 1, point, settled, runs_code=runs_code)
        # All trials have what the first one found: they are compared.
        sweep.job = {**sweep.job, "dataset": first.dataset_id, "snapshot": first.snapshot}
        sweep.primary_name, sweep.primary_source = first.primary_name, first.primary_source
        sweep.primary_direction = first.primary_direction
        tell_topic(session, service.SWEEPS)
        return sweep.id, True


class NextTrial:
    """A trial that may be made: checked outside of any transaction, added in one."""

    def __init__(self, state: State, person: Person, sweep: Sweep, number: int, point: Point) -> None:
        """Raises what the request for such a job would."""
        self._person, self._number, self._point = person, number, point
        self._settled = jobs.settle(state, person, service.trial_body(sweep, number))
        self._runs_code = _check(state, person, self._settled, point)

    def add(self, session: Session, sweep: Sweep) -> Job:
        """Make it, in a transaction that holds the sweep's row."""
        return _add(session, self._person, sweep, self._number, self._point, self._settled, runs_code=self._runs_code)


def _check(state: State, person: Person, settled: jobs.Settled, point: Point) -> bool:
    return jobs.check(state, person, _at(settled, settled.body, point))


def _at(settled: jobs.Settled, body: JobCreate, point: Point) -> jobs.Settled:
    return jobs.Settled(with_point(body, point), settled.project_id, settled.initial)


def _add(
    session: Session, person: Person, sweep: Sweep, number: int, point: Point, settled: jobs.Settled, *, runs_code: bool
) -> Job:
    body = settled.body.model_copy(update=service.names_of(sweep, number))
    job, _, _ = jobs.make(session, person, _at(settled, body, point), runs_code=runs_code, sweep=sweep.id)
    job.sweep_id, job.trial, job.sweep = sweep.id, number, sweep
    session.flush()
    return job
