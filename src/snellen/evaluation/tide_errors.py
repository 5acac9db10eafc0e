"""TIDE: why predictions are wrong, and how much AP each kind of error costs.

The kinds and their order are those of the paper (Bolya et al., "TIDE: A General Toolbox for Identifying Object
Detection Errors", ECCV 2020), the figures those of its tool: matching is within a class, at one IoU, of the 100 best
predictions of an image; a false positive is the first that applies of ``Loc``, ``Cls``, ``Dupe``, ``Bkg``, ``Both``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import polars as pl

from snellen.contract.tasks import Task
from snellen.errors import InvalidInput
from snellen.evaluation.columns import Bools, Floats, Ints, image_id_type
from snellen.evaluation.layout import ByImage
from snellen.evaluation.matching import match_at
from snellen.evaluation.operating import by_class
from snellen.evaluation.overlap import Candidates
from snellen.evaluation.similarity import Similarity, similarity_of

ErrorType = Literal["Cls", "Loc", "Both", "Dupe", "Bkg", "Miss"]

#: In the order in which they are shown.
ERROR_TYPES: Final[tuple[ErrorType, ...]] = ("Cls", "Loc", "Both", "Dupe", "Bkg", "Miss")

#: At most so many predictions of an image are looked at, as COCO does.
MOST_AN_IMAGE: Final = 100

#: An overlap up to this is background.
BACKGROUND: Final = 0.1

ERROR_SCHEMA: Final[dict[str, Any]] = {
    "error": pl.Enum(ERROR_TYPES),
    "image_id": pl.Int64,
    "prediction_id": pl.Int64,
    "object_id": pl.Int64,
    "iou": pl.Float32,
}


@dataclass(frozen=True, slots=True)
class ErrorTypes:
    """What each kind of error costs at an IoU.

    ``ap``: AP at that IoU, from 0 to 1, mean over the classes that have truth or predictions. ``delta_ap``: how much it
    would rise if the errors of a kind were mended, and nothing else; besides the six kinds ``FalsePos`` (all false
    positives below every hit) and ``FalseNeg`` (nothing missed). ``counts`` of the six kinds. ``errors``: a row each:
    ``error`` (one of :data:`ERROR_TYPES`), ``image_id``, ``prediction_id`` (null for a miss), ``object_id``
    (int64; what was meant, or is missed; null for background), ``iou`` (float32) with it.
    """

    iou: float
    background: float
    ap: float
    delta_ap: dict[str, float]
    counts: dict[str, int]
    errors: pl.DataFrame

    def as_dict(self) -> dict[str, Any]:
        """As JSON, without the rows."""
        return {
            "iou": self.iou,
            "background": self.background,
            "ap": self.ap,
            "delta_ap": self.delta_ap,
            "counts": self.counts,
        }


def error_types(
    task: Task,
    predictions: pl.DataFrame,
    objects: pl.DataFrame,
    *,
    class_count: int,
    iou: float = 0.5,
    background: float = BACKGROUND,
    images: pl.DataFrame | None = None,
    sigmas: Sequence[float] = (),
) -> ErrorTypes:
    """Name the error of every false positive and every miss, and what mending each kind would give.

    ``Cls``: overlaps an object of another class by at least `iou`. ``Loc``: overlaps one of its own class, but by less
    than `iou`. ``Dupe``: one of its own class that is already found. ``Bkg``: overlaps nothing by more than
    `background`. ``Both``: the rest. ``Miss``: an object that is neither found nor meant by a ``Cls`` or ``Loc``.
    Overlap is the IoU of boxes or masks or the OKS, as `task` says. Predictions on a crowd of their class are no
    errors. Tables as for :func:`~snellen.evaluation.evaluate`.

    Raises :class:`~snellen.errors.InvalidInput` for classification, which has no such errors, and unless
    0 < `background` < `iou` <= 1.
    """
    if task is Task.CLASSIFICATION:
        raise InvalidInput("error types are those of found objects; a classifier's errors are in its confusion matrix")
    if not 0 < background < iou <= 1:
        raise InvalidInput(f"iou and background: got {iou} and {background}, expected 0 < background < iou <= 1")
    kept = _best_of_image(predictions)
    predictions = predictions[kept]
    at = ByImage.of(predictions, objects)
    near = similarity_of(task, at, predictions, objects, images=images, sigmas=sigmas)
    blocks = [_Block.of(at, near, begin, end, iou, background) for begin, end in at.blocks()]
    named = _Named.joined(blocks, at)
    return _figures(named, at, kept, class_count, iou, background, image_id_type(objects))


def _best_of_image(predictions: pl.DataFrame) -> Ints:
    rank = pl.col("score").rank("ordinal", descending=True).over("image_id")
    return predictions.select(rank.le(MOST_AN_IMAGE).arg_true()).to_series().to_numpy().astype(np.int64)


@dataclass(frozen=True, slots=True)
class _Best:
    """For each prediction of a block the object that it overlaps most of some, -1 without one; and that overlap."""

    place: Ints
    iou: Floats

    @classmethod
    def of(cls, near: Candidates, keep: Bools, count: int) -> _Best:
        prediction, place, iou = near.prediction[keep], near.object[keep], near.iou[keep]
        order = np.lexsort((place, -iou, prediction))
        first = order[np.append(True, prediction[order][1:] != prediction[order][:-1])[: len(order)]]
        best = cls(np.full(count, -1, dtype=np.int64), np.zeros(count))
        best.place[prediction[first]] = place[first]
        best.iou[prediction[first]] = iou[first]
        return best


@dataclass(frozen=True, slots=True)
class _Block:
    """The predictions of some images: rows, whether hit or ignored, the kind of error (0 none), what was meant."""

    row: Ints
    hit: Bools
    ignored: Bools
    kind: Ints
    meant: Ints
    iou: Floats
    found: Ints

    @classmethod
    def of(cls, at: ByImage, similarity: Similarity, begin: int, end: int, iou: float, background: float) -> _Block:
        near = similarity(begin, end, background)
        row = at.order[begin:end]
        n = len(row)
        same = at.found.class_id[row[near.prediction]] == at.truth.class_id[near.object]
        matched = match_at(
            Candidates(near.prediction[same], near.object[same], near.iou[same]), at.truth, at.rank[row], iou
        )
        hit, ignored = np.zeros(n, dtype=np.bool_), np.zeros(n, dtype=np.bool_)
        hit[matched.prediction[~matched.ignored]] = True
        ignored[matched.prediction[matched.ignored]] = True
        found = matched.object[~matched.ignored]
        is_found = np.zeros(len(at.truth), dtype=np.bool_)
        is_found[found] = True
        real = ~at.truth.crowd[near.object]
        own, other = _Best.of(near, real & same, n), _Best.of(near, real & ~same, n)
        taken = _Best.of(near, real & same & is_found[near.object], n)
        conditions = [
            (own.place >= 0) & (own.iou <= iou),
            other.iou >= iou,
            taken.iou >= iou,
            np.maximum(own.iou, other.iou) <= background,
        ]
        kind = np.select(conditions, [_NUMBER[name] for name in ("Loc", "Cls", "Dupe", "Bkg")], _NUMBER["Both"])
        nearest = np.where(own.iou >= other.iou, own.place, other.place)
        meant = np.select(conditions, [own.place, other.place, taken.place, np.full(n, -1)], nearest)
        overlap = np.select(conditions, [own.iou, other.iou, taken.iou, np.zeros(n)], np.maximum(own.iou, other.iou))
        return cls(row, hit, ignored, np.where(hit, 0, kind), np.where(hit, -1, meant), overlap, found)


_NUMBER: Final = {name: number for number, name in enumerate(ERROR_TYPES, start=1)}


@dataclass(frozen=True, slots=True)
class _Named:
    """All predictions by row; ``found`` and ``mender`` are of objects by place."""

    hit: Bools
    ignored: Bools
    kind: Ints
    meant: Ints
    iou: Floats
    found: Bools
    #: The prediction that takes the object if errors of its kind are mended: the best of those that meant it; -1: none.
    mender: dict[str, Ints]

    @classmethod
    def joined(cls, blocks: list[_Block], at: ByImage) -> _Named:
        n = len(at.found)
        hit, ignored = np.zeros(n, dtype=np.bool_), np.zeros(n, dtype=np.bool_)
        kind, meant, iou = np.zeros(n, dtype=np.int64), np.full(n, -1, dtype=np.int64), np.zeros(n)
        found = np.zeros(len(at.truth), dtype=np.bool_)
        for block in blocks:
            hit[block.row], ignored[block.row] = block.hit, block.ignored
            kind[block.row], meant[block.row], iou[block.row] = block.kind, block.meant, block.iou
            found[block.found] = True
        best = np.full(len(at.truth), -1, dtype=np.int64)
        meaning = np.flatnonzero(np.isin(kind, (_NUMBER["Cls"], _NUMBER["Loc"])) & ~hit)
        meaning = meaning[~found[meant[meaning]]]
        # Written from the worst to the best: the best of all kinds that meant an object stays.
        meaning = meaning[np.argsort(-at.rank[meaning], kind="stable")]
        best[meant[meaning]] = meaning
        mender = {}
        for name in ("Cls", "Loc"):
            mine = best >= 0
            mine[mine] = kind[best[mine]] == _NUMBER[name]
            mender[name] = np.where(mine, best, -1)
        return cls(hit, ignored, kind, meant, iou, found, mender)

    def missed(self, at: ByImage) -> Bools:
        """Objects that are neither found nor meant."""
        meant = np.zeros(len(self.found), dtype=np.bool_)
        for places in self.mender.values():
            meant |= places >= 0
        return ~self.found & ~meant & ~at.truth.crowd


def _figures(
    named: _Named,
    at: ByImage,
    kept: Ints,
    class_count: int,
    iou: float,
    background: float,
    image_type: pl.DataType,
) -> ErrorTypes:
    kind, by_score = at.found.class_id, at.found.by_score
    real = ~at.truth.crowd
    truths = np.bincount(at.truth.class_id[real], minlength=class_count)
    counted = ~named.ignored
    missed = named.missed(at)

    def mean_ap(use: Bools, hit: Bools, classes: Ints, number: Ints, order: Ints = by_score) -> float:
        order = order[use[order]]
        return _mean_ap(classes[order], hit[order], number)

    base = mean_ap(counted, named.hit, kind, truths)
    delta: dict[str, float] = {}
    for name in ERROR_TYPES:
        wrong = (named.kind == _NUMBER[name]) & ~named.hit
        use, hit, classes, number = counted & ~wrong, named.hit, kind, truths
        if name in ("Cls", "Loc"):
            places = named.mender[name]
            menders, objects = places[places >= 0], np.flatnonzero(places >= 0)
            hit, classes = hit.copy(), classes.copy()
            use[menders], hit[menders] = True, True
            classes[menders] = at.truth.class_id[objects]
        elif name == "Miss":
            number = truths - np.bincount(at.truth.class_id[missed], minlength=class_count)
            use = counted
        delta[name] = max(mean_ap(use, hit, classes, number) - base, 0.0)
    ranked = named.hit[by_score]
    hits_first = np.concatenate([by_score[ranked], by_score[~ranked]])
    delta["FalsePos"] = mean_ap(counted, named.hit, kind, truths, hits_first) - base
    unfound = np.bincount(at.truth.class_id[real & ~named.found], minlength=class_count)
    delta["FalseNeg"] = mean_ap(counted, named.hit, kind, truths - unfound) - base
    errors = _rows(named, at, kept, missed, image_type)
    counts = dict.fromkeys(ERROR_TYPES, 0) | dict(errors["error"].value_counts().iter_rows())
    return ErrorTypes(iou, background, base, delta, {name: counts[name] for name in ERROR_TYPES}, errors)


def _rows(named: _Named, at: ByImage, kept: Ints, missed: Bools, image_type: pl.DataType) -> pl.DataFrame:
    wrong = np.flatnonzero(~named.hit & ~named.ignored)
    meant = named.meant[wrong]
    lost = np.flatnonzero(missed)
    object_id = np.append(at.truth.object_id, -1)
    frame = pl.DataFrame(
        {
            "error": np.concatenate([named.kind[wrong], np.full(len(lost), _NUMBER["Miss"])]),
            "image_id": np.concatenate([at.found.image_id[wrong], at.truth.image_id[lost]]),
            "prediction_id": np.concatenate([kept[wrong], np.full(len(lost), -1)]),
            "object_id": np.concatenate([object_id[meant], object_id[lost]]),
            "iou": np.concatenate([named.iou[wrong], np.zeros(len(lost))]),
        },
        schema=ERROR_SCHEMA | {"error": pl.Int64},
    )
    return frame.with_columns(
        pl.col("error").replace_strict(list(_NUMBER.values()), list(_NUMBER), return_dtype=ERROR_SCHEMA["error"]),
        pl.col("image_id").cast(image_type),
        pl.when(pl.col("prediction_id") >= 0).then("prediction_id"),
        pl.when(pl.col("object_id") >= 0).then("object_id"),
    ).sort("image_id", maintain_order=True)


def _mean_ap(classes: Ints, hit: Bools, truths: Ints) -> float:
    """AP at 101 recalls, mean over the classes that have truth or predictions; 0 without any.

    Predictions come by falling score.
    """
    present = (truths > 0) | (np.bincount(classes, minlength=len(truths)) > 0)
    if not present.any():
        return 0.0
    order = by_class(classes, len(truths))
    classes, hit = classes[order], hit[order]
    starts = np.searchsorted(classes, np.arange(len(truths) + 1))
    recalls = np.arange(101) / 100
    total = 0.0
    for i in np.flatnonzero(truths > 0).tolist():
        here = hit[starts[i] : starts[i + 1]]
        tp = np.cumsum(here)
        precision = tp / np.arange(1, len(here) + 1)
        envelope = np.append(np.maximum.accumulate(precision[::-1])[::-1], 0.0)
        total += float(envelope[np.searchsorted(tp / truths[i], recalls, side="left")].mean())
    return total / int(present.sum())
