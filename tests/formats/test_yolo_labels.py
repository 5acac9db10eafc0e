"""Label lines: whatever numbers they hold, a detour over an export comes back to the same pixels."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from snellen.formats.content import QUANTUM, Box
from snellen.formats.export_yolo import _line
from snellen.formats.yolo_labels import read_labels

unit = st.floats(0, 1)
sides = st.integers(1, 20_000)


def boxes_of(text: str, width: int, height: int, file: Path) -> list[Box]:
    file.write_text(text)
    found, problems = read_labels(file, shown="a.txt", width=width, height=height, class_count=3)
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
        assert boxes_of(_line(row, {"width": width, "height": height}), width, height, tmp_path / "b") == [box]


@pytest.mark.parametrize(
    ("line", "box", "warned"),
    [
        ("0 0.5 0.5 1 1", Box(0, 0, 0, 100, 50), []),
        ("0 0.5 0.5 1.0005 1", Box(0, 0, 0, 100, 50), []),
        ("0 0 0.5 0.2 1", Box(0, 0, 0, 10, 50), ["box_clipped"]),
        ("0 1.0005 0.5 0.2 1", Box(0, 90.05, 0, 9.95, 50), ["box_clipped"]),
        ("1.0 0.5 0.5 0.2 1", Box(1, 40, 0, 20, 50), []),
    ],
)
def test_what_reaches_out_of_the_image_is_clipped(line: str, box: Box, warned: list[str], tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(line)
    (found,), problems = read_labels(tmp_path / "a.txt", shown="a.txt", width=100, height=50, class_count=2)
    assert (found.class_id, found.x, found.y, found.w, found.h) == pytest.approx(
        (box.class_id, box.x, box.y, box.w, box.h), abs=QUANTUM
    )
    assert [p.code for p in problems] == warned
