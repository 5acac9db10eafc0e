"""A dataset in memory: what every reader gives and every writer takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from snellen.contract.tasks import Task

if TYPE_CHECKING:
    import polars as pl

#: Geometry is kept in steps of this many pixels, so that a detour over another format (normalised text, say)
#: comes back to the same numbers and so to the same snapshot.
QUANTUM = 2.0**-16
SPLITS = ("train", "val", "test")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a dataset, and where: a file relative to the dataset, a line from 1."""

    severity: str
    code: str
    message: str
    file: str | None = None
    line: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "severity": self.severity,
            "code": self.code,
            "message": self.message,
            "file": self.file,
            "line": self.line,
        }


@dataclass(frozen=True, slots=True)
class ImageRecord:
    """One image file. ``width`` and ``height`` are pixels after EXIF rotation; ``path`` is relative, with ``/``."""

    path: str
    split: str
    width: int
    height: int
    sha256: str
    bytes: int
    content_type: str
    orientation: int
    source: Path


@dataclass(frozen=True, slots=True)
class Box:
    """One object: pixels of the upright image, origin top-left, as in COCO."""

    class_id: int
    x: float
    y: float
    w: float
    h: float


@dataclass(slots=True)
class DatasetContent:
    """Images in order of their paths, and the objects of each in the order of its label file."""

    task: Task
    class_names: list[str]
    images: list[ImageRecord]
    objects: list[list[Box]]


@dataclass(slots=True)
class DatasetReading:
    """What a reader found: the content, and what is odd about it but no reason to refuse."""

    content: DatasetContent
    warnings: list[Problem] = field(default_factory=list)


def quantise(value: float) -> float:
    """The nearest multiple of :data:`QUANTUM`."""
    return round(value / QUANTUM) * QUANTUM


def image_frame(images: list[ImageRecord]) -> pl.DataFrame:
    """``images.parquet``: ``image_id, path, split, width, height, sha256, bytes, content_type, orientation``."""
    import polars as pl

    columns = ("path", "split", "width", "height", "sha256", "bytes", "content_type", "orientation")
    types = (pl.String, pl.String, pl.Int32, pl.Int32, pl.String, pl.Int64, pl.String, pl.Int8)
    data: dict[str, Any] = {name: [getattr(image, name) for image in images] for name in columns}
    schema = dict(zip(columns, types, strict=True))
    frame = pl.DataFrame(data, schema=schema)
    return frame.select(pl.int_range(pl.len(), dtype=pl.Int64).alias("image_id"), *columns)


def object_frame(objects: list[list[Box]]) -> pl.DataFrame:
    """``objects.parquet``: ``object_id, image_id, class_id, x, y, w, h, area, iscrowd, rle, keypoints``."""
    import polars as pl

    rows = [(image_id, box) for image_id, boxes in enumerate(objects) for box in boxes]
    frame = pl.DataFrame(
        {
            "image_id": [image_id for image_id, _ in rows],
            "class_id": [box.class_id for _, box in rows],
            **{side: [getattr(box, side) for _, box in rows] for side in ("x", "y", "w", "h")},
        },
        schema={
            "image_id": pl.Int64,
            "class_id": pl.Int32,
            **dict.fromkeys(("x", "y", "w", "h"), pl.Float64),
        },
    )
    return frame.select(
        pl.int_range(pl.len(), dtype=pl.Int64).alias("object_id"),
        "image_id",
        "class_id",
        "x",
        "y",
        "w",
        "h",
        (pl.col("w") * pl.col("h")).alias("area"),
        pl.lit(value=False).alias("iscrowd"),
        pl.lit(None, dtype=pl.String).alias("rle"),
        pl.lit(None, dtype=pl.List(pl.List(pl.Float64))).alias("keypoints"),
    )
