"""COCO's JSON as it is evaluated: taken as it stands, nothing clipped and nothing left out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from snellen.contract.tasks import Task
from snellen.errors import DatasetInvalid, PredictionsInvalid, SnellenError
from snellen.formats.content import are_sigmas
from snellen.formats.evaluated_files import TruthFile
from snellen.formats.masks import canonical, measure_rle, polygons_to_rle

Id = int | str
T = TypeVar("T")
BOX = ("x", "y", "w", "h")


class _Rle(msgspec.Struct):
    size: tuple[int, int]
    counts: str | list[int]


class _Image(msgspec.Struct):
    id: Id
    width: int | None = None
    height: int | None = None
    file_name: str = ""


class _Category(msgspec.Struct):
    id: Id
    name: str = ""
    keypoints: list[str] | None = None
    sigmas: list[float] | None = None


class _Object(msgspec.Struct):
    """An annotation, or with a score a result."""

    image_id: Id
    category_id: Id
    bbox: list[float] | None = None
    segmentation: _Rle | list[list[float]] | None = None
    keypoints: list[float] | None = None
    area: float | None = None
    iscrowd: int = 0
    score: float | None = None


class _Truth(msgspec.Struct):
    images: list[_Image]
    categories: list[_Category]
    annotations: list[_Object] = []


def read_coco_truth(path: Path, task: Task | None) -> TruthFile:
    """The truth of a COCO JSON; ids of ours are places in its lists.

    Raises :class:`~snellen.errors.DatasetInvalid` naming the annotation, from 0.
    """
    import polars as pl

    given = _decoded(path, _Truth, DatasetInvalid, "COCO annotations with images, categories and annotations")
    images = {str(image.id): place for place, image in enumerate(given.images)}
    classes = {str(category.id): place for place, category in enumerate(given.categories)}
    for what, ids, number in (("images", images, len(given.images)), ("categories", classes, len(given.categories))):
        if len(ids) < number:
            raise DatasetInvalid(f"{path}: {number - len(ids)} of {number} {what} have an id that another has")
    posed = next((category for category in given.categories if category.keypoints), None)
    of = task or _task_of(given.annotations, posed is not None)
    sizes = {place: (image.height, image.width) for place, image in enumerate(given.images)}
    rows = _rows(given.annotations, of, images, classes, sizes, "annotations", path, DatasetInvalid)
    areas = [_area(one, row) for one, row in zip(given.annotations, rows, strict=True)]
    names = tuple(posed.keypoints or ()) if posed is not None else ()
    sigmas = None if posed is None or posed.sigmas is None else tuple(posed.sigmas)
    if sigmas is not None and not are_sigmas(sigmas, len(names)):
        raise DatasetInvalid(f"{path}: category {posed.name!r}: expected {len(names)} sigmas, each above 0")  # type: ignore[union-attr]
    objects = pl.DataFrame(
        rows,
        schema={
            "image_id": pl.Int64,
            "class_id": pl.Int32,
            **dict.fromkeys(BOX, pl.Float64),
            "rle": pl.String,
            "keypoints": pl.List(pl.List(pl.Float64)),
        },
        orient="row",
    )
    objects = objects.with_columns(
        pl.Series("area", areas, pl.Float64),
        pl.Series("iscrowd", [bool(one.iscrowd) for one in given.annotations], pl.Boolean),
    ).with_row_index("object_id")
    return TruthFile(
        pl.DataFrame(
            {
                "image_id": list(sizes),
                "width": [width for _, width in sizes.values()],
                "height": [height for height, _ in sizes.values()],
            },
            schema={"image_id": pl.Int64, "width": pl.Int32, "height": pl.Int32},
        ),
        objects.with_columns(pl.col("object_id").cast(pl.Int64)),
        tuple(category.name or str(category.id) for category in given.categories),
        images,
        classes,
        of,
        names,
        sigmas,
        {image.file_name: place for place, image in enumerate(given.images)},
    )


def read_coco_results(path: Path, truth: TruthFile, task: Task | None) -> tuple[Task, dict[str, list[Any]]]:
    """The columns of a prediction set, of COCO results, and the task that they are of.

    Raises :class:`~snellen.errors.PredictionsInvalid` naming the result, from 0.
    """
    given = _decoded(path, list[_Object], PredictionsInvalid, "COCO results: a list of objects with a score")
    of = task or _task_of(given, any(one.keypoints for one in given[:1]))
    sizes = {image: (h, w) for image, h, w in truth.images.select("image_id", "height", "width").iter_rows()}
    unscored = next((i for i, one in enumerate(given) if one.score is None), None)
    if unscored is not None:
        raise PredictionsInvalid(f"{path}: result {unscored} has no score; are these annotations?")
    rows = _rows(given, of, truth.image_ids, truth.class_ids, sizes, "results", path, PredictionsInvalid)
    columns: dict[str, list[Any]] = {"image_id": [row[0] for row in rows], "class_id": [row[1] for row in rows]}
    columns["score"] = [one.score for one in given]
    if of is not Task.CLASSIFICATION:
        columns |= {side: [row[2 + i] for row in rows] for i, side in enumerate(BOX)}
    if of is Task.SEGMENTATION:
        columns["rle"] = [row[6] for row in rows]
    if of is Task.POSE:
        columns["keypoints"] = [row[7] for row in rows]
    return of, columns


def _decoded(path: Path, kind: type[T], error: type[SnellenError], expected: str) -> T:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except OSError as failure:
        raise error(f"{path}: can't be read ({failure.strerror}); expected {expected}") from failure
    except msgspec.MsgspecError as failure:
        raise error(f"{path}: {failure}; expected {expected}") from failure


def _task_of(objects: Sequence[_Object], posed: bool) -> Task:
    first = objects[0] if objects else None
    if first is not None and first.keypoints is not None and posed:
        return Task.POSE
    if first is not None and first.segmentation is not None:
        return Task.SEGMENTATION
    return Task.DETECTION


def _rows(
    objects: Sequence[_Object],
    task: Task,
    images: Mapping[str, int],
    classes: Mapping[str, int],
    sizes: Mapping[int, tuple[int | None, int | None]],
    what: str,
    path: Path,
    error: type[SnellenError],
) -> list[tuple[Any, ...]]:
    """``image_id, class_id, x, y, w, h, rle, keypoints`` of each."""
    rows = []
    for i, one in enumerate(objects):
        image, kind = images.get(str(one.image_id)), classes.get(str(one.category_id))
        if image is None or kind is None:
            name, value = ("image_id", one.image_id) if image is None else ("category_id", one.category_id)
            raise error(f"{path}: {what}[{i}].{name}: got {value!r}, which the truth doesn't have")
        try:
            rle = _mask(one, sizes[image]) if task is Task.SEGMENTATION else None
            points = _points(one) if task is Task.POSE else None
            rows.append((image, kind, *_box(one, task, rle, points, sizes[image]), rle, points))
        except ValueError as wrong:
            raise error(f"{path}: {what}[{i}]: {wrong}") from wrong
    return rows


def _mask(one: _Object, size: tuple[int | None, int | None]) -> str:
    found = one.segmentation
    if isinstance(found, _Rle):
        if isinstance(found.counts, str):
            return found.counts
        return canonical(found.counts, *found.size)
    if not found:
        raise ValueError("segmentation: got none, expected polygons or an RLE")
    if size[0] is None or size[1] is None:
        raise ValueError("segmentation: polygons need the width and height of their image in the truth")
    return polygons_to_rle(found, height=size[0], width=size[1])


def _points(one: _Object) -> list[list[float]]:
    values = one.keypoints or []
    if len(values) % 3:
        raise ValueError(f"keypoints: got {len(values)} numbers, expected x, y, v of each")
    return [values[i : i + 3] for i in range(0, len(values), 3)]


def _box(
    one: _Object,
    task: Task,
    rle: str | None,
    points: list[list[float]] | None,
    size: tuple[int | None, int | None],
) -> tuple[float, float, float, float]:
    if one.bbox:
        if len(one.bbox) != 4:
            raise ValueError(f"bbox: got {one.bbox}, expected [x, y, w, h]")
        x, y, w, h = one.bbox
        return x, y, w, h
    if rle is not None and size[0] is not None and size[1] is not None:
        return measure_rle(rle, height=size[0], width=size[1])[1]
    if points:
        xs, ys = [p[0] for p in points], [p[1] for p in points]
        return min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)
    if task is Task.CLASSIFICATION:
        return 0.0, 0.0, float(size[1] or 0), float(size[0] or 0)
    raise ValueError("got no bbox, expected [x, y, w, h]")


def _area(one: _Object, row: tuple[Any, ...]) -> float:
    if one.area is not None and math.isfinite(one.area) and one.area >= 0:
        return one.area
    return float(row[4] * row[5])
