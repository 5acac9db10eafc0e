"""Answers about one result, sliced from its frames: the matrix, the images behind a cell, one image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from snellen.contract.tasks import Task
from snellen.errors import ImageNotFound, InvalidInput
from snellen.server.schemas import encode_cursor
from snellen.server.validation.frames import At, Frames
from snellen.server.validation.schemas import (
    ClassAt,
    ErrorType,
    Highlight,
    ImageDetail,
    ImageItem,
    ImagePage,
    KeypointNames,
    LabelScore,
    MatrixAt,
    Outcome,
    PredictionOut,
    TruthOut,
)

if TYPE_CHECKING:
    import polars as pl

THUMBNAIL = 320
HIGHLIGHTS_AN_IMAGE = 50
#: What the cells of a matrix may take of an answer, which is to stay below 1 MB with the rows of 1,000 classes.
CELL_CHARACTERS = 600_000
BOX = ("x", "y", "w", "h")
NO_OVERLAP: dict[str, Any] = {"semantic_iou": None, "dice": None}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which pairs are asked for; ``true`` and ``pred`` are label indices, the number of classes is background.

    ``error`` asks for the TIDE errors of a kind, which hang on the IoU alone.
    """

    true: int | None = None
    pred: int | None = None
    class_id: int | None = None
    outcome: Outcome | None = None
    error: ErrorType | None = None

    @property
    def is_everything(self) -> bool:
        """Whether nothing narrows the images down."""
        return self == Wanted()


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


