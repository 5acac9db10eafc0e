"""A snapshot's tables as a truth to evaluate against; of what is missing beside the objects, as much as they say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from snellen.contract.tasks import Task
from snellen.errors import DatasetInvalid
from snellen.formats.evaluated_files import TruthFile
from snellen.formats.path_map import PATH_MAP
from snellen.formats.snapshot import IMAGES, INFO, OBJECTS, SnapshotInfo

if TYPE_CHECKING:
    import polars as pl

NEEDED = ("image_id", "class_id")
BESIDE = f"expected a snapshot's {OBJECTS}, with {IMAGES} and {INFO} beside it"


def read_tables(path: Path) -> TruthFile:
    """Of a folder, or of a file with objects and the tables beside it.

    Without ``images.parquet`` the images are those of the objects, without ``snapshot.json`` classes and keypoints are
    named by their numbers. Raises :class:`~snellen.errors.DatasetInvalid` for what is no whole table.
    """
    import polars as pl

    folder, file = (path, path / OBJECTS) if path.is_dir() else (path.parent, path)
    if not file.is_file():
        raise DatasetInvalid(f"{folder}: no whole snapshot here, {OBJECTS} is missing; {BESIDE}")
    objects = _complete(_table(file, NEEDED))
    if "score" in objects.columns:
        raise DatasetInvalid(f"{file}: got predictions, they have a score; {BESIDE}")
    complete = (folder / IMAGES).is_file()
    if complete:
        images = _table(folder / IMAGES, ("image_id",))
        images = images.with_columns(pl.col("image_id").cast(pl.Int64))
    else:
        images = objects.select(pl.col("image_id").unique().sort())
    images = _with(images, {"width": pl.Int32, "height": pl.Int32})
    strangers = (~objects["image_id"].is_in(images["image_id"].implode())).arg_true()
    if len(strangers):
        raise DatasetInvalid(f"{file}: object {strangers[0]} is of an image that {IMAGES} beside it doesn't have")
    info = _info(folder / INFO)
    names, points = _names(objects), None
    if info is not None:
        names, points = info.class_names, info.keypoints
    poses = objects["keypoints"].list.len().drop_nulls()
    ids = images["image_id"].to_list()
    return TruthFile(
        images,
        objects,
        tuple(names),
        {str(i): i for i in ids},
        {str(i + 1): i for i in range(len(names))},
        None if info is None else Task(info.task),
        tuple(str(i) for i in range(poses[0] if len(poses) else 0)) if points is None else tuple(points["names"]),
        None if points is None or points.get("sigmas") is None else tuple(points["sigmas"]),
        _paths(folder, images),
        complete,
        named=info is not None,
    )


def _table(path: Path, needed: tuple[str, ...]) -> pl.DataFrame:
    import polars as pl

    try:
        found = pl.read_parquet(path.read_bytes())
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError) as error:
        raise DatasetInvalid(f"{path}: no whole Parquet file ({str(error).splitlines()[0][:200]}); {BESIDE}") from error
    missing = [name for name in needed if name not in found.columns]
    if missing:
        raise DatasetInvalid(f"{path}: no column {', '.join(missing)}; got {', '.join(found.columns)}; {BESIDE}")
    return found


def _complete(objects: pl.DataFrame) -> pl.DataFrame:
    """All columns of objects; a truth of labels may have no boxes."""
    import polars as pl

    boxes = dict.fromkeys(("x", "y", "w", "h"), pl.Float64)
    found = _with(objects, {**boxes, "rle": pl.String, "keypoints": pl.List(pl.List(pl.Float64))})
    if "object_id" not in found.columns:
        found = found.select(pl.int_range(pl.len(), dtype=pl.Int64).alias("object_id"), pl.all())
    return found.with_columns(pl.col("image_id").cast(pl.Int64))


def _with(frame: pl.DataFrame, columns: dict[str, pl.DataType | type[pl.DataType]]) -> pl.DataFrame:
    import polars as pl

    missing = {name: kind for name, kind in columns.items() if name not in frame.columns}
    return frame.with_columns(pl.lit(None, dtype=kind).alias(name) for name, kind in missing.items())


def _info(path: Path) -> SnapshotInfo | None:
    try:
        return SnapshotInfo.from_dict(json.loads(path.read_bytes()))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise DatasetInvalid(f"{path}: is no snapshot's summary ({error}); {BESIDE}") from error


def _names(objects: pl.DataFrame) -> list[str]:
    return [str(i) for i in range(0 if objects.is_empty() else int(objects["class_id"].max() or 0) + 1)]  # type: ignore[arg-type]


def _paths(folder: Path, images: pl.DataFrame) -> dict[str, int]:
    if "path" not in images.columns:
        return {}
    paths = dict(zip(images["path"].to_list(), images["image_id"].to_list(), strict=True))
    try:
        here = json.loads((folder / PATH_MAP).read_text(encoding="utf-8"))
        paths |= {mine: paths[path] for mine, path in here.items() if path in paths}
    except (OSError, ValueError):
        pass  # a store's snapshot has none: its paths are the only ones
    return paths
