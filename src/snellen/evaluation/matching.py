"""Match predictions to objects once, at every IoU; any score is then a slice of the result.

The rule: in one image, by falling score and for equal scores in the order of the file, each prediction takes the
free object of any class with which it has the best IoU (for equal IoU the lower ``object_id``), if that reaches
the threshold. A prediction left over whose overlap with a crowd (intersection over the prediction's area) reaches
the threshold is ignored. So the matching of a higher score never depends on a lower one. IoU is of boxes or of masks;
for poses it is the OKS.

Each object prefers the prediction that comes first, whichever object it is: with one order common to all objects,
letting predictions choose one after the other gives the same pairs as letting all propose at once and each object
keep its best proposal (Gale and Shapley; the stable matching is unique then). The second way works on whole arrays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from snellen.errors import InvalidInput
from snellen.evaluation.columns import Bools, Floats, Ints, ObjectColumns
from snellen.evaluation.layout import ByImage
from snellen.evaluation.overlap import Candidates
from snellen.evaluation.similarity import Similarity, box_similarity, keypoint_similarity, mask_similarity
from snellen.evaluation.thresholds import IOU_THRESHOLDS

MATCH_SCHEMA = {
    "iou_index": pl.UInt8,
    "prediction_id": pl.Int64,
    "object_id": pl.Int64,
    "iou": pl.Float32,
    "ignored": pl.Boolean,
}

#: Rows of predictions, ids of objects, IoUs, and whether ignored: columns of equal length.
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
    at = ByImage.of(predictions, objects)
    return match(at, box_similarity(at, predictions, objects), ious)


def match_masks(
    predictions: pl.DataFrame, objects: pl.DataFrame, images: pl.DataFrame, ious: Sequence[float] = IOU_THRESHOLDS
) -> pl.DataFrame:
    """As :func:`match_boxes`, by the IoU of masks.

    Both tables have ``rle``, counts strings of COCO's compressed RLE at the size of the image; `images` has
    ``image_id, width, height`` in pixels. Raises :class:`~snellen.errors.InvalidInput` for an object or a prediction
    without a mask.
    """
    at = ByImage.of(predictions, objects)
    return match(at, mask_similarity(at, predictions, objects, images), ious)


def match_keypoints(
    predictions: pl.DataFrame,
    objects: pl.DataFrame,
    sigmas: Sequence[float],
    ious: Sequence[float] = IOU_THRESHOLDS,
) -> pl.DataFrame:
    """As :func:`match_boxes`, by the OKS of COCO, which stands in the column ``iou``.

    Both tables have ``keypoints``: for each of `sigmas` ``[x, y, v]`` in pixels. Objects that can't be judged (no
    keypoint labelled) must be crowds: see :func:`~snellen.evaluation.truth_for`. Raises
    :class:`~snellen.errors.InvalidInput` for another number of keypoints.
    """
    at = ByImage.of(predictions, objects)
    return match(at, keypoint_similarity(at, predictions, objects, sigmas), ious)


def match_labels(predictions: pl.DataFrame, objects: pl.DataFrame) -> pl.DataFrame:
    """The match table of a classifier: the first choice for an image with the image's one object.

    `predictions` has ``image_id, rank, class_id, score``, `objects` has ``object_id, image_id, class_id``. There is
    nothing to overlap: ``iou`` is 1, at every threshold. Raises :class:`~snellen.errors.InvalidInput` for an image with
    several objects or several first choices.
    """
    at = ByImage.of(predictions, objects)
    chosen = at.found.reaches(-np.inf)
    for table, image_id in (("objects", at.truth.image_id), ("predictions", at.found.image_id[chosen])):
        ids, times = np.unique(image_id, return_counts=True)
        if len(ids) and times.max() > 1:
            raise InvalidInput(f"{table}: image {ids[times.argmax()]} has {times.max()} labels; expected one")
    place = np.flatnonzero((at.count > 0) & chosen[at.order])
    prediction, held = at.order[place], at.truth.object_id[at.first[place]]
    one = (prediction, held, np.ones(len(place)), np.zeros(len(place), dtype=np.bool_))
    return _table([[one] for _ in IOU_THRESHOLDS])


def match(at: ByImage, similarity: Similarity, ious: Sequence[float] = IOU_THRESHOLDS) -> pl.DataFrame:
    """The match table of a layout, by any similarity from 0 to 1."""
    parts: list[list[_Matched]] = [[] for _ in ious]
    for begin, end in at.blocks():
        near = similarity(begin, end, min(ious))
        ids = at.order[begin:end]
        for part, found in zip(parts, _match(near, at.truth, at.rank[ids], ious), strict=True):
            part.append((ids[found.prediction], at.truth.object_id[found.object], found.iou, found.ignored))
    return _table(parts)


@dataclass(frozen=True, slots=True)
class Matching:
    """The pairs at one threshold: places of predictions and objects, their IoU, whether the prediction is ignored."""

    prediction: Ints
    object: Ints
    iou: Floats
    ignored: Bools


def match_at(near: Candidates, truth: ObjectColumns, rank: Ints, iou: float) -> Matching:
    """Match the predictions of a block at one threshold; ``rank`` is theirs, 0 for the first."""
    return next(_match(near, truth, rank, (iou,)))


def _match(near: Candidates, truth: ObjectColumns, rank: Ints, ious: Sequence[float]) -> Iterator[Matching]:
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
        yield Matching(
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
