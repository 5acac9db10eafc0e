"""A dataset in memory: what every reader gives and every writer takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from snellen.contract.tasks import Task
from snellen.formats.problems import Problem

if TYPE_CHECKING:
    import polars as pl

#: Geometry is kept in steps of this many pixels, so that a detour over another format (normalised text, say)
#: comes back to the same numbers and so to the same snapshot.
QUANTUM = 2.0**-16
SPLITS = ("train", "val", "test")


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


@dataclass(frozen=True, slots=True, order=True)
class Box:
    """One object: pixels of the upright image, origin top-left, as in COCO; in steps of :data:`QUANTUM`."""

    class_id: int
    x: float
    y: float
    w: float
    h: float


@dataclass(slots=True)
class DatasetContent:
    """Images in order of their paths, no two the same, and the objects of each in order of class and place.

    The order is part of what a snapshot is: equal content has equal ids wherever it came from. Make one with
    :meth:`of`.
    """

    task: Task
    class_names: list[str]
    images: list[ImageRecord]
    objects: list[list[Box]]

    @classmethod
    def of(cls, task: Task, class_names: list[str], found: Iterable[tuple[ImageRecord, list[Box]]]) -> DatasetContent:
        """Bring images and their objects into their order."""
        pairs = sorted(found, key=lambda pair: pair[0].path)
        return cls(task, class_names, [image for image, _ in pairs], [sorted(boxes) for _, boxes in pairs])


@dataclass(frozen=True, slots=True)
class DatasetReport:
    """What was found, in numbers: images by split, objects by class name, problems by their code.

    ``background`` counts images without objects; ``sizes`` are the smallest and largest width and height in px.
    """

    images: dict[str, int]
    background: int
    objects: dict[str, int]
    sizes: dict[str, tuple[int, int]]
    problems: dict[str, int]


@dataclass(slots=True)
class DatasetReading:
    """What a reader found: the content, and what is odd about it but no reason to refuse.

    Of many warnings the first are listed; ``report.problems`` counts them all.
    """

    content: DatasetContent
    report: DatasetReport
    warnings: list[Problem] = field(default_factory=list)


def report_on(content: DatasetContent, problems: Counter[str]) -> DatasetReport:
    """The numbers of a dataset."""
    objects = dict.fromkeys(content.class_names, 0)
    for box in (box for boxes in content.objects for box in boxes):
        objects[content.class_names[box.class_id]] += 1
    widths, heights = [i.width for i in content.images], [i.height for i in content.images]
    return DatasetReport(
        images=dict(Counter(image.split for image in content.images)),
        background=sum(not boxes for boxes in content.objects),
        objects=objects,
        sizes={"width": (min(widths), max(widths)), "height": (min(heights), max(heights))},
        problems=dict(problems),
    )


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
