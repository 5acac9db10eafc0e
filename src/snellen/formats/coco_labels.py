"""Annotations of COCO: boxes, polygons, RLE, keypoints, crowds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from snellen.contract.tasks import Task
from snellen.formats.content import Annotation, ImageRecord
from snellen.formats.geometry import fit_box, fit_keypoints
from snellen.formats.masks import canonical, measure_rle, polygons_to_rle, runs_of
from snellen.formats.problems import Problem
from snellen.formats.scan import Item

Id = int | str
#: What stands for no mask.
NOTHING = frozenset({b"", b"null", b"[]", b"{}", b"[[]]"})
POLYGON_NUMBERS = 6


class _Wrong(Exception):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class CocoAnnotation(msgspec.Struct):
    """One annotation as it stands in the file; a mask is left as it is until it is wanted."""

    category_id: Id
    bbox: list[float] | None = None
    segmentation: msgspec.Raw = msgspec.Raw(b"")
    keypoints: list[float] | None = None
    area: float | None = None
    iscrowd: bool | int | None = 0


class CocoRle(msgspec.Struct):
    """A mask as runs: as numbers, or as COCO's text."""

    size: tuple[int, int]
    counts: list[int] | str


class Source(NamedTuple):
    """One annotation's JSON and its line in the file."""

    line: int
    data: bytes


class CocoLabel(NamedTuple):
    """What a file says of one image: its size in px, None where it says none, and its annotations."""

    file: str
    line: int
    size: tuple[int, int] | None
    annotations: list[Source]


