"""The confusion matrix at any score from one table: which cell every prediction falls into, by falling score.

The matching of a higher score never depends on a lower one, so the matrix at a score is the count of the predictions
that reach it, and the objects that none of them found. A slider asks for it again and again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from snellen.evaluation.columns import Ints
from snellen.evaluation.matrix import Confusion, confusion_of, counted
from snellen.evaluation.outcomes import Outcomes
from snellen.evaluation.thresholds import snap_iou


@dataclass(frozen=True, slots=True)
class CellsByScore:
    """Where every prediction counts, at one IoU.

    ``falling`` float32 [n]: minus the scores, so that they rise. ``cell`` [n], in the same order: true class times
    (``class_count`` + 1) plus the predicted one, the background last, or -1 for a prediction that counts nowhere.
    ``truths`` int64 [class_count]: the objects of each class, without crowds.
    """

    class_count: int
    iou: float
    falling: npt.NDArray[np.float32]
    cell: npt.NDArray[np.int32] | Ints
    truths: Ints

    def at(self, score: float) -> Confusion:
        """The matrix of the predictions that reach `score` (inclusive; rounded to float32, as the scores were)."""
        size = self.class_count + 1
        reached = int(np.searchsorted(self.falling, -np.float32(score), side="right"))
        # What counts nowhere is counted before the first cell.
        cell, count = counted(self.cell[:reached] + 1, size * size + 1)
        cell, count = (cell[1:], count[1:]) if len(cell) and cell[0] == 0 else (cell, count)
        cell = cell - 1
        true = cell // size
        found = np.bincount(true, weights=count, minlength=size)[: self.class_count].astype(np.int64)
        missed = self.truths - found
        with_misses = np.flatnonzero(missed)
        return confusion_of(
            self.class_count,
            score,
            self.iou,
            np.concatenate([cell, with_misses * size + self.class_count]),
            np.concatenate([count, missed[with_misses]]),
        )


def cells_by_score(every: Outcomes, class_count: int, iou: float) -> CellsByScore:
    """The table of outcomes that are there already; they must be those of every score.

    Raises :class:`~snellen.errors.InvalidInput` for a class outside 0 to `class_count` - 1.
    """
    every.check_classes(class_count)
    size = class_count + 1
    kind: Any = np.int32 if size * size < np.iinfo(np.int32).max else np.int64
    order = every.by_score
    partner = every.object_of[order]
    true: npt.NDArray[Any] = np.full(len(order), class_count, dtype=kind)
    matched = partner >= 0
    true[matched] = every.objects.class_id[partner[matched]]
    cell = true * kind(size) + every.predictions.class_id[order].astype(kind)
    cell[~every.counts[order]] = -1
    truths = np.bincount(every.objects.class_id[~every.objects.crowd], minlength=class_count)
    return CellsByScore(class_count, snap_iou(iou), every.predictions.falling, cell, truths)
