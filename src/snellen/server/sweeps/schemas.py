"""Sweeps as they come and go over HTTP."""

from __future__ import annotations

import uuid
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from snellen.contract.states import JobState
from snellen.server.jobs.schemas import JobCreate, PrimaryMetricOut
from snellen.server.schemas import Num

MAX_PARAMETERS, MAX_CHOICES, MAX_TRIALS = 20, 100, 1000
Scalar = bool | int | float | str | None
#: What a trial is made with, by the names of the space.
Point = dict[str, Scalar]


class SweepState(StrEnum):
    """Where a sweep stands."""

    RUNNING = "running"
    COMPLETED = "completed"
    STOPPED = "stopped"
    FAILED = "failed"


class Method(StrEnum):
    """How the next trial is chosen: every combination once, at random, or by what the trials before it gave."""

    GRID = "grid"
    RANDOM = "random"
    BAYESIAN = "bayesian"


Real = Annotated[float, Field(allow_inf_nan=False)]
Whole = Annotated[int, Field(ge=-(2**53), le=2**53)]


class _Range(BaseModel):
    model_config = ConfigDict(extra="forbid")

    log: bool = False

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        low, high = getattr(self, "low", 0), getattr(self, "high", 0)
        if low >= high:
            raise ValueError(f"low is {low} and high is {high}; expected low < high")
        if self.log and low <= 0:
            raise ValueError(f"log with low {low}; a range on a logarithmic scale begins above 0")
        return self


class FloatRange(_Range):
    """Numbers from ``low`` to ``high``; with ``step`` only ``low``, ``low + step``, …"""

    type: Literal["float"]
    low: Real
    high: Real
    step: Annotated[Real, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _one_scale(self) -> Self:
        if self.log and self.step is not None:
            raise ValueError("log and step; give one of them, or list the values as a choice")
        return self


class IntRange(_Range):
    """Whole numbers ``low``, ``low + step``, … up to ``high``."""

    type: Literal["int"]
    low: Whole
    high: Whole
    step: Annotated[Whole, Field(ge=1)] = 1

    @model_validator(mode="after")
    def _one_scale(self) -> Self:
        if self.log and self.step != 1:
            raise ValueError(f"log and step {self.step}; give one of them, or list the values as a choice")
        return self


class Choice(BaseModel):
    """One of these."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["choice"]
    values: Annotated[
        list[bool | Whole | Real | Annotated[str, Field(max_length=1000)] | None],
        Field(min_length=1, max_length=MAX_CHOICES),
    ]

    @model_validator(mode="after")
    def _different(self) -> Self:
        # 1, 1.0 and true are equal in Python, and different to a trainer.
        if len({(type(value), value) for value in self.values}) < len(self.values):
            raise ValueError("a value is there twice; name each once")
        return self


Parameter = Annotated[FloatRange | IntRange | Choice, Field(discriminator="type")]
Space = Annotated[
    dict[Annotated[str, Field(min_length=1, max_length=200)], Parameter],
    Field(min_length=1, max_length=MAX_PARAMETERS),
]


class EarlyStopping(BaseModel):
    """Asynchronous successive halving: a trial is judged after ``min_epochs``, ``min_epochs · reduction``, … epochs,
    and goes on if it is among the best ``1/reduction`` of those that got as far."""

    model_config = ConfigDict(extra="forbid")

    min_epochs: Annotated[int, Field(ge=1, le=100_000)] = 1
    reduction: Annotated[int, Field(ge=2, le=10)] = 3


class SweepCreate(BaseModel):
    """A search whose trials are jobs like ``job``, each with a point of ``space``.

    A name in ``space`` is a hyperparameter of the trainer, or ``model``. ``parallel`` is how many trials run or wait at
    once; without it, a trial is added whenever none waits any more. Without a ``seed`` one is drawn.
    """

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=180)]
    job: JobCreate
    space: Space
    method: Method = Method.BAYESIAN
    trials: Annotated[int, Field(ge=1, le=MAX_TRIALS)] | None = None
    parallel: Annotated[int, Field(ge=1, le=256)] | None = None
    early_stopping: EarlyStopping | None = None
    seed: Annotated[int, Field(ge=0, lt=2**53)] | None = None
    client_id: uuid.UUID | None = None


class SweepQuery(BaseModel):
    """Which sweeps, newest first."""

    model_config = ConfigDict(extra="forbid")

    project: Annotated[str | None, Field(max_length=200, description="id or name; all without")] = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: str | None = None


ListQuery = Annotated[SweepQuery, Query()]


class TrialCounts(BaseModel):
    """How many trials stand where; ``waiting`` ones have not begun, and what is not asked for yet is in none.

    ``lost`` ones keep their place among those that run at once until they are heard of again, resumed or stopped.
    """

    waiting: int = 0
    running: int = 0
    lost: int = 0
    completed: int = 0
    stopped_early: int = 0
    stopped: int = 0
    failed: int = 0


class BestTrial(BaseModel):
    """The trial with the best value so far."""

    number: int
    job_id: int
    value: float
    epoch: int
    params: dict[str, Any]


class SweepRow(BaseModel):
    """A sweep in the list. Times are Unix milliseconds."""

    id: int
    project_id: int
    project: str
    name: str
    state: SweepState
    #: Why it failed.
    reason: str | None
    method: Method
    #: How many there are to be.
    trials: int
    counts: TrialCounts
    best: BestTrial | None
    primary_metric: PrimaryMetricOut
    created_at: int
    ended_at: int | None


class SweepPage(BaseModel):
    """Sweeps, newest first."""

    items: list[SweepRow]
    next_cursor: str | None


class TrialOut(BaseModel):
    """A trial, which is a job; ``value`` is the best of its epochs, ``epochs`` how many it has validated."""

    number: int
    job_id: int
    state: JobState
    params: dict[str, Any]
    value: Num | None
    best_epoch: int | None
    epochs: int
    stopped_early: bool
    reason: str | None
    seconds: float | None


class SweepOut(SweepRow):
    """A sweep with its trials in the order of their numbers."""

    client_id: str
    job: dict[str, Any]
    space: dict[str, Any]
    parallel: int | None
    early_stopping: EarlyStopping | None
    seed: int
    #: Epochs that early stopping spared, and those that were trained.
    epochs_saved: int
    epochs_trained: int
    items: list[TrialOut]


class Importance(BaseModel):
    """How much of being good a parameter decides; those of a sweep add up to 1."""

    name: str
    importance: float


class Importances(BaseModel):
    """The most important first; an empty list says in ``reason`` why."""

    items: list[Importance]
    evaluator: str
    #: How many trials they were computed from.
    trials: int
    reason: str | None
