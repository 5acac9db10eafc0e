"""``image_results``: predictions, and perhaps their truth, that came as JSON with a validation.

Each is ``{image_name, true_…?, predicted_…?, …}``, in pixels of the original image, origin top-left; what each task
takes of it is in docs/reference/evaluation.md. The other fields of an image are not looked at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from snellen.contract.tasks import Task
from snellen.formats.image_results_fields import Classes, Problems, is_text
from snellen.formats.image_results_labels import TRUTH, Labels, read_labels
from snellen.formats.image_results_objects import FIELDS, ObjectReader, Objects
from snellen.formats.image_results_shapes import Masks, Poses
from snellen.formats.prediction_checks import BOX, conform
from snellen.formats.predictions import PredictionSet, RawPredictions, resolve

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class ImageResults:
    """What the JSON held, as the frames that an evaluation takes.

    ``images``: ``image_id`` (int64), ``path``, ``split, width, height`` (null: nobody said), one row an image.
    ``objects``: ``object_id, image_id`` (int64), ``class_id`` (int32), ``x, y, w, h, area`` (float64), ``iscrowd``
    (bool), for masks ``rle``, for poses ``keypoints``; without rows unless ``has_truth``. ``predictions``: the final
    set of all these images. ``class_names``: those given, else those that the objects or labels brought.
    ``keypoints``: how many a pose has; None where there are no poses.
    """

    images: pl.DataFrame
    objects: pl.DataFrame
    predictions: PredictionSet
    class_names: tuple[str, ...]
    has_truth: bool
    keypoints: int | None = None


def brings_truth(results: Sequence[Mapping[str, Any]], task: Task) -> bool:
    """Whether any image has a truth of the task."""
    fields = TRUTH if task is Task.CLASSIFICATION else (f"true_{FIELDS[task][0]}",)
    return any(result.get(name) is not None for result in results for name in fields if isinstance(result, Mapping))


def from_image_results(
    results: Sequence[Mapping[str, Any]],
    class_names: Sequence[str] = (),
    *,
    task: Task = Task.DETECTION,
    dataset: pl.DataFrame | None = None,
    keypoints: int | None = None,
) -> ImageResults:
    """Turn ``image_results`` into frames.

    An image's id is its place among the names sorted. With `dataset` (``image_id, path, split, width, height`` of a
    snapshot) names are paths there, and their ids, splits and sizes too. A name that isn't there is refused where the
    dataset is the truth; results that bring their own may have more images, whose ids follow those of the dataset.

    A prediction without ``confidence`` has 1. Poses must have `keypoints` keypoints, without it as many as the first.
    Raises :class:`~snellen.errors.PredictionsInvalid`; its message and ``problems`` name each index and field.
    """
    problems = Problems()
    names = _names(results, problems)
    images = _Images.of(names, dataset, own_truth=brings_truth(results, task))
    fields = [result if isinstance(result, Mapping) else {} for result in results]
    if task is Task.CLASSIFICATION:
        labels = read_labels(fields, class_names, problems)
        problems.refuse()
        return _of_labels(images, labels)
    classes = Classes(tuple(class_names), problems)
    masks = Masks(problems)
    for place in () if images.own_truth else images.sized:
        masks.known(place, images.height[place] or 0, images.width[place] or 0)
    reader = ObjectReader(task, fields, classes, masks, Poses(problems, keypoints), problems)
    truth, predicted = reader.read("true"), reader.read("predicted")
    name, what = FIELDS[task]
    if fields and not (truth.given or predicted.given):
        expected = f"expected {what}, as results of {task} have them"
        problems.say(f"image_results: no image has true_{name} or predicted_{name}; {expected}")
    problems.refuse()
    for place, (height, width) in masks.sizes.items():
        images.height[place], images.width[place] = height, width
    return _of_objects(images, task, truth, predicted, classes.final(), reader.poses.count)


@dataclass(slots=True)
class _Images:
    """The images in order of the list."""

    names: list[str]
    ids: dict[str, int]
    split: list[str | None]
    width: list[int | None]
    height: list[int | None]
    own_truth: bool

    @classmethod
    def of(cls, names: list[str], dataset: pl.DataFrame | None, *, own_truth: bool) -> _Images:
        import polars as pl

        known: dict[str, tuple[int, str | None, int | None, int | None]] = {}
        after = 0
        if dataset is not None:
            after = dataset.height
            here = dataset.filter(pl.col("path").is_in(pl.Series(names, dtype=pl.String).implode()))
            rows = here.select("path", "image_id", "split", "width", "height").iter_rows()
            known = {path: (image_id, split, width, height) for path, image_id, split, width, height in rows}
        ids = {name: row[0] for name, row in known.items()}
        if dataset is None or own_truth:
            ids |= {name: i for i, name in enumerate(sorted(set(names) - set(ids)), start=after)}
        rows_of = [known.get(name, (0, None, None, None)) for name in names]
        return cls(
            names,
            ids,
            split=[row[1] for row in rows_of],
            width=[row[2] for row in rows_of],
            height=[row[3] for row in rows_of],
            own_truth=own_truth,
        )

    @property
    def sized(self) -> list[int]:
        """The places of those whose size is known."""
        sizes = zip(self.width, self.height, strict=True)
        return [place for place, (width, height) in enumerate(sizes) if width is not None and height is not None]

    def frame(self) -> pl.DataFrame:
        """As a table, in order of the id."""
        import polars as pl

        columns = {"path": self.names, "split": self.split, "width": self.width, "height": self.height}
        types = {"path": pl.String, "split": pl.String, "width": pl.Int32, "height": pl.Int32}
        ids = {"image_id": [self.ids[name] for name in self.names]}
        return pl.DataFrame(ids | columns, schema={"image_id": pl.Int64, **types}).sort("image_id")


def _of_objects(
    images: _Images,
    task: Task,
    truth: Objects,
    predicted: Objects,
    class_names: tuple[str, ...],
    keypoints: int | None,
) -> ImageResults:
    shape = {Task.SEGMENTATION: "rle", Task.POSE: "keypoints"}.get(task)
    columns: dict[str, Any] = {"class_id": predicted.class_id, "score": predicted.score, **_box_columns(predicted)}
    if shape is not None:
        columns[shape] = _shapes(shape, predicted.shapes)
    found = _predictions(images, predicted.index, columns, task, class_names, keypoints)
    objects = _objects(images, truth.index, truth.class_id, truth.area, truth.crowd, _box_columns(truth))
    if shape is not None:
        objects = objects.with_columns(_shapes(shape, truth.shapes))
    return ImageResults(images.frame(), _numbered(objects), found, class_names, truth.given, keypoints)


def _of_labels(images: _Images, labels: Labels) -> ImageResults:
    """The truth is one object an image: its box is the image, of no size where nobody knows it."""
    columns = {"rank": labels.rank, "class_id": labels.class_id, "score": labels.score}
    found = _predictions(images, labels.index, columns, Task.CLASSIFICATION, labels.class_names, None)
    places = list(range(len(labels.true)))
    width, height = ([float(side[place] or 0) for place in places] for side in (images.width, images.height))
    zeros = [0.0 for _ in places]
    box = {"x": zeros, "y": zeros, "w": width, "h": height}
    area = [w * h for w, h in zip(width, height, strict=True)]
    objects = _objects(images, places, labels.true, area, [False for _ in places], box)
    return ImageResults(images.frame(), _numbered(objects), found, labels.class_names, bool(labels.true))


def _predictions(
    images: _Images,
    index: list[int],
    columns: Mapping[str, Any],
    task: Task,
    class_names: tuple[str, ...],
    keypoints: int | None,
) -> PredictionSet:
    raw = conform({"image": [images.names[i] for i in index], **columns}, "image", task)
    given = RawPredictions(raw, tuple(images.names), task)
    return resolve(given, images.ids, task=task, class_count=len(class_names), keypoints=keypoints)


def _box_columns(objects: Objects) -> dict[str, list[float]]:
    return {side: [box[at] for box in objects.boxes] for at, side in enumerate(BOX)}


def _objects(
    images: _Images,
    index: list[int],
    class_id: list[int],
    area: list[float],
    crowd: list[bool],
    box: Mapping[str, list[float]],
) -> pl.DataFrame:
    import polars as pl

    return pl.DataFrame(
        {
            "image_id": [images.ids[images.names[i]] for i in index],
            "class_id": class_id,
            **box,
            "area": area,
            "iscrowd": crowd,
        },
        schema={
            "image_id": pl.Int64,
            "class_id": pl.Int32,
            **dict.fromkeys((*BOX, "area"), pl.Float64),
            "iscrowd": pl.Boolean,
        },
    )


def _shapes(name: str, shapes: list[Any]) -> pl.Series:
    """A column of masks or poses; poses, of as many keypoints each, through an array, as lists would take long."""
    import numpy as np
    import polars as pl

    if name == "rle" or not shapes:
        return pl.Series(name, shapes, pl.String if name == "rle" else pl.List(pl.List(pl.Float64)))
    return pl.Series(name, np.array(shapes, dtype=np.float64)).cast(pl.List(pl.List(pl.Float64)))


def _numbered(objects: pl.DataFrame) -> pl.DataFrame:
    """In order of the images, each with its number."""
    import polars as pl

    ordered = objects.sort("image_id", maintain_order=True)
    return ordered.select(pl.int_range(pl.len(), dtype=pl.Int64).alias("object_id"), pl.all())


def _names(results: Sequence[Mapping[str, Any]], problems: Problems) -> list[str]:
    names: list[str] = []
    seen: dict[str, int] = {}
    for i, result in enumerate(results):
        name = result.get("image_name") if isinstance(result, Mapping) else None
        if not is_text(name):
            problems.add(f"image_results[{i}].image_name", name, "a name")
            name = ""
        elif name in seen:
            problems.say(f"image_results[{i}].image_name: {name!r} is also that of image_results[{seen[name]}]")
        seen.setdefault(name, i)
        names.append(name)
    return names
