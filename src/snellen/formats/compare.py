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

    paths = (
        _images(base, "base").join(_images(head, "head"), on="path", how="full", coalesce=True).with_row_index("row")
    )
    merged = (
        paths.join(_object_changes(base, head, paths), on="row", how="left")
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


def _object_changes(base: Snapshot, head: Snapshot, paths: pl.DataFrame) -> pl.DataFrame:
    """``row, objects_added, objects_removed`` of images where any is not 0; repeated objects count each."""
    import polars as pl

    both = pl.concat([_objects(base, "base", paths, count=-1), _objects(head, "head", paths, count=1)])
    more = pl.col("count")
    return (
        both.group_by("row", "hash")
        .agg(more.sum())
        .filter(more != 0)
        .group_by("row")
        .agg(
            more.clip(lower_bound=0).sum().alias("objects_added"),
            (-more).clip(lower_bound=0).sum().alias("objects_removed"),
        )
    )


def _objects(snapshot: Snapshot, side: str, paths: pl.DataFrame, *, count: int) -> pl.DataFrame:
    """Each object as the row of its image in `paths`, its 64-bit hash, and `count`.

    Only objects of one image meet, so hashes do: they are ten times as quick as keypoints and a tenth of their memory.
    """
    import polars as pl

    rows = paths.select("row", pl.col(f"{side}_image_id").alias("image_id"))
    names = pl.Series(snapshot.info.class_names, dtype=pl.String)
    whole = pl.struct(pl.lit(names).gather(pl.col("class_id")).alias("class_name"), *SHAPE)
    return snapshot.objects.select(
        "image_id",
        whole.hash().alias("hash"),
        pl.lit(count, dtype=pl.Int64).alias("count"),
    ).join(rows, on="image_id")


def _class_changes(base: list[str], head: list[str]) -> ClassChanges:
    before, after = ({name: number for number, name in enumerate(names)} for names in (base, head))
    return ClassChanges(
        added=[name for name in head if name not in before],
        removed=[name for name in base if name not in after],
        renumbered=any(after.get(name, number) != number for name, number in before.items()),
    )
