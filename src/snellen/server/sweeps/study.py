"""What Optuna decides: the next point of a search, and which trials go on.

Everything it knows is handed to it anew, from the jobs' rows: the same rows give the same answer in any server.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import ModuleType
from typing import TYPE_CHECKING

from snellen.server.sweeps.schemas import Choice, EarlyStopping, FloatRange, Method, Point, Scalar
from snellen.server.sweeps.space import Parameters, last_of, part_of_grid, rounded

if TYPE_CHECKING:
    from optuna import Study
    from optuna.distributions import BaseDistribution
    from optuna.samplers import BaseSampler
    from optuna.trial import FrozenTrial

#: A point that was tried already is drawn again, so often: small spaces have few others.
DRAWS = 10
#: With so few trials nothing is learned from them yet.
MOST_AT_RANDOM, FEWEST_AT_RANDOM = 10, 3


class Standing(StrEnum):
    """What a trial is to the search."""

    ACTIVE = "active"
    DONE = "done"
    CUT = "cut"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Plan:
    """How a sweep searches."""

    space: Parameters
    method: Method
    seed: int
    trials: int
    maximize: bool


@dataclass(frozen=True, slots=True)
class Tried:
    """A trial: its point, and the best value of its epochs."""

    point: Point
    standing: Standing
    value: float | None
    epochs: int


def next_point(plan: Plan, tried: Sequence[Tried], number: int) -> Point:
    """The point of the trial `number` (from 1), after those that were `tried`."""
    if plan.method is Method.GRID:
        return part_of_grid(plan.space, plan.seed, plan.trials)[number - 1]
    seen = [each.point for each in tried]
    point: Point = {}
    for draw in range(DRAWS):
        point = _drawn(plan, tried, _seed(plan.seed, number, draw))
        if point not in seen:
            break
    return point


def rungs(early: EarlyStopping, epochs: int) -> list[int]:
    """After which epochs a trial of so many is judged; not after its last."""
    found, epoch = [], early.min_epochs
    while epoch < epochs:
        found.append(epoch)
        epoch *= early.reduction
    return found


def go_on(
    early: EarlyStopping, *, maximize: bool, others: Sequence[Sequence[float]], judged: Sequence[Sequence[float]]
) -> list[bool]:
    """Whether each of the `judged` may go on, one after another.

    A trial is its values at the rungs, the last of them the one that it is judged at; `others` have been there.
    """
    optuna = _optuna()
    pruner = optuna.pruners.SuccessiveHalvingPruner(
        min_resource=early.min_epochs, reduction_factor=early.reduction, min_early_stopping_rate=0
    )
    study = optuna.create_study(
        direction="maximize" if maximize else "minimize", pruner=pruner, sampler=optuna.samplers.RandomSampler(seed=0)
    )
    verdicts = [_reaches(study, early, values) for values in [*others, *judged]]
    return verdicts[len(others) :]


def history(plan: Plan, tried: Sequence[Tried], *, with_cut: bool = False) -> Study:
    """The trials as a study; `with_cut` takes those that did not run to their end for whole ones."""
    return _study(_optuna(), plan, tried, None, with_cut=with_cut)


def _reaches(study: Study, early: EarlyStopping, values: Sequence[float]) -> bool:
    """Replay a trial from rung to rung: the pruner remembers what it saw of it."""
    trial, epoch, pruned = study.ask(), early.min_epochs, False
    for value in values:
        trial.report(value, epoch)
        pruned = trial.should_prune()
        epoch *= early.reduction
    return not pruned


def _drawn(plan: Plan, tried: Sequence[Tried], seed: int) -> Point:
    optuna = _optuna()
    trial = _study(optuna, plan, tried, _sampler(optuna, plan, seed)).ask(_distributions(optuna, plan.space))
    return {name: _read(each, trial.params[name]) for name, each in plan.space.items()}


def _sampler(optuna: ModuleType, plan: Plan, seed: int) -> BaseSampler:
    if plan.method is Method.RANDOM:
        return optuna.samplers.RandomSampler(seed=seed)  # type: ignore[no-any-return]
    at_random = max(FEWEST_AT_RANDOM, min(MOST_AT_RANDOM, plan.trials // 3))
    # What runs is taken for bad, so that trials at the same time aren't neighbours.
    return optuna.samplers.TPESampler(  # type: ignore[no-any-return]
        seed=seed, n_startup_trials=at_random, constant_liar=True
    )


def _study(
    optuna: ModuleType, plan: Plan, tried: Sequence[Tried], sampler: BaseSampler | None, *, with_cut: bool = False
) -> Study:
    study: Study = optuna.create_study(direction="maximize" if plan.maximize else "minimize", sampler=sampler)
    if plan.method is not Method.RANDOM or with_cut:
        distributions = _distributions(optuna, plan.space)
        study.add_trials([_frozen(optuna, plan.space, distributions, each, with_cut=with_cut) for each in tried])
    return study


def _frozen(
    optuna: ModuleType,
    space: Parameters,
    distributions: dict[str, BaseDistribution],
    tried: Tried,
    *,
    with_cut: bool,
) -> FrozenTrial:
    states = optuna.trial.TrialState
    standing = Standing.DONE if with_cut and tried.standing is Standing.CUT else tried.standing
    if tried.value is None and standing is Standing.DONE:
        standing = Standing.FAILED
    return optuna.trial.create_trial(  # type: ignore[no-any-return]
        state={
            Standing.ACTIVE: states.RUNNING, Standing.DONE: states.COMPLETE, Standing.CUT: states.PRUNED,
            Standing.FAILED: states.FAIL,
        }[standing],
        value=tried.value if standing is Standing.DONE else None,
        params={name: _written(each, tried.point[name]) for name, each in space.items()},
        distributions=distributions,
        intermediate_values={} if tried.value is None else {max(1, tried.epochs): tried.value},
    )  # fmt: skip


def _distributions(optuna: ModuleType, space: Parameters) -> dict[str, BaseDistribution]:
    return {name: _distribution(optuna, each) for name, each in space.items()}


def _distribution(optuna: ModuleType, each: object) -> BaseDistribution:
    kinds = optuna.distributions
    if isinstance(each, Choice):
        # By their places: to Optuna 1 and true are one value.
        return kinds.CategoricalDistribution(tuple(range(len(each.values))))  # type: ignore[no-any-return]
    if isinstance(each, FloatRange):
        return kinds.FloatDistribution(each.low, last_of(each), log=each.log, step=each.step)  # type: ignore[no-any-return]
    return kinds.IntDistribution(each.low, last_of(each), log=each.log, step=each.step)  # type: ignore


def _read(each: object, value: Scalar) -> Scalar:
    """Optuna's value as ours."""
    if isinstance(each, Choice):
        return each.values[int(value)]  # type: ignore[arg-type]
    return rounded(each, float(value)) if isinstance(each, FloatRange) else value  # type: ignore[arg-type]


def _written(each: object, value: Scalar) -> Scalar:
    """Our value as Optuna's."""
    if isinstance(each, Choice):
        return next(at for at, one in enumerate(each.values) if type(one) is type(value) and one == value)
    return value


def _seed(seed: int, number: int, draw: int) -> int:
    """Of a trial: it doesn't depend on which server asks, or how often."""
    import numpy as np

    return int(np.random.SeedSequence([seed, number, draw]).generate_state(1)[0])


def _optuna() -> ModuleType:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna
