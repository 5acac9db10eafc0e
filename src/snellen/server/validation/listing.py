"""The images of a result in an order, and the objects in them, by pages; sliced from its frames."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from snellen.contract.tasks import Task
from snellen.errors import ImageNotFound, InvalidInput
from snellen.server.schemas import encode_cursor
from snellen.server.validation.frames import Frames
from snellen.server.validation.image_schemas import (
    Highlight,
    ImageItem,
    ImagePage,
    ImagesSort,
    Neighbours,
    ObjectItem,
    ObjectPage,
    ObjectsSort,
    Region,
)
from snellen.server.validation.places import crop_of, place_of
from snellen.server.validation.wanted import Wanted, areas, images_wanted, pairs_wanted, splits_of

if TYPE_CHECKING:
    import polars as pl

THUMBNAIL = 320
#: Boxes in an answer at most, so that it stays below a megabyte however many images it has; and of one image.
HIGHLIGHTS: Final = 8_000
HIGHLIGHTS_AN_IMAGE: Final = 50
BOX: Final = ("x", "y", "w", "h")
NO_OVERLAP: Final[dict[str, Any]] = {"semantic_iou": None, "dice": None}
#: By which column an order is, and whether the largest come first; equal ones are in the order of their images.
ORDERS: Final[dict[ImagesSort, tuple[tuple[str, bool], ...]]] = {
    "worst": (("error_score", True),),
    "best": (("error_score", False),),
    "errors": (("errors", True), ("error_score", True)),
    "name": (("path", False),),
    "iou": (("mean_iou", False),),
    "score": (("top_score", True),),
}


@dataclass(frozen=True, slots=True)
class Listing:
    """Images in their order with their numbers, and the pairs asked for in them, in order of ``image_id``."""

    images: pl.DataFrame
    pairs: pl.DataFrame


def listing(frames: Frames, wanted: Wanted, *, conf: float, iou: float, sort: ImagesSort) -> Listing:
    """The images that contain a pair asked for; without anything asked for all. Kept, as pages ask for it again."""
    from snellen import evaluation

    iou = evaluation.snap_iou(iou)
    return frames.listing((wanted, conf, iou, sort), lambda: _listing(frames, wanted, conf=conf, iou=iou, sort=sort))


def images(
    frames: Frames, wanted: Wanted, *, conf: float, iou: float, sort: ImagesSort, limit: int, offset: int
) -> ImagePage:
    """A page of them, with the pairs highlighted."""
    found = listing(frames, wanted, conf=conf, iou=iou, sort=sort)
    page = found.images.slice(offset, limit)
    most = min(HIGHLIGHTS_AN_IMAGE, max(1, HIGHLIGHTS // limit))
    highlights = {} if wanted.is_everything else _highlights(frames, found.pairs, page["image_id"], most)
    overlaps = overlaps_of(frames, page["image_id"].to_list(), conf)
    end = offset + page.height
    return ImagePage(
        items=[_item(frames, row, highlights.get(row["image_id"], []), overlaps) for row in page.iter_rows(named=True)],
        total_pairs=found.pairs.height,
        total_images=found.images.height,
        splits=splits_of(frames),
        next_cursor=encode_cursor(end if end < found.images.height else None),
    )


def neighbours(
    frames: Frames, image_id: int, wanted: Wanted, *, conf: float, iou: float, sort: ImagesSort
) -> Neighbours:
    """Where an image is in the whole list, and what is beside it."""
    import polars as pl

    if frames.images.filter(pl.col("image_id") == image_id).is_empty():
        raise ImageNotFound(f"image {image_id} was not evaluated at this epoch")
    found = listing(frames, wanted, conf=conf, iou=iou, sort=sort)
    ids = found.images["image_id"]
    total, places = len(ids), (ids == image_id).arg_true()
    if not len(places):
        return Neighbours(index=None, total=total, previous=None, next=None, highlights=[])
    at = int(places[0])
    here = pl.Series([image_id], dtype=ids.dtype)
    shown = {} if wanted.is_everything else _highlights(frames, found.pairs, here, HIGHLIGHTS)
    return Neighbours(
        index=at,
        total=total,
        previous=int(ids[at - 1]) if at > 0 else None,
        next=int(ids[at + 1]) if at + 1 < total else None,
        highlights=shown.get(image_id, []),
    )


def objects(
    frames: Frames, wanted: Wanted, *, conf: float, iou: float, sort: ObjectsSort, limit: int, offset: int
) -> ObjectPage:
    """The objects themselves: each pair asked for, with the part of its image that it is in."""
    import polars as pl

    if frames.task is Task.CLASSIFICATION:
        raise InvalidInput("images are classified as a whole: there are no objects in them; ask for the images")
    found = listing(frames, wanted, conf=conf, iou=iou, sort="name")
    ordered = frames.ordered_pairs(
        (wanted, conf, iou, sort), lambda: _ordered(frames, found.pairs, found.images.select("image_id", "path"), sort)
    )
    page = ordered.slice(offset, limit)
    of_image = {row["image_id"]: row for row in images_of(frames, page).iter_rows(named=True)}
    boxes = {
        kind: boxes_of(frames, page.filter(pl.col(column).is_not_null()), kind)
        for kind, column in (("truth", "object_id"), ("prediction", "prediction_id"))
    }
    names = [*frames.class_names, None]
    items = []
    for row in page.iter_rows(named=True):
        truth = boxes["truth"].get(row["object_id"])
        prediction = boxes["prediction"].get(row["prediction_id"])
        image = of_image[row["image_id"]]
        crop = crop_of([box for box in (truth, prediction) if box is not None], image)
        items.append(
            ObjectItem(
                **{name: row[name] for name in ("image_id", "object_id", "prediction_id", "score", "iou", "area")},
                path=image["path"],
                url=place_of(frames, image, crop=crop)["url"],
                crop=crop,
                true=names[row["true"]],
                pred=names[row["pred"]],
                found=row["outcome_true"] == "tp",
                truth=truth,
                prediction=prediction,
            )
        )
    end = offset + page.height
    return ObjectPage(
        items=items,
        total=ordered.height,
        total_images=found.images.height,
        next_cursor=encode_cursor(end if end < ordered.height else None),
    )


def overlaps_of(frames: Frames, image_ids: list[int], conf: float) -> dict[int, dict[str, Any]]:
    """Semantic IoU and Dice of some images, of masks; images without any pixel are left out."""
    from snellen.evaluation import image_overlap

    if frames.task is not Task.SEGMENTATION:
        return {}
    rows = image_overlap(frames.overlap_of(image_ids, conf)).iter_rows()
    return {image_id: {"semantic_iou": iou, "dice": dice} for image_id, iou, dice in rows}


def _listing(frames: Frames, wanted: Wanted, *, conf: float, iou: float, sort: ImagesSort) -> Listing:
    import polars as pl

    table = images_wanted(frames, wanted)
    pairs = pairs_wanted(frames, wanted, conf=conf, iou=iou)
    if table.height < frames.images.height:
        pairs = pairs.filter(pl.col("image_id").is_in(table["image_id"].implode()))
    counts = pairs.group_by("image_id").agg(pl.len().alias("pairs"), pl.col("score").max().alias("top_score"))
    if frames.task is Task.CLASSIFICATION:
        counts = counts.drop("top_score")
    summary = frames.at(conf, iou).summary.with_columns(pl.col("image_id").cast(table.schema["image_id"]))
    table = table.join(counts, on="image_id", how="left" if wanted.is_everything else "inner")
    table = table.join(summary, on="image_id", how="left").with_columns(
        pl.col("pairs", "tp", "fp", "fn", "error_score").fill_null(0)
    )
    if frames.task is Task.CLASSIFICATION:
        table = table.with_columns(pl.col("score").alias("top_score"))
    table = table.with_columns((pl.col("fp") + pl.col("fn")).alias("errors"))
    order = [*ORDERS[sort], ("image_id", False)]
    table = table.sort([name for name, _ in order], descending=[down for _, down in order], nulls_last=True)
    return Listing(table, pairs)


def _ordered(frames: Frames, pairs: pl.DataFrame, paths: pl.DataFrame, sort: ObjectsSort) -> pl.DataFrame:
    """Pairs that lack what they are ordered by come last; among equals the larger comes first."""
    import polars as pl

    pairs = pairs.with_columns(pl.Series("area", areas(frames, pairs), dtype=pl.Float64))
    by, descending = {
        "score": (["score", "area"], [True, True]),
        "unsure": (["score", "area"], [False, True]),
        "iou": (["iou", "score"], [False, True]),
        "small": (["area"], [False]),
        "large": (["area"], [True]),
        "name": (["path", "score"], [False, True]),
    }[sort]
    if sort == "name":
        pairs = pairs.join(paths, on="image_id", how="left", maintain_order="left")
    return pairs.sort(by, descending=descending, nulls_last=True, maintain_order=True)


def images_of(frames: Frames, page: pl.DataFrame) -> pl.DataFrame:
    """The images that rows with an ``image_id`` are of."""
    import polars as pl

    return frames.images.filter(pl.col("image_id").is_in(page["image_id"].unique().implode()))


def boxes_of(frames: Frames, pairs: pl.DataFrame, kind: str) -> dict[int, Region]:
    """The boxes of the objects or of the predictions of some pairs, by their ids."""
    import numpy as np

    if kind == "truth":
        ids = pairs["object_id"]
        # Ids rise with the rows: the place of an id is found by bisection.
        rows = frames.objects.select(BOX)[np.searchsorted(frames.objects["object_id"].to_numpy(), ids.to_numpy())]
    else:
        ids = pairs["prediction_id"]
        rows = frames.predictions.select(BOX)[ids.to_numpy()]
    return {i: Region(**box) for i, box in zip(ids.to_list(), rows.iter_rows(named=True), strict=True)}


def _highlights(frames: Frames, pairs: pl.DataFrame, image_ids: pl.Series, most: int) -> dict[int, list[Highlight]]:
    """The boxes of the pairs of some images; a label has none, it is of the whole image."""
    import polars as pl

    found: dict[int, list[Highlight]] = {}
    if frames.task is Task.CLASSIFICATION:
        return found
    shown = pairs.filter(pl.col("image_id").is_in(image_ids.implode()))
    for kind, column, right in (
        ("truth", "object_id", pl.col("outcome_true").eq_missing("tp")),
        ("prediction", "prediction_id", pl.col("outcome_pred").eq_missing("tp")),
    ):
        rows = shown.filter(pl.col(column).is_not_null()).with_columns(right.alias("right"))
        boxes = boxes_of(frames, rows, kind)
        for image_id, number, fine in rows.select("image_id", column, "right").iter_rows():
            of_image = found.setdefault(image_id, [])
            if len(of_image) < most:
                box = boxes[number].model_dump()
                of_image.append(Highlight(**box, kind=kind, wrong=not fine))  # type: ignore[arg-type]
    return found


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
    return ImageItem(**place, **numbers, **labels, **overlap, score=row["top_score"], highlights=highlights)
