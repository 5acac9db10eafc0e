"""What is read of an MLflow, wherever it keeps its runs: a server with an HTTP interface, or a database."""

from __future__ import annotations

import math
import sys
import time
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

#: The experiment of the runs that jobs are mirrored to.
MIRRORED = "Snellen"
#: MLflow keeps infinities as the greatest float.
GREATEST = sys.float_info.max


@dataclass(frozen=True, slots=True)
class Experiment:
    """A group of runs."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Run:
    """A run; times are Unix milliseconds, ``metrics`` the keys with their last values."""

    id: str
    name: str
    experiment_id: str
    status: str
    started_at: int | None
    ended_at: int | None
    user: str | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    #: When it was read, of a clock that only goes forward.
    read_at: float = field(default_factory=time.monotonic)


@dataclass(frozen=True, slots=True)
class History:
    """All points of a key in order of step and time; of a ``sampled`` one only some, with extremes missing."""

    steps: array[int]
    times: array[int]
    values: array[float]
    sampled: bool = False

    @classmethod
    def of(cls, points: Iterable[tuple[int, int, float]], *, sampled: bool = False) -> History:
        """From ``(step, Unix ms, value)`` in any order."""
        ordered = sorted(points, key=lambda point: point[:2])
        return cls(
            array("q", (step for step, _, _ in ordered)),
            array("q", (time for _, time, _ in ordered)),
            array("d", (value for _, _, value in ordered)),
            sampled,
        )

    def __len__(self) -> int:
        return len(self.steps)

    @property
    def bytes(self) -> int:
        """What it takes in memory."""
        return 24 * len(self)


class Tracker(Protocol):
    """An MLflow that can be read.

    Raises :class:`~snellen.errors.TrackerUnavailable` when it doesn't answer, :class:`~snellen.errors.RunNotFound`
    and :class:`~snellen.errors.ExperimentNotFound` for what it hasn't got.
    """

    def experiments(self, *, search: str | None, limit: int) -> list[Experiment]:
        """Those whose name has `search` in it, the one changed last first."""

    def experiment(self, experiment_id: str) -> Experiment:
        """One by its id."""

    def runs(
        self, *, experiment_id: str | None, search: str | None, limit: int, cursor: str | None
    ) -> tuple[list[Run], str | None]:
        """Runs, of an experiment or of all, whose name has `search` in it, newest first, and where the next begin."""

    def runs_of(self, experiment: str, ids: list[str]) -> list[Run]:
        """Those of some ids, all of one experiment, that there are; in any order."""

    def run(self, run_id: str) -> Run:
        """One with its parameters, tags and metrics."""

    def history(self, run_id: str, key: str) -> History:
        """The points of a key; empty for one that the run hasn't got."""

    def close(self) -> None:
        """Give up connections."""


def finite_or_not(value: float) -> float:
    """A value as it was logged: MLflow keeps an infinity as the greatest float."""
    return math.copysign(math.inf, value) if abs(value) >= GREATEST else value
