"""Metric series as they go over HTTP."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, Field

from snellen.contract.categories import Category
from snellen.server.schemas import Num

#: ``[step, epoch or null, Unix milliseconds, value]``
Point = Annotated[tuple[int, int | None, int, Num], Field()]


class Axis(StrEnum):
    """What a range of points is measured in: steps, epochs, Unix milliseconds."""

    STEP = "step"
    EPOCH = "epoch"
    TIME = "time"


class Series(BaseModel):
    """One key's points in order of step, down-sampled so that minima and maxima survive.

    Of a range, the nearest point on each side of it comes too, so that a line runs to its edges.
    """

    key: str
    category: Category
    points: list[Point]
    total: int = Field(description="how many points there are, of a range within it, before any were left out")


class MetricsOut(BaseModel):
    """The series asked for; those of ``later`` have no points in this answer: ask for them by their keys."""

    series: list[Series]
    later: list[str]
