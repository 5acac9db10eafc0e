"""The confusion matrix and the pairs behind its cells; the matrix is the count of the pairs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from snellen.evaluation.columns import Bools, ImageIds, Ints, image_id_type
from snellen.evaluation.outcomes import Outcomes, outcomes_at
from snellen.evaluation.thresholds import DEFAULT_IOU, DEFAULT_SCORE, snap_iou

Outcome = Literal["tp", "fp", "fn"]

#: The most cells that an answer holds.
MAX_CELLS: Final = 50_000

PAIR_COLUMNS: Final = (
    "image_id",
    "prediction_id",
    "object_id",
    "true",
    "pred",
    "outcome_true",
    "outcome_pred",
    "score",
    "iou",
)


@dataclass(frozen=True, slots=True)
class Confusion:
    """Counts of pairs (true class, predicted class); index ``class_count`` stands for the background.

    ``true``, ``pred``, ``count``: int64 [k], the cells that are not zero, the largest first. A prediction without
    an object is in the background's row, an object without a prediction in the background's column.
    ``score`` and ``iou`` are the thresholds, both inclusive.
    """

    class_count: int
    score: float
    iou: float
    true: Ints
    pred: Ints
    count: Ints

    @property
    def nonzero(self) -> int:
        """How many cells are not zero."""
        return len(self.count)

    def fitting(self, characters: int) -> int:
        """How many of the largest cells are no longer than so many `characters` as JSON."""
        digits = sum(np.floor(np.log10(np.maximum(column, 1))) + 1 for column in (self.true, self.pred, self.count))
        # Brackets and commas.
        return int(np.searchsorted(np.cumsum(digits + 5), characters, side="right"))

    def cells(self, limit: int = MAX_CELLS) -> list[tuple[int, int, int]]:
        """``(true, pred, count)`` of the `limit` largest cells, without zeros."""
        columns = (self.true[:limit].tolist(), self.pred[:limit].tolist(), self.count[:limit].tolist())
        return list(zip(*columns, strict=True))

    def class_counts(self) -> tuple[Ints, Ints, Ints]:
        """True positives, predictions that count and truths without crowds, of each class; int64 [class_count]."""
        size = self.class_count + 1
        right = self.true == self.pred
        tp, predicted, truths = (
            np.bincount(place, weights=count, minlength=size)[: self.class_count].astype(np.int64)
            for place, count in (
                (self.true[right], self.count[right]),
                (self.pred, self.count),
                (self.true, self.count),
            )
        )
        return tp, predicted, truths

    def dense(self) -> Ints:
        """The matrix as int64 [class_count + 1, class_count + 1]: rows true, columns predicted."""
        matrix = np.zeros((self.class_count + 1, self.class_count + 1), dtype=np.int64)
        matrix[self.true, self.pred] = self.count
        return matrix

    def as_dict(self, class_names: tuple[str, ...] | list[str], limit: int = MAX_CELLS) -> dict[str, Any]:
        """``{labels, cells, truncated}`` as the HTTP interface has it."""
        return {
            "labels": [*class_names, "background"],
            "cells": [list(cell) for cell in self.cells(limit)],
            "truncated": self.nonzero > limit,
        }


def confusion(
    predictions: pl.DataFrame,
    objects: pl.DataFrame,
    matches: pl.DataFrame,
    *,
    class_count: int,
    score: float = DEFAULT_SCORE,
    iou: float = DEFAULT_IOU,
    image_ids: ImageIds | None = None,
) -> Confusion:
    """Count the pairs at a score and an IoU; :func:`pairs` lists the very pairs that are counted here.

    `matches` is what :func:`match_boxes` made of the same `predictions` and `objects`. With `image_ids` only those
    images count; without, the objects must be those of evaluated images, or the misses of others count too.
    Raises :class:`~snellen.errors.InvalidInput` for a class outside 0 to `class_count` - 1 or a foreign match table.
    """
    at = outcomes_at(predictions, objects, matches, score=score, iou=iou, image_ids=image_ids)
    return count_pairs(at, class_count, score, iou)


def count_pairs(at: Outcomes, class_count: int, score: float, iou: float) -> Confusion:
    """The confusion matrix of outcomes that are there already."""
    at.check_classes(class_count)
    listed = _Pairs.of(at, class_count)
    cell, count = counted(listed.true * (class_count + 1) + listed.pred, (class_count + 1) ** 2)
    return confusion_of(class_count, score, iou, cell, count)


def confusion_of(class_count: int, score: float, iou: float, cell: Ints, count: Ints) -> Confusion:
    """The matrix of cells (true class times ``class_count + 1`` plus the predicted one) and how often each is."""
    order = np.lexsort((cell, -count))
    true, pred = np.divmod(cell[order].astype(np.int64), class_count + 1)
    return Confusion(class_count, score, snap_iou(iou), true, pred, count[order].astype(np.int64))


def counted(cells: npt.NDArray[np.int32] | Ints, number: int) -> tuple[Ints, Ints]:
    """Which of `number` cells there are, and how often each; a table of all where it isn't much larger than `cells`."""
    if number > max(4 * len(cells), 1 << 20):
        return np.unique(cells, return_counts=True)
    count = np.bincount(cells, minlength=number)
    found = np.flatnonzero(count)
    return found, count[found]


