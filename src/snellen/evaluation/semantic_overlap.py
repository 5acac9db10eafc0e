"""Semantic IoU and Dice: all predicted masks of a class together against all true ones, pixel by pixel."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from snellen.errors import InvalidInput
from snellen.evaluation.columns import Floats, object_columns, prediction_columns, ratio
from snellen.evaluation.similarity import image_sizes, mask_column, whole_masks
from snellen.evaluation.thresholds import DEFAULT_SCORE

OVERLAP_SCHEMA = {
    "image_id": pl.Int64,
    "class_id": pl.Int32,
    "intersection": pl.Int64,
    "predicted": pl.Int64,
    "truth": pl.Int64,
}


def mask_overlap(
    predictions: pl.DataFrame, objects: pl.DataFrame, images: pl.DataFrame, *, score: float = DEFAULT_SCORE
) -> pl.DataFrame:
    """Pixels in common, for each image of `images` and each class that has a mask in it.

    The masks of a class in an image are united, those of predictions that reach `score`; pixels of a crowd of that
    class count neither as found nor as missed. `images` has ``image_id, width, height`` in pixels, the other two
    ``image_id, class_id, rle``.

    Returns ``image_id`` (int64), ``class_id`` (int32), and pixels (int64): ``intersection``, ``predicted``, ``truth``,
    ordered by image and class.
    """
    from hotcoco import mask

    sizes = image_sizes(images)
    masks = _Masks(sizes)
    found, truth = prediction_columns(predictions), object_columns(objects.drop("object_id", strict=False))
    rows = found.reaches(score).nonzero()[0].tolist()
    masks.add("predicted", found.image_id, found.class_id, mask_column(predictions, "predictions"), rows)
    true = mask_column(objects, "objects")
    masks.add("truth", truth.image_id, truth.class_id, true, (~truth.crowd).nonzero()[0].tolist())
    masks.add("crowd", truth.image_id, truth.class_id, true, truth.crowd.nonzero()[0].tolist())

    keys = sorted(masks.groups)
    united: list[Any] = []
    for key in keys:
        size, parts = sizes[key[0]], masks.groups[key]
        with whole_masks(f"image {key[0]}"):
            p, t, c = (_union(parts.get(which, []), size) for which in ("predicted", "truth", "crowd"))
            # Without the crowd's pixels: |p - c| = |p ∪ c| - |c|, so unions are all that is needed.
            united += [_union([p, c], size), _union([t, c], size), _union([p, t, c], size), c]
    with whole_masks("some image"):
        areas = np.asarray(mask.area(united) if united else [], dtype=np.int64).reshape(-1, 4)
    predicted, truths, both = (areas[:, i] - areas[:, 3] for i in range(3))
    return pl.DataFrame(
        {
            "image_id": [image for image, _ in keys],
            "class_id": [kind for _, kind in keys],
            "intersection": predicted + truths - both,
            "predicted": predicted,
            "truth": truths,
        },
        schema=OVERLAP_SCHEMA,
    )


class _Masks:
    """The masks of each image and class, of predictions, truth and crowds; images that aren't asked for left out."""

    def __init__(self, sizes: dict[int, list[int]]) -> None:
        self._sizes = sizes
        self.groups: dict[tuple[int, int], dict[str, list[dict[str, Any]]]] = defaultdict(dict)

    def add(self, which: str, image_id: Any, class_id: Any, masks: list[str], rows: Sequence[int]) -> None:
        images, classes = image_id.tolist(), class_id.tolist()
        for row in rows:
            size = self._sizes.get(images[row])
            if size is not None:
                one = {"size": size, "counts": masks[row]}
                self.groups[images[row], classes[row]].setdefault(which, []).append(one)


def _union(parts: list[dict[str, Any]], size: list[int]) -> dict[str, Any]:
    from hotcoco import mask

    real = [part for part in parts if part is not _EMPTY]
    if not real:
        return _EMPTY
    return real[0] if len(real) == 1 else mask.merge(real)


#: No pixel of any image; its size is never looked at.
_EMPTY: dict[str, Any] = {"size": [1, 1], "counts": "1"}


def class_overlap(overlap: pl.DataFrame, class_count: int) -> tuple[Floats, Floats]:
    """IoU and Dice of each class over all images together; float64 [class_count], NaN for a class without pixels."""
    kind = overlap["class_id"].to_numpy()
    if len(kind) and not (kind.min() >= 0 and kind.max() < class_count):
        raise InvalidInput(f"overlap: class_id {kind.max()}; expected 0 to {class_count - 1}")
    both, predicted, truth = (
        np.bincount(kind, weights=overlap[name].to_numpy(), minlength=class_count)
        for name in ("intersection", "predicted", "truth")
    )
    return ratio(both, predicted + truth - both), ratio(2 * both, predicted + truth)


def image_overlap(overlap: pl.DataFrame) -> pl.DataFrame:
    """``image_id, iou, dice``: the means over the classes that have pixels in the image; others are left out."""
    both, together = pl.col("intersection"), pl.col("predicted") + pl.col("truth")
    rows = overlap.filter(together > 0)
    return rows.group_by("image_id", maintain_order=True).agg(
        (both / (together - both)).mean().alias("iou"), (2 * both / together).mean().alias("dice")
    )