def images(frames: Frames, wanted: Wanted, *, conf: float, iou: float, sort: str, limit: int, offset: int) -> ImagePage:
    """The images that contain a pair asked for, with those pairs highlighted."""
    import polars as pl

    from snellen import evaluation

    _check_labels(frames, wanted)
    iou = evaluation.snap_iou(iou)
    at = frames.at(conf, iou)
    kind = frames.images.schema["image_id"]
    pairs = _pairs(frames, at, wanted, iou).with_columns(pl.col("image_id").cast(kind))
    counts = pairs.group_by("image_id").agg(pl.len().alias("pairs"))
    table = frames.images.join(at.summary.with_columns(pl.col("image_id").cast(kind)), on="image_id", how="left").join(
        counts, on="image_id", how="left" if wanted.is_everything else "inner"
    )
    table = table.with_columns(pl.col("pairs").fill_null(0), pl.col("tp", "fp", "fn", "error_score").fill_null(0))
    order = {"worst": "error_score", "best": "error_score", "iou": "mean_iou", "name": "path"}[sort]
    page = table.sort([order, "image_id"], descending=[sort == "worst", False], nulls_last=True).slice(offset, limit)
    highlights = {} if wanted.is_everything else _highlights(frames, pairs, page["image_id"])
    overlaps = _overlaps(frames, page["image_id"].to_list(), conf)
    end = offset + page.height
    return ImagePage(
        items=[_item(frames, row, highlights.get(row["image_id"], []), overlaps) for row in page.iter_rows(named=True)],
        total_pairs=pairs.height,
        total_images=table.height,
        next_cursor=encode_cursor(end if end < table.height else None),
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
    numbers = frames.at(conf, iou).summary.filter(pl.col("image_id") == image_id).row(0, named=True)
    classified = frames.task is Task.CLASSIFICATION
    return ImageDetail(
        **place_of(frames, row),
        truths=[TruthOut(**_drawn(t, row), class_name=names[t["class_id"]]) for t in truths],
        predictions=[]
        if classified
        else [PredictionOut(**_drawn(p, row), class_name=names[p["class_id"]]) for p in predictions],
        top5=_top(frames, image_id) if classified else None,
        keypoints=None
        if frames.keypoints is None
        else KeypointNames(names=list(frames.keypoints.names), skeleton=list(frames.skeleton)),
        **{name: numbers[name] for name in ("tp", "fp", "fn", "mean_iou", "error_score")},
        **_overlaps(frames, [image_id], conf).get(image_id, NO_OVERLAP),
        conf=conf,
        iou=iou,
    )


def _pairs(frames: Frames, at: At, wanted: Wanted, iou: float) -> pl.DataFrame:
    import polars as pl

    from snellen.evaluation.matrix import pairs_of

    if wanted.error is not None:
        if wanted != Wanted(class_id=wanted.class_id, error=wanted.error):
            raise InvalidInput("error: goes with class alone; leave out true, pred and outcome")
        found = frames.errors(iou).errors.filter(pl.col("error") == wanted.error)
        return found if wanted.class_id is None else _of_class(frames, found, wanted.class_id)
    return pairs_of(
        at.outcomes,
        len(frames.class_names),
        true=wanted.true,
        pred=wanted.pred,
        class_id=wanted.class_id,
        outcome=wanted.outcome,
    )


def _of_class(frames: Frames, errors: pl.DataFrame, class_id: int) -> pl.DataFrame:
    """Errors of predictions of a class; of a miss, the object's class counts."""
    import polars as pl

    predicted = errors["prediction_id"]
    # A null gathers a null, so a set without any prediction will do.
    of_prediction = frames.predictions["class_id"].gather(predicted)
    missed = frames.objects.filter(pl.col("class_id") == class_id)["object_id"]
    keep = (
        pl.when(predicted.is_null())
        .then(errors["object_id"].is_in(missed.implode()))
        .otherwise(of_prediction == class_id)
    )
    return errors.filter(keep)


def _drawn(each: dict[str, Any], image: dict[str, Any]) -> dict[str, Any]:
    """With the outlines of its mask in place of the mask."""
    from snellen.formats.masks import trace_mask

    rle = each.pop("rle", None)
    known = rle is not None and image.get("width") and image.get("height")
    outlines = trace_mask(rle, height=image["height"], width=image["width"]) if known else None
    return {**each, "outlines": outlines}


def _top(frames: Frames, image_id: int) -> list[LabelScore]:
    import polars as pl

    rows = frames.predictions.filter(pl.col("image_id") == image_id).sort("rank").select("class_id", "score")
    return [
        LabelScore(class_id=class_id, class_name=frames.class_names[class_id], score=score)
        for class_id, score in rows.iter_rows()
    ]


def _check_labels(frames: Frames, wanted: Wanted) -> None:
    background = len(frames.class_names)
    for name, value, most in (
        ("true", wanted.true, background),
        ("pred", wanted.pred, background),
        ("class", wanted.class_id, background - 1),
    ):
        if value is not None and not 0 <= value <= most:
            raise InvalidInput(f"{name}: got {value}, expected 0 to {most}")


def _highlights(frames: Frames, pairs: pl.DataFrame, image_ids: pl.Series) -> dict[int, list[Highlight]]:
    """The boxes of the pairs of some images; a label has none, it is of the whole image."""
    import numpy as np
    import polars as pl

    found: dict[int, list[Highlight]] = {}
    if frames.task is Task.CLASSIFICATION:
        return found
    shown = pairs.filter(pl.col("image_id").is_in(image_ids.implode()))
    of_truth = shown.filter(pl.col("object_id").is_not_null())
    of_predictions = shown.filter(pl.col("prediction_id").is_not_null())
    places = np.searchsorted(frames.objects["object_id"].to_numpy(), of_truth["object_id"].to_numpy())
    for kind, rows, at, table in (
        ("truth", of_truth, places, frames.objects),
        ("prediction", of_predictions, of_predictions["prediction_id"].to_numpy(), frames.predictions),
    ):
        boxes = table.select(BOX)[at]
        for image_id, *box in zip(rows["image_id"].to_list(), *(boxes[side].to_list() for side in BOX), strict=True):
            of_image = found.setdefault(image_id, [])
            if len(of_image) < HIGHLIGHTS_AN_IMAGE:
                of_image.append(Highlight(**dict(zip(BOX, box, strict=True)), kind=kind))  # type: ignore[arg-type]
    return found


def _overlaps(frames: Frames, image_ids: list[int], conf: float) -> dict[int, dict[str, Any]]:
    """Semantic IoU and Dice of some images, of masks; images without any pixel are left out."""
    from snellen.evaluation import image_overlap

    if frames.task is not Task.SEGMENTATION:
        return {}
    rows = image_overlap(frames.overlap_of(image_ids, conf)).iter_rows()
    return {image_id: {"semantic_iou": iou, "dice": dice} for image_id, iou, dice in rows}


def _item(
    frames: Frames,
    row: dict[str, Any],
    highlights: list[Highlight],
    overlaps: dict[int, dict[str, Any]],
) -> ImageItem:
    place = place_of(frames, row, size=THUMBNAIL)
    numbers = {k: row[k] for k in ("tp", "fp", "fn", "pairs", "error_score", "mean_iou")}
    labels: dict[str, Any] = {k: None if row.get(k) is None else frames.class_names[row[k]] for k in ("true", "pred")}
    overlap = overlaps.get(row["image_id"], NO_OVERLAP)
    return ImageItem(**place, **numbers, **labels, **overlap, score=row.get("score"), highlights=highlights)


def place_of(frames: Frames, row: dict[str, Any], *, size: int | None = None) -> dict[str, Any]:
    """What an image is and where it is to be had."""
    url = None
    if frames.dataset_id is not None:
        query = urlencode({"snapshot": frames.snapshot} | ({"size": size} if size else {"view": "true"}))
        url = f"/api/v1/datasets/{frames.dataset_id}/images/{row['image_id']}/file?{query}"
    fields = ("image_id", "path", "width", "height", "split")
    return {**{name: row.get(name) for name in fields}, "url": url}
