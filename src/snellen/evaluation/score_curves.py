"""Precision, recall and F1 against the score, and precision against recall."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from snellen.evaluation.columns import Floats, ImageIds, ratio
from snellen.evaluation.operating import best_points
from snellen.evaluation.outcomes import Outcomes, outcomes_at
from snellen.evaluation.thresholds import DEFAULT_IOU, snap_iou

POINTS = 101


@dataclass(frozen=True, slots=True)
class Curves:
    """Curves of one class, or of all classes together (each box counts once), at one IoU; float64 [101] each.

    ``scores``: 0, 0.01, … 1, and at each (inclusive) ``precision`` (NaN where nothing reaches the score), ``recall``
    (NaN without truth) and ``f1`` (NaN without both). ``pr_recall``: 0, 0.01, … 1, and ``pr_precision``: the best
    precision at that recall or a higher one, 0 where it isn't reached, NaN without truth. ``best_score`` is the score
    of a prediction at which ``best_f1`` is reached, the highest for equal F1; None where no score gives a hit.
    """

    class_id: int | None
    iou: float
    scores: Floats
    precision: Floats
    recall: Floats
    f1: Floats
    pr_recall: Floats
    pr_precision: Floats
    best_score: float | None
    best_f1: float | None


def curves(
    predictions: pl.DataFrame,
    objects: pl.DataFrame,
    matches: pl.DataFrame,
    class_id: int | None = None,
    iou: float = DEFAULT_IOU,
    *,
    image_ids: ImageIds | None = None,
) -> Curves:
    """The curves of `class_id`, or of all classes together.

    True positives are matched pairs of the same class in the class-agnostic matching of :func:`match_boxes`, the
    same as in the confusion matrix, so a point of a curve agrees with the matrix at that score. (AP matches within
    a class, as COCO does, and can't be read off these curves.)
    """
    at = outcomes_at(predictions, objects, matches, score=-np.inf, iou=iou, image_ids=image_ids)
    return curves_of(at, class_id, iou)


def curves_of(at: Outcomes, class_id: int | None, iou: float) -> Curves:
    """The curves of outcomes that are there already; they must be those of every score."""
    counted = at.counts
    truths = ~at.objects.crowd
    if class_id is not None:
        counted = counted & (at.predictions.class_id == class_id)
        truths = truths & (at.objects.class_id == class_id)
    place = at.by_score[counted[at.by_score]]
    score, hit = at.predictions.score[place], at.hits[place]
    total = int(truths.sum())

    # tp[k]: how many of the k best predictions are hits.
    tp = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(hit)])
    grid = np.arange(POINTS) / (POINTS - 1)
    reached = np.searchsorted(-score, -grid.astype(np.float32), side="right")
    # Only where the score falls is a number of predictions one that some threshold gives.
    steps = np.flatnonzero(np.append(score[1:] != score[:-1], np.ones(min(len(score), 1), dtype=np.bool_))) + 1
    best = best_points(np.zeros(len(place), dtype=np.int64), score, hit, np.array([total]), beta=1.0)[0]
    return Curves(
        class_id=class_id,
        iou=snap_iou(iou),
        scores=grid,
        precision=ratio(tp[reached], reached),
        recall=tp[reached] / total if total else np.full(POINTS, np.nan),
        f1=ratio(2 * tp[reached], reached + total),
        pr_recall=grid,
        pr_precision=_precision_at(grid, tp[steps] / total, tp[steps] / steps) if total else np.full(POINTS, np.nan),
        best_score=best.score,
        best_f1=best.f,
    )


def _precision_at(grid: Floats, recall: Floats, precision: Floats) -> Floats:
    best = np.append(np.maximum.accumulate(precision[::-1])[::-1], 0.0)
    return best[np.searchsorted(recall, grid, side="left")]
