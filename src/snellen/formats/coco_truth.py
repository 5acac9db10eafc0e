"""COCO's JSON as it is evaluated: taken as it stands, nothing clipped and nothing left out."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from snellen.contract.tasks import Task
from snellen.errors import DatasetInvalid, PredictionsInvalid, SnellenError
from snellen.formats.content import are_sigmas
from snellen.formats.evaluated_files import TruthFile
from snellen.formats.masks import canonical, measure_rle, polygons_to_rle
from snellen.formats.prediction_checks import BOX

Id = int | str
Size = tuple[int | None, int | None]
T = TypeVar("T")

#: No image is so wide or high; more does not fit the column.
LONGEST_SIDE = 2**31 - 1


class _Rle(msgspec.Struct, gc=False):
    size: tuple[int, int]
    counts: str | list[int]


class _Image(msgspec.Struct):
    id: Id
    width: int | float | None = None
    height: int | float | None = None
    file_name: str = ""


class _Category(msgspec.Struct):
    id: Id
    name: str | None = None
    keypoints: list[str] | None = None
    sigmas: list[float] | None = None


class CocoObject(msgspec.Struct, gc=False):
    """An annotation, or with a score a result."""

    image_id: Id
    category_id: Id
    bbox: list[float] | None = None
    segmentation: _Rle | list[list[float]] | None = None
    keypoints: list[float] | None = None
    area: float | None = None
    iscrowd: bool | int | None = 0
    score: float | None = None


class _Truth(msgspec.Struct):
    images: list[_Image]
    categories: list[_Category]
    annotations: list[CocoObject] = []


def read_coco_truth(path: Path, task: Task | None) -> TruthFile:
    """The truth of a COCO JSON; image ids of ours are places in its list, classes are in the order of an import.

    Raises :class:`~snellen.errors.DatasetInvalid` naming the annotation, from 0.
    """
    import polars as pl

    given = _decoded(path, _Truth, DatasetInvalid, "COCO annotations with images, categories and annotations")
    categories = _in_order(given.categories)
    images = {str(image.id): place for place, image in enumerate(given.images)}
    classes = {str(category.id): place for place, category in enumerate(categories)}
    for what, ids, number in (("images", images, len(given.images)), ("categories", classes, len(categories))):
        if len(ids) < number:
            raise DatasetInvalid(f"{path}: {number - len(ids)} of {number} {what} have an id that another has")
    sizes = [_size(image, f"{path}: images[{i}]") for i, image in enumerate(given.images)]
    of = task or task_of(given.annotations)
    rows = _rows(given.annotations, of, images, classes, sizes, f"{path}: annotations", DatasetInvalid)
    names, sigmas = _keypoints(path, categories, [row[7] for row in rows])
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
    ).with_columns(
        pl.Series("area", [_area(one, row) for one, row in zip(given.annotations, rows, strict=True)], pl.Float64),
        pl.Series("iscrowd", [bool(one.iscrowd) for one in given.annotations], pl.Boolean),
    )
    return TruthFile(
        pl.DataFrame(
            {
                "image_id": range(len(sizes)),
                "width": [width for _, width in sizes],
                "height": [height for height, _ in sizes],
            },
            schema={"image_id": pl.Int64, "width": pl.Int32, "height": pl.Int32},
        ),
        objects.select(pl.int_range(pl.len(), dtype=pl.Int64).alias("object_id"), pl.all()),
        tuple(category.name or str(category.id) for category in categories),
        images,
        classes,
        of,
        names,
        sigmas,
        {image.file_name: place for place, image in enumerate(given.images)},
    )


def decode_results(path: Path) -> list[CocoObject]:
    """COCO results, not yet looked at.

    Raises :class:`~snellen.errors.PredictionsInvalid` for a JSON that is something else.
    """
    found = _decoded(path, list[CocoObject], PredictionsInvalid, "COCO results: a list of objects with a score")
    unscored = next((i for i, one in enumerate(found) if one.score is None), None)
    if unscored is not None:
        raise PredictionsInvalid(f"{path}: result {unscored} has no score; are these annotations?")
    return found


def result_columns(given: Sequence[CocoObject], path: Path, truth: TruthFile, task: Task) -> dict[str, list[Any]]:
    """The columns of a prediction set, of COCO results.

    Raises :class:`~snellen.errors.PredictionsInvalid` naming the result, from 0.
    """
    sizes: list[Size] = list(truth.images.sort("image_id").select("height", "width").iter_rows())
    rows = _rows(given, task, truth.image_ids, truth.class_ids, sizes, f"{path}: results", PredictionsInvalid)
    columns: dict[str, list[Any]] = {"image_id": [row[0] for row in rows], "class_id": [row[1] for row in rows]}
    columns["score"] = [one.score for one in given]
    if task is not Task.CLASSIFICATION:
        columns |= {side: [row[2 + i] for row in rows] for i, side in enumerate(BOX)}
    if task is Task.SEGMENTATION:
        columns["rle"] = [row[6] for row in rows]
    if task is Task.POSE:
        # No number hangs on a keypoint's score, and tools write visibilities or scores above 1 in its place.
        columns["keypoints"] = [[[x, y, min(max(v, 0.0), 1.0)] for x, y, v in row[7]] for row in rows]
    return columns


def task_of(objects: Iterable[CocoObject]) -> Task:
    """Of poses if there are keypoints, of masks if there are masks, else of boxes."""
    masks = False
    for one in objects:
        if one.keypoints:
            return Task.POSE
        masks = masks or bool(one.segmentation)
    return Task.SEGMENTATION if masks else Task.DETECTION


def _decoded(path: Path, kind: type[T], error: type[SnellenError], expected: str) -> T:
    try:
        data = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    except OSError as failure:
        raise error(f"{path}: can't be read ({failure.strerror}); expected {expected}") from failure
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as failure:
        place = re.search(r"malformed.*\(byte (\d+)\)", str(failure))
        near = ""
        if place is not None:
            at = int(place.group(1))
            near = f", near {data[max(0, at - 30) : at + 10].decode(errors='replace')!r}"
        raise error(f"{path}: {failure}{near}; expected {expected}") from failure


def _in_order(categories: list[_Category]) -> list[_Category]:
    """As an import orders them: by number where all ids are numbers (as text, perhaps), else as listed."""
    if all(re.fullmatch(r"\d+", str(category.id)) for category in categories):
        return sorted(categories, key=lambda category: int(category.id))
    return categories


def _size(image: _Image, where: str) -> Size:
    """Height and width; None where the file doesn't say."""
    sides = []
    for name, value in (("height", image.height), ("width", image.width)):
        if value and not (0 < value <= LONGEST_SIDE and value == int(value)):
            raise DatasetInvalid(f"{where}.{name}: got {value}, expected a whole number of pixels")
        sides.append(int(value) if value else None)
    return sides[0], sides[1]


