"""Rows to what is sent."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from snellen.contract.events import now_ms
from snellen.contract.states import ACTIVE, JobState
from snellen.contract.tasks import Direction, Source
from snellen.server.jobs.schemas import PrimaryMetricOut
from snellen.server.jobs.sweep_tables import Sweep
from snellen.server.jobs.tables import NO_RANK, Job
from snellen.server.schemas import cut_page
from snellen.server.sweeps import service
from snellen.server.sweeps.schemas import (
    BestTrial,
    EarlyStopping,
    Method,
    SweepOut,
    SweepRow,
    SweepState,
    TrialCounts,
    TrialOut,
)
from snellen.server.sweeps.space import Parameters, point_of
from snellen.server.sweeps.trials import EARLY, Trial, read_trials

#: Of the best trial: sweep, job, number, value, epoch, model, hyperparameters.
Best = tuple[Any, ...]


def list_sweeps(
    session: Session, *, projects: Collection[int] | None, before: int | None, limit: int
) -> tuple[list[SweepRow], int | None]:
    """The newest first, and where the next page begins."""
    query = select(Sweep).options(joinedload(Sweep.project)).order_by(Sweep.id.desc()).limit(limit + 1)
    if projects is not None:
        query = query.where(Sweep.project_id.in_(projects))
    if before is not None:
        query = query.where(Sweep.id < before)
    page, following = cut_page(list(session.scalars(query)), limit, lambda row: row.id)
    ids = [sweep.id for sweep in page]
    counts, best = _counts(session, ids), _best(session, ids)
    return [_row(sweep, counts[sweep.id], best.get(sweep.id)) for sweep in page], following


def sweep_out(session: Session, sweep: Sweep) -> SweepOut:
    """A sweep with its trials."""
    trials, space = read_trials(session, sweep.id), service.space_of(sweep)
    now = now_ms()
    row = _row(sweep, _counts(session, [sweep.id])[sweep.id], _best(session, [sweep.id]).get(sweep.id))
    early = sweep.early_stopping
    return SweepOut(
        **row.model_dump(),
        client_id=sweep.client_id,
        job=sweep.job,
        space=sweep.space,
        parallel=sweep.parallel,
        early_stopping=None if early is None else EarlyStopping.model_validate(early),
        seed=sweep.seed,
        epochs_saved=sum(each.epochs - (each.last_epoch or 0) for each in trials if each.was_cut),
        epochs_trained=sum(each.last_epoch or 0 for each in trials),
        items=[_trial(each, space, now) for each in trials],
    )


def _trial(trial: Trial, space: Parameters, now: int) -> TrialOut:
    ended = trial.ended_at or now
    return TrialOut(
        number=trial.number,
        job_id=trial.job_id,
        state=trial.state,
        params=point_of(space, trial.model, trial.params),
        value=trial.best_value,
        best_epoch=trial.best_epoch,
        epochs=trial.last_epoch or 0,
        stopped_early=trial.was_cut,
        reason=None if trial.exit_reason is None else trial.exit_reason[:300],
        seconds=None if trial.started_at is None else max(0, ended - trial.started_at) / 1000,
    )


def _row(sweep: Sweep, counts: TrialCounts, best: Best | None) -> SweepRow:
    found = None
    if best is not None:
        _, job_id, number, value, epoch, model, params = best
        point = point_of(service.space_of(sweep), model, params)
        found = BestTrial(number=number, job_id=job_id, value=value, epoch=epoch, params=point)
    return SweepRow(
        id=sweep.id,
        project_id=sweep.project_id,
        project=sweep.project.name,
        name=sweep.name,
        state=SweepState(sweep.state),
        reason=sweep.reason,
        method=Method(sweep.method),
        trials=sweep.trials,
        counts=counts,
        best=found,
        primary_metric=PrimaryMetricOut(
            name=sweep.primary_name, direction=Direction(sweep.primary_direction), source=Source(sweep.primary_source)
        ),
        created_at=sweep.created_at,
        ended_at=sweep.ended_at,
    )


def _counts(session: Session, ids: Sequence[int]) -> dict[int, TrialCounts]:
    found = {each: TrialCounts() for each in ids}
    early = func.coalesce(Job.stop_reason, "").startswith(EARLY, autoescape=True)
    query = select(Job.sweep_id, Job.state, early, func.count()).where(Job.sweep_id.in_(ids))
    for sweep_id, state, is_early, count in session.execute(query.group_by(Job.sweep_id, Job.state, early)):
        name = _COUNTED.get(JobState(state), str(state))
        if name == "stopped" and is_early:
            name = "stopped_early"
        counts = found[int(sweep_id or 0)]
        setattr(counts, name, getattr(counts, name) + count)
    return found


def _best(session: Session, ids: Sequence[int]) -> dict[int, Best]:
    """Of each sweep the trial with the best value; of equals the first."""
    place = func.row_number().over(partition_by=Job.sweep_id, order_by=(Job.best_rank.desc(), Job.trial)).label("place")
    ranked = select(Job.id.label("best"), place).where(Job.sweep_id.in_(ids), Job.best_rank > NO_RANK).subquery()
    query = select(Job.sweep_id, Job.id, Job.trial, Job.best_value, Job.best_epoch, Job.model, Job.params)
    rows = session.execute(query.join(ranked, ranked.c.best == Job.id).where(ranked.c.place == 1))
    return {row[0]: tuple(row) for row in rows}


_COUNTED = {
    JobState.QUEUED: "waiting",
    **dict.fromkeys(ACTIVE, "running"),
}
