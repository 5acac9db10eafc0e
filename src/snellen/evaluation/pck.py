"""PCK: the percentage of correct keypoints, keypoint by keypoint."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl

from snellen.errors import InvalidInput
from snellen.evaluation.columns import Floats, ImageIds, Ints, numbered_objects, ratio
from snellen.evaluation.keypoint_columns import keypoint_array, labelled
from snellen.evaluation.outcomes import outcomes_at
from snellen.evaluation.thresholds import DEFAULT_SCORE, IOU_THRESHOLDS

#: How far from its place a keypoint may be, in parts of the longer side of the object's box.
DEFAULT_FRACTION: Final = 0.2

#: Poses belong to an object from this OKS on, the least of a match table: the good keypoints of a bad pose count.
LEAST_OKS: Final = IOU_THRESHOLDS[0]


@dataclass(frozen=True, slots=True)
class KeypointAccuracy:
    """How many labelled keypoints are found where they are.

    By keypoint, int64 [K]: ``labelled`` in the truth, ``paired`` those whose object has a predicted pose, ``correct``
    those of them that are near enough. ``distance`` float64 [K]: the mean distance of the paired ones, in parts of the
    longer side of the object's box (boxes without size left out); NaN without any.
    """

    names: tuple[str, ...]
    fraction: float
    score: float
    labelled: Ints
    paired: Ints
    correct: Ints
    distance: Floats

    @property
    def pck(self) -> float:
        """``correct`` of all ``labelled``: keypoints of an object that is missed are not found. NaN without any."""
        total = int(self.labelled.sum())
        return float(self.correct.sum() / total) if total else math.nan

    def rows(self) -> list[dict[str, Any]]:
        """A row a keypoint: ``name, labelled, paired, correct, pck, distance``, None where undefined."""
        columns = (self.labelled.tolist(), self.paired.tolist(), self.correct.tolist(), self.distance.tolist())
        return [
            {
                "name": name,
                "labelled": labelled,
                "paired": paired,
                "correct": correct,
                "pck": correct / labelled if labelled else None,
                "distance": None if math.isnan(distance) else distance,
            }
            for name, labelled, paired, correct, distance in zip(self.names, *columns, strict=True)
        ]


def keypoint_accuracy(
    predictions: pl.DataFrame,
    objects: pl.DataFrame,
    matches: pl.DataFrame,
    *,
    names: Sequence[str],
    fraction: float = DEFAULT_FRACTION,
    score: float = DEFAULT_SCORE,
    image_ids: ImageIds | None = None,
) -> KeypointAccuracy:
    """PCK at `fraction` of the longer side of the object's box (inclusive), of poses that reach `score`.

    A pose belongs to the object with which it is matched at an OKS of 0.10, of whatever class. Crowds and keypoints
    that aren't labelled don't count. Raises :class:`~snellen.errors.InvalidInput` unless `fraction` is above 0.
    """
    if not (math.isfinite(fraction) and fraction > 0):
        raise InvalidInput(f"fraction: got {fraction}, expected a number above 0, of the object's longer side")
    objects = numbered_objects(objects)
    at = outcomes_at(predictions, objects, matches, score=score, iou=LEAST_OKS, image_ids=image_ids)
    # outcomes_at may have left out objects of other images: places there, rows here.
    row_of = np.searchsorted(objects["object_id"].to_numpy(), at.objects.object_id)
    truth = keypoint_array(objects, len(names), "objects")[row_of]
    found = keypoint_array(predictions, len(names), "predictions")
    seen = labelled(truth) & ~at.objects.crowd[:, None]
    prediction, partner = at.matched
    distance = np.full(truth.shape[:2], np.nan)
    apart = np.hypot(*(found[prediction][..., side] - truth[partner][..., side] for side in (0, 1)))
    longer = np.maximum(at.objects.boxes[2], at.objects.boxes[3])[partner]
    with np.errstate(divide="ignore", invalid="ignore"):  # a box without size: nothing is near enough but the place
        distance[partner] = np.where(apart == 0, 0.0, apart / longer[:, None])
    paired = seen & ~np.isnan(distance)
    measured = paired & np.isfinite(distance)
    total = np.where(measured, distance, 0.0).sum(axis=0)
    correct = (paired & (distance <= fraction)).sum(axis=0)
    near = ratio(total, measured.sum(axis=0))
    counts = (seen.sum(axis=0), paired.sum(axis=0), correct)
    return KeypointAccuracy(tuple(names), fraction, score, *counts, near)
