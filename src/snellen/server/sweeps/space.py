"""The points of a search space."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterator, Mapping, Sequence

from snellen.errors import InvalidInput
from snellen.server.jobs.schemas import JobCreate
from snellen.server.sweeps.schemas import (
    MAX_TRIALS,
    Choice,
    FloatRange,
    IntRange,
    Method,
    Point,
    Scalar,
    SweepCreate,
)

MODEL = "model"
#: Of numbers that are drawn: people read them.
DIGITS = 5
Parameters = Mapping[str, FloatRange | IntRange | Choice]


def check_space(body: SweepCreate) -> int:
    """The number of trials; :class:`~snellen.errors.InvalidInput` for a space or a number that makes no sweep."""
    _check_job(body)
    sizes = {name: count(each) for name, each in body.space.items()}
    known = math.prod(size for size in sizes.values() if size is not None)
    is_finite = None not in sizes.values()
    if body.method is Method.GRID:
        endless = next((name for name, size in sizes.items() if size is None), None)
        if endless is not None:
            raise InvalidInput(
                f"space.{endless}: a range without a step in a grid; give it a step, list its values as a choice, or "
                "take the method random or bayesian"
            )
        if body.trials is None and known > MAX_TRIALS:
            raise InvalidInput(
                f"space: the grid has {known} points, at most {MAX_TRIALS} are allowed; give trials, fewer values, or "
                "take the method random or bayesian"
            )
    elif body.trials is None:
        raise InvalidInput(f"trials: none given; the method {body.method} needs a number from 1 to {MAX_TRIALS}")
    if body.trials is not None and is_finite and body.trials > known:
        raise InvalidInput(f"trials: got {body.trials}, but the space has {known} points; expected at most that many")
    return known if body.trials is None else body.trials


def _check_job(body: SweepCreate) -> None:
    job, space = body.job, body.space
    for name, given in (("name", job.name), ("client_id", job.client_id)):
        if given is not None:
            raise InvalidInput(f"job.{name}: the jobs of a sweep get theirs from it; leave it out")
    if job.launcher == "external":
        raise InvalidInput("job.launcher: got external; nobody here could start the trials: name another")
    twice = sorted(set(space) & set(job.hyperparameters))
    if MODEL in space and job.model is not None:
        twice.append(MODEL)
    if twice:
        raise InvalidInput(f"space: {', '.join(twice)} is given in the job too; take it out there, or here")
    if MODEL in space:
        models = space[MODEL]
        if not isinstance(models, Choice) or not all(isinstance(each, str) and each for each in models.values):
            raise InvalidInput('space.model: expected a choice of names: {"type": "choice", "values": ["…", "…"]}')


def last_of(each: FloatRange | IntRange) -> float:
    """The highest value that the steps reach."""
    if each.step is None:
        return each.high
    steps = math.floor((each.high - each.low) / each.step + 1e-9)
    return _at(each.low, each.step, steps)


def count(each: FloatRange | IntRange | Choice) -> int | None:
    """How many values there are; None for a range without steps."""
    if isinstance(each, Choice):
        return len(each.values)
    if each.step is None:
        return None
    return math.floor((each.high - each.low) / each.step + 1e-9) + 1


def grid(space: Parameters, seed: int) -> list[Point]:
    """Every point once, in an order of the seed's, so that a part of them is spread over the space."""
    values = [_values(each) for each in space.values()]
    points = [dict(zip(space, point, strict=True)) for point in itertools.product(*values)]
    random.Random(seed).shuffle(points)  # noqa: S311 - a search, not a secret
    return points


def part_of_grid(space: Parameters, seed: int, trials: int) -> list[Point]:
    """The first points of a grid that may be too large to write out."""
    sizes = [count(each) or 1 for each in space.values()]
    if (total := math.prod(sizes)) <= 100 * MAX_TRIALS:
        return grid(space, seed)[:trials]
    chosen = random.Random(seed).sample(range(min(total, 2**62)), trials)  # noqa: S311
    return [_numbered(space, sizes, number) for number in chosen]


def _numbered(space: Parameters, sizes: Sequence[int], number: int) -> Point:
    point: Point = {}
    for (name, each), size in zip(space.items(), sizes, strict=True):
        number, at = divmod(number, size)
        point[name] = each.values[at] if isinstance(each, Choice) else _at(each.low, each.step or 1, at)
    return point


def probes(space: Parameters) -> Iterator[Point]:
    """Points to try the trainer's checks with: all lowest, all highest, and each end and choice by itself."""
    ends = {name: _ends(each) for name, each in space.items()}
    lowest = {name: values[0] for name, values in ends.items()}
    yield lowest
    yield {name: values[-1] for name, values in ends.items()}
    for name, values in ends.items():
        for value in values[1:]:
            yield {**lowest, name: value}


def with_point(body: JobCreate, point: Point) -> JobCreate:
    """The job of a point."""
    hyperparameters = {**body.hyperparameters, **{name: value for name, value in point.items() if name != MODEL}}
    changed: dict[str, object] = {"hyperparameters": hyperparameters}
    if MODEL in point:
        changed["model"] = point[MODEL]
    return body.model_copy(update=changed)


def point_of(space: Parameters, model: str, params: Mapping[str, Scalar]) -> Point:
    """The point that a job was made with."""
    return {name: model if name == MODEL else params.get(name) for name in space}


def rounded(each: FloatRange, value: float) -> float:
    """A number that people can read, within its range."""
    if each.step is not None:
        return _at(each.low, each.step, round((value - each.low) / each.step))
    return min(max(float(f"{value:.{DIGITS}g}"), each.low), each.high)


def _ends(each: FloatRange | IntRange | Choice) -> list[Scalar]:
    return list(each.values) if isinstance(each, Choice) else [each.low, last_of(each)]


def _values(each: FloatRange | IntRange | Choice) -> list[Scalar]:
    if isinstance(each, Choice):
        return list(each.values)
    return [_at(each.low, each.step or 1, at) for at in range(count(each) or 0)]


def _at(low: float, step: float, steps: int) -> float:
    """``low + steps · step``: 0.3, not 0.30000000000000004, and whole numbers stay whole."""
    value = low + steps * step
    return value if isinstance(value, int) else float(f"{value:.12g}")
