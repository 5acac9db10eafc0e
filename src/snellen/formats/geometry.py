"""Boxes and keypoints as they are kept: inside the image, in steps of a fraction of a pixel."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from snellen.formats.content import Annotation, quantise

#: Rounding of the tool that wrote the labels may reach this far out of the image, in its sizes, without a warning.
TOLERANCE = 1e-3


class Fitted(NamedTuple):
    """A box within the image, and whether more than rounding was cut off."""

    x: float
    y: float
    w: float
    h: float
    clipped: bool


def fit_box(left: float, top: float, right: float, bottom: float, width: int, height: int) -> Fitted:
    """The part of a box (edges in px) that is inside the image; without area where none is."""
    over = max(-left, right - width) > TOLERANCE * width or max(-top, bottom - height) > TOLERANCE * height
    left, top = min(max(left, 0.0), width), min(max(top, 0.0), height)
    right, bottom = min(max(right, 0.0), width), min(max(bottom, 0.0), height)
    x, y = quantise(left), quantise(top)
    return Fitted(x, y, max(0.0, quantise(right - x)), max(0.0, quantise(bottom - y)), over)


def fit_keypoints(
    points: Iterable[tuple[float, float, int]], width: int, height: int
) -> tuple[tuple[tuple[float, float, int], ...], int]:
    """Keypoints in px, and how many were labelled outside the image: those count as not labelled."""
    kept, outside = [], 0
    for x, y, v in points:
        if v and not (
            -TOLERANCE * width <= x <= width * (1 + TOLERANCE) and -TOLERANCE * height <= y <= height * (1 + TOLERANCE)
        ):
            outside += 1
            v = 0
        inside = (quantise(min(max(x, 0.0), width)), quantise(min(max(y, 0.0), height)), v)
        kept.append(inside if v else (0.0, 0.0, 0))
    return tuple(kept), outside


def whole_image(class_id: int, width: int, height: int) -> Annotation:
    """The one object of an image of a classification dataset."""
    return Annotation.box(class_id, 0.0, 0.0, float(width), float(height))
