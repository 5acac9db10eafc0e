"""COCO's average precision and recall of boxes, masks and poses, through hotcoco."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import polars as pl

from snellen.errors import InvalidInput
from snellen.evaluation.columns import (
    Floats,
    ImageIds,
    ImageSet,
    Ints,
    ObjectColumns,
    box_columns,
    numbered_objects,
    object_columns,
    prediction_columns,
)
from snellen.evaluation.keypoint_columns import keypoint_array, labelled
from snellen.evaluation.similarity import image_sizes, mask_column, whole_masks

Kind = Literal["bbox", "segm", "keypoints"]

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

#: The same for poses, of which COCO takes 20 an image and knows no small ones.
POSE_SUMMARY_KEYS: Final = (
    "mAP50-95",
    "mAP50",
    "mAP75",
    "mAP50-95-medium",
    "mAP50-95-large",
    "AR20",
    "AR20-50",
    "AR20-75",
    "AR20-medium",
    "AR20-large",
)


@dataclass(frozen=True, slots=True)
class AveragePrecision:
    """``summary``: COCO's numbers under our names, NaN where undefined (no truth of that size).

    ``ap50``, ``ap75`` and ``ap50_95``: float64 [classes], NaN for a class without truth; all areas, 100 predictions of
    the class in an image, 20 poses.
    """

    summary: dict[str, float]
    ap50: Floats
    ap75: Floats
    ap50_95: Floats


def average_precision(
    predictions: pl.DataFrame,
    objects: pl.DataFrame,
    image_ids: ImageIds,
    class_count: int,
    kind: Kind = "bbox",
    *,
    images: pl.DataFrame | None = None,
    sigmas: Sequence[float] = (),
) -> AveragePrecision:
    """COCO's AP and AR over exactly `image_ids`; equal to pycocotools.

    At most the 100 best predictions of each class and image count (20 poses), areas are in square pixels (small below
    32², large from 96²; of a predicted mask its own area, of a predicted pose that of the box around its keypoints),
    objects with ``iscrowd`` and those without a labelled keypoint neither count nor harm. Masks need `images`
    (``image_id, width, height``), poses the `sigmas` of their keypoints. Raises
    :class:`~snellen.errors.InvalidInput` for an object of a class outside 0 to `class_count` - 1.
    """
    from hotcoco import COCOeval

    keys = POSE_SUMMARY_KEYS if kind == "keypoints" else SUMMARY_KEYS
    ap50, ap75, ap50_95 = (np.full(class_count, np.nan) for _ in range(3))
    tables = _Tables(predictions, numbered_objects(objects), ImageSet(image_ids))
    known = tables.classes[(tables.classes >= 0) & (tables.classes < class_count)]
    if len(known) < len(tables.classes):
        lost = np.setdiff1d(tables.classes, known)
        raise InvalidInput(f"objects: class_id {lost[0]}; expected 0 to {class_count - 1}")
    if not len(tables.classes):  # nothing is defined without truth
        return AveragePrecision(dict.fromkeys(keys, np.nan), ap50, ap75, ap50_95)
    if kind == "keypoints":
        truth, found = tables.poses(len(sigmas))
    else:
        truth, found = tables.areas(None if kind == "bbox" else image_sizes(_needed(images)))
    evaluation = COCOeval(truth, found, kind)
    if kind == "keypoints":
        evaluation.params.kpt_oks_sigmas = list(sigmas)
    with whole_masks("some image"):
        evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summary_lines()  # summarize() without its printing
    stats = _undefined(np.asarray(evaluation.stats, dtype=np.float64))
    # [IoU, recall, class, area, limit]: -1 throughout for a class without truth.
    arrays: dict[str, Any] = evaluation.eval or {}
    precision: Floats = arrays["precision"][:, :, :, 0, -1]
    ap50[tables.classes] = _undefined(precision[0].mean(axis=0))
    ap75[tables.classes] = _undefined(precision[5].mean(axis=0))
    ap50_95[tables.classes] = _undefined(precision.mean(axis=(0, 1)))
    return AveragePrecision(dict(zip(keys, stats.tolist(), strict=True)), ap50, ap75, ap50_95)


class _Tables:
    """The truth and the predictions of the evaluated images, as hotcoco takes them.

    Ids count from 1 there: an annotation 0 is "not matched" to COCO. Only ``classes`` with truth take part: the others
    are undefined whatever was predicted, and hotcoco's arrays grow with the number of classes.
    """

    def __init__(self, predictions: pl.DataFrame, objects: pl.DataFrame, evaluated: ImageSet) -> None:
        truth = object_columns(objects)
        here = evaluated.has(truth.image_id)
        self._truth: ObjectColumns = truth.take(here)
        self._objects = objects.filter(pl.Series(here, dtype=pl.Boolean))
        self.classes: Ints = np.unique(self._truth.class_id)
        columns = prediction_columns(predictions)
        keep = evaluated.has(columns.image_id) & np.isin(columns.class_id, self.classes)
        self._predictions = predictions.filter(pl.Series(keep, dtype=pl.Boolean))
        self._image_id, self._score = columns.image_id[keep], columns.score[keep].astype(np.float64)
        self._category_id = np.searchsorted(self.classes, columns.class_id[keep]) + 1
        self._true_category_id = np.searchsorted(self.classes, self._truth.class_id) + 1
        self._ids = evaluated.ids
        self._categories = [{"id": i, "name": str(i)} for i in range(1, len(self.classes) + 1)]

    def areas(self, sizes: dict[int, list[int]] | None) -> tuple[Any, Any]:
        """Boxes, or masks if there are `sizes`."""
        from hotcoco import COCO, mask

        images: list[dict[str, Any]] = [{"id": i + 1} for i in self._ids.tolist()]
        masks: list[Any] | None = None
        found: list[Any] | None = None
        boxes = box_columns(self._predictions, "predictions") if sizes is None else np.zeros((4, len(self._score)))
        if sizes is not None:
            images = [{"id": i + 1, "height": sizes[i][0], "width": sizes[i][1]} for i in self._ids.tolist()]
            masks = _rles(mask_column(self._objects, "objects"), self._truth.image_id.tolist(), sizes)
            found = _rles(mask_column(self._predictions, "predictions"), self._image_id.tolist(), sizes)
        truth = COCO.from_arrays(
            images,
            self._categories,
            self._truth.image_id + 1,
            self._true_category_id,
            np.ascontiguousarray(self._truth.boxes.T),
            area=self._truth.area,
            iscrowd=self._truth.crowd.astype(np.int64),
            segmentation=masks,
        )
        rows = np.column_stack([self._image_id + 1, boxes.T, self._score, self._category_id])
        results = truth.load_res(rows, segmentation=found)
        if found:
            results.update_anns(ids=np.arange(1, len(found) + 1), area=mask.area(found).astype(np.float64))
        return truth, results

    def poses(self, count: int) -> tuple[Any, Any]:
        """Keypoints; COCO has no columns for them."""
        from hotcoco import COCO

        points = keypoint_array(self._objects, count, "objects")
        truth = COCO(
            {
                "images": [{"id": i + 1} for i in self._ids.tolist()],
                "categories": self._categories,
                "annotations": [
                    {
                        "id": i,
                        "image_id": image + 1,
                        "category_id": kind,
                        "bbox": box,
                        "area": area,
                        "iscrowd": crowd,
                        "keypoints": xyv,
                        "num_keypoints": number,
                    }
                    for i, (image, kind, box, area, crowd, xyv, number) in enumerate(
                        zip(
                            self._truth.image_id.tolist(),
                            self._true_category_id.tolist(),
                            self._truth.boxes.T.tolist(),
                            self._truth.area.tolist(),
                            self._truth.crowd.astype(int).tolist(),
                            points.reshape(len(points), 3 * count).tolist(),
                            labelled(points).sum(axis=-1).tolist(),
                            strict=True,
                        ),
                        start=1,
                    )
                ],
            }
        )
        found = keypoint_array(self._predictions, count, "predictions")
        columns = (self._image_id.tolist(), self._category_id.tolist(), self._score.tolist())
        return truth, truth.load_res(
            [
                {"image_id": image + 1, "category_id": kind, "score": score, "keypoints": xyv}
                for image, kind, score, xyv in zip(*columns, found.reshape(len(found), 3 * count).tolist(), strict=True)
            ]
        )


def _rles(masks: list[str], image_ids: list[int], sizes: dict[int, list[int]]) -> list[dict[str, Any]]:
    return [{"size": sizes[i], "counts": counts} for i, counts in zip(image_ids, masks, strict=True)]


def _needed(images: pl.DataFrame | None) -> pl.DataFrame:
    return pl.DataFrame() if images is None else images


def _undefined(values: Floats) -> Floats:
    return np.where(values == -1, np.nan, values)
