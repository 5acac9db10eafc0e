"""Metric series as they go over HTTP."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from snellen.contract.categories import Category
from snellen.server.schemas import Num

#: ``[step, epoch or null, Unix milliseconds, value]``
Point = Annotated[tuple[int, int | None, int, Num], Field()]


class Series(BaseModel):
    """One key's points in order of step, down-sampled so that minima and maxima survive."""

    key: str
    category: Category
    points: list[Point]


class MetricsOut(BaseModel):
    """The series asked for."""

    series: list[Series]