@dataclass(frozen=True, slots=True)
class CocoLabels:
    """Turns the annotations of an image into ours; class ids by the file's category ids as text."""

    task: Task
    classes: Mapping[str, int]
    keypoints: int

    def __call__(self, item: Item, image: ImageRecord) -> tuple[list[Annotation], list[Problem], None]:
        """The objects in pixels of the upright image, and problems with their lines."""
        label: CocoLabel = item.label
        if label.size is not None and label.size != (image.width, image.height):
            return [], [_other_size(label, image)], None
        found: dict[Annotation, None] = {}
        problems: list[Problem] = []
        for source in label.annotations:
            try:
                annotation, odd = self._read(msgspec.json.decode(source.data, type=CocoAnnotation), image)
            except msgspec.MsgspecError as error:
                problems.append(
                    Problem("error", "annotation", f"annotation: {error}", label.file, source.line, item.path)
                )
                continue
            except _Wrong as wrong:
                problems.append(Problem("error", wrong.code, str(wrong), label.file, source.line, item.path))
                continue
            if annotation.w <= 0 or annotation.h <= 0:
                odd.append(("box_empty", "covers no part of the image; left out"))
            elif annotation in found:
                odd.append(("box_repeated", "the same object again; left out"))
            else:
                found[annotation] = None
            problems += [Problem("warning", code, message, label.file, source.line, item.path) for code, message in odd]
        return list(found), problems, None

    def _read(self, given: CocoAnnotation, image: ImageRecord) -> tuple[Annotation, list[tuple[str, str]]]:
        odd: list[tuple[str, str]] = []
        class_id = self.classes.get(str(given.category_id))
        if class_id is None:
            raise _Wrong("class_unknown", f"category_id {given.category_id!r} is in no category of the file")
        rle = None
        if self.task is Task.SEGMENTATION:
            rle = self._mask(given, image, odd)
        box = self._box(given, rle, image, odd)
        area = given.area
        if area is not None and not (math.isfinite(area) and area >= 0):
            raise _Wrong("area", f"got an area of {area}, expected px² from 0, or none")
        if not area:  # none, or left at 0 by the tool that wrote it
            mask_area = None if rle is None else measure_rle(rle, height=image.height, width=image.width)[0]
            area = box[2] * box[3] if mask_area is None else mask_area
        points = self._keypoints(given, image, odd) if self.task is Task.POSE else None
        return Annotation(class_id, *box, area, bool(given.iscrowd), rle, points), odd

    def _box(
        self, given: CocoAnnotation, rle: str | None, image: ImageRecord, odd: list[tuple[str, str]]
    ) -> tuple[float, float, float, float]:
        if given.bbox is None or (not given.bbox and rle is not None):
            if rle is None:
                raise _Wrong("box_missing", "has no bbox")
            return measure_rle(rle, height=image.height, width=image.width)[1]
        if len(given.bbox) != 4 or not all(map(math.isfinite, given.bbox)) or min(given.bbox[2:]) < 0:
            raise _Wrong("box_range", f"bbox: got {str(given.bbox)[:60]}, expected [x, y, width, height] in pixels")
        x, y, w, h = given.bbox
        fitted = fit_box(x, y, x + w, y + h, image.width, image.height)
        if fitted.clipped:
            odd.append(("box_clipped", "reaches out of the image; clipped"))
        return fitted[:4]

    def _mask(self, given: CocoAnnotation, image: ImageRecord, odd: list[tuple[str, str]]) -> str:
        data = bytes(given.segmentation)
        if data in NOTHING:
            raise _Wrong("segmentation_missing", "has no segmentation; say task detection to take the boxes alone")
        height, width = image.height, image.width
        if data.startswith(b"{"):
            return _rle(msgspec.json.decode(data, type=CocoRle), height, width)
        polygons = msgspec.json.decode(data, type=list[list[float]])
        if any(len(polygon) % 2 for polygon in polygons):
            raise _Wrong(
                "polygon", "segmentation: a polygon has an odd number of coordinates, expected x and y of each"
            )
        whole = [polygon for polygon in polygons if len(polygon) >= POLYGON_NUMBERS]
        if len(whole) < len(polygons):
            odd.append(("polygon_short", "a polygon of fewer than three points; left out"))
        sizes = (width, height)
        if any(not -sizes[at % 2] <= value <= 2 * sizes[at % 2] for p in whole for at, value in enumerate(p)):
            raise _Wrong("polygon", "segmentation: coordinates far outside the image; expected pixels of this image")
        return (
            polygons_to_rle(whole, height=height, width=width) if whole else canonical([height * width], height, width)
        )

    def _keypoints(
        self, given: CocoAnnotation, image: ImageRecord, odd: list[tuple[str, str]]
    ) -> tuple[tuple[float, float, int], ...]:
        values = given.keypoints or [0.0] * (3 * self.keypoints)
        if len(values) != 3 * self.keypoints:
            got = f"got {len(values)} numbers, expected 3 (x, y, v) for each of {self.keypoints}"
            raise _Wrong("keypoint_count", f"keypoints: {got}")
        triples = list(zip(values[::3], values[1::3], values[2::3], strict=True))
        if any(v not in (0, 1, 2) or not (math.isfinite(x) and math.isfinite(y)) for x, y, v in triples):
            raise _Wrong("keypoint_range", "keypoints: expected x and y in pixels and v 0, 1 or 2")
        points, outside = fit_keypoints([(x, y, int(v)) for x, y, v in triples], image.width, image.height)
        if outside:
            odd.append(("keypoint_outside", f"{outside} keypoints are outside the image; taken as not labelled"))
        return points


def _rle(given: CocoRle, height: int, width: int) -> str:
    if tuple(given.size) != (height, width):
        raise _Wrong("mask_size", f"segmentation: its size is {list(given.size)}, the image's [{height}, {width}]")
    try:
        if isinstance(given.counts, str):
            runs = runs_of(given.counts, height=height, width=width)
        else:
            runs = given.counts
            if sum(runs) != height * width or any(run < 0 for run in runs):
                raise ValueError(f"its counts cover {sum(runs)} pixels, the image has {height * width}")
    except ValueError as error:
        raise _Wrong("mask", f"segmentation: {error}") from error
    return canonical(runs, height, width)


def _other_size(label: CocoLabel, image: ImageRecord) -> Problem:
    width, height = label.size or (0, 0)
    hint = "is this another file?"
    if (height, width) == (image.width, image.height) and image.orientation > 4:
        hint = (
            "it is turned by its EXIF orientation, and annotations are of the upright image: turn the one or the other"
        )
    sizes = f"the annotations are for {width} x {height} px, the file has {image.width} x {image.height}"
    message = f"{image.path}: {sizes}; {hint}"
    return Problem("error", "image_size", message, label.file, label.line, image.path)
