"""A small dataset that is right, for tests to spoil."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Ultralytics YOLO: one image a split, one box each."""
    for n, split in enumerate(("train", "val")):
        for kind in ("images", "labels"):
            (tmp_path / kind / split).mkdir(parents=True)
        Image.new("RGB", (100, 50), (n * 90, 0, 0)).save(tmp_path / f"images/{split}/a.png")
        (tmp_path / f"labels/{split}/a.txt").write_text("1 0.5 0.5 0.2 0.4\n")
    (tmp_path / "data.yaml").write_text("train: images/train\nval: images/val\nnames: [cat, dog]\n")
    return tmp_path
