"""Runs of MLflow as they go over HTTP."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from snellen.contract.categories import Category
from snellen.server.metrics.schemas import Series
from snellen.server.schemas import Num


class TrackerOut(BaseModel):
    """The connected MLflow. Without ``reads_all`` one sees the runs of jobs of one's projects alone."""

    state: Literal["connected", "off", "missing", "unsupported"]
    embedded: bool
    #: Where it is, for who sees all of it; without user and password.
    address: str | None
    reads_all: bool


class ExperimentOut(BaseModel):
    """An experiment."""

    id: str
    name: str


class ExperimentList(BaseModel):
    """Experiments, the one changed last first; at most ``limit``."""

    items: list[ExperimentOut]


class RunRow(BaseModel):
    """A run; times are Unix milliseconds. ``job_id`` is the job of this server that it mirrors."""

    id: str
    name: str
    experiment_id: str
    experiment: str
    status: str
    started_at: int | None
    ended_at: int | None
    user: str | None
    job_id: int | None


class RunPage(BaseModel):
    """Runs, newest first."""

    items: list[RunRow]
    next_cursor: str | None


class Named(BaseModel):
    """A parameter or a tag; a long value is ``cut``."""

    name: str
    value: str
    cut: bool


class RunKey(BaseModel):
    """A metric's key, and its last value."""

    key: str
    category: Category
    last: Num


class RunOut(RunRow):
    """One run. Of very many parameters, tags or keys the first are listed; the counts are of all."""

    params: list[Named]
    param_count: int
    tags: list[Named]
    tag_count: int
    keys: list[RunKey]
    key_count: int


class RunMetricsOut(BaseModel):
    """Series as a job's; ``later`` are keys that this answer had no room for: ask for them again.

    Of ``sampled`` keys the histories are so long that MLflow gave evenly spaced points: extremes may be missing.
    """

    series: list[Series]
    later: list[str]
    sampled: list[str]
