"""A dataset in memory: what every reader gives and every writer takes."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from snellen.contract.tasks import Task
from snellen.formats.problems import Problem

if TYPE_CHECKING:
    import polars as pl

#: Geometry is kept in steps of this many pixels, so that a detour over another format (normalised text, say)
#: comes back to the same numbers and so to the same snapshot.
QUANTUM = 2.0**-16
STEPS = 2.0**16
SPLITS = ("train", "val", "test")


class ImageRecord(NamedTuple):
    """One image file. ``width`` and ``height`` are pixels after EXIF rotation; ``path`` is relative, with ``/``.

    ``source`` is where the file lies.
    """

    path: str
    split: str
    width: int
    height: int
    sha256: str
    bytes: int
    content_type: str
    orientation: int
    source: str


class Annotation(NamedTuple):
    """One object: pixels of the upright image, origin top-left, box as in COCO, in steps of :data:`QUANTUM`.

    ``area`` is in px²: as given, else of the mask, else ``w * h``. ``rle`` is the counts string of COCO's compressed
    RLE at the image's size; ``keypoints`` are ``(x, y, v)`` in the dataset's order, ``v`` 0 (not labelled, then x and y
    are 0), 1 (hidden) or 2 (visible). For classification the object is the whole image.
    """

    class_id: int
    x: float
    y: float
    w: float
    h: float
    area: float
    iscrowd: bool = False
    rle: str | None = None
    keypoints: tuple[tuple[float, float, int], ...] | None = None

    @classmethod
    def box(cls, class_id: int, x: float, y: float, w: float, h: float) -> Annotation:
        """A plain box."""
        return cls(class_id, x, y, w, h, w * h)


@dataclass(frozen=True, slots=True)
class Keypoints:
    """What the keypoints of a pose dataset are, in their order.

    ``flip_idx`` says which keypoint each becomes when the image is mirrored; ``skeleton`` which pairs (indices from 0)
    a line joins; ``sigmas`` how far from its place each may be, for the OKS.
    """

    names: tuple[str, ...]
    flip_idx: tuple[int, ...] | None = None
    skeleton: tuple[tuple[int, int], ...] | None = None
    sigmas: tuple[float, ...] | None = None

    def as_dict(self) -> dict[str, Any]:
        """As JSON; ``sigmas`` only where there are some, as most datasets say nothing of them."""
        found = dataclasses.asdict(self)
        return found if self.sigmas is not None else {name: found[name] for name in found if name != "sigmas"}


def are_sigmas(values: object, count: int) -> bool:
    """Whether these are the sigmas of `count` keypoints: finite numbers above 0."""
    return (
        isinstance(values, list | tuple)
        and len(values) == count
        and all(isinstance(v, int | float) and 0 < v < float("inf") for v in values)
    )


@dataclass(slots=True)
class DatasetContent:
    """Images in order of their paths, no two the same, and the objects of each in order of class and place.

    The order is part of what a snapshot is: equal content has equal ids wherever it came from. Make one with
    :meth:`of`.
    """

    task: Task
    class_names: list[str]
    images: list[ImageRecord]
    objects: list[list[Annotation]]
    keypoints: Keypoints | None = None

    @classmethod
    def of(
        cls,
        task: Task,
        class_names: list[str],
        found: Iterable[tuple[ImageRecord, list[Annotation]]],
        keypoints: Keypoints | None = None,
    ) -> DatasetContent:
        """Bring images and their objects into their order."""
        pairs = sorted(found, key=lambda pair: pair[0].path)
        objects = [sorted(annotations, key=_place) for _, annotations in pairs]
        return cls(task, class_names, [image for image, _ in pairs], objects, keypoints)


@dataclass(frozen=True, slots=True)
class SplitReport:
    """Whether the splits were as given, else how they were made."""

    given: bool
    seed: int | None = None
    fractions: Mapping[str, float] | None = None


@dataclass(frozen=True, slots=True)
class DatasetReport:
    """What was found, in numbers: images by split, objects by class name, problems by their code.

    ``background`` counts images without objects; ``sizes`` are the smallest and largest width and height in px.
    """

    format: str
    images: dict[str, int]
    background: int
    objects: dict[str, int]
    sizes: dict[str, tuple[int, int]]
    problems: dict[str, int]
    split: SplitReport

    @property
    def problem_count(self) -> int:
        """How many problems in all."""
        return sum(self.problems.values())

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return dataclasses.asdict(self)


@dataclass(slots=True)
class DatasetReading:
    """What a reader found: the content, and what is odd about it but no reason to refuse.

    Of many warnings the first are listed; ``report.problems`` counts them all. ``kept`` says that the files are in the
    store already (see :func:`~snellen.formats.read_folder`).
    """

    content: DatasetContent
    report: DatasetReport
    warnings: list[Problem] = field(default_factory=list)
    kept: bool = False


def report_on(content: DatasetContent, problems: Counter[str], *, format: str, split: SplitReport) -> DatasetReport:
    """The numbers of a dataset."""
    counts = Counter(annotation.class_id for annotations in content.objects for annotation in annotations)
    objects: dict[str, int] = dict.fromkeys(content.class_names, 0)
    for class_id, count in counts.items():
        objects[content.class_names[class_id]] += count
    widths, heights = [i.width for i in content.images], [i.height for i in content.images]
    return DatasetReport(
        format=format,
        images=dict(Counter(image.split for image in content.images)),
        background=sum(not annotations for annotations in content.objects),
        objects=objects,
        sizes={"width": (min(widths), max(widths)), "height": (min(heights), max(heights))},
        problems=dict(problems),
        split=split,
    )


def quantise(value: float) -> float:
    """The nearest multiple of :data:`QUANTUM`."""
    return round(value * STEPS) / STEPS


def image_frame(images: list[ImageRecord]) -> pl.DataFrame:
    """``images.parquet``: ``image_id, path, split, width, height, sha256, bytes, content_type, orientation``."""
    import polars as pl

    types = (pl.String, pl.String, pl.Int32, pl.Int32, pl.String, pl.Int64, pl.String, pl.Int8)
    columns = dict(zip(ImageRecord._fields, types, strict=False))
    data = dict(zip(columns, zip(*images, strict=True), strict=False)) if images else {}
    frame = pl.DataFrame({name: list(data.get(name, ())) for name in columns}, schema=columns)
    return frame.select(pl.int_range(pl.len(), dtype=pl.Int64).alias("image_id"), *columns)


def object_frame(objects: list[list[Annotation]]) -> pl.DataFrame:
    """``objects.parquet``: ``object_id, image_id, class_id, x, y, w, h, area, iscrowd, rle, keypoints``."""
    import polars as pl

    types: dict[str, Any] = {
        "class_id": pl.Int32,
        **dict.fromkeys(("x", "y", "w", "h", "area"), pl.Float64),
        "iscrowd": pl.Boolean,
        "rle": pl.String,
        "keypoints": pl.List(pl.List(pl.Float64)),
    }
    rows = [annotation for annotations in objects for annotation in annotations]
    columns = dict(zip(types, zip(*rows, strict=True), strict=True)) if rows else {}
    data = {name: list(columns.get(name, ())) for name in types}
    data["image_id"] = [image_id for image_id, annotations in enumerate(objects) for _ in annotations]
    frame = pl.DataFrame(data, schema={**types, "image_id": pl.Int64})
    return frame.select(pl.int_range(pl.len(), dtype=pl.Int64).alias("object_id"), "image_id", *types)


def _place(annotation: Annotation) -> tuple[Any, ...]:
    """What objects are sorted by: everything, so that the order in a file never matters; None before text."""
    return (*annotation[:7], annotation.rle or "", annotation.keypoints or ())
