"""Numbers for each image and each class at one score and one IoU."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from snellen.evaluation.columns import ImageIds, ImageSet, Ints, image_id_type, ratio
from snellen.evaluation.outcomes import Outcomes, outcomes_at
from snellen.evaluation.thresholds import DEFAULT_IOU, DEFAULT_SCORE


def image_summary(
    predictions: pl.DataFrame,
    objects: pl.DataFrame,
    matches: pl.DataFrame,
    *,
    image_ids: ImageIds,
    score: float = DEFAULT_SCORE,
    iou: float = DEFAULT_IOU,
) -> pl.DataFrame:
    """One row for each of `image_ids`, in order of the id, images without any box included.

    Columns: ``image_id`` (in the type of the objects' column); ``truths`` (crowds left out), ``predictions`` (those
    that reach the score and are not ignored), ``tp``, ``fp``, ``fn`` (int32); ``mean_iou`` of the true positives
    (float64, null without any); ``error_score`` (float64): the scores of the false positives added up, plus 1 for
    every object missed. So a confident mistake weighs more than a faint one, and a perfect image has 0.
    """
    at = outcomes_at(predictions, objects, matches, score=score, iou=iou, image_ids=image_ids)
    return summary_of(at, image_ids).with_columns(pl.col("image_id").cast(image_id_type(objects)))


def summary_of(at: Outcomes, image_ids: ImageIds) -> pl.DataFrame:
    """The rows of :func:`image_summary`, of outcomes that are there already; ``image_id`` is int64."""
    images = ImageSet(image_ids)
    n = len(images.ids)
    matched, partner = at.matched
    same = at.predictions.class_id[matched] == at.objects.class_id[partner]
    hits, false = matched[same], np.concatenate([matched[~same], np.flatnonzero(at.alone)])
    missed = np.concatenate([partner[~same], np.flatnonzero(at.misses)])

    in_hits = images.place_of(at.predictions.image_id[hits])
    in_false = images.place_of(at.predictions.image_id[false])
    tp = np.bincount(in_hits, minlength=n)
    fp = np.bincount(in_false, minlength=n)
    fn = np.bincount(images.place_of(at.objects.image_id[missed]), minlength=n)
    overlap = np.bincount(in_hits, weights=at.iou_of[hits], minlength=n)
    doubt = np.bincount(in_false, weights=at.predictions.score[false], minlength=n)
    frame = pl.DataFrame(
        {
            "image_id": images.ids,
            "truths": tp + fn,
            "predictions": tp + fp,
            "tp": tp,
            "fp": fp,
            "fn": fn,
            "mean_iou": ratio(overlap, tp),
            "error_score": doubt + fn,
        }
    )
    return frame.with_columns(
        pl.col("truths", "predictions", "tp", "fp", "fn").cast(pl.Int32), pl.col("mean_iou").fill_nan(None)
    )


def per_class(
    predictions: pl.DataFrame,
    objects: pl.DataFrame,
    matches: pl.DataFrame,
    *,
    class_names: Sequence[str],
    score: float = DEFAULT_SCORE,
    iou: float = DEFAULT_IOU,
    image_ids: ImageIds | None = None,
) -> list[dict[str, Any]]:
    """One row for each class, in order of the id.

    Keys: ``class_id, class_name, truths, predictions, tp, fp, fn, precision, recall, f1``. ``truths`` leaves crowds
    out, ``predictions`` are those that reach the score and are not ignored. Precision is None without predictions,
    recall without truth, F1 without both. A pair of two classes is a false positive of the predicted class and a miss
    of the true one.
    """
    at = outcomes_at(predictions, objects, matches, score=score, iou=iou, image_ids=image_ids)
    return class_rows(at, class_names)


def class_rows(at: Outcomes, class_names: Sequence[str]) -> list[dict[str, Any]]:
    """The rows of :func:`per_class`, of outcomes that are there already."""
    at.check_classes(len(class_names))
    return rows_of(*class_counts(at, len(class_names)), class_names)


def rows_of(tp: Ints, predicted: Ints, truths: Ints, class_names: Sequence[str]) -> list[dict[str, Any]]:
    """The rows of :func:`per_class` from what :func:`class_counts` gives."""
    precision, recall = ratio(tp, predicted), ratio(tp, truths)
    f1 = ratio(2 * tp, predicted + truths)
    return [
        {
            "class_id": i,
            "class_name": class_names[i],
            "truths": int(truths[i]),
            "predictions": int(predicted[i]),
            "tp": int(tp[i]),
            "fp": int(predicted[i] - tp[i]),
            "fn": int(truths[i] - tp[i]),
            "precision": none_if_nan(precision[i]),
            "recall": none_if_nan(recall[i]),
            "f1": none_if_nan(f1[i]),
        }
        for i in range(len(class_names))
    ]


def class_counts(at: Outcomes, class_count: int) -> tuple[Ints, Ints, Ints]:
    """True positives, predictions that count and truths without crowds, of each class; int64 [class_count]."""
    matched, partner = at.matched
    classes = at.predictions.class_id[matched]
    hits = classes[classes == at.objects.class_id[partner]]
    return (
        np.bincount(hits, minlength=class_count),
        np.bincount(at.predictions.class_id[at.counts], minlength=class_count),
        np.bincount(at.objects.class_id[~at.objects.crowd], minlength=class_count),
    )


def none_if_nan(value: float) -> float | None:
    """None for NaN: how a row says that a number is undefined."""
    return None if np.isnan(value) else float(value)
