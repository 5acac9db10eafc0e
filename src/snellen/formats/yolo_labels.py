"""Label files of Ultralytics YOLO: an object a line, normalised to the image.

``class cx cy w h`` is a box; with a polygon ``class x0 y0 x1 y1 …`` it is a mask; with keypoints
``class cx cy w h x0 y0 v0 …``, as many as ``kpt_shape`` of the ``data.yaml`` says.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from snellen.contract.tasks import Task
from snellen.formats.content import STEPS, Annotation, ImageRecord
from snellen.formats.geometry import TOLERANCE, fit_box, fit_keypoints
from snellen.formats.masks import measure_rle, polygons_to_rle
from snellen.formats.problems import Problem
from snellen.formats.scan import Item

BOX_FIELDS = 5
POLYGON_FIELDS = 7
#: A polygon may reach so far out of the image, in its sizes, and is cut; beyond it the numbers mean something else.
FAR = 1.0
LOW, HIGH = -TOLERANCE, 1 + TOLERANCE


class _Wrong(Exception):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Kinds(NamedTuple):
    """How many boxes and how many polygons a file has."""

    boxes: int
    polygons: int


@dataclass(frozen=True, slots=True)
class YoloLabels:
    """Reads the label file of an image: ``item.label`` is its path and how it is shown.

    `task` is None where the labels themselves have to tell detection from segmentation.
    """

    class_count: int
    task: Task | None
    keypoints: int = 0
    keypoint_fields: int = 0

    def __call__(self, item: Item, image: ImageRecord) -> tuple[list[Annotation], list[Problem], Kinds]:
        """The objects in pixels, and problems with their lines. Windows line ends and a byte-order mark are fine."""
        source, shown = item.label
        try:
            with open(source, "rb", buffering=0) as file:
                text = file.read().decode("utf-8-sig")
        except FileNotFoundError:
            missing = Problem("warning", "image_unlabelled", "has no label file; taken as background", item.shown)
            return [], [missing], Kinds(0, 0)
        except (OSError, UnicodeDecodeError) as error:
            message = f"can't be read as UTF-8 text: {error}"
            return [], [Problem("error", "label_unreadable", message, shown, image=image.path)], Kinds(0, 0)
        annotations: dict[Annotation, None] = {}
        boxes = polygons = 0
        problems: list[Problem] = []
        plain = not self.keypoints and self.task is not Task.SEGMENTATION
        for number, line in enumerate(text.splitlines(), 1):
            fields = line.split()
            if not fields:
                continue
            if plain and (box := _plain_box(fields, image.width, image.height, self.class_count)) is not None:
                boxes += 1
                count = len(annotations)
                annotations[box] = None
                if len(annotations) > count:
                    continue
                boxes -= 1  # it is there already, which is told below
            try:
                annotation, odd = self._read(fields, image)
                boxes, polygons = boxes + (len(fields) == BOX_FIELDS), polygons + (len(fields) != BOX_FIELDS)
            except _Wrong as wrong:
                problems.append(Problem("error", wrong.code, str(wrong), shown, number, image.path))
                continue
            if annotation.w <= 0 or annotation.h <= 0:
                odd.append(("box_empty", "covers no part of the image; left out"))
            elif annotation in annotations:
                odd.append(("box_repeated", "the same object again; left out"))
            else:
                annotations[annotation] = None
            problems += [Problem("warning", code, message, shown, number, image.path) for code, message in odd]
        return list(annotations), problems, Kinds(boxes, polygons)

    def _read(self, fields: list[str], image: ImageRecord) -> tuple[Annotation, list[tuple[str, str]]]:
        try:
            values = [float(field) for field in fields]
        except ValueError:
            values = [math.nan]
        if not all(map(math.isfinite, values)):
            raise _Wrong("label_number", f"got {' '.join(fields)[:80]!r}, expected finite numbers")
        class_id = self._class_of(values[0], fields[0])
        count = len(values)
        if self.keypoints:
            return self._pose(class_id, values, image)
        if count == BOX_FIELDS and self.task is not Task.SEGMENTATION:
            return _box(class_id, values, image)
        if count >= POLYGON_FIELDS and count % 2:
            if self.task is Task.DETECTION:
                return _box_of_polygon(class_id, values, image)
            return _mask(class_id, values, image)
        raise _Wrong("label_fields", f"got {count} fields, expected {self._expected()}")

    def _expected(self) -> str:
        box, polygon = "5 (class cx cy w h)", "an odd number from 7 (class x0 y0 x1 y1 x2 y2 …)"
        if self.task is Task.SEGMENTATION:
            return f"{polygon}: segmentation needs a polygon for each object"
        return f"{box} or {polygon}"

    def _class_of(self, value: float, text: str) -> int:
        if not 0 <= value < self.class_count or value != int(value):
            raise _Wrong("class_unknown", f"class {text} is not in data.yaml, which names 0 to {self.class_count - 1}")
        return int(value)

    def _pose(self, class_id: int, values: list[float], image: ImageRecord) -> tuple[Annotation, list[tuple[str, str]]]:
        each = self.keypoint_fields
        expected = BOX_FIELDS + self.keypoints * each
        if len(values) != expected:
            shape = f"kpt_shape [{self.keypoints}, {each}]"
            raise _Wrong("label_fields", f"got {len(values)} fields, expected {expected}: a box and {shape}")
        annotation, odd = _box(class_id, values[:BOX_FIELDS], image)
        points = []
        for at in range(BOX_FIELDS, expected, each):
            x, y = values[at : at + 2]
            v = values[at + 2] if each == 3 else 2.0 * (min(x, y) >= 0 and max(x, y) > 0)
            if v not in (0, 1, 2) or (v and not (-FAR <= x <= 1 + FAR and -FAR <= y <= 1 + FAR)):
                got = " ".join(f"{value:g}" for value in values[at : at + each])
                raise _Wrong("keypoint_range", f"got keypoint {got}, expected x and y from 0 to 1 and v 0, 1 or 2")
            points.append((x * image.width, y * image.height, int(v)) if v else (0.0, 0.0, 0))
        keypoints, outside = fit_keypoints(points, image.width, image.height)
        if outside:
            odd.append(("keypoint_outside", f"{outside} keypoints are outside the image; taken as not labelled"))
        return annotation if self.task is Task.DETECTION else annotation._replace(keypoints=keypoints), odd


def _plain_box(fields: list[str], width: int, height: int, class_count: int) -> Annotation | None:
    """A box with nothing to say about it, as nearly all are, in a quarter of the time; else None."""
    try:
        class_id, x, y, w, h = map(float, fields)
    except ValueError:
        return None
    x, y, w, h = x * width, y * height, w * width, h * height
    x, y = x - w / 2, y - h / 2
    right, bottom = x + w, y + h
    # NaN is in none of these.
    if not (0 <= x < right <= width and 0 <= y < bottom <= height and 0 <= class_id < class_count):
        return None
    number = int(class_id)
    x, y = round(x * STEPS) / STEPS, round(y * STEPS) / STEPS
    w, h = round((right - x) * STEPS) / STEPS, round((bottom - y) * STEPS) / STEPS
    return Annotation(number, x, y, w, h, w * h) if number == class_id and w > 0 and h > 0 else None


def _box(class_id: int, values: list[float], image: ImageRecord) -> tuple[Annotation, list[tuple[str, str]]]:
    _, cx, cy, w, h = values
    if not (LOW <= cx <= HIGH and LOW <= cy <= HIGH and w >= 0 and h >= 0):
        got = " ".join(f"{value:g}" for value in values[1:])
        raise _Wrong("box_range", f"got {got}, expected centre and size from 0 to 1 of the image")
    if not (w <= HIGH and h <= HIGH):
        message = f"got a box of {w:g} x {h:g} images, expected sizes from 0 to 1; are these pixels?"
        raise _Wrong("box_range", message)
    width, height = image.width, image.height
    x, y, w, h, clipped = fit_box(
        (cx - w / 2) * width, (cy - h / 2) * height, (cx + w / 2) * width, (cy + h / 2) * height, width, height
    )
    return Annotation.box(class_id, x, y, w, h), [_CLIPPED] if clipped else []


def _mask(class_id: int, values: list[float], image: ImageRecord) -> tuple[Annotation, list[tuple[str, str]]]:
    points, clipped = _points(values, image)
    rle = polygons_to_rle([points], height=image.height, width=image.width)
    area, box = measure_rle(rle, height=image.height, width=image.width)
    return Annotation(class_id, *box, area, rle=rle), [_CLIPPED] if clipped else []


def _box_of_polygon(class_id: int, values: list[float], image: ImageRecord) -> tuple[Annotation, list[tuple[str, str]]]:
    points, _ = _points(values, image)
    xs, ys = points[::2], points[1::2]
    x, y, w, h, clipped = fit_box(min(xs), min(ys), max(xs), max(ys), image.width, image.height)
    return Annotation.box(class_id, x, y, w, h), [_CLIPPED] if clipped else []


def _points(values: list[float], image: ImageRecord) -> tuple[list[float], bool]:
    """The polygon in pixels, and whether it reaches out of the image."""
    low, high = min(values[1:]), max(values[1:])
    if not (low >= -FAR and high <= 1 + FAR):
        hint = "are these pixels, or keypoints (then data.yaml needs kpt_shape)?"
        raise _Wrong("polygon_range", f"got coordinates from {low:g} to {high:g}, expected 0 to 1 of the image; {hint}")
    points = [value * (image.height if at % 2 else image.width) for at, value in enumerate(values[1:])]
    return points, not (low >= LOW and high <= HIGH)


_CLIPPED = ("box_clipped", "reaches out of the image; clipped")


def lines_of(item: Item, *, boxes: bool) -> list[int]:
    """The lines of a label file that hold boxes, or those that hold polygons."""
    with open(item.label[0], encoding="utf-8-sig") as file:
        counts = [len(line.split()) for line in file.read().splitlines()]
    return [number for number, count in enumerate(counts, 1) if count and (count == BOX_FIELDS) == boxes]
