"""What became of every prediction and object at one score and one IoU."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl

from snellen.errors import InvalidInput
from snellen.evaluation.columns import (
    Bools,
    Floats,
    ImageIds,
    ImageSet,
    Ints,
    ObjectColumns,
    PredictionColumns,
    numbered_objects,
    object_columns,
    prediction_columns,
)
from snellen.evaluation.thresholds import iou_index

SHAPE_COLUMNS: Final = ("x", "y", "w", "h", "rle", "keypoints")


@dataclass(frozen=True, slots=True)
class Outcomes:
    """The matching at a score and an IoU; arrays by place in ``predictions`` [n] and ``objects`` [m].

    ``counts`` [n]: the prediction reaches the score and is not ignored. ``ignored`` [n]: it reaches the score and
    lies on a crowd. ``object_of`` [n] and ``prediction_of`` [m]: the place of the partner, -1 without one.
    ``iou_of`` [n]: the IoU with the partner or the crowd, NaN without one. ``misses`` [m]: neither matched nor a
    crowd.
    """

    predictions: PredictionColumns
    objects: ObjectColumns
    counts: Bools
    ignored: Bools
    object_of: Ints
    prediction_of: Ints
    iou_of: Floats

    @property
    def misses(self) -> Bools:
        return (self.prediction_of < 0) & ~self.objects.crowd

    @property
    def alone(self) -> Bools:
        """Which predictions count and have no partner."""
        return self.counts & (self.object_of < 0)

    @property
    def matched(self) -> tuple[Ints, Ints]:
        """The places of matched predictions and of their objects."""
        prediction = np.flatnonzero(self.counts & (self.object_of >= 0))
        return prediction, self.object_of[prediction]

    @property
    def by_score(self) -> Ints:
        """The places of all predictions by falling score, equal ones in the order of the file; int64 [n]."""
        return self.predictions.by_score

    @property
    def hits(self) -> Bools:
        """Which predictions count and are matched with an object of their class; bool [n]."""
        hit = np.zeros(len(self.predictions), dtype=np.bool_)
        prediction, partner = self.matched
        hit[prediction] = self.predictions.class_id[prediction] == self.objects.class_id[partner]
        return hit

    def check_classes(self, class_count: int) -> None:
        """Raise :class:`~snellen.errors.InvalidInput` unless every class is one of `class_count`."""
        for table, column in (("predictions", self.predictions.class_id), ("objects", self.objects.class_id)):
            if len(column) and not (column.min() >= 0 and column.max() < class_count):
                wrong = int(np.flatnonzero((column < 0) | (column >= class_count))[0])
                raise InvalidInput(
                    f"{table}: row {wrong} has class_id {column[wrong]}; expected 0 to {class_count - 1}"
                )


def outcomes_at(
    predictions: pl.DataFrame,
    objects: pl.DataFrame,
    matches: pl.DataFrame,
    *,
    score: float,
    iou: float,
    image_ids: ImageIds | None = None,
) -> Outcomes:
    """Slice a match table of the 18 thresholds at `score` (inclusive) and the threshold nearest to `iou`.

    With `image_ids`, only those images count; without, `predictions` and `objects` are taken whole.
    """
    tables = prediction_columns(predictions), object_columns(objects)
    return outcomes_of(*tables, matches, score=score, iou=iou, image_ids=image_ids)


def outcomes_of(
    found: PredictionColumns,
    truth: ObjectColumns,
    matches: pl.DataFrame,
    *,
    score: float,
    iou: float,
    image_ids: ImageIds | None = None,
) -> Outcomes:
    """:func:`outcomes_at` of columns that are read already: who asks again and again reads them once."""
    counts = found.reaches(score)
    if image_ids is not None:
        images = ImageSet(image_ids)
        counts &= images.has(found.image_id)
        truth = truth.take(images.has(truth.image_id))
    rows = np.flatnonzero(matches["iou_index"].to_numpy() == iou_index(iou))
    prediction = matches["prediction_id"].to_numpy()[rows]
    if len(prediction) and not (prediction.min() >= 0 and prediction.max() < len(found)):
        raise InvalidInput(
            f"matches: prediction_id {prediction.max()}, but there are {len(found)} predictions; "
            "the match table belongs to another prediction set: match again"
        )
    rows = rows[counts[prediction]]
    prediction = matches["prediction_id"].to_numpy()[rows].astype(np.int64)
    overlap = matches["iou"].to_numpy()[rows]
    on_crowd = matches["ignored"].to_numpy()[rows].astype(np.bool_)
    at = truth.place_of(matches["object_id"].to_numpy()[rows].astype(np.int64))

    ignored = np.zeros(len(found), dtype=np.bool_)
    ignored[prediction[on_crowd]] = True
    object_of = np.full(len(found), -1, dtype=np.int64)
    object_of[prediction[~on_crowd]] = at[~on_crowd]
    prediction_of = np.full(len(truth), -1, dtype=np.int64)
    prediction_of[at[~on_crowd]] = prediction[~on_crowd]
    iou_of = np.full(len(found), np.nan)
    iou_of[prediction] = overlap
    return Outcomes(found, truth, counts & ~ignored, ignored, object_of, prediction_of, iou_of)


def image_outcomes(
    predictions: pl.DataFrame,
    objects: pl.DataFrame,
    matches: pl.DataFrame,
    *,
    image_id: int,
    score: float,
    iou: float,
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """One image's truth and its predictions that reach `score`, each with what became of it.

    A truth is ``{object_id, class_id, x, y, w, h, iscrowd, outcome: "tp"|"fn"|"ignored", prediction_id, iou}``, a
    prediction ``{prediction_id, class_id, score, x, y, w, h, outcome: "tp"|"fp"|"ignored", object_id, iou}``, best
    score first; both with ``rle`` and ``keypoints`` where the tables have them. A crowd is ``ignored``; so is a
    prediction on one, whose ``object_id`` and ``iou`` then name the crowd. Two matched across classes are ``fn`` and
    ``fp`` and name each other. None where there is no partner.
    """
    numbered = predictions.with_row_index("_row").filter(pl.col("image_id") == image_id)
    row = numbered["_row"].to_numpy().astype(np.int64)
    kept = matches.filter((pl.col("iou_index") == iou_index(iou)) & pl.col("prediction_id").is_in(row.tolist()))
    local = kept.with_columns(
        pl.Series("prediction_id", np.searchsorted(row, kept["prediction_id"].to_numpy()), dtype=pl.Int64)
    )
    here = numbered_objects(objects.filter(pl.col("image_id") == image_id))
    at = outcomes_at(numbered, here, local, score=score, iou=iou)
    truth, found = at.objects, at.predictions
    drawn, outlined = _shapes(here), _shapes(numbered)
    crowd_of = dict(kept.filter(pl.col("ignored")).select("prediction_id", "object_id").iter_rows())

    truths: list[dict[str, Any]] = []
    for i in range(len(truth)):
        partner = int(at.prediction_of[i])
        same = partner >= 0 and found.class_id[partner] == truth.class_id[i]
        truths.append(
            {
                "object_id": int(truth.object_id[i]),
                "class_id": int(truth.class_id[i]),
                **drawn[i],
                "iscrowd": bool(truth.crowd[i]),
                "outcome": "ignored" if truth.crowd[i] else "tp" if same else "fn",
                "prediction_id": int(row[partner]) if partner >= 0 else None,
                "iou": float(at.iou_of[partner]) if partner >= 0 else None,
            }
        )
    shown: list[dict[str, Any]] = []
    for i in sorted(np.flatnonzero(at.counts | at.ignored).tolist(), key=lambda i: (-float(found.score[i]), i)):
        partner = int(at.object_of[i])
        same = partner >= 0 and found.class_id[i] == truth.class_id[partner]
        shown.append(
            {
                "prediction_id": int(row[i]),
                "class_id": int(found.class_id[i]),
                "score": float(found.score[i]),
                **outlined[i],
                "outcome": "ignored" if at.ignored[i] else "tp" if same else "fp",
                "object_id": int(truth.object_id[partner]) if partner >= 0 else crowd_of.get(int(row[i])),
                "iou": None if np.isnan(at.iou_of[i]) else float(at.iou_of[i]),
            }
        )
    return truths, shown


def _shapes(frame: pl.DataFrame) -> list[dict[str, Any]]:
    """What is to be drawn of each row: its box, mask and keypoints, as far as there are such columns."""
    return frame.select(name for name in SHAPE_COLUMNS if name in frame.columns).to_dicts() or [{}] * frame.height
