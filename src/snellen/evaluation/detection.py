"""Everything that is stored with a validation result of a detector."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from snellen.contract.numbers import encode
from snellen.errors import InvalidInput, PredictionsInvalid
from snellen.evaluation.average_precision import average_precision
from snellen.evaluation.columns import ImageIds, ImageSet, ints
from snellen.evaluation.matching import match_boxes
from snellen.evaluation.matrix import Confusion, count_pairs
from snellen.evaluation.outcomes import outcomes_at
from snellen.evaluation.score_curves import curves
from snellen.evaluation.summaries import class_counts, class_rows, none_if_nan
from snellen.evaluation.thresholds import DEFAULT_IOU, DEFAULT_SCORE, snap_iou


@dataclass(frozen=True, slots=True)
class DetectionEvaluation:
    """What Snellen computes of one prediction set; nothing in it was reported by a framework.

    ``metrics``: see docs/reference/evaluation.md; NaN where undefined. ``per_class``: the rows of
    :func:`per_class` with ``ap50`` and ``ap50_95``, None where undefined. ``confusion``, ``per_class`` and the metrics
    ``precision, recall, f1`` are at ``score`` and ``iou``. ``matches``: the table of :func:`match_boxes`, to slice at
    other thresholds.
    """

    class_names: tuple[str, ...]
    score: float
    iou: float
    metrics: dict[str, float]
    per_class: list[dict[str, Any]]
    confusion: Confusion
    matches: pl.DataFrame

    def as_dict(self) -> dict[str, Any]:
        """The ``evaluation`` of a validation result, ready for JSON: NaN metrics are ``"NaN"``."""
        return {
            "source": "computed",
            "thresholds": {"score": self.score, "iou": self.iou},
            "metrics": {key: encode(value) for key, value in self.metrics.items()},
            "per_class": self.per_class,
            "confusion_matrix": self.confusion.as_dict(self.class_names),
        }


def evaluate_detection(
    predictions: pl.DataFrame,
    objects: pl.DataFrame,
    image_ids: ImageIds,
    class_names: Sequence[str],
    *,
    score: float = DEFAULT_SCORE,
    iou: float = DEFAULT_IOU,
) -> DetectionEvaluation:
    """Evaluate `predictions` against the `objects` of exactly `image_ids`.

    Columns as for :func:`match_boxes`; boxes in pixels of the original image, origin top-left. Objects of other
    images don't count. Raises :class:`~snellen.errors.PredictionsInvalid` for a prediction of an image that is not
    among `image_ids` or of an unknown class, :class:`~snellen.errors.InvalidInput` for an unknown class in the truth.
    """
    images, names = ImageSet(image_ids), tuple(class_names)
    _check_predictions(predictions, images, len(names))
    classes = ints(objects, "class_id", "objects")
    if len(classes) and not 0 <= classes.min() <= classes.max() < len(names):
        raise InvalidInput(f"objects: classes {classes.min()} to {classes.max()}; expected 0 to {len(names) - 1}")
    objects = objects.filter(pl.Series(images.has(ints(objects, "image_id", "objects")), dtype=pl.Boolean))
    if "object_id" not in objects.columns:
        raise InvalidInput("objects: no column 'object_id'; expected the objects of a snapshot")

    precision = average_precision(predictions, objects, images.ids, len(names))
    matches = match_boxes(predictions, objects)
    at = outcomes_at(predictions, objects, matches, score=score, iou=iou)
    rows = class_rows(at, names)
    for row, ap50, ap50_95 in zip(rows, precision.ap50, precision.ap50_95, strict=True):
        row |= {"ap50": none_if_nan(ap50), "ap50_95": none_if_nan(ap50_95)}
    tp, predicted, truths = (int(column.sum()) for column in class_counts(at, len(names)))
    best = curves(predictions, objects, matches, iou=iou)
    metrics = precision.summary | {
        "precision": tp / predicted if predicted else np.nan,
        "recall": tp / truths if truths else np.nan,
        "f1": 2 * tp / (predicted + truths) if truths else np.nan,
        "best_f1": np.nan if best.best_f1 is None else best.best_f1,
        "best_f1_score": np.nan if best.best_score is None else best.best_score,
    }
    counted = count_pairs(at, len(names), score, iou)
    return DetectionEvaluation(names, score, snap_iou(iou), metrics, rows, counted, matches)


def _check_predictions(predictions: pl.DataFrame, images: ImageSet, class_count: int) -> None:
    image_id = ints(predictions, "image_id", "predictions")
    class_id = ints(predictions, "class_id", "predictions")
    foreign = np.flatnonzero(~images.has(image_id))
    if len(foreign):
        raise PredictionsInvalid(
            f"predictions: row {foreign[0]} is of image {image_id[foreign[0]]}, which was not evaluated "
            f"({len(foreign)} such rows)"
        )
    unknown = np.flatnonzero((class_id < 0) | (class_id >= class_count))
    if len(unknown):
        raise PredictionsInvalid(
            f"predictions: row {unknown[0]} has class_id {class_id[unknown[0]]}; expected 0 to {class_count - 1} "
            f"({len(unknown)} such rows)"
        )
