"""Answers about one result, sliced from its frames: the matrix, and one image."""

from __future__ import annotations

from typing import Any

from snellen.contract.tasks import Task
from snellen.errors import ImageNotFound
from snellen.server.outlines import drawn_outlines
from snellen.server.validation.frames import Frames
from snellen.server.validation.listing import NO_OVERLAP, overlaps_of
from snellen.server.validation.places import place_of
from snellen.server.validation.schemas import (
    ClassAt,
    ImageDetail,
    KeypointNames,
    LabelScore,
    MatrixAt,
    PredictionOut,
    TruthOut,
)

#: What the cells of a matrix may take of an answer, which is to stay below 1 MB with the rows of 1,000 classes.
CELL_CHARACTERS = 600_000


def matrix(frames: Frames, *, conf: float, iou: float) -> MatrixAt:
    """The confusion matrix and per-class numbers at a score and an IoU."""
    from snellen import evaluation
    from snellen.evaluation.matrix import MAX_CELLS
    from snellen.evaluation.summaries import rows_of

    iou = evaluation.snap_iou(iou)
    found = frames.cells(iou).at(conf)
    cells = found.cells(min(MAX_CELLS, found.fitting(CELL_CHARACTERS)))
    # Made of numbers of our own: to check each again would take longer than to count them.
    return MatrixAt.model_construct(
        labels=[*frames.class_names, "background"],
        cells=cells,
        truncated=len(cells) < found.nonzero,
        conf=conf,
        iou=iou,
        per_class=[ClassAt.model_construct(**row) for row in rows_of(*found.class_counts(), frames.class_names)],
    )


def image(frames: Frames, image_id: int, *, conf: float, iou: float) -> ImageDetail:
    """One image's truth, predictions and their matches."""
    import polars as pl

    from snellen import evaluation

    found = frames.images.filter(pl.col("image_id") == image_id)
    if found.is_empty():
        raise ImageNotFound(f"image {image_id} was not evaluated at this epoch")
    iou = evaluation.snap_iou(iou)
    truths, predictions = evaluation.image_outcomes(
        frames.predictions, frames.objects, frames.matches, image_id=image_id, score=conf, iou=iou
    )
    names = frames.class_names
    row = found.row(0, named=True)
    _draw([*truths, *predictions], row)
    numbers = frames.at(conf, iou).summary.filter(pl.col("image_id") == image_id).row(0, named=True)
    classified = frames.task is Task.CLASSIFICATION
    return ImageDetail(
        **place_of(frames, row),
        truths=[TruthOut(**t, class_name=names[t["class_id"]]) for t in truths],
        predictions=[] if classified else [PredictionOut(**p, class_name=names[p["class_id"]]) for p in predictions],
        top5=_top(frames, image_id) if classified else None,
        keypoints=None
        if frames.keypoints is None
        else KeypointNames(names=list(frames.keypoints.names), skeleton=list(frames.skeleton)),
        **{name: numbers[name] for name in ("tp", "fp", "fn", "mean_iou", "error_score")},
        **overlaps_of(frames, [image_id], conf).get(image_id, NO_OVERLAP),
        conf=conf,
        iou=iou,
    )


def _draw(every: list[dict[str, Any]], image: dict[str, Any]) -> None:
    """Puts the outlines of each one's mask in place of the mask."""
    rles = [each.pop("rle", None) for each in every]
    width, height = image.get("width") or 0, image.get("height") or 0
    known = rles if width and height else [None] * len(rles)
    for each, outlines in zip(every, drawn_outlines(known, height=height, width=width), strict=True):
        each["outlines"] = outlines


def _top(frames: Frames, image_id: int) -> list[LabelScore]:
    import polars as pl

    rows = frames.predictions.filter(pl.col("image_id") == image_id).sort("rank").select("class_id", "score")
    return [
        LabelScore(class_id=class_id, class_name=frames.class_names[class_id], score=score)
        for class_id, score in rows.iter_rows()
    ]
