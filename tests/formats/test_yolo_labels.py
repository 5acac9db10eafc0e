"""Label lines: whatever numbers they hold, a detour over an export comes back to the same pixels."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from snellen.contract.tasks import Task
from snellen.formats.content import QUANTUM, Annotation, ImageRecord
from snellen.formats.export_yolo import _line
from snellen.formats.problems import Problem
from snellen.formats.scan import Item
from snellen.formats.yolo_labels import YoloLabels

unit = st.floats(0, 1)
sides = st.integers(1, 20_000)


def read_labels(file: Path, width: int, height: int, classes: int) -> tuple[list[Annotation], list[Problem]]:
    image = ImageRecord("a.png", "train", width, height, "0" * 64, 1, "image/png", 1, "a.png")
    item = Item("a.png", "a.png", "a.png", "train", (str(file), "a.txt"))
    found, problems, _ = YoloLabels(classes, None)(item, image)
    return found, problems


def boxes_of(text: str, width: int, height: int, file: Path) -> list[Annotation]:
    file.write_text(text)
    found, problems = read_labels(file, width, height, 3)
    assert [p for p in problems if p.severity == "error"] == []
    return found


@given(cx=unit, cy=unit, w=unit, h=unit, width=sides, height=sides, digits=st.sampled_from([3, 6, 17]))
@example(cx=1.0, cy=1.0, w=1.0, h=1.0, width=37, height=20_000, digits=6)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_export_and_import_again_change_nothing(
    cx: float, cy: float, w: float, h: float, width: int, height: int, digits: int, tmp_path: Path
) -> None:
    first = boxes_of(
        f"2 {cx:.{digits}g} {cy:.{digits}g} {w:.{digits}g} {h:.{digits}g}\n", width, height, tmp_path / "a"
    )
    for box in first:
        assert 0 <= box.x <= box.x + box.w <= width
        assert 0 <= box.y <= box.y + box.h <= height
        assert box.w >= QUANTUM
        assert box.h >= QUANTUM
        row = {"class_id": box.class_id, "x": box.x, "y": box.y, "w": box.w, "h": box.h}
        assert boxes_of(
            _line(row, {"width": width, "height": height}, Task.DETECTION), width, height, tmp_path / "b"
        ) == [box]


@pytest.mark.parametrize(
    ("line", "box", "warned"),
    [
        ("0 0.5 0.5 1 1", Annotation.box(0, 0, 0, 100, 50), []),
        ("0 0.5 0.5 1.0005 1", Annotation.box(0, 0, 0, 100, 50), []),
        ("0 0 0.5 0.2 1", Annotation.box(0, 0, 0, 10, 50), ["box_clipped"]),
        ("0 1.0005 0.5 0.2 1", Annotation.box(0, 90.05, 0, 9.95, 50), ["box_clipped"]),
        ("1.0 0.5 0.5 0.2 1", Annotation.box(1, 40, 0, 20, 50), []),
    ],
)
def test_what_reaches_out_of_the_image_is_clipped(
    line: str, box: Annotation, warned: list[str], tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text(line)
    (found,), problems = read_labels(tmp_path / "a.txt", 100, 50, 2)
    assert (found.class_id, found.x, found.y, found.w, found.h) == pytest.approx(
        (box.class_id, box.x, box.y, box.w, box.h), abs=QUANTUM
    )
    assert [p.code for p in problems] == warned
