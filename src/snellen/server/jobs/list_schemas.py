"""The list of jobs as it goes over HTTP: of each job what a row shows, so that no page of it is large."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from snellen.contract.states import JobState
from snellen.contract.tasks import Task
from snellen.server.jobs.schemas import JobSweep, PrimaryMetricOut, Progress, Tag
from snellen.server.schemas import Num


class JobSort(StrEnum):
    """What the list is sorted by."""

    CREATED = "created"
    NAME = "name"
    STATE = "state"
    BEST = "best"
    DURATION = "duration"
    EPOCHS = "epochs"


class Order(StrEnum):
    """Which way."""

    ASC = "asc"
    DESC = "desc"


class JobQuery(BaseModel):
    """Which jobs, in which order.

    Of several values of one filter a job has one, of several tags all. ``best`` sorts by the best value of the primary
    metric; jobs of different metrics are never compared: those of one metric stand together.
    """

    model_config = ConfigDict(extra="forbid")

    project: Annotated[str | None, Field(max_length=200, description="id or name; all without")] = None
    state: list[JobState] = []
    trainer: Annotated[list[Annotated[str, Field(max_length=100)]], Field(max_length=50)] = []
    task: list[Task] = []
    dataset: Annotated[list[Annotated[int, Field(ge=1, lt=2**31)]], Field(max_length=50)] = []
    tag: Annotated[list[Tag], Field(max_length=20)] = []
    sweep: Annotated[int | None, Field(ge=1, lt=2**31, description="the trials of a sweep")] = None
    search: Annotated[
        str | None, Field(max_length=200, description="part of the name or the model, or the job's id")
    ] = None
    sort: JobSort = JobSort.CREATED
    order: Annotated[Order | None, Field(description="newest, best, longest first; names from A to Z")] = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: str | None = None


ListQuery = Annotated[JobQuery, Query()]


class RowDataset(BaseModel):
    """The snapshot that a job is pinned to."""

    id: int | None
    name: str | None
    snapshot: str


class JobRow(BaseModel):
    """A job in the list; ``GET /training/jobs/{id}`` tells the rest. Times are Unix milliseconds."""

    id: int
    project_id: int
    project: str
    name: str
    tags: list[str]
    state: JobState
    trainer: str
    task: Task
    #: Its first 200 characters.
    model: str
    epochs: int
    launcher: str
    dataset: RowDataset | None
    sweep: JobSweep | None
    primary_metric: PrimaryMetricOut
    attempt: int
    progress: Progress | None
    best_epoch: int | None
    best_value: Num | None
    last_epoch: int | None
    #: The primary metric over the epochs, thinned out to at most 32 points: ``[epoch, value]``.
    history: list[tuple[int, float]]
    #: Its first 300 characters.
    exit_reason: str | None
    stop_requested: bool
    created_at: int
    started_at: int | None
    ended_at: int | None


class JobPage(BaseModel):
    """Jobs in the order that was asked for."""

    items: list[JobRow]
    next_cursor: str | None


class Counted(BaseModel):
    """A value and how many jobs have it."""

    value: str
    count: int


class CountedDataset(BaseModel):
    """A dataset and how many jobs are pinned to it."""

    id: int
    name: str
    count: int


class JobKinds(BaseModel):
    """What the list can be filtered by, each with the number of its jobs; the 200 most frequent tags."""

    total: int
    states: list[Counted]
    trainers: list[Counted]
    tasks: list[Counted]
    datasets: list[CountedDataset]
    tags: list[Counted]
