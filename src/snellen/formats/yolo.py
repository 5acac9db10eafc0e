"""Reads a folder in Ultralytics YOLO format (detection)."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from snellen.contract.tasks import Task
from snellen.formats.content import Box, DatasetContent, DatasetReading, ImageRecord, report_on
from snellen.formats.images import UnreadableImage, quiet_decoders, read_image
from snellen.formats.problems import Problem, Problems
from snellen.formats.yolo_config import YoloConfig, read_config
from snellen.formats.yolo_labels import POLYGON, read_labels

THREADS = min(8, (os.cpu_count() or 1) + 2)
PATH_MAP = "path_map.json"
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class _Found:
    image: ImageRecord | None
    boxes: list[Box]
    problems: list[Problem]


def read_yolo(folder: Path, config_file: Path, *, progress: Progress | None = None) -> DatasetReading:
    """Read images and labels; :class:`~snellen.errors.DatasetInvalid` lists everything that is wrong with them."""
    folder = folder.resolve()
    problems = Problems()
    config = read_config(folder, config_file.resolve(), problems)
    names = _original_paths(folder, problems)
    jobs = [(split, path) for split, paths in config.splits.items() for path in paths]
    found: list[tuple[ImageRecord, list[Box]]] = []
    _tell_missing_labels(folder, config, problems)
    with quiet_decoders(), ThreadPoolExecutor(THREADS) as pool:
        for done, result in enumerate(pool.map(lambda job: _read(folder, config, names, *job), jobs), 1):
            problems.extend(result.problems)
            if result.image is not None:
                found.append((result.image, result.boxes))
            if progress is not None:
                progress(done, len(jobs))
    problems.extend(_labels_without_images(folder, [path for _, path in jobs]))
    problems.extend(_repeated([image for image, _ in found]))
    problems.refuse(_headline(problems))
    content = DatasetContent.of(Task.DETECTION, config.names, found)
    return DatasetReading(content, report_on(content, problems.counts), problems.warnings)


def label_path(image: Path, folder: Path) -> Path:
    """Where Ultralytics looks for an image's labels: the last folder ``images`` in its path becomes ``labels``.

    Folders above the dataset's own have no say.
    """
    parts = list(image.relative_to(folder).parts)
    for index in range(len(parts) - 2, -1, -1):
        if parts[index] == "images":
            parts[index] = "labels"
            break
    return folder.joinpath(*parts).with_suffix(".txt")


def _read(folder: Path, config: YoloConfig, names: dict[str, str], split: str, path: Path) -> _Found:
    shown = path.relative_to(folder).as_posix()
    try:
        shown.encode()
        image = read_image(path, path=names.get(shown, shown), split=split)
    except UnicodeEncodeError:
        return _Found(None, [], [Problem("error", "image_name", "its name is no UTF-8; rename it", shown)])
    except UnreadableImage as error:
        return _Found(None, [], [Problem("error", "image_unreadable", str(error), shown)])
    labels = label_path(path, folder)
    if not labels.exists():
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


def _original_paths(folder: Path, problems: Problems) -> dict[str, str]:
    """An export of ours names the paths that the images had in their snapshot."""
    file = folder / PATH_MAP
    if not file.is_file():
        return {}
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        found = None
    if isinstance(found, dict) and all(map(_is_plain, found.values())) and len(set(found.values())) == len(found):
        return found
    problems.warning("path_map", "maps no paths to paths; not used", PATH_MAP)
    return {}


def _is_plain(path: object) -> bool:
    """A relative path that leads nowhere else."""
    if not isinstance(path, str) or not path or "\\" in path or "\x00" in path:
        return False
    return path == str(PurePosixPath(path)) and not path.startswith("/") and ".." not in path.split("/")


def _tell_missing_labels(folder: Path, config: YoloConfig, problems: Problems) -> None:
    """A split of images all without labels, and not even a folder for them, is a mistake rather than background."""
    for split, images in config.splits.items():
        places = sorted({label_path(image, folder).parent for image in images})
        if places and not any(place.is_dir() for place in places):
            shown = places[0].relative_to(folder).as_posix()
            problems.error(
                "labels_missing", f"{split}: expected its labels in this folder, which does not exist", shown
            )


def _labels_without_images(folder: Path, images: list[Path]) -> Iterator[Problem]:
    expected = {label_path(image, folder) for image in images}
    for directory in sorted({path.parent for path in expected}):
        for file in sorted(directory.glob("*.txt")):
            shown = file.relative_to(folder)
            if file not in expected and file.name != "classes.txt" and "labels" in shown.parts:
                yield Problem("warning", "label_without_image", "no image of this name", shown.as_posix())


def _repeated(images: list[ImageRecord]) -> Iterator[Problem]:
    paths: set[str] = set()
    first: dict[str, ImageRecord] = {}
    for image in images:
        if image.path in paths:
            yield Problem("error", "path_repeated", f"{PATH_MAP} gives its path to another image too", image.path)
        paths.add(image.path)
        other = first.setdefault(image.sha256, image)
        if other is not image:
            leak = f", and leaks from {other.split} to {image.split}" if other.split != image.split else ""
            yield Problem("warning", "image_repeated", f"same bytes as {other.path}{leak}", image.path)


def _headline(problems: Problems) -> str | None:
    """One sentence for what a thousand lines have in common."""
    if not problems.counts[POLYGON]:
        return None
    first = next((problem for problem in problems.errors if problem.code == POLYGON), problems.errors[0])
    return (
        f"{first.file}:{first.line}: this and {problems.counts[POLYGON] - 1:,} more label lines hold polygons or "
        "keypoints; segmentation and pose are not imported yet, boxes (detection: class cx cy w h) are"
    )
