"""Reads a key's points: thinned out, of a range by step, epoch or time, and the nearest ones outside it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from sqlalchemy import Connection, Select, select
from sqlalchemy.orm import InstrumentedAttribute

from snellen.errors import InvalidInput
from snellen.server.metrics.downsample import Row, downsample
from snellen.server.metrics.schemas import Axis
from snellen.server.metrics.tables import MetricPoint

#: Beyond any step and any time; what is further out is cut off here, so that the databases' numbers hold it.
FURTHEST = 2**62


@dataclass(frozen=True)
class Part:
    """Both ends inclusive, in whole units of `axis`."""

    axis: Axis
    low: int
    high: int


def part_of(axis: Axis, low: float | None, high: float | None) -> Part | None:
    """The range asked for; None where neither end is given."""
    if low is None and high is None:
        return None
    if low is not None and high is not None and low > high:
        raise InvalidInput(f"`from` is {low:g} and `to` is {high:g}: expected `from` to be at most `to`")
    first = -FURTHEST if low is None else math.ceil(max(low, -FURTHEST))
    last = FURTHEST if high is None else math.floor(min(high, FURTHEST))
    return Part(axis, first, last)


def read_thinned(
    connection: Connection, job_id: int, key_id: int, *, part: Part | None, max_points: int
) -> tuple[list[Row], int]:
    """At most `max_points` of a key's points in order of step, and how many there are."""
    p = MetricPoint
    within = [] if part is None else [_column(part.axis).between(part.low, part.high)]
    query = _points(job_id, key_id).where(*within).order_by(p.step)
    rows = _rows(connection, query.limit(max_points + 1))
    if len(rows) <= max_points:
        return rows, len(rows)
    # Most will be left out: two columns of them are enough to choose by, without a Python object a row.
    chosen_by = select(p.step, p.value).where(p.job_id == job_id, p.key_id == key_id, *within).order_by(p.step)
    steps: list[int] = []
    values: list[float | None] = []
    cursor = connection.execute(chosen_by).cursor
    # In pieces: ten thousand tuples at once would have the garbage collector walk the whole process, again and again.
    while piece := cursor.fetchmany(500):
        steps += [step for step, _ in piece]
        values += [value for _, value in piece]
    kept = [steps[at] for at in downsample(values, max_points)]
    return _rows(connection, query.where(p.step.in_(kept))), len(steps)


def read_neighbours(connection: Connection, job_id: int, key_id: int, part: Part) -> tuple[list[Row], list[Row]]:
    """The nearest point before the range, if there is one, and the nearest after it."""
    step, column = MetricPoint.step, _column(part.axis)
    points = _points(job_id, key_id)
    before = points.where(column < part.low).order_by(column.desc(), step.desc()).limit(1)
    after = points.where(column > part.high).order_by(column, step).limit(1)
    return _rows(connection, before), _rows(connection, after)


def _rows(connection: Connection, query: Select[int, int | None, int, float | None, str]) -> list[Row]:
    return list(connection.execute(query).tuples().all())


def _points(job_id: int, key_id: int) -> Select[int, int | None, int, float | None, str]:
    p = MetricPoint
    return select(p.step, p.epoch, p.time, p.value, p.kind).where(p.job_id == job_id, p.key_id == key_id)


def _column(axis: Axis) -> InstrumentedAttribute[int] | InstrumentedAttribute[int | None]:
    match axis:
        case Axis.STEP:
            return MetricPoint.step
        case Axis.EPOCH:
            return MetricPoint.epoch
        case Axis.TIME:
            return MetricPoint.time
