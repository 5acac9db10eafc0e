"""Datasets in and out: readers, snapshots, exports, and prediction sets (:mod:`snellen.formats.predictions`)."""

from snellen.formats.content import (
    Annotation,
    DatasetContent,
    DatasetReading,
    DatasetReport,
    ImageRecord,
    Keypoints,
    SplitReport,
)
from snellen.formats.export_yolo import export_yolo
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
    "export_yolo",
    "load_snapshot",
    "read_folder",
    "save_snapshot",
]