def pairs(
    predictions: pl.DataFrame,
    objects: pl.DataFrame,
    matches: pl.DataFrame,
    *,
    class_count: int,
    score: float = DEFAULT_SCORE,
    iou: float = DEFAULT_IOU,
    true: int | None = None,
    pred: int | None = None,
    class_id: int | None = None,
    outcome: Outcome | None = None,
    image_ids: ImageIds | None = None,
) -> pl.DataFrame:
    """The pairs at a score and an IoU, ordered by image; those of one cell when `true` and `pred` are given.

    `class_count` as a value of `true` or `pred` is the background. `class_id` keeps pairs in which the class is
    true or predicted; `outcome` keeps hits (``tp``), pairs whose prediction is false (``fp``) or whose object is
    missed (``fn``): a pair of two classes is both. Together they keep the hits, false positives or misses of that
    class. All conditions must hold.

    Columns: ``image_id`` (in the type of the objects' column), ``prediction_id`` and ``object_id`` (int64, null for the
    background), ``true`` and ``pred`` (int32), ``outcome_true`` (``tp``, ``fn``, null), ``outcome_pred`` (``tp``,
    ``fp``, null), ``score`` and ``iou`` (float32, null where there is none).
    """
    at = outcomes_at(predictions, objects, matches, score=score, iou=iou, image_ids=image_ids)
    found = pairs_of(at, class_count, true=true, pred=pred, class_id=class_id, outcome=outcome)
    return found.with_columns(pl.col("image_id").cast(image_id_type(objects)))


def pairs_of(
    at: Outcomes,
    class_count: int,
    *,
    true: int | None = None,
    pred: int | None = None,
    class_id: int | None = None,
    outcome: Outcome | None = None,
) -> pl.DataFrame:
    """The pairs of outcomes that are there already; ``image_id`` is int64."""
    at.check_classes(class_count)
    listed = _Pairs.of(at, class_count)
    listed = listed.take(listed.wanted(class_count, true, pred, class_id, outcome))
    with_prediction, with_object = listed.prediction >= 0, listed.object >= 0
    image = np.empty(len(listed.true), dtype=np.int64)
    image[with_object] = at.objects.image_id[listed.object[with_object]]
    image[with_prediction] = at.predictions.image_id[listed.prediction[with_prediction]]
    order = np.argsort(image, kind="stable")
    listed, image = listed.take(order), image[order]
    with_prediction, with_object = listed.prediction >= 0, listed.object >= 0
    same = listed.true == listed.pred
    frame = pl.DataFrame(
        {
            "image_id": image,
            "prediction_id": listed.prediction,
            "object_id": _gather(at.objects.object_id, listed.object),
            "true": listed.true.astype(np.int32),
            "pred": listed.pred.astype(np.int32),
            "score": _gather(at.predictions.score, listed.prediction),
            "iou": _gather(at.iou_of.astype(np.float32), np.where(with_object, listed.prediction, -1)),
            "_prediction": with_prediction,
            "_object": with_object,
            "_same": same,
        }
    )
    hit, has_prediction, has_object = pl.col("_same"), pl.col("_prediction"), pl.col("_object")
    frame = frame.with_columns(
        pl.when(has_prediction).then("prediction_id"),
        pl.when(has_object).then("object_id"),
        pl.when(has_prediction).then("score"),
        pl.when(has_prediction & has_object).then("iou"),
        pl.when(has_object).then(pl.when(hit).then(pl.lit("tp")).otherwise(pl.lit("fn"))).alias("outcome_true"),
        pl.when(has_prediction).then(pl.when(hit).then(pl.lit("tp")).otherwise(pl.lit("fp"))).alias("outcome_pred"),
    )
    return frame.select(*PAIR_COLUMNS)


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Places of predictions and objects, -1 for the background, and the two classes; int64 [k]."""

    prediction: Ints
    object: Ints
    true: Ints
    pred: Ints

    @classmethod
    def of(cls, at: Outcomes, class_count: int) -> _Pairs:
        matched, partner = at.matched
        alone, missed = np.flatnonzero(at.alone), np.flatnonzero(at.misses)
        predicted, true = at.predictions.class_id, at.objects.class_id
        nobody = np.full(len(alone), -1), np.full(len(missed), -1)
        background = np.full(len(alone), class_count), np.full(len(missed), class_count)
        return cls(
            np.concatenate([matched, alone, nobody[1]]),
            np.concatenate([partner, nobody[0], missed]),
            np.concatenate([true[partner], background[0], true[missed]]),
            np.concatenate([predicted[matched], predicted[alone], background[1]]),
        )

    def take(self, keep: Bools | Ints) -> _Pairs:
        return _Pairs(self.prediction[keep], self.object[keep], self.true[keep], self.pred[keep])

    def wanted(
        self, class_count: int, true: int | None, pred: int | None, class_id: int | None, outcome: Outcome | None
    ) -> Bools:
        keep = np.ones(len(self.true), dtype=np.bool_)
        if true is not None:
            keep &= self.true == true
        if pred is not None:
            keep &= self.pred == pred
        if outcome == "tp":
            keep &= self.true == self.pred
        elif outcome == "fp":
            keep &= (self.prediction >= 0) & (self.true != self.pred)
        elif outcome == "fn":
            keep &= (self.object >= 0) & (self.true != self.pred)
        if class_id is not None:
            is_true, is_pred = self.true == class_id, self.pred == class_id
            keep &= is_pred if outcome == "fp" else is_true if outcome == "fn" else is_true | is_pred
        return keep


def _gather(values: npt.NDArray[Any], places: Ints) -> npt.NDArray[Any]:
    """`values` at `places`; any value where the place is -1."""
    if not len(values):
        return np.zeros(len(places), dtype=values.dtype)
    return np.asarray(values[places])
