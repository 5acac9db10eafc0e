"""Finds out what a folder holds and reads it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from snellen.errors import DatasetInvalid
from snellen.formats.content import DatasetReading
from snellen.formats.yolo import read_yolo
from snellen.formats.yolo_config import find_config

FORMATS = ("yolo",)


def read_folder(
    folder: Path, *, format: str | None = None, progress: Callable[[int, int], None] | None = None
) -> DatasetReading:
    """Read a dataset from a folder; ``progress(done, total)`` counts images.

    Raises :class:`~snellen.errors.DatasetInvalid`: its ``problems`` lists every error with file and line.
    """
    if format not in (None, *FORMATS):
        raise DatasetInvalid(f"format: got {format!r}, expected one of: {', '.join(FORMATS)}")
    if not folder.is_dir():
        raise DatasetInvalid(f"{folder}: no such folder on the server's machine; give the path of a dataset's folder")
    config = find_config(folder)
    if config is None:
        raise DatasetInvalid(
            f"{folder}: no data.yaml; expected a dataset in Ultralytics YOLO format (detection), "
            "with a data.yaml that has train, val and names; segmentation, pose and classification are not imported yet"
        )
    return read_yolo(folder, config, progress=progress)