def _keypoints(
    path: Path, categories: list[_Category], poses: list[list[Any] | None]
) -> tuple[tuple[str, ...], tuple[float, ...] | None]:
    """Names and sigmas; numbers are the names where no category has any."""
    posed = next((category for category in categories if category.keypoints), None)
    if posed is None:
        return tuple(str(i) for i in range(next((len(pose) for pose in poses if pose), 0))), None
    names = tuple(posed.keypoints or ())
    if posed.sigmas is not None and not are_sigmas(posed.sigmas, len(names)):
        raise DatasetInvalid(f"{path}: category {posed.name!r}: expected {len(names)} sigmas, each above 0")
    return names, None if posed.sigmas is None else tuple(posed.sigmas)


def _rows(
    objects: Sequence[CocoObject],
    task: Task,
    images: Mapping[str, int],
    classes: Mapping[str, int],
    sizes: list[Size],
    what: str,
    error: type[SnellenError],
) -> list[tuple[Any, ...]]:
    """``image_id, class_id, x, y, w, h, rle, keypoints`` of each. A size that nobody gave is that of the mask."""
    rows = []
    for i, one in enumerate(objects):
        image, kind = images.get(str(one.image_id)), classes.get(str(one.category_id))
        if image is None or kind is None:
            name, value = ("image_id", one.image_id) if image is None else ("category_id", one.category_id)
            raise error(f"{what}[{i}].{name}: got {value!r}, which the truth doesn't have")
        try:
            rle = points = None
            if task is Task.SEGMENTATION:
                if isinstance(one.segmentation, _Rle) and None in sizes[image]:
                    sizes[image] = one.segmentation.size
                rle = _mask(one, sizes[image])
            elif task is Task.POSE:
                points = _points(one, needed=error is PredictionsInvalid)
            rows.append((image, kind, *_box(one, task, rle, points, sizes[image]), rle, points))
        except (ValueError, TypeError, OverflowError) as wrong:
            raise error(f"{what}[{i}]: {wrong}") from wrong
    return rows


def _mask(one: CocoObject, size: Size) -> str:
    found, (height, width) = one.segmentation, size
    if not found:
        raise ValueError("segmentation: got none, expected polygons or an RLE; boxes are of the task detection")
    if height is None or width is None:
        raise ValueError("segmentation: polygons need the width and height of their image in the truth")
    if isinstance(found, list):
        odd = next((len(polygon) for polygon in found if len(polygon) % 2), None)
        if odd is not None:
            raise ValueError(f"segmentation: got a polygon of {odd} numbers, expected x and y of each corner")
        return polygons_to_rle(found, height=height, width=width)
    if found.size != size:
        raise ValueError(f"segmentation: its size is {list(found.size)}, the image's [{height}, {width}]")
    if isinstance(found.counts, str):
        return found.counts  # looked at later, all together
    if sum(found.counts) != height * width or min(found.counts, default=0) < 0:
        total = sum(found.counts)
        raise ValueError(
            f"segmentation: got runs of {total} pixels, expected runs of 0 or more, {height * width} in all"
        )
    return canonical(found.counts, height, width)


def _points(one: CocoObject, *, needed: bool) -> list[list[float]] | None:
    values = one.keypoints or []
    if len(values) % 3:
        raise ValueError(f"keypoints: got {len(values)} numbers, expected x, y, v of each")
    if not values and needed:
        raise ValueError("keypoints: got none, expected x, y, v of each")
    return [values[i : i + 3] for i in range(0, len(values), 3)] or None


def _box(
    one: CocoObject, task: Task, rle: str | None, points: list[list[float]] | None, size: Size
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


def _area(one: CocoObject, row: tuple[Any, ...]) -> float:
    if one.area is not None and math.isfinite(one.area) and one.area >= 0:
        return one.area
    return float(row[4] * row[5])
