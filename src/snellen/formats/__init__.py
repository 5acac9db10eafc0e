"""Datasets in and out: readers, snapshots, exports, and prediction sets (:mod:`snellen.formats.predictions`).

The names below are loaded when they are first used: who wants one table or one type loads no readers.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snellen.formats.content import (
        Annotation,
        DatasetContent,
        DatasetReading,
        DatasetReport,
        ImageRecord,
        Keypoints,
        SplitReport,
    )
    from snellen.formats.problems import Problem
    from snellen.formats.reading import FORMATS, read_folder
    from snellen.formats.snapshot import Snapshot, SnapshotInfo, load_snapshot, save_snapshot

__all__ = [
    "FORMATS",
    "Annotation",
    "DatasetContent",
    "DatasetReading",
    "DatasetReport",
    "ImageRecord",
    "Keypoints",
    "Problem",
    "Snapshot",
    "SnapshotInfo",
    "SplitReport",
    "load_snapshot",
    "read_folder",
    "save_snapshot",
]

# No module is named like one of these: importing it would put the module in the name's place.
_HOMES = {
    "content": (
        "Annotation",
        "DatasetContent",
        "DatasetReading",
        "DatasetReport",
        "ImageRecord",
        "Keypoints",
        "SplitReport",
    ),
    "problems": ("Problem",),
    "reading": ("FORMATS", "read_folder"),
    "snapshot": ("Snapshot", "SnapshotInfo", "load_snapshot", "save_snapshot"),
}


def __getattr__(name: str) -> object:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{home}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
