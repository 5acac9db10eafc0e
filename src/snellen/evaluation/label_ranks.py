"""Classification: at which rank the true label is, and each image's numbers."""

from __future__ import annotations

import numpy as np
import polars as pl

from snellen.evaluation.columns import Bools, ImageIds, ImageSet, image_id_type, ints, object_columns
from snellen.evaluation.columns import prediction_columns as read_predictions
from snellen.evaluation.thresholds import DEFAULT_LABEL_SCORE


def label_summary(
    predictions: pl.DataFrame,
    objects: pl.DataFrame,
    *,
    image_ids: ImageIds,
    score: float = DEFAULT_LABEL_SCORE,
) -> pl.DataFrame:
    """One row for each of `image_ids`, in order of the id.

    `predictions` has ``image_id, rank`` (from 1), ``class_id, score``; `objects` one row an image. Columns:
    ``image_id`` (in the type of the objects' column); ``true`` and ``pred`` (int32; null without a label or a first
    choice), ``score`` of the first choice, ``true_score`` of the true label (float64; null where it is not among those
    kept), ``true_rank`` (int32, null likewise); ``truths, predictions, tp, fp, fn`` (int32) at the threshold `score`,
    as for :func:`~snellen.evaluation.image_summary`; ``error_score`` (float64): 1 - ``true_score`` where the first
    choice is right and reaches the threshold, else 1 + ``score`` - ``true_score``. So a wrong image has more than any
    right one, and among those a confident mistake weighs more.
    """
    found, truth = read_predictions(predictions), object_columns(objects)
    images = ImageSet(image_ids)
    n = len(images.ids)
    true, pred = np.full(n, -1), np.full(n, -1)
    first_score, true_score, true_rank = np.full(n, np.nan), np.full(n, np.nan), np.full(n, -1)

    place = images.place_of(truth.image_id)
    true[place[place >= 0]] = truth.class_id[place >= 0]
    place = images.place_of(found.image_id)
    rank = ints(predictions, "rank", "predictions")
    here = place >= 0
    first = here & (rank == 1)
    pred[place[first]], first_score[place[first]] = found.class_id[first], found.score[first]
    right = here.copy()
    right[here] = found.class_id[here] == true[place[here]]
    true_score[place[right]], true_rank[place[right]] = found.score[right], rank[right]

    reached = np.asarray(first_score.astype(np.float32) >= np.float32(score)) & (pred >= 0)
    hit: Bools = reached & (pred == true) & (true >= 0)
    labelled = true >= 0
    doubt = np.nan_to_num(true_score)
    mistake = np.where(reached, np.nan_to_num(first_score) - doubt, 0.0)
    frame = pl.DataFrame(
        {
            "image_id": images.ids,
            "true": true,
            "pred": pred,
            "score": first_score,
            "true_score": true_score,
            "true_rank": true_rank,
            "truths": labelled,
            "predictions": reached,
            "tp": hit,
            "fp": reached & ~hit,
            "fn": labelled & ~hit,
            "error_score": np.where(hit, 1 - doubt, 1 + mistake),
        }
    )
    counts = ("truths", "predictions", "tp", "fp", "fn", "true", "pred", "true_rank")
    return frame.with_columns(
        pl.col("image_id").cast(image_id_type(objects)),
        pl.col(counts).cast(pl.Int32),
        pl.col("score", "true_score").fill_nan(None),
    ).with_columns(
        *(pl.when(pl.col(name) >= 0).then(name) for name in ("true", "pred", "true_rank")),
        pl.lit(None, dtype=pl.Float64).alias("mean_iou"),
    )


def top_accuracy(summary: pl.DataFrame, rank: int) -> float:
    """The share of labelled images whose true label is among the first `rank`; NaN without any."""
    labelled = summary.filter(pl.col("true").is_not_null())
    if labelled.is_empty():
        return float("nan")
    return int(labelled.select((pl.col("true_rank") <= rank).sum()).item()) / labelled.height
