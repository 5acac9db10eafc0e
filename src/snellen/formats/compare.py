"""What differs between two snapshots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import polars as pl

    from snellen.formats.snapshot import Snapshot

SHAPE = ("x", "y", "w", "h", "area", "iscrowd", "rle", "keypoints")


@dataclass(frozen=True, slots=True)
class ImageChanges:
    """Images by what became of them."""

    added: int
    removed: int
    changed: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class ObjectChanges:
    """Objects that only the later snapshot has, and that only the earlier one has; a moved box is both."""

    added: int
    removed: int


@dataclass(frozen=True, slots=True)
class ClassChanges:
    """Class names that came and went; ``renumbered`` when a name that stayed has another id."""

    added: list[str]
    removed: list[str]
    renumbered: bool


class Comparison(NamedTuple):
    """``table`` has a row for each image that is not the same in both, by path:

    ``path, change`` (added, removed, changed), ``base_image_id, head_image_id`` (null where there is none), ``file,
    split, objects`` (whether the bytes, the split, the objects differ), ``objects_added, objects_removed``.
    """

    images: ImageChanges
    objects: ObjectChanges
    classes: ClassChanges
    table: pl.DataFrame


def compare(base: Snapshot, head: Snapshot) -> Comparison:
    """From `base` to `head`. Images are the same by path, objects by the name of their class and their shape."""
    import polars as pl

    merged = (
        _images(base, "base")
        .join(_images(head, "head"), on="path", how="full", coalesce=True)
        .join(_object_changes(base, head), on="path", how="left")
        .with_columns(pl.col("objects_added", "objects_removed").fill_null(0))
        .with_columns(
            (pl.col("base_sha256") != pl.col("head_sha256")).fill_null(value=False).alias("file"),
            (pl.col("base_split") != pl.col("head_split")).fill_null(value=False).alias("split"),
            (pl.col("objects_added") + pl.col("objects_removed") > 0).alias("objects"),
        )
        .with_columns(
            pl.when(pl.col("base_image_id").is_null())
            .then(pl.lit("added"))
            .when(pl.col("head_image_id").is_null())
            .then(pl.lit("removed"))
            .when(pl.col("file") | pl.col("split") | pl.col("objects"))
            .then(pl.lit("changed"))
            .otherwise(pl.lit("unchanged"))
            .alias("change")
        )
    )
    counts = dict(merged.group_by("change").len().iter_rows())
    columns = ("path", "change", "base_image_id", "head_image_id", "file", "split", "objects")
    return Comparison(
        ImageChanges(*(int(counts.get(change, 0)) for change in ("added", "removed", "changed", "unchanged"))),
        ObjectChanges(int(merged["objects_added"].sum()), int(merged["objects_removed"].sum())),
        _class_changes(base.info.class_names, head.info.class_names),
        merged.filter(pl.col("change") != "unchanged")
        .select(*columns, "objects_added", "objects_removed")
        .sort("path"),
    )


def _images(snapshot: Snapshot, side: str) -> pl.DataFrame:
    columns = ("image_id", "sha256", "split")
    return snapshot.images.select("path", *columns).rename({name: f"{side}_{name}" for name in columns})


def _object_changes(base: Snapshot, head: Snapshot) -> pl.DataFrame:
    """``path, objects_added, objects_removed`` of images where any is not 0; repeated objects count each."""
    import polars as pl

    key = ["path", "class_name", *SHAPE]
    both = _objects(base).join(_objects(head), on=key, how="full", coalesce=True, nulls_equal=True, suffix="_head")
    more = pl.col("len_head").fill_null(0).cast(pl.Int64) - pl.col("len").fill_null(0).cast(pl.Int64)
    return (
        both.with_columns(more.alias("more"))
        .filter(pl.col("more") != 0)
        .group_by("path")
        .agg(
            pl.col("more").clip(lower_bound=0).sum().alias("objects_added"),
            (-pl.col("more")).clip(lower_bound=0).sum().alias("objects_removed"),
        )
    )


def _objects(snapshot: Snapshot) -> pl.DataFrame:
    """How often each object is in each image; keypoints as text, which can be compared."""
    import polars as pl

    point = pl.element().cast(pl.List(pl.String)).list.join(" ")
    names = pl.Series(snapshot.info.class_names, dtype=pl.String)
    return (
        snapshot.objects.join(snapshot.images.select("image_id", "path"), on="image_id")
        .with_columns(
            pl.lit(names).gather(pl.col("class_id")).alias("class_name"),
            pl.col("keypoints").list.eval(point).list.join(";"),
        )
        .group_by("path", "class_name", *SHAPE)
        .len()
    )


def _class_changes(base: list[str], head: list[str]) -> ClassChanges:
    stayed = [name for name in base if name in head]
    return ClassChanges(
        added=[name for name in head if name not in base],
        removed=[name for name in base if name not in head],
        renumbered=any(base.index(name) != head.index(name) for name in stayed),
    )
