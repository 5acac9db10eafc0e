"""The trials of a sweep as they stand in the jobs' rows, and their values epoch by epoch."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from snellen.contract.states import ENDED, JobState
from snellen.server.jobs.tables import Job
from snellen.server.sweeps.space import Parameters, point_of
from snellen.server.sweeps.study import Standing, Tried
from snellen.server.validation.tables import ValidationResult

#: How the reason of a trial begins that the sweep stopped early.
EARLY = "stopped early by the sweep"
SWEEP_STOPPED, SWEEP_FAILED = "its sweep was stopped", "its sweep failed"
#: A trial that stopped for one of these goes on when its sweep does.
WITH_SWEEP = frozenset({SWEEP_STOPPED, SWEEP_FAILED})
WAITING = frozenset({JobState.QUEUED, JobState.STARTING})


@dataclass(frozen=True, slots=True)
class Trial:
    """What a sweep knows of one of its jobs."""

    job_id: int
    number: int
    state: JobState
    model: str
    params: Mapping[str, Any]
    epochs: int
    best_value: float | None
    best_epoch: int | None
    last_epoch: int | None
    stop_requested: bool
    stop_reason: str | None
    exit_reason: str | None
    started_at: int | None
    ended_at: int | None

    @property
    def is_active(self) -> bool:
        """Whether it waits or runs, or may run out of sight."""
        return self.state not in ENDED

    @property
    def was_cut(self) -> bool:
        """Whether early stopping ended it."""
        return self.state is JobState.STOPPED and (self.stop_reason or "").startswith(EARLY)

    @property
    def paused(self) -> bool:
        """Whether it stopped with its sweep, and is to go on with it."""
        return self.state is JobState.STOPPED and self.stop_reason in WITH_SWEEP

    def tried(self, space: Parameters) -> Tried:
        """As the search sees it."""
        standing = {JobState.COMPLETED: Standing.DONE, JobState.FAILED: Standing.FAILED}.get(self.state)
        if standing is None:
            standing = Standing.ACTIVE if self.is_active or self.paused else Standing.CUT
        return Tried(point_of(space, self.model, self.params), standing, self.best_value, self.last_epoch or 0)


def read_trials(session: Session, sweep_id: int) -> list[Trial]:
    """The trials in the order of their numbers."""
    j = Job
    rows = session.execute(
        select(
            j.id, j.trial, j.state, j.model, j.params, j.epochs, j.best_value, j.best_epoch, j.last_epoch,
            j.stop_requested, j.stop_reason, j.exit_reason, j.started_at, j.ended_at,
        )
        .where(j.sweep_id == sweep_id)
        .order_by(j.trial)
    )  # fmt: skip
    return [Trial(row[0], row[1] or 0, JobState(row[2]), *row[3:]) for row in rows]


class Curves:
    """Values of the primary metric by epoch; of a trial that has ended they are read once."""

    def __init__(self) -> None:
        self._ended: dict[int, tuple[object, dict[int, float]]] = {}

    def read(self, session: Session, trials: Sequence[Trial]) -> dict[int, dict[int, float]]:
        """By job: each epoch that has a value, NaN where it isn't a number."""
        stamps = {each.job_id: (each.ended_at, each.last_epoch) for each in trials if not each.is_active}
        known = {job: self._ended[job] for job, stamp in stamps.items() if self._ended.get(job, (None,))[0] == stamp}
        wanted = [each.job_id for each in trials if each.job_id not in known and each.last_epoch is not None]
        found = _values(session, wanted)
        for job, stamp in stamps.items():
            if job not in known:
                self._ended[job] = stamp, found.get(job, {})
        return found | {job: values for job, (_, values) in known.items()}

    def keep(self, jobs: Collection[int]) -> None:
        """Forget all others."""
        self._ended = {job: each for job, each in self._ended.items() if job in jobs}


def at_rungs(values: Mapping[int, float], rungs: Sequence[int]) -> list[float]:
    """The values at the rungs that a trial has reached: of the first epoch from there on that has one."""
    found: list[float] = []
    for rung in rungs:
        epoch = min((each for each in values if each >= rung), default=None)
        if epoch is None:
            break
        found.append(values[epoch])
    return found


def _values(session: Session, jobs: Sequence[int]) -> dict[int, dict[int, float]]:
    found: dict[int, dict[int, float]] = {}
    if not jobs:
        return found
    r = ValidationResult
    query = select(r.job_id, r.epoch, r.primary_metric_value, r.primary_metric_kind)
    for job, epoch, value, kind in session.execute(query.where(r.job_id.in_(jobs), r.primary_metric_kind.is_not(None))):
        found.setdefault(job, {})[epoch] = value if kind == "finite" and value is not None else math.nan
    return found
