"""Match predictions to objects once, at every IoU; any score is then a slice of the result.

The rule: in one image, by falling score and for equal scores in the order of the file, each prediction takes the
free object of any class with which it has the best IoU (for equal IoU the lower ``object_id``), if that reaches
the threshold. A prediction left over whose overlap with a crowd (intersection over the prediction's area) reaches
the threshold is ignored. So the matching of a higher score never depends on a lower one.

Each object prefers the prediction that comes first, whichever object it is: with one order common to all objects,
letting predictions choose one after the other gives the same pairs as letting all propose at once and each object
keep its best proposal (Gale and Shapley; the stable matching is unique then). The second way works on whole arrays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from snellen.evaluation.columns import (
    Bools,
    Floats,
    Ints,
    ObjectColumns,
    box_columns,
    object_columns,
    prediction_columns,
)
from snellen.evaluation.overlap import Candidates, candidates
from snellen.evaluation.thresholds import IOU_THRESHOLDS

#: Pairs of boxes in one image looked at together; bounds the memory, whatever the number of images.
PAIRS_AT_ONCE = 3_000_000

MATCH_SCHEMA = {
    "iou_index": pl.UInt8,
    "prediction_id": pl.Int64,
    "object_id": pl.Int64,
    "iou": pl.Float32,
    "ignored": pl.Boolean,
}

#: Predictions, objects, IoUs, and whether ignored: columns of equal length.
_Matched = tuple[Ints, Ints, Floats, Bools]


def match_boxes(
    predictions: pl.DataFrame, objects: pl.DataFrame, ious: Sequence[float] = IOU_THRESHOLDS
) -> pl.DataFrame:
    """Match every prediction at every IoU threshold.

    `predictions` has ``image_id, class_id, score, x, y, w, h``, a prediction's id being its row; `objects` has
    ``object_id, image_id, class_id, x, y, w, h`` and perhaps ``area, iscrowd``. Boxes are pixels of the original
    image, origin top-left. Objects of images without predictions do no harm.

    Returns one row for each prediction that is matched or ignored at a threshold, ordered by threshold and
    prediction: ``iou_index`` (uint8, the place in `ious`), ``prediction_id`` (int64), ``object_id`` (int64; for an
    ignored prediction the crowd that it overlaps most), ``iou`` (float32; with a crowd the intersection over the
    prediction's area), ``ignored`` (bool).

    Raises :class:`~snellen.errors.InvalidInput` for a missing column or a null.
    """
    found = prediction_columns(predictions)
    truth = object_columns(objects)
    order = _order_by_image(found.image_id)
    rank = np.empty(len(found), dtype=np.int64)
    rank[np.argsort(-found.score, kind="stable")] = np.arange(len(found))
    boxes = box_columns(predictions, "predictions")[:, order]
    truth = truth.take(_order_by_image(truth.image_id))
    first = np.searchsorted(truth.image_id, found.image_id[order], side="left")
    count = np.searchsorted(truth.image_id, found.image_id[order], side="right") - first

    parts: list[list[_Matched]] = [[] for _ in ious]
    for begin, end in _blocks(found.image_id[order], count):
        near = candidates(
            boxes[:, begin:end], truth.boxes, truth.crowd, first[begin:end], count[begin:end], least=min(ious)
        )
        ids = order[begin:end]
        for index, (prediction, at, iou, ignored) in enumerate(_match(near, truth, rank[ids], ious)):
            parts[index].append((ids[prediction], truth.object_id[at], iou, ignored))
    return _table(parts)


def _order_by_image(image_id: Ints) -> Ints:
    if bool((image_id[1:] >= image_id[:-1]).all()):
        return np.arange(len(image_id))
    return np.argsort(image_id, kind="stable")


def _blocks(image_id: Ints, count: Ints) -> Iterator[tuple[int, int]]:
    """Ranges of predictions of whole images with at most PAIRS_AT_ONCE pairs, or of a single image."""
    if not len(image_id):
        return
    last = np.append(np.flatnonzero(image_id[1:] != image_id[:-1]), len(image_id) - 1)
    pairs = np.cumsum(count)[last]
    block, done = 0, 0
    while block < len(last):
        begin = int(last[block - 1]) + 1 if block else 0
        block = max(block + 1, int(np.searchsorted(pairs, done + PAIRS_AT_ONCE, side="right")))
        done = int(pairs[block - 1])
        yield begin, int(last[block - 1]) + 1


def _match(near: Candidates, truth: ObjectColumns, rank: Ints, ious: Sequence[float]) -> Iterator[_Matched]:
    """For each threshold: predictions and objects by their places, the IoU, whether ignored."""
    on_crowd = truth.crowd[near.object]
    crowds = _best_first(near, on_crowd)
    best_crowd = np.append(True, crowds.prediction[1:] != crowds.prediction[:-1])[: len(crowds.iou)]
    wishes = _best_first(near, ~on_crowd)
    holder = _Holders(len(truth))
    for iou in ious:
        matched = holder.fill(wishes, rank, iou)
        prediction, at = wishes.prediction[matched], wishes.object[matched]
        left = np.ones(len(rank), dtype=np.bool_)
        left[prediction] = False
        ignored = np.flatnonzero(best_crowd & (crowds.iou >= iou) & left[crowds.prediction])
        yield (
            np.concatenate([prediction, crowds.prediction[ignored]]),
            np.concatenate([at, crowds.object[ignored]]),
            np.concatenate([wishes.iou[matched], crowds.iou[ignored]]),
            np.arange(len(matched) + len(ignored)) >= len(matched),
        )


def _best_first(near: Candidates, keep: Bools) -> Candidates:
    """Those to keep, the objects of a prediction by falling IoU; the lower object comes first for equal IoU."""
    prediction, at, iou = near.prediction[keep], near.object[keep], near.iou[keep]
    order = np.lexsort((-iou, prediction))
    return Candidates(prediction[order], at[order], iou[order])


class _Holders:
    """Which candidate each object holds while predictions propose."""

    def __init__(self, objects: int) -> None:
        self._rank = np.empty(objects, dtype=np.int64)
        self._held = np.empty(objects, dtype=np.int64)

    def fill(self, wishes: Candidates, rank: Ints, least: float) -> Ints:
        """The places in `wishes` that are matched when only those with an IoU of at least `least` count."""
        enough = np.flatnonzero(wishes.iou >= least)
        at = wishes.object[enough]
        proposer = np.append(wishes.prediction[enough], -1)
        order = rank[proposer[:-1]]
        self._rank.fill(np.iinfo(np.int64).max)
        self._held.fill(-1)
        asking = np.flatnonzero(np.append(True, proposer[1:-1] != proposer[:-2])[: len(at)])
        while len(asking):
            asked, mine = at[asking], order[asking]
            np.minimum.at(self._rank, asked, mine)
            wins = self._rank[asked] == mine
            winners, won = asking[wins], asked[wins]
            turned_out = self._held[won]
            self._held[won] = winners
            following = np.concatenate([asking[~wins], turned_out[turned_out >= 0]]) + 1
            # The next wish of the same prediction; one that has none left stays without a match.
            asking = following[proposer[following] == proposer[following - 1]]
        return enough[self._held[self._held >= 0]]


def _table(parts: list[list[_Matched]]) -> pl.DataFrame:
    columns: list[list[npt.NDArray[Any]]] = [[] for _ in MATCH_SCHEMA]
    for index, blocks in enumerate(parts):
        if not blocks:
            continue
        prediction, at, iou, ignored = (np.concatenate(column) for column in zip(*blocks, strict=True))
        order = np.argsort(prediction, kind="stable")
        values = (np.full(len(order), index, np.uint8), prediction[order], at[order], iou[order], ignored[order])
        for column, value in zip(columns, values, strict=True):
            column.append(value)
    if not columns[0]:
        return pl.DataFrame(schema=MATCH_SCHEMA)
    joined = {name: np.concatenate(column) for name, column in zip(MATCH_SCHEMA, columns, strict=True)}
    return pl.DataFrame(joined, schema=MATCH_SCHEMA)
