"""Whether a score means what it says: of the predictions with a score of 0.8, are 80 in 100 right?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from snellen.errors import InvalidInput
from snellen.evaluation.columns import Floats, ImageIds, Ints, ratio
from snellen.evaluation.outcomes import Outcomes, outcomes_at
from snellen.evaluation.thresholds import DEFAULT_IOU, DEFAULT_SCORE

BINS = 10


@dataclass(frozen=True, slots=True)
class Calibration:
    """A reliability diagram: predictions in equal bins of their scores, each from its lower edge on; 1 is in the last.

    ``edges`` float64 [bins + 1]; by bin ``count`` int64, ``score`` their mean score and ``precision`` the share of them
    that are hits, float64, NaN in an empty bin. ``ece`` is the mean distance of the two, weighted by count, ``mce`` the
    largest; NaN without predictions.
    """

    edges: Floats
    count: Ints
    score: Floats
    precision: Floats
    ece: float
    mce: float

    def as_dict(self) -> dict[str, Any]:
        """``{ece, mce, bins: [{from, to, count, score, precision}]}``, None where undefined."""
        columns = (self.edges[:-1], self.edges[1:], self.count, self.score, self.precision)
        names = ("from", "to", "count", "score", "precision")
        rows = zip(*(column.tolist() for column in columns), strict=True)
        return {
            "ece": _defined(self.ece),
            "mce": _defined(self.mce),
            "bins": [{name: _defined(value) for name, value in zip(names, row, strict=True)} for row in rows],
        }


def calibration(
    predictions: pl.DataFrame,
    objects: pl.DataFrame,
    matches: pl.DataFrame,
    *,
    score: float = DEFAULT_SCORE,
    iou: float = DEFAULT_IOU,
    bins: int = BINS,
    image_ids: ImageIds | None = None,
) -> Calibration:
    """How well scores say how often predictions are right, of those that reach `score`, at an IoU.

    Right is what the confusion matrix calls a hit. Raises :class:`~snellen.errors.InvalidInput` for less than 1 bin.
    """
    at = outcomes_at(predictions, objects, matches, score=score, iou=iou, image_ids=image_ids)
    return calibration_of(at, bins)


def calibration_of(at: Outcomes, bins: int = BINS) -> Calibration:
    """The calibration of outcomes that are there already."""
    if bins < 1:
        raise InvalidInput(f"bins: got {bins}, expected at least 1")
    edges = np.linspace(0, 1, bins + 1)
    score, hit = at.predictions.score[at.counts], at.hits[at.counts]
    # Edges are rounded as the scores were, so that 0.7 is in the bin from 0.7 on.
    place = np.minimum(np.searchsorted(edges.astype(np.float32), score, side="right") - 1, bins - 1)
    count = np.bincount(place, minlength=bins)
    mean = ratio(np.bincount(place, weights=score, minlength=bins), count)
    precision = ratio(np.bincount(place, weights=hit, minlength=bins), count)
    filled = count > 0
    apart = np.abs(mean - precision)[filled]
    ece = float(apart @ count[filled] / len(score)) if len(score) else np.nan
    return Calibration(edges, count, mean, precision, ece, float(apart.max(initial=0.0)) if len(score) else np.nan)


def _defined(value: float) -> float | None:
    return None if value != value else value
