"""The demo's dataset is the same every time and leaks nothing."""

from __future__ import annotations

import hashlib
from pathlib import Path

from snellen.cli.digits import write_digits
from snellen.formats import read_folder


def digest(folder: Path) -> str:
    whole = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        whole.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return whole.hexdigest()


def test_the_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_digits(tmp_path / name, train=6, val=3)
    write_digits(tmp_path / "c", train=6, val=3, seed=1)
    assert digest(tmp_path / "a") == digest(tmp_path / "b") != digest(tmp_path / "c")


def test_every_box_has_a_digit_and_the_dataset_imports_without_a_warning(tmp_path: Path) -> None:
    write_digits(tmp_path / "d", train=30, val=10)
    reading = read_folder(tmp_path / "d")
    assert reading.warnings == []
    assert reading.content.class_names == [str(d) for d in range(10)]
    boxes = [b for found in reading.content.objects for b in found]
    assert len(boxes) > 80
    assert {b.class_id for b in boxes} == set(range(10))
    assert all(8 <= b.w <= 48 and 8 <= b.h <= 48 for b in boxes)
