"""The four tasks and the metric by which each is judged unless a job says otherwise."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Task(StrEnum):
    """What a model is trained for. A trainer translates to its framework's word."""

    DETECTION = "detection"
    SEGMENTATION = "segmentation"
    POSE = "pose"
    CLASSIFICATION = "classification"


#: So many of a classifier's labels are kept of each image.
TOP: Final = 5


class Direction(StrEnum):
    """Whether a larger value is better."""

    MAX = "max"
    MIN = "min"


class Source(StrEnum):
    """Who computed a number: Snellen from the prediction set, or the trainer's framework."""

    COMPUTED = "computed"
    REPORTED = "reported"


@dataclass(frozen=True, slots=True)
class PrimaryMetric:
    """The metric that decides which epoch is best.

    ``name`` is a bare name (``mAP50-95``) for a computed metric and the key as the framework wrote
    it (``metrics/mAP50-95(B)``) for a reported one.
    """

    name: str
    direction: Direction = Direction.MAX
    source: Source = Source.COMPUTED

    def better(self, value: float, than: float | None) -> bool:
        """Whether `value` beats `than`; NaN never does, and anything finite beats nothing."""
        if value != value:
            return False
        if than is None or than != than:
            return True
        return value > than if self.direction is Direction.MAX else value < than

    def rank(self, value: float) -> float:
        """The value so that more is better, whatever the direction."""
        return value if self.direction is Direction.MAX else -value


COMPUTED_DEFAULT = {
    Task.DETECTION: "mAP50-95",
    Task.SEGMENTATION: "mAP50-95",
    Task.POSE: "mAP50-95",
    Task.CLASSIFICATION: "top1",
}

#: The prefix under which a computed metric is logged beside the reported ones.
COMPUTED_PREFIX = "snellen/"

_SMALLER_IS_BETTER = frozenset({"loss", "error", "err", "mae", "mse", "rmse", "ece", "perplexity", "time", "latency"})


def default_primary(task: Task) -> PrimaryMetric:
    """The computed metric by which `task` is judged."""
    return PrimaryMetric(COMPUTED_DEFAULT[task])


def direction_of(key: str) -> Direction:
    """Guess from a key's words whether smaller is better.

    >>> direction_of("val/box_loss"), direction_of("metrics/mAP50(B)")
    (<Direction.MIN: 'min'>, <Direction.MAX: 'max'>)
    """
    words = re.split(r"[^a-z0-9]+", key.lower())
    return Direction.MIN if _SMALLER_IS_BETTER.intersection(words) else Direction.MAX
