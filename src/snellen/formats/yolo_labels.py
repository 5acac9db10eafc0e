"""Label files of Ultralytics YOLO, detection: ``class cx cy w h`` a line, normalised."""

from __future__ import annotations

import math
from pathlib import Path

from snellen.formats.content import Box, quantise
from snellen.formats.problems import Problem

#: Rounding of the tool that wrote the labels may reach this far out of the image without a warning.
TOLERANCE = 1e-3
FIELDS = 5
POLYGON = "label_polygon"


def read_labels(
    source: Path, *, shown: str, width: int, height: int, class_count: int
) -> tuple[list[Box], list[Problem]]:
    """The boxes of one file, in pixels, and its problems. Windows line ends and a byte-order mark are fine."""
    try:
        text = source.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        return [], [Problem("error", "label_unreadable", f"can't be read as UTF-8 text: {error}", shown)]
    boxes: list[Box] = []
    problems: list[Problem] = []
    seen: set[Box] = set()
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        found = _read_line(line, shown, number, width, height, class_count)
        if isinstance(found, Problem):
            problems.append(found)
            continue
        box, clipped = found
        if clipped:
            problems.append(Problem("warning", "box_clipped", "box reaches out of the image; clipped", shown, number))
        if box.w <= 0 or box.h <= 0:
            problems.append(Problem("warning", "box_empty", "box has no area; left out", shown, number))
        elif box in seen:
            problems.append(Problem("warning", "box_repeated", "the same box again; left out", shown, number))
        else:
            seen.add(box)
            boxes.append(box)
    return boxes, problems


def _read_line(
    line: str, shown: str, number: int, width: int, height: int, class_count: int
) -> tuple[Box, bool] | Problem:
    def wrong(code: str, message: str) -> Problem:
        return Problem("error", code, message, shown, number)

    fields = line.split()
    if len(fields) != FIELDS:
        more = len(fields) > FIELDS
        hint = "; polygons and keypoints are not imported yet" if more else ""
        code = POLYGON if more else "label_fields"
        return wrong(code, f"got {len(fields)} fields, expected 5 (class cx cy w h){hint}")
    try:
        values = [float(field) for field in fields]
    except ValueError:
        return wrong("label_number", f"got {line.strip()[:80]!r}, expected 5 numbers")
    if not all(math.isfinite(value) for value in values):
        return wrong("label_number", f"got {line.strip()[:80]!r}, expected finite numbers")
    class_id, cx, cy, w, h = values
    if class_id != int(class_id) or not 0 <= class_id < class_count:
        return wrong("class_unknown", f"class {fields[0]} is not in data.yaml, which names 0 to {class_count - 1}")
    if w < 0 or h < 0 or not (-TOLERANCE <= cx <= 1 + TOLERANCE and -TOLERANCE <= cy <= 1 + TOLERANCE):
        return wrong("box_range", f"got {' '.join(fields[1:])}, expected centre and size from 0 to 1 of the image")
    if w > 1 + TOLERANCE or h > 1 + TOLERANCE:
        return wrong("box_range", f"got a box of {w:g} x {h:g} images, expected sizes from 0 to 1; are these pixels?")
    left, top, right, bottom = cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2
    clipped = min(left, top) < -TOLERANCE or max(right, bottom) > 1 + TOLERANCE
    x, y = quantise(max(0.0, left) * width), quantise(max(0.0, top) * height)
    box = Box(
        class_id=int(class_id),
        x=x,
        y=y,
        w=quantise(min(1.0, right) * width - x),
        h=quantise(min(1.0, bottom) * height - y),
    )
    return box, clipped
