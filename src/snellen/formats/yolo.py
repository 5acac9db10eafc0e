"""Reads a folder in Ultralytics YOLO format (detection)."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from snellen.contract.tasks import Task
from snellen.errors import DatasetInvalid
from snellen.formats.content import Box, DatasetContent, DatasetReading, ImageRecord, Problem
from snellen.formats.images import UnreadableImage, read_image
from snellen.formats.yolo_config import YoloConfig, read_config
from snellen.formats.yolo_labels import read_labels

LISTED = 100
THREADS = min(8, (os.cpu_count() or 1) + 2)
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class _Found:
    image: ImageRecord | None
    boxes: list[Box]
    problems: list[Problem]


def read_yolo(folder: Path, config_file: Path, *, progress: Progress | None = None) -> DatasetReading:
    """Read images and labels; :class:`~snellen.errors.DatasetInvalid` lists everything that is wrong with them."""
    folder = folder.resolve()
    config = read_config(folder, config_file.resolve())
    names = _original_paths(folder)
    jobs = [(split, path) for split, paths in config.splits.items() for path in paths]
    found: list[_Found] = []
    with ThreadPoolExecutor(THREADS) as pool:
        for done, result in enumerate(pool.map(lambda job: _read(folder, config, names, *job), jobs), 1):
            found.append(result)
            if progress is not None:
                progress(done, len(jobs))
    problems = [*config.warnings, *(p for f in found for p in f.problems)]
    problems += _labels_without_images(folder, [path for _, path in jobs])
    problems += _repeated(found)
    errors = [p for p in problems if p.severity == "error"]
    if errors:
        raise DatasetInvalid(_summary(errors), problems=[p.as_dict() for p in errors])
    whole = sorted(((f.image, f.boxes) for f in found if f.image is not None), key=lambda pair: pair[0].path)
    content = DatasetContent(Task.DETECTION, config.names, [image for image, _ in whole], [boxes for _, boxes in whole])
    return DatasetReading(content, [p for p in problems if p.severity != "error"])


def label_path(image: Path) -> Path:
    """Where Ultralytics looks for an image's labels: the last ``images`` in its path becomes ``labels``."""
    parts = list(image.parts)
    for index in range(len(parts) - 2, -1, -1):
        if parts[index] == "images":
            parts[index] = "labels"
            break
    return Path(*parts).with_suffix(".txt")


def _read(folder: Path, config: YoloConfig, names: dict[str, str], split: str, path: Path) -> _Found:
    shown = path.relative_to(folder).as_posix()
    try:
        image = read_image(path, path=names.get(shown, shown), split=split)
    except UnreadableImage as error:
        return _Found(None, [], [Problem("error", "image_unreadable", str(error), shown)])
    labels = label_path(path)
    if not labels.is_file():
        missing = Problem("warning", "image_unlabelled", "has no label file; taken as background", shown)
        return _Found(image, [], [missing])
    boxes, problems = read_labels(
        labels,
        shown=labels.relative_to(folder).as_posix(),
        width=image.width,
        height=image.height,
        class_count=len(config.names),
    )
    return _Found(image, boxes, problems)


def _original_paths(folder: Path) -> dict[str, str]:
    """An export of ours names the paths that the images had in their snapshot."""
    try:
        found = json.loads((folder / "path_map.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}


def _labels_without_images(folder: Path, images: list[Path]) -> Iterator[Problem]:
    expected = {label_path(image) for image in images}
    for directory in sorted({path.parent for path in expected}):
        for file in sorted(directory.glob("*.txt")):
            if file not in expected and file.name != "classes.txt" and "labels" in file.parts:
                yield Problem(
                    "warning", "label_without_image", "no image of this name", file.relative_to(folder).as_posix()
                )


def _repeated(found: list[_Found]) -> Iterator[Problem]:
    first: dict[str, ImageRecord] = {}
    for image in (f.image for f in found if f.image is not None):
        other = first.setdefault(image.sha256, image)
        if other is not image:
            leak = f", and leaks from {other.split} to {image.split}" if other.split != image.split else ""
            yield Problem("warning", "image_repeated", f"same bytes as {other.path}{leak}", image.path)


def _summary(errors: list[Problem]) -> str:
    first = errors[0]
    where = f"{first.file}:{first.line}" if first.line else str(first.file)
    more = f" (and {len(errors) - 1} more errors; the first {LISTED} are listed)" if len(errors) > 1 else ""
    return f"{where}: {first.message}{more}"
