"""COCO's average precision and recall of boxes, through hotcoco."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl

from snellen.evaluation.columns import (
    Floats,
    ImageIds,
    ImageSet,
    box_columns,
    object_columns,
    prediction_columns,
)

#: COCO's numbers in hotcoco's order, under our names.
SUMMARY_KEYS: Final = (
    "mAP50-95",
    "mAP50",
    "mAP75",
    "mAP50-95-small",
    "mAP50-95-medium",
    "mAP50-95-large",
    "AR1",
    "AR10",
    "AR100",
    "AR100-small",
    "AR100-medium",
    "AR100-large",
)


@dataclass(frozen=True, slots=True)
class AveragePrecision:
    """``summary``: the twelve numbers of COCO under our names, NaN where undefined (no truth of that size).

    ``ap50`` and ``ap50_95``: float64 [classes], NaN for a class without truth; all areas, 100 predictions an image.
    """

    summary: dict[str, float]
    ap50: Floats
    ap50_95: Floats


def average_precision(
    predictions: pl.DataFrame, objects: pl.DataFrame, image_ids: ImageIds, class_count: int
) -> AveragePrecision:
    """COCO's AP and AR over exactly `image_ids`; equal to pycocotools.

    At most the 100 best predictions of each class and image count, areas are in square pixels (small below 32²,
    large from 96²), objects with ``iscrowd`` neither count nor harm.
    """
    if class_count == 0:
        nothing = np.full(0, np.nan)
        return AveragePrecision(dict.fromkeys(SUMMARY_KEYS, np.nan), nothing, nothing)
    from hotcoco import COCO, COCOeval

    images = ImageSet(image_ids)
    truth = COCO(_truth(objects, images, class_count))
    found = prediction_columns(predictions)
    keep = images.has(found.image_id)
    boxes = box_columns(predictions, "predictions")
    rows = np.column_stack([found.image_id + 1, *boxes, found.score.astype(np.float64), found.class_id + 1])
    evaluation = COCOeval(truth, truth.load_res(rows[keep]), "bbox")
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summary_lines()  # summarize() without its printing
    stats = _undefined(np.asarray(evaluation.stats, dtype=np.float64))
    # [IoU, recall, class, area, limit]: -1 throughout for a class without truth.
    arrays: dict[str, Any] = evaluation.eval or {}
    precision: Floats = arrays["precision"][:, :, :, 0, -1]
    return AveragePrecision(
        dict(zip(SUMMARY_KEYS, stats.tolist(), strict=True)),
        _undefined(precision[0].mean(axis=0)),
        _undefined(precision.mean(axis=(0, 1))),
    )


def _truth(objects: pl.DataFrame, images: ImageSet, class_count: int) -> dict[str, Any]:
    truth = object_columns(objects)
    truth = truth.take(images.has(truth.image_id))
    # Ids from 1: an annotation 0 is "not matched" to COCO.
    columns: Sequence[list[Any]] = (
        (truth.image_id + 1).tolist(),
        (truth.class_id + 1).tolist(),
        truth.boxes.T.tolist(),
        truth.area.tolist(),
        truth.crowd.astype(int).tolist(),
    )
    return {
        "images": [{"id": i} for i in (images.ids + 1).tolist()],
        "categories": [{"id": i, "name": str(i)} for i in range(1, class_count + 1)],
        "annotations": [
            {"id": i, "image_id": image, "category_id": kind, "bbox": box, "area": area, "iscrowd": crowd}
            for i, (image, kind, box, area, crowd) in enumerate(zip(*columns, strict=True), start=1)
        ],
    }


def _undefined(values: Floats) -> Floats:
    return np.where(values == -1, np.nan, values)
