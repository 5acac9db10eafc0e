"""Labels that are likely wrong, told by a model that disagrees with them where it is usually right.

What "sure" means is learnt from the set itself, as confident learning does (Northcutt, Jiang and Chuang, "Confident
Learning: Estimating Uncertainty in Dataset Labels", JAIR 2021): a prediction of a class is sure from the mean score on
that the model gives to the objects labelled so that it finds. Why: docs/decisions/0025; what each number is:
docs/reference/evaluation.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import polars as pl

from snellen.contract.tasks import Task
from snellen.errors import InvalidInput
from snellen.evaluation.columns import Bools, Floats, Ints, box_columns, ints, object_columns, prediction_columns
from snellen.evaluation.layout import ByImage
from snellen.evaluation.matching import match_at
from snellen.evaluation.overlap import Candidates, candidates
from snellen.evaluation.similarity import similarity_of
from snellen.evaluation.tide_errors import BACKGROUND

SuspectKind = Literal["class", "missing", "spurious", "place"]

#: Another class; no label at all; a label of nothing; a label at the wrong place.
SUSPECT_KINDS: Final[tuple[SuspectKind, ...]] = ("class", "missing", "spurious", "place")

#: An object whose prediction overlaps it by less is another object.
NEAR: Final = 0.3

#: From this share of a class' objects on that the model finds, one that it doesn't see at all is suspect.
LEAST_SHARE: Final = 0.5

#: Where the model doesn't see so large a share of such objects, that it doesn't see one says nothing.
MOST_UNSEEN: Final = 0.2

#: So many hits say from which score on a class is sure; with fewer it is that of all classes together.
LEAST_HITS: Final = 3

#: Square pixels at which COCO parts small, medium and large objects.
AREAS: Final = (32.0**2, 96.0**2)

SUSPECT_SCHEMA: Final[dict[str, Any]] = {
    "kind": pl.Enum(SUSPECT_KINDS),
    "image_id": pl.Int64,
    "prediction_id": pl.Int64,
    "object_id": pl.Int64,
    "given": pl.Int32,
    "suggested": pl.Int32,
    "suspicion": pl.Float64,
    "score": pl.Float32,
    "iou": pl.Float32,
    "own_score": pl.Float32,
    "share": pl.Float64,
}


@dataclass(frozen=True, slots=True)
class LabelSuspects:
    """Labels that are likely wrong, the most suspect first.

    ``sure_from`` float64 [classes]: the score from which a prediction of a class is sure; NaN where nothing is found.
    ``suspects``: a row each: ``kind`` (one of :data:`SUSPECT_KINDS`), ``image_id``, ``prediction_id`` (null where
    ``spurious``), ``object_id`` (null where ``missing``), ``given`` (class of the label), ``suggested`` (class of the
    prediction; int32, null likewise), ``suspicion`` (0 to 1), ``score`` of the prediction and ``iou`` with the object
    (float32, null where there is none), ``own_score``: the best that the label's own class has there, ``share``: how
    often the model is right when it is so sure, or finds such an object.
    """

    iou: float
    sure_from: Floats
    suspects: pl.DataFrame

    @property
    def counts(self) -> dict[SuspectKind, int]:
        """How many there are of each kind."""
        found = dict(self.suspects["kind"].value_counts().iter_rows())
        return {kind: int(found.get(kind, 0)) for kind in SUSPECT_KINDS}


def label_suspects(
    task: Task,
    predictions: pl.DataFrame,
    objects: pl.DataFrame,
    *,
    class_count: int,
    iou: float = 0.5,
    images: pl.DataFrame | None = None,
    sigmas: Sequence[float] = (),
) -> LabelSuspects:
    """Look for wrong labels. The images must be none that the model was trained on: it has learnt those errors.

    ``class``: a sure prediction of another class overlaps the object by at least `iou`, and the label's own class has
    a lower score there, or none. ``missing``: a sure prediction overlaps nothing by more than 0.1. ``spurious``: no
    prediction of any class and any score overlaps the object by more than 0.1, though of the class' objects of such a
    size (small, medium, large) the model finds at least half, and doesn't see less than a fifth. ``place``: the best
    that meets an object that isn't found is a sure prediction of its class that overlaps it by at least 0.3, but by
    less than `iou`. Tables as for :func:`~snellen.evaluation.evaluate`.

    Of classification there is ``class`` alone: the off-diagonal of the confident joint, without images whose label is
    the model's first choice.

    Raises :class:`~snellen.errors.InvalidInput` unless 0.1 < `iou` <= 1.
    """
    if task is Task.CLASSIFICATION:
        return _labels(predictions, objects, class_count, iou)
    if not BACKGROUND < iou <= 1:
        raise InvalidInput(f"iou: got {iou}, expected more than {BACKGROUND}, and at most 1")
    at = ByImage.of(predictions, objects)
    near = similarity_of(task, at, predictions, objects, images=images, sigmas=sigmas)
    met, hit = _met(at, near, iou)
    scene = _Scene.of(at, met, hit, iou, class_count, box_columns(predictions, "predictions"))
    parts = [scene.wrong_class(), scene.missing(), scene.spurious(), scene.misplaced()]
    return LabelSuspects(iou, scene.sure_from, _ranked(pl.concat(parts)))


def _met(at: ByImage, similarity: Any, iou: float) -> tuple[Candidates, Bools]:
    """All pairs of places that overlap, and which predictions (by place) are hits."""
    pieces, hit = [], np.zeros(len(at.found), dtype=np.bool_)
    for begin, end in at.blocks():
        near = similarity(begin, end, BACKGROUND)
        row = at.order[begin:end]
        same = at.found.class_id[row[near.prediction]] == at.truth.class_id[near.object]
        matched = match_at(
            Candidates(near.prediction[same], near.object[same], near.iou[same]), at.truth, at.rank[row], iou
        )
        hit[begin + matched.prediction[~matched.ignored]] = True
        pieces.append(Candidates(near.prediction + begin, near.object, near.iou))
    return Candidates.joined(pieces), hit


@dataclass(frozen=True, slots=True)
class _Scene:
    """Predictions and objects by place, and what of them overlaps.

    ``pair`` are the places of pairs with real objects; ``touched`` [n]: the prediction overlaps anything, crowds
    included. ``best`` [m]: the best score of the label's own class that overlaps the object by at least `iou`.
    """

    at: ByImage
    iou: float
    boxes: Floats
    kind: Ints
    score: Floats
    image: Ints
    hit: Bools
    sure: Bools
    touched: Bools
    prediction: Ints
    object: Ints
    overlap: Floats
    same: Bools
    best: Floats
    sure_from: Floats
    right: Floats

    @classmethod
    def of(cls, at: ByImage, met: Candidates, hit: Bools, iou: float, class_count: int, boxes: Floats) -> _Scene:
        order = at.order
        kind, score = at.found.class_id[order], at.found.score[order].astype(np.float64)
        touched = np.zeros(len(order), dtype=np.bool_)
        touched[met.prediction] = True
        real = ~at.truth.crowd[met.object]
        prediction, place, overlap = met.prediction[real], met.object[real], met.iou[real]
        same = kind[prediction] == at.truth.class_id[place]
        best = np.zeros(len(at.truth))
        enough = same & (overlap >= iou)
        np.maximum.at(best, place[enough], score[prediction[enough]])
        sure_from = _sure_from(kind[hit], score[hit], class_count)
        sure = score >= np.nan_to_num(sure_from, nan=np.inf)[kind] if len(kind) else np.zeros(0, dtype=np.bool_)
        # One more right and one more wrong than there are: few don't say that it is never wrong.
        sure_count = np.bincount(kind[sure], minlength=class_count)
        right = (np.bincount(kind[sure & hit], minlength=class_count) + 1) / (sure_count + 2)
        return cls(
            at, iou, boxes[:, order], kind, score, at.found.image_id[order], hit, sure, touched,
            prediction, place, overlap, same, best, sure_from, right,
        )  # fmt: skip

    def wrong_class(self) -> pl.DataFrame:
        own = np.zeros(len(self.kind))
        np.maximum.at(own, self.prediction[self.same], self.overlap[self.same])
        p, o = self.prediction, self.object
        keep = ~self.same & (self.overlap >= self.iou) & self.sure[p] & (own[p] < self.iou)
        keep &= self.score[p] > self.best[o]
        p, o, overlap = p[keep], o[keep], self.overlap[keep]
        suspicion = self.right[self.kind[p]] * (self.score[p] - self.best[o])
        return self._table("class", *_strongest(o, suspicion, p, o, overlap))

    def missing(self) -> pl.DataFrame:
        p = np.flatnonzero(self.sure & ~self.touched)
        p = p[~self._repeats(p)]
        suspicion = self.right[self.kind[p]] * self.score[p]
        return self._table("missing", suspicion, p, np.full(len(p), -1), np.full(len(p), np.nan))

    def _repeats(self, places: Ints) -> Bools:
        """Which of these predictions lie on one of them that has a better score."""
        image = self.image[places]
        first = np.searchsorted(image, image, side="left")
        count = np.searchsorted(image, image, side="right") - first
        boxes = self.boxes[:, places]
        none = np.zeros(len(places), dtype=np.bool_)
        met = candidates(boxes, boxes, none, first, count, least=0.5)
        rank = self.at.rank[self.at.order[places]]
        repeats = none.copy()
        repeats[met.prediction[rank[met.prediction] > rank[met.object]]] = True
        return repeats

    def spurious(self) -> pl.DataFrame:
        truth = self.at.truth
        real = ~truth.crowd
        seen = np.zeros(len(truth), dtype=np.bool_)
        seen[self.object] = True
        group = truth.class_id * (len(AREAS) + 1) + np.digitize(truth.area, AREAS)
        found = self.best > 0
        groups = len(self.sure_from) * (len(AREAS) + 1)
        number = np.bincount(group[real], minlength=groups)
        share = (np.bincount(group[real & found], minlength=groups) + 1) / (number + 2)
        unseen = np.bincount(group[real & ~seen], minlength=groups) / np.maximum(number, 1)
        suspicion = share * (1 - unseen / MOST_UNSEEN)
        telling = (share >= LEAST_SHARE) & (suspicion > 0)
        o = np.flatnonzero(real & ~seen & telling[group]) if len(group) else np.zeros(0, dtype=np.int64)
        nothing = np.full(len(o), -1)
        table = self._table("spurious", suspicion[group[o]], nothing, o, np.full(len(o), np.nan))
        return table.with_columns(pl.Series("share", share[group[o]]))

    def misplaced(self) -> pl.DataFrame:
        if self.iou <= NEAR:
            return pl.DataFrame(schema=SUSPECT_SCHEMA)
        p, o = self.prediction[self.same], self.object[self.same]
        overlap = self.overlap[self.same]
        nearest = np.zeros(len(self.kind))
        np.maximum.at(nearest, p, overlap)
        own = (overlap == nearest[p]) & (overlap >= NEAR) & self.sure[p]
        p, o, overlap = p[own], o[own], overlap[own]
        classes = len(self.sure_from)
        well = np.bincount(self.kind[p[overlap >= self.iou]], minlength=classes)
        share = (well + 1) / (np.bincount(self.kind[p], minlength=classes) + 2)
        keep = (overlap < self.iou) & ~self.hit[p] & (self.best[o] == 0)
        p, o, overlap = p[keep], o[keep], overlap[keep]
        suspicion, p, o, overlap = _strongest(o, share[self.kind[p]] * self.score[p], p, o, overlap)
        table = self._table("place", suspicion, p, o, overlap)
        return table.with_columns(pl.Series("share", share[self.kind[p]]))

    def _table(self, kind: SuspectKind, suspicion: Floats, p: Ints, o: Ints, overlap: Floats) -> pl.DataFrame:
        """Rows of predictions and objects by place, -1 where there is none."""
        truth, has_p, has_o = self.at.truth, p >= 0, o >= 0

        def of(values: Any, places: Ints, there: Bools) -> pl.Series:
            if not there.any():
                return pl.repeat(None, len(places), eager=True)
            return pl.Series(values=values[np.where(there, places, places[there][0])]).set(pl.Series(~there), None)

        image = np.zeros(len(p), dtype=np.int64)
        image[has_o] = truth.image_id[o[has_o]]
        image[has_p] = self.image[p[has_p]]
        return pl.DataFrame(
            {
                "kind": pl.repeat(kind, len(p), eager=True),
                "image_id": image,
                "prediction_id": of(self.at.order, p, has_p),
                "object_id": of(truth.object_id, o, has_o),
                "given": of(truth.class_id, o, has_o),
                "suggested": of(self.kind, p, has_p),
                "suspicion": suspicion,
                "score": of(self.score, p, has_p),
                "iou": pl.Series(overlap).fill_nan(None),
                "own_score": of(self.best, o, has_o),
                "share": of(self.right[self.kind], p, has_p),
            }
        ).cast(SUSPECT_SCHEMA)  # type: ignore[arg-type]


def _sure_from(kind: Ints, score: Floats, class_count: int) -> Floats:
    """The mean score of each class' hits; of one with few hits that of all."""
    hits = np.bincount(kind, minlength=class_count)
    total = np.bincount(kind, weights=score, minlength=class_count)
    overall = float(score.mean()) if len(score) else np.nan
    return np.where(hits >= LEAST_HITS, total / np.maximum(hits, 1), overall)


