"""Keypoints as arrays, and COCO's OKS between them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import polars as pl

from snellen.errors import InvalidInput
from snellen.evaluation.columns import Bools, Floats

#: COCO's standard deviations of its 17 keypoints of a person, in parts of the square root of the object's area.
COCO_SIGMAS: Final = (
    *(0.026, 0.025, 0.025, 0.035, 0.035, 0.079, 0.079, 0.072, 0.072),
    *(0.062, 0.062, 0.107, 0.107, 0.087, 0.087, 0.089, 0.089),
)


def default_sigmas(count: int) -> tuple[float, ...]:
    """The sigmas of `count` keypoints where nobody gave any: COCO's for 17, else 1 / `count` each (Ultralytics')."""
    return COCO_SIGMAS if count == len(COCO_SIGMAS) else (1 / max(count, 1),) * count


def check_sigmas(sigmas: Sequence[float], count: int | None = None) -> tuple[float, ...]:
    """`sigmas` as a tuple; :class:`~snellen.errors.InvalidInput` unless all are above 0 and there are `count`."""
    given = tuple(float(sigma) for sigma in sigmas)
    if count is not None and len(given) != count:
        raise InvalidInput(f"sigmas: got {len(given)}, expected one for each of {count} keypoints")
    if not all(np.isfinite(sigma) and sigma > 0 for sigma in given):
        raise InvalidInput(f"sigmas: got {list(given)}, expected numbers above 0")
    return given


def keypoint_array(frame: pl.DataFrame, count: int, table: str) -> Floats:
    """float64 [n, count, 3]: ``x, y`` in pixels and ``v`` (truth) or a score; a row without keypoints has zeros.

    Raises :class:`~snellen.errors.InvalidInput` for a row with another number of keypoints.
    """
    if "keypoints" not in frame.columns:
        raise InvalidInput(f"{table}: no column 'keypoints'; a pose is judged by them")
    column = frame["keypoints"]
    points = np.zeros((frame.height, count, 3))
    given = column.is_not_null().to_numpy()
    if not given.any():
        return points
    rows = column.drop_nulls()
    flat = rows.explode()
    wrong = (rows.list.len() != count).arg_true()
    if len(wrong):
        raise InvalidInput(f"{table}: a pose has {rows.list.len()[wrong[0]]} keypoints; expected {count}")
    if not count:
        return points
    if flat.list.len().n_unique() > 1 or flat.list.len()[0] != 3:
        raise InvalidInput(f"{table}: a keypoint isn't [x, y, v]")
    points[given] = flat.explode().cast(pl.Float64).to_numpy().reshape(-1, count, 3)
    return points


def labelled(points: Floats) -> Bools:
    """Which keypoints of the truth are labelled: ``v`` above 0; bool [..., count]."""
    return np.asarray(points[..., 2] > 0, dtype=np.bool_)


def object_similarity(found: Floats, truth: Floats, boxes: Floats, area: Floats, sigmas: Sequence[float]) -> Floats:
    """OKS of pairs, float64 [k], as COCO defines it.

    `found` and `truth` are [k, K, 3] in pixels, `boxes` [4, k] and `area` [k] those of the objects. Only labelled
    keypoints count; of an object without any, how far the pose lies outside its box, doubled in size, decides.
    """
    dx, dy = found[..., 0] - truth[..., 0], found[..., 1] - truth[..., 1]
    seen = labelled(truth)
    number = seen.sum(axis=-1)
    blind = number == 0
    if blind.any():
        x, y, w, h = (side[blind, None] for side in boxes)
        dx[blind] = np.maximum(0, x - w - found[blind, :, 0]) + np.maximum(0, found[blind, :, 0] - (x + w * 2))
        dy[blind] = np.maximum(0, y - h - found[blind, :, 1]) + np.maximum(0, found[blind, :, 1] - (y + h * 2))
        seen = seen | blind[:, None]
        number = np.where(blind, found.shape[1], number)
    variance = (np.asarray(sigmas, dtype=np.float64) * 2) ** 2
    error = (dx**2 + dy**2) / variance / (area + np.spacing(1))[:, None] / 2
    return np.asarray((np.exp(-error) * seen).sum(axis=-1) / np.maximum(number, 1))
