"""Reads a folder in Ultralytics YOLO format: detection, segmentation, pose."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from snellen.contract.tasks import Task
from snellen.errors import DatasetInvalid
from snellen.formats.content import DatasetReading
from snellen.formats.finish import Dataset, finish
from snellen.formats.options import ReadOptions
from snellen.formats.path_map import original_paths
from snellen.formats.problems import Problem, Problems
from snellen.formats.scan import Item, scan
from snellen.formats.yolo_config import YoloConfig, read_config
from snellen.formats.yolo_labels import Kinds, YoloLabels, lines_of


def read_yolo(folder: Path, config_file: Path, options: ReadOptions) -> DatasetReading:
    """Read images and labels; :class:`~snellen.errors.DatasetInvalid` lists everything that is wrong with them.

    ``kpt_shape`` makes it pose; else the labels tell: boxes are detection, polygons segmentation. Polygons are
    boxes too where ``options.task`` says detection.
    """
    folder = folder.resolve()
    problems = Problems()
    config = read_config(folder, config_file.resolve(), problems, divide=options.split is not None)
    task = _task_of(config, options)
    items = _items(folder, config, problems)
    _tell_missing_labels(folder, config, problems)
    reader = YoloLabels(
        class_count=len(config.names),
        task=task,
        keypoints=0 if config.keypoints is None else len(config.keypoints.names),
        keypoint_fields=config.keypoint_fields,
    )
    found = []
    kinds: list[tuple[Item, Kinds]] = []
    scanned = scan(items, reader, options)
    for item, (image, objects, odd, counts, _) in zip(items, scanned, strict=True):
        problems.extend(odd)
        if image is not None:
            found.append((image, objects))
            kinds.append((item, counts))
    problems.extend(_labels_without_images(folder, items))
    if task is None:
        task = _task_told(kinds, problems)
    keypoints = config.keypoints if task is Task.POSE else None
    return finish(Dataset("yolo", task, config.names, keypoints, found), problems, options)


def label_path(image: str) -> str:
    """Where Ultralytics looks for an image's labels, both relative to the dataset's folder: the last folder ``images``
    of its path becomes ``labels``."""
    folder, _, name = image.rpartition("/")
    return f"{_label_folder(folder)}{name.rpartition('.')[0]}.txt"


@lru_cache(maxsize=1024)
def _label_folder(folder: str) -> str:
    parts = folder.split("/")
    for index in range(len(parts) - 1, -1, -1):
        if parts[index] == "images":
            parts[index] = "labels"
            break
    return "".join(f"{part}/" for part in parts if part)


def _task_of(config: YoloConfig, options: ReadOptions) -> Task | None:
    pose = config.keypoints is not None
    if options.task is None:
        return Task.POSE if pose else None
    if options.task is Task.CLASSIFICATION or (options.task is Task.POSE and not pose):
        wants = "a folder per class" if options.task is Task.CLASSIFICATION else "kpt_shape in data.yaml"
        raise DatasetInvalid(
            f"task: got {options.task}, which needs {wants}; this is a dataset of labels in YOLO format"
        )
    if pose and options.task is Task.SEGMENTATION:
        raise DatasetInvalid("task: got segmentation, but data.yaml has kpt_shape: its labels are boxes and keypoints")
    return options.task


def _items(folder: Path, config: YoloConfig, problems: Problems) -> list[Item]:
    names = original_paths(folder, problems)
    items = []
    for split, images in config.splits.items():
        for shown in images:
            labels = label_path(shown)
            items.append(
                Item(f"{folder}/{shown}", names.get(shown, shown), shown, split, (f"{folder}/{labels}", labels))
            )
    return items


def _task_told(kinds: list[tuple[Item, Kinds]], problems: Problems) -> Task:
    """What the labels are; both boxes and polygons are an error at each line of the rarer kind."""
    boxes, polygons = (sum(each[kind] for _, each in kinds) for kind in (0, 1))
    if boxes and polygons:
        fewer = 0 if boxes <= polygons else 1
        message = (
            f"is {('a box', 'a polygon')[fewer]}, but {max(boxes, polygons)} lines are {('polygons', 'boxes')[fewer]}; "
            "say the task: detection takes the boxes of all, segmentation needs a polygon for each"
        )
        for item, each in kinds:
            for number in lines_of(item, boxes=fewer == 0) if each[fewer] else ():
                problems.add(Problem("error", "label_mixed", message, item.label[1], number, item.path))
    return Task.SEGMENTATION if polygons else Task.DETECTION


def _tell_missing_labels(folder: Path, config: YoloConfig, problems: Problems) -> None:
    """A split of images all without labels, and not even a folder for them, is a mistake rather than background."""
    for split, images in config.splits.items():
        places = sorted({label_path(image).rpartition("/")[0] for image in images})
        if places and not any((folder / place).is_dir() for place in places):
            problems.error(
                "labels_missing",
                f"{split or 'train'}: expected its labels in this folder, which does not exist",
                places[0],
            )


def _labels_without_images(folder: Path, items: list[Item]) -> Iterator[Problem]:
    expected = {item.label[1] for item in items}
    for place in sorted({path.rpartition("/")[0] for path in expected}):
        if "labels" not in place.split("/") or not (folder / place).is_dir():
            continue
        for name in sorted(os.listdir(folder / place)):
            shown = f"{place}/{name}"
            if name.endswith(".txt") and shown not in expected and name != "classes.txt":
                yield Problem("warning", "label_without_image", "no image of this name", shown)
