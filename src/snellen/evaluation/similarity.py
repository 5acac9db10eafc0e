"""How alike a prediction and an object are, from 0 to 1: IoU of boxes or masks, OKS of poses."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import numpy as np
import polars as pl

from snellen.contract.tasks import Task
from snellen.errors import InvalidInput
from snellen.evaluation.columns import box_columns, ints, numbered_objects
from snellen.evaluation.keypoint_columns import keypoint_array, object_similarity
from snellen.evaluation.layout import ByImage
from snellen.evaluation.overlap import Candidates, candidates, meetings

#: Keypoint coordinates worked on at a time: small enough that the arrays stay in the processor's cache.
STRIDE = 1 << 18


class Similarity(Protocol):
    """Pairs of predictions at the places `begin` to `end` of a layout, counted from `begin`, and objects in truth.

    All those in one image that are at least `least` alike, ordered by prediction and object.
    """

    def __call__(self, begin: int, end: int, least: float) -> Candidates: ...


def box_similarity(at: ByImage, predictions: pl.DataFrame, objects: pl.DataFrame) -> Similarity:
    """The IoU of boxes."""
    box_columns(objects.head(0), "objects")
    boxes = box_columns(predictions, "predictions")[:, at.order]

    def near(begin: int, end: int, least: float) -> Candidates:
        first, count = at.first[begin:end], at.count[begin:end]
        return candidates(boxes[:, begin:end], at.truth.boxes, at.truth.crowd, first, count, least=least)

    return near


def mask_similarity(at: ByImage, predictions: pl.DataFrame, objects: pl.DataFrame, images: pl.DataFrame) -> Similarity:
    """The IoU of masks; of a crowd the intersection over the prediction's area."""
    from hotcoco import mask

    sizes = image_sizes(images)
    found = mask_column(predictions, "predictions")
    truth = mask_column(numbered_objects(objects), "objects")

    def pieces(begin: int, end: int, least: float) -> Iterator[Candidates]:
        for start, stop in at.images(begin, end):
            rows, image_id = at.order[start:stop].tolist(), int(at.found.image_id[at.order[start]])
            first = int(at.first[start])
            places = range(first, first + int(at.count[start]))
            size = sizes.get(image_id)
            if size is None:
                raise InvalidInput(f"images: no image {image_id}, of which there are predictions")
            with whole_masks(f"image {image_id}"):
                iou = mask.iou(
                    [{"size": size, "counts": found[row]} for row in rows],
                    [{"size": size, "counts": truth[at.object_rows[place]]} for place in places],
                    at.truth.crowd[first : places.stop].tolist(),
                )
            which, other = np.nonzero(iou >= least)
            yield Candidates(which + (start - begin), other + first, iou[which, other])

    def near(begin: int, end: int, least: float) -> Candidates:
        return Candidates.joined(list(pieces(begin, end, least)))

    return near


def keypoint_similarity(
    at: ByImage, predictions: pl.DataFrame, objects: pl.DataFrame, sigmas: Sequence[float]
) -> Similarity:
    """COCO's object keypoint similarity (OKS)."""
    found = keypoint_array(predictions, len(sigmas), "predictions")[at.order]
    truth = keypoint_array(numbered_objects(objects), len(sigmas), "objects")[at.object_rows]

    def pieces(begin: int, end: int, least: float) -> Iterator[Candidates]:
        at_once = max(1, STRIDE // max(1, len(sigmas)))
        for which, other in meetings(at.first[begin:end], at.count[begin:end], at_once):
            boxes, area = at.truth.boxes[:, other], at.truth.area[other]
            alike = object_similarity(found[begin + which], truth[other], boxes, area, sigmas)
            keep = alike >= least
            yield Candidates(which[keep], other[keep], alike[keep])

    def near(begin: int, end: int, least: float) -> Candidates:
        return Candidates.joined(list(pieces(begin, end, least)))

    return near


def image_sizes(images: pl.DataFrame) -> dict[int, list[int]]:
    """``[height, width]`` in pixels of each image, as an RLE has it."""
    missing = [name for name in ("image_id", "width", "height") if name not in images.columns]
    if missing:
        raise InvalidInput(f"images: no column {', '.join(missing)}; masks need the sizes of their images")
    columns: list[list[Any]] = [images[name].to_list() for name in ("image_id", "height", "width")]
    return {i: [h, w] for i, h, w in zip(*columns, strict=True) if h is not None and w is not None}


@contextlib.contextmanager
def whole_masks(where: str) -> Iterator[None]:
    """Say of which image a mask is that is none."""
    try:
        yield
    except ValueError as error:
        raise InvalidInput(f"masks of {where}: {error}; expected COCO RLEs at the size of their image") from error


def mask_column(frame: pl.DataFrame, table: str) -> list[str]:
    """The counts strings of masks; :class:`~snellen.errors.InvalidInput` names a row that has none."""
    if "rle" not in frame.columns:
        raise InvalidInput(f"{table}: no column 'rle'; segmentation is judged by masks")
    without = frame["rle"].is_null().arg_true()
    if len(without):
        image = ints(frame, "image_id", table)[without[0]]
        raise InvalidInput(f"{table}: row {without[0]} of image {image} has no mask ({len(without)} such rows)")
    masks: list[str] = frame["rle"].to_list()
    return masks


def similarity_of(
    task: Task,
    at: ByImage,
    predictions: pl.DataFrame,
    objects: pl.DataFrame,
    *,
    images: pl.DataFrame | None = None,
    sigmas: Sequence[float] = (),
) -> Similarity:
    """The similarity by which a task is judged; not for classification, which has none."""
    if task is Task.SEGMENTATION:
        return mask_similarity(at, predictions, objects, pl.DataFrame() if images is None else images)
    if task is Task.POSE:
        return keypoint_similarity(at, predictions, objects, sigmas)
    return box_similarity(at, predictions, objects)
