"""One step of a sweep: trials that are not worth their epochs stop, new ones begin, and when all is done it ends."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from snellen.contract.states import JobState
from snellen.contract.tasks import Direction
from snellen.errors import SnellenError
from snellen.server.cluster.leases import Held, Leases
from snellen.server.jobs import service as jobs
from snellen.server.jobs.sweep_tables import Sweep
from snellen.server.state import State
from snellen.server.sweeps import service
from snellen.server.sweeps.creating import NextTrial
from snellen.server.sweeps.schemas import EarlyStopping, SweepState
from snellen.server.sweeps.study import go_on, next_point, rungs
from snellen.server.sweeps.trials import EARLY, WAITING, Curves, Trial, at_rungs, read_trials

#: With so many failures, and nothing but failures, more trials would only fail too.
FAILURES = 3
#: Without a limit of its own a sweep has no more at once, however many its launcher takes.
MOST_AT_ONCE = 64
PARTS = {2: "half", 3: "third", 4: "quarter"}


@dataclass(slots=True)
class Verdicts:
    """Why trials are to stop, by their numbers; and how many rungs each has been judged at then."""

    stops: dict[int, str] = field(default_factory=dict)
    judged: dict[str, int] = field(default_factory=dict)


def advance(state: State, leases: Leases, lease: Held, sweep_id: int, curves: Curves) -> list[int]:
    """Do what is to be done now; the jobs whose news the sweep waits for."""
    with state.database.read() as session:
        sweep = service.get_sweep(session, sweep_id)
        trials = read_trials(session, sweep_id)
        early = service.early_of(sweep)
        values = {} if early is None else curves.read(session, trials)
    verdicts = Verdicts(judged=dict(sweep.judged)) if early is None else judge(sweep, early, trials, values)
    if verdicts.judged != sweep.judged or any(each.paused for each in trials) or _end_of(sweep, trials) is not None:
        with state.database.write() as session:
            leases.check(session, lease)
            _apply(session, sweep_id, verdicts)
    return _add_trials(state, leases, lease, sweep_id)


def judge(
    sweep: Sweep, early: EarlyStopping, trials: Sequence[Trial], values: Mapping[int, Mapping[int, float]]
) -> Verdicts:
    """Judge each trial once at each rung that it has reached."""
    found = Verdicts(judged=dict(sweep.judged))
    steps = rungs(early, max((each.epochs for each in trials), default=0))
    reached = {each.number: at_rungs(values.get(each.job_id, {}), steps) for each in trials}
    for rung in range(len(steps)):
        there = [each for each in trials if len(reached[each.number]) > rung]
        waiting = [
            each
            for each in there
            if each.is_active
            and not each.stop_requested
            and each.number not in found.stops
            and found.judged.get(str(each.number), 0) <= rung
        ]
        if not waiting:
            continue
        been = [each for each in there if each not in waiting]
        others = [reached[each.number][: rung + 1] for each in been]
        verdicts = go_on(
            early,
            maximize=sweep.primary_direction == Direction.MAX,
            others=[each for each in others if not any(map(math.isnan, each))],
            judged=[reached[each.number][: rung + 1] for each in waiting],
        )
        for each, goes_on in zip(waiting, verdicts, strict=True):
            found.judged[str(each.number)] = rung + 1
            if not goes_on:
                value = reached[each.number][rung]
                found.stops[each.number] = _why(sweep, early, _epoch(values[each.job_id], steps[rung]), value)
    return found


def _epoch(values: Mapping[int, float], rung: int) -> int:
    return min(each for each in values if each >= rung)


def _why(sweep: Sweep, early: EarlyStopping, epoch: int, value: float) -> str:
    what = f"{EARLY}: at epoch {epoch} its {sweep.primary_name}"
    if math.isnan(value):
        return f"{what} is not a number"
    return f"{what} {value:.4g} is not among the best {PARTS.get(early.reduction, f'1/{early.reduction}')}"


def _apply(session: Session, sweep_id: int, verdicts: Verdicts) -> None:
    sweep = service.get_sweep(session, sweep_id, lock=True)
    if sweep.state != SweepState.RUNNING:
        return
    sweep.judged = verdicts.judged
    service.resume_paused(session, sweep)
    for trial in read_trials(session, sweep_id):
        reason = verdicts.stops.get(trial.number)
        if reason is not None:
            job = jobs.get_job(session, trial.job_id, lock=True)
            jobs.request_stop(session, job, reason=reason)
    session.flush()
    end = _end_of(sweep, read_trials(session, sweep_id))
    if end == "":
        service.complete(sweep)
    elif end is not None:
        service.fail(session, sweep, end)


def _end_of(sweep: Sweep, trials: Sequence[Trial]) -> str | None:
    """Why the sweep has failed; nothing said when it is complete, None while it goes on."""
    ended = sorted(
        (each for each in trials if each.ended_at and not each.is_active), key=lambda each: each.ended_at or 0
    )
    failed = [each for each in ended if each.state is JobState.FAILED]
    all_failed = bool(failed) and len(failed) == len(ended)
    recent = [each for each in failed if (each.ended_at or 0) >= sweep.since]
    if all_failed and len(recent) >= FAILURES:
        return f"its {len(failed)} first trials failed, the last one with: {failed[-1].exit_reason or 'no reason'}"
    if len(trials) < sweep.trials or any(each.is_active or each.paused for each in trials):
        return None
    return f"all of its trials failed, the last one with: {failed[-1].exit_reason or 'no reason'}" if all_failed else ""


def _add_trials(state: State, leases: Leases, lease: Held, sweep_id: int) -> list[int]:
    while True:
        with state.database.read() as session:
            sweep = service.get_sweep(session, sweep_id)
            trials = read_trials(session, sweep_id)
            active = [each.job_id for each in trials if each.is_active]
            if sweep.state != SweepState.RUNNING or not _has_room(sweep, trials):
                return active
        plan, number = service.plan_of(sweep), len(trials) + 1
        point = next_point(plan, [each.tried(plan.space) for each in trials], number)
        try:
            with state.database.read() as session:
                person = service.creator(session, sweep)
            trial = NextTrial(state, person, sweep, number, point)
            with state.database.write() as session:
                leases.check(session, lease)
                locked = service.get_sweep(session, sweep_id, lock=True)
                if locked.state != SweepState.RUNNING or len(read_trials(session, sweep_id)) >= number:
                    return active
                trial.add(session, locked)
        except SnellenError as error:
            if error.status >= 500:
                raise  # it may be otherwise soon
            with state.database.write() as session:
                leases.check(session, lease)
                locked = service.get_sweep(session, sweep_id, lock=True)
                if locked.state == SweepState.RUNNING:
                    service.fail(session, locked, f"trial {number} could not be made: {error.detail}")
            return active


def _has_room(sweep: Sweep, trials: Sequence[Trial]) -> bool:
    if len(trials) >= sweep.trials:
        return False
    active = [each for each in trials if each.is_active]
    if sweep.parallel is not None:
        return len(active) < sweep.parallel
    # One waits, so that no slot does; a later one is chosen with more knowledge.
    return len(active) < MOST_AT_ONCE and not any(each.state in WAITING for each in active)
