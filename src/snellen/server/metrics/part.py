"""A range of a job's points, by step, epoch or time, and the nearest points outside it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from sqlalchemy import Connection, Select, select
from sqlalchemy.orm import InstrumentedAttribute

from snellen.errors import InvalidInput
from snellen.server.metrics.downsample import Row
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


def read_part(connection: Connection, job_id: int, key_id: int, part: Part) -> tuple[list[Row], list[Row], list[Row]]:
    """A key's points before (one at most), within and after (one at most) the range, each in order of step."""
    p = MetricPoint
    column = _column(part.axis)
    within = _points(job_id, key_id).where(column >= part.low, column <= part.high).order_by(p.step)
    before = _points(job_id, key_id).where(column < part.low).order_by(column.desc(), p.step.desc()).limit(1)
    after = _points(job_id, key_id).where(column > part.high).order_by(column, p.step).limit(1)

    def rows(query: Select[int, int | None, int, float | None, str]) -> list[Row]:
        return list(connection.execute(query).tuples())

    return rows(before), rows(within), rows(after)


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
