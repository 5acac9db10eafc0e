"""Two results on the same images, image by image: what one broke, what it fixed, what neither gets right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snellen.errors import InvalidInput
from snellen.server.schemas import encode_cursor
from snellen.server.validation.changes_schemas import Change, ChangeCounts, ChangesOut, ImageChange, ImageNumbers
from snellen.server.validation.frames import Frames
from snellen.server.validation.listing import THUMBNAIL
from snellen.server.validation.places import place_of

if TYPE_CHECKING:
    import polars as pl

    from snellen.evaluation.columns import Bools
    from snellen.evaluation.outcomes import Outcomes

NUMBERS = ("tp", "fp", "fn", "error_score")


def changes(
    before: Frames, after: Frames, *, kind: Change | None, conf: float, iou: float, sort: str, limit: int, offset: int
) -> ChangesOut:
    """Images that both have validated, each right (no miss, no false positive) or wrong in either."""
    import polars as pl

    from snellen import evaluation

    _check_same(before, after)
    iou = evaluation.snap_iou(iou)
    table = _joined(before, after, conf, iou)
    counts = dict(table.group_by("change").len().iter_rows())
    objects = table.select(pl.col("objects_broken", "objects_fixed", "objects_never", "objects_always").sum()).row(0)
    shown = table if kind is None else table.filter(pl.col("change") == kind)
    worse = pl.col("error_score_after") - pl.col("error_score_before")
    errors = pl.col("fp_after") + pl.col("fn_after") - pl.col("fp_before") - pl.col("fn_before")
    order = [errors, worse, pl.col("image_id")] if sort != "name" else [pl.col("path")]
    page = shown.sort(order, descending=[sort == "worse", sort == "worse", False][: len(order)]).slice(offset, limit)
    end = offset + page.height
    return ChangesOut(
        items=[_item(after, row) for row in page.iter_rows(named=True)],
        images=ChangeCounts(**{name: counts.get(name, 0) for name in Change}),
        objects=ChangeCounts(broken=objects[0], fixed=objects[1], never=objects[2], always=objects[3]),
        total_images=shown.height,
        only_before=before.images.height - table.height,
        only_after=after.images.height - table.height,
        conf=conf,
        iou=iou,
        next_cursor=encode_cursor(end if end < shown.height else None),
    )


def _check_same(before: Frames, after: Frames) -> None:
    """The same images and objects have the same numbers only in one snapshot."""
    if before.task != after.task:
        raise InvalidInput(f"one result is of {before.task}, the other of {after.task}; compare two of one task")
    if before.snapshot is None or after.snapshot is None:
        raise InvalidInput(
            "a result whose job has no dataset in Snellen can't be compared image by image: whether the images are the "
            "same isn't known; create the jobs with a dataset"
        )
    if before.snapshot != after.snapshot:
        raise InvalidInput(
            f"one result is on snapshot {before.snapshot[:12]}, the other on {after.snapshot[:12]}: their images and "
            "labels differ; compare two on one snapshot"
        )


def _joined(before: Frames, after: Frames, conf: float, iou: float) -> pl.DataFrame:
    """A row an image that both have: both numbers, the objects that changed, and what became of it."""
    import polars as pl

    first, second = before.at(conf, iou), after.at(conf, iou)
    id_type = after.images.schema["image_id"]
    table = after.images
    for found, name in ((first.summary, "before"), (second.summary, "after")):
        numbers = found.select(pl.col("image_id").cast(id_type), pl.col(NUMBERS).name.suffix(f"_{name}"))
        table = table.join(numbers, on="image_id", how="inner")
    changed = _objects(first.outcomes, second.outcomes).with_columns(pl.col("image_id").cast(id_type))
    objects = ("objects_broken", "objects_fixed", "objects_never", "objects_always")
    table = table.join(changed, on="image_id", how="left").with_columns(pl.col(objects).fill_null(0))
    was = (pl.col("fp_before") + pl.col("fn_before")) == 0
    now = (pl.col("fp_after") + pl.col("fn_after")) == 0
    kind = (
        pl.when(was & now)
        .then(pl.lit(Change.ALWAYS))
        .when(was)
        .then(pl.lit(Change.BROKEN))
        .when(now)
        .then(pl.lit(Change.FIXED))
        .otherwise(pl.lit(Change.NEVER))
    )
    return table.with_columns(kind.alias("change"))


def _objects(first: Outcomes, second: Outcomes) -> pl.DataFrame:
    """Of each image how many objects only the first found, only the second, neither, both; crowds left out."""
    import numpy as np
    import polars as pl

    _, here, there = np.intersect1d(
        first.objects.object_id, second.objects.object_id, assume_unique=True, return_indices=True
    )
    counted = ~second.objects.crowd[there]
    was, now = _found(first)[here][counted], _found(second)[there][counted]
    frame = pl.DataFrame({"image_id": second.objects.image_id[there][counted], "was": was, "now": now})
    both = pl.col("was"), pl.col("now")
    return frame.group_by("image_id").agg(
        (both[0] & ~both[1]).sum().alias("objects_broken"),
        (~both[0] & both[1]).sum().alias("objects_fixed"),
        (~both[0] & ~both[1]).sum().alias("objects_never"),
        (both[0] & both[1]).sum().alias("objects_always"),
    )


def _found(outcomes: Outcomes) -> Bools:
    """Which objects a prediction of their class is matched with; bool [m]."""
    import numpy as np

    partner = outcomes.prediction_of
    found: Bools = np.zeros(len(partner), dtype=np.bool_)
    paired = np.flatnonzero(partner >= 0)
    found[paired] = outcomes.predictions.class_id[partner[paired]] == outcomes.objects.class_id[paired]
    return found


def _item(after: Frames, row: dict[str, object]) -> ImageChange:
    def numbers(name: str) -> ImageNumbers:
        return ImageNumbers.model_validate({each: row[f"{each}_{name}"] for each in NUMBERS})

    return ImageChange.model_validate(
        {
            **place_of(after, row, size=THUMBNAIL),
            "change": row["change"],
            "before": numbers("before"),
            "after": numbers("after"),
            "objects_broken": row["objects_broken"],
            "objects_fixed": row["objects_fixed"],
        }
    )
