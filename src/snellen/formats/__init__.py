"""Datasets in and out: readers, snapshots, exports, and prediction sets (:mod:`snellen.formats.predictions`)."""

from snellen.formats.content import Box, DatasetContent, DatasetReading, DatasetReport, ImageRecord
from snellen.formats.export_yolo import export_yolo
from snellen.formats.problems import Problem
from snellen.formats.reading import read_folder
from snellen.formats.snapshot import Snapshot, SnapshotInfo, load_snapshot, save_snapshot

__all__ = [
    "Box",
    "DatasetContent",
    "DatasetReading",
    "DatasetReport",
    "ImageRecord",
    "Problem",
    "Snapshot",
    "SnapshotInfo",
    "export_yolo",
    "load_snapshot",
    "read_folder",
    "save_snapshot",
]
