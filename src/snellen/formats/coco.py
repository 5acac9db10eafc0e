from __future__ import annotations

from pathlib import Path

from snellen.formats.content import DatasetReading
from snellen.formats.options import ReadOptions


def find_coco(folder: Path) -> list[Path]:
    return []


def read_coco(folder: Path, files: list[Path], options: ReadOptions) -> DatasetReading:
    raise NotImplementedError
