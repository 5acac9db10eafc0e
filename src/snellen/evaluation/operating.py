"""The score at which a model is best used: where F1, or F-beta, is highest."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from snellen.errors import InvalidInput
from snellen.evaluation.columns import Bools, ImageIds, Ints
from snellen.evaluation.outcomes import Outcomes, outcomes_at
from snellen.evaluation.thresholds import DEFAULT_IOU, snap_iou


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """Precision, recall and F-beta when predictions count from ``score`` on (inclusive).

    The score is that of a prediction, for equal F the highest. Where no score gives a hit, F is 0 and the rest None;
    without truth and predictions F is None too.
    """

    score: float | None = None
    precision: float | None = None
    recall: float | None = None
    f: float | None = None


@dataclass(frozen=True, slots=True)
class OperatingPoints:
    """The best point of all classes together (each object counts once), and of each class by itself."""

    beta: float
    iou: float
    overall: OperatingPoint
    per_class: list[OperatingPoint]


def operating_points(
    predictions: pl.DataFrame,
    objects: pl.DataFrame,
    matches: pl.DataFrame,
    *,
    class_count: int,
    iou: float = DEFAULT_IOU,
    beta: float = 1.0,
    image_ids: ImageIds | None = None,
) -> OperatingPoints:
    """The scores that maximise F-beta at an IoU: recall counts `beta` times as much as precision.

    Hits are those of the confusion matrix. Raises :class:`~snellen.errors.InvalidInput` unless `beta` is above 0.
    """
    at = outcomes_at(predictions, objects, matches, score=-np.inf, iou=iou, image_ids=image_ids)
    return points_of(at, class_count, iou, beta)


def points_of(at: Outcomes, class_count: int, iou: float, beta: float = 1.0) -> OperatingPoints:
    """The points of outcomes that are there already; they must be those of every score."""
    if not (math.isfinite(beta) and beta > 0):
        raise InvalidInput(f"beta: got {beta}, expected a number above 0; 1 is F1")
    at.check_classes(class_count)
    counted = at.by_score[at.counts[at.by_score]]
    score, hit = at.predictions.score[counted], at.hits[counted]
    kind, truths = at.predictions.class_id[counted], at.objects.class_id[~at.objects.crowd]
    one = np.zeros(len(counted), dtype=np.int64)
    overall = best_points(one, score, hit, np.array([len(truths)]), beta)[0]
    per_class = best_points(kind, score, hit, np.bincount(truths, minlength=class_count), beta)
    return OperatingPoints(beta, snap_iou(iou), overall, per_class)


def best_points(
    group: Ints, score: npt.NDArray[np.float32], hit: Bools, truths: Ints, beta: float
) -> list[OperatingPoint]:
    """The best point of each group of predictions, which come by falling score; `truths` [groups] are their objects."""
    something = truths + np.bincount(group, minlength=len(truths)) > 0
    points = [OperatingPoint(f=0.0) if there else OperatingPoint() for there in something.tolist()]
    if not len(score):
        return points
    order = by_class(group, len(truths))
    group, score = group[order], score[order]
    first = np.append(True, group[1:] != group[:-1])
    starts = np.flatnonzero(first)
    lengths = np.diff(np.append(starts, len(group)))
    begin = np.repeat(starts, lengths)
    hits = np.cumsum(hit[order])
    tp: Ints = hits - np.where(begin > 0, hits[begin - 1], 0)
    reached = np.arange(len(score)) - begin + 1
    # Only where the score falls is a number of predictions one that some threshold gives.
    step = np.append((score[1:] != score[:-1]) | first[1:], True) & (tp > 0)
    weight = beta * beta
    f = np.where(step, (1 + weight) * tp / np.maximum(weight * truths[group] + reached, 1e-300), 0.0)
    best = np.maximum.reduceat(f, starts)
    # For equal F the highest score, which comes first within a group.
    at = np.flatnonzero(step & (f == np.repeat(best, lengths)))
    at = at[np.append(True, group[at][1:] != group[at][:-1])[: len(at)]]
    for i in at.tolist():
        number = int(truths[group[i]])
        points[int(group[i])] = OperatingPoint(
            float(score[i]), float(tp[i] / reached[i]), float(tp[i] / number), float(f[i])
        )
    return points


def by_class(class_id: Ints, class_count: int) -> Ints:
    """The places in order of their class, otherwise as they were; by radix where 16 bits hold the classes."""
    small = class_count <= np.iinfo(np.uint16).max
    return np.argsort(class_id.astype(np.uint16) if small else class_id, kind="stable")