def _strongest(group: Ints, suspicion: Floats, p: Ints, o: Ints, overlap: Floats) -> tuple[Floats, Ints, Ints, Floats]:
    """The most suspect row of each object."""
    order = np.lexsort((p, -suspicion, group))
    first = order[np.append(True, group[order][1:] != group[order][:-1])[: len(order)]]
    return suspicion[first], p[first], o[first], overlap[first]


def _ranked(suspects: pl.DataFrame) -> pl.DataFrame:
    """The most suspect first; an object is suspect for one reason, the strongest."""
    ranked = suspects.sort(
        ["suspicion", "kind", "image_id", "object_id", "prediction_id"], descending=[True, False, False, False, False]
    )
    named = ranked["object_id"].is_not_null()
    once = ranked["object_id"].is_first_distinct() | ~named
    return ranked.filter(once)


def _labels(predictions: pl.DataFrame, objects: pl.DataFrame, class_count: int, iou: float) -> LabelSuspects:
    """Confident learning on the scores that are kept; a class that isn't among an image's best has 0 there."""
    found, truth = prediction_columns(predictions), object_columns(objects)
    images, place_of_label = np.unique(truth.image_id, return_index=True)
    given = truth.class_id[place_of_label]
    place = np.searchsorted(images, found.image_id).clip(max=max(0, len(images) - 1))
    known = images[place] == found.image_id if len(images) else np.zeros(len(found), dtype=np.bool_)
    row = np.flatnonzero(known)
    place, kind = place[row], found.class_id[row]
    score = found.score[row].astype(np.float64)
    first = ints(predictions, "rank", "predictions")[row] == 1

    own = np.zeros(len(images))
    labelled = kind == given[place]
    own[place[labelled]] = score[labelled]
    number = np.bincount(given, minlength=class_count)
    sure_from = np.where(
        number > 0, np.bincount(given, weights=own, minlength=class_count) / np.maximum(number, 1), np.nan
    )
    # Of the classes that are sure the one with the highest score; the label's own speaks for the label.
    sure = score >= np.nan_to_num(sure_from, nan=np.inf)[kind] if len(kind) else np.zeros(0, dtype=np.bool_)
    order = np.lexsort((row, -score, place))
    order = order[sure[order]]
    best = order[np.append(True, place[order][1:] != place[order][:-1])[: len(order)]]
    chosen = np.full(len(images), -1)
    chosen[place[first]] = kind[first]
    best = best[(kind[best] != given[place[best]]) & (chosen[place[best]] != given[place[best]])]
    at = place[best]
    right = np.bincount(kind[sure & labelled], minlength=class_count)
    share = (right + 1) / (np.bincount(kind[sure], minlength=class_count) + 2)
    suspects = pl.DataFrame(
        {
            "kind": pl.repeat("class", len(at), eager=True),
            "image_id": images[at],
            "prediction_id": row[best],
            "object_id": truth.object_id[place_of_label[at]],
            "given": given[at],
            "suggested": kind[best],
            "suspicion": score[best] - own[at],
            "score": score[best],
            "iou": pl.repeat(None, len(at), eager=True),
            "own_score": own[at],
            "share": share[kind[best]],
        }
    ).cast(SUSPECT_SCHEMA)  # type: ignore[arg-type]
    return LabelSuspects(iou, sure_from, _ranked(suspects))
