"""The thresholds at which matches are kept, and those that apply where nobody chose any."""

from __future__ import annotations

import math
from typing import Final

from snellen.contract.tasks import Task
from snellen.errors import InvalidInput

#: Every IoU at which boxes are matched: 0.10 to 0.95 in steps of 0.05. A match table's ``iou_index`` counts here.
IOU_THRESHOLDS: Final[tuple[float, ...]] = tuple(round(0.10 + 0.05 * i, 2) for i in range(18))

#: The score from which a prediction counts, unless somebody chose another (inclusive).
DEFAULT_SCORE: Final = 0.25

#: A classifier always says something: its first choice counts whatever its score, unless somebody chose another.
DEFAULT_LABEL_SCORE: Final = 0.0

#: The IoU from which two boxes match, unless somebody chose another (inclusive).
DEFAULT_IOU: Final = 0.5


def default_score(task: Task) -> float:
    """The score from which a prediction counts where nobody chose one."""
    return DEFAULT_LABEL_SCORE if task is Task.CLASSIFICATION else DEFAULT_SCORE


def iou_index(iou: float) -> int:
    """The place in :data:`IOU_THRESHOLDS` of the threshold nearest to `iou`.

    Raises :class:`~snellen.errors.InvalidInput` unless 0 <= `iou` <= 1.

    >>> iou_index(0.5), iou_index(0.52), iou_index(1)
    (8, 8, 17)
    """
    if not (math.isfinite(iou) and 0 <= iou <= 1):
        raise InvalidInput(f"iou is {iou}; expected a number from 0 to 1")
    return min(range(len(IOU_THRESHOLDS)), key=lambda i: abs(IOU_THRESHOLDS[i] - iou))


def snap_iou(iou: float) -> float:
    """The threshold nearest to `iou`: what a slider snaps to.

    >>> snap_iou(0.52), snap_iou(0.0)
    (0.5, 0.1)
    """
    return IOU_THRESHOLDS[iou_index(iou)]
