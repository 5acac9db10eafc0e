"""Which boxes of one image overlap: candidate pairs with their IoU, across many images at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from snellen.evaluation.columns import Bools, Floats, Ints

#: Pairs computed at a time: small enough that the working arrays stay in the processor's cache.
STRIDE = 1 << 16


@dataclass(frozen=True, slots=True)
class Candidates:
    """Pairs of one prediction and one object in the same image that overlap enough to matter.

    ``prediction`` and ``object`` are places in the arrays given (ascending, objects within predictions);
    ``iou`` is float64: intersection over union, for a crowd intersection over the prediction's area.
    """

    prediction: Ints
    object: Ints
    iou: Floats

    @classmethod
    def joined(cls, parts: Sequence[Candidates]) -> Candidates:
        """All of `parts` in one."""
        if not parts:
            nothing = np.zeros(0, dtype=np.int64)
            return cls(nothing, nothing, np.zeros(0))
        return cls(
            np.concatenate([part.prediction for part in parts]),
            np.concatenate([part.object for part in parts]),
            np.concatenate([part.iou for part in parts]),
        )


def candidates(boxes: Floats, objects: Floats, crowd: Bools, first: Ints, count: Ints, *, least: float) -> Candidates:
    """Every pair with an IoU of at least `least`, which must be above 0.

    `boxes` [4, n] and `objects` [4, m] are x, y, w, h. Prediction i meets the `count[i]` objects that begin at
    `first[i]`. Boxes without area overlap nothing.
    """
    near, far = _corners(boxes), _corners(objects)
    met = meetings(first, count, STRIDE)
    return Candidates.joined([_overlapping(near, far, crowd, prediction, at, least) for prediction, at in met])


def meetings(first: Ints, count: Ints, at_once: int) -> Iterator[tuple[Ints, Ints]]:
    """Every prediction i with each of the `count[i]` objects from `first[i]` on, about `at_once` pairs at a time."""
    ends = np.cumsum(count)
    total = int(ends[-1]) if len(ends) else 0
    begin, done = 0, 0
    while done < total:
        end = max(begin + 1, int(np.searchsorted(ends, done + at_once, side="right")))
        n = count[begin:end]
        prediction = np.repeat(np.arange(begin, end), n)
        yield prediction, np.arange(len(prediction)) + np.repeat(first[begin:end] - (np.cumsum(n) - n), n)
        begin, done = end, int(ends[end - 1])


@dataclass(frozen=True, slots=True)
class _Corners:
    left: Floats
    top: Floats
    right: Floats
    bottom: Floats
    area: Floats


def _corners(boxes: Floats) -> _Corners:
    x, y, w, h = boxes
    return _Corners(x, y, x + w, y + h, w * h)


def _overlapping(p: _Corners, o: _Corners, crowd: Bools, prediction: Ints, at: Ints, least: float) -> Candidates:
    # The operations of COCO's bbIou in its order, so that an IoU at the edge of a threshold falls the same way.
    width = np.minimum(p.right[prediction], o.right[at]) - np.maximum(p.left[prediction], o.left[at])
    keep = np.flatnonzero(width > 0)
    prediction, at, width = prediction[keep], at[keep], width[keep]
    height = np.minimum(p.bottom[prediction], o.bottom[at]) - np.maximum(p.top[prediction], o.top[at])
    keep = np.flatnonzero(height > 0)
    prediction, at = prediction[keep], at[keep]
    shared = width[keep] * height[keep]
    area = p.area[prediction]
    union = np.where(crowd[at], area, area + o.area[at] - shared)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):  # areas beyond what a float can hold
        iou = shared / union
    keep = np.flatnonzero(iou >= least)
    return Candidates(prediction[keep], at[keep], iou[keep])
