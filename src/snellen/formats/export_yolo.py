"""Writes a snapshot in Ultralytics' formats: how trainers get their data, and how people take it elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from snellen.contract.tasks import Task
from snellen.formats.export import ExportFile, Fetch, Names, objects_of_images, write_files
from snellen.formats.masks import join_rings, trace_mask
from snellen.formats.path_map import PATH_MAP
from snellen.formats.snapshot import IMAGES, INFO, OBJECTS, Snapshot


def export_yolo(snapshot: Snapshot, folder: Path, fetch: Fetch, *, task: Task | None = None) -> None:
    """Write the export and beside it the snapshot's tables and summary; ``data.yaml`` names this place.

    See :func:`yolo_files`.
    """
    write_files(yolo_files(snapshot, task or Task(snapshot.info.task)), folder, fetch)
    snapshot.images.write_parquet(folder / IMAGES)
    snapshot.objects.write_parquet(folder / OBJECTS)
    (folder / INFO).write_text(json.dumps(snapshot.info.as_dict()), encoding="utf-8")
    write_data_yaml(snapshot, folder, task)


def yolo_files(snapshot: Snapshot, task: Task) -> Iterator[ExportFile]:
    """``data.yaml``, ``images/<split>/``, ``labels/<split>/`` and ``path_map.json``; for classification
    ``<split>/<class>/``, with a folder for every class in every split.

    ``data.yaml`` is always generated, never copied. ``path_map.json`` leads from the paths here to those of the
    snapshot. Coordinates are written with all their digits and masks as the outlines of their pixels, so that importing
    the files gives the same snapshot. Crowds are left out: the format can't say that an object is one, and a trainer
    would learn them.
    """
    names, path_map = Names(), {}
    for image, objects in objects_of_images(snapshot):
        split = image["split"]
        folder = f"images/{split}"
        if task is Task.CLASSIFICATION:
            folder = f"{split}/{snapshot.info.class_names[objects[0]['class_id']]}"
        name = names.name(image, folder)
        path_map[f"{folder}/{name}"] = image["path"]
        yield ExportFile(f"{folder}/{name}", sha256=image["sha256"])
        if task is not Task.CLASSIFICATION:
            text = "".join(_line(each, image, task) for each in objects if not each["iscrowd"])
            yield ExportFile(f"labels/{split}/{name.rpartition('.')[0]}.txt", text.encode())
    yield ExportFile(PATH_MAP, json.dumps(path_map, ensure_ascii=False).encode())
    if task is Task.CLASSIFICATION:
        for split in snapshot.info.by_split:
            for class_name in snapshot.info.class_names:
                yield ExportFile(f"{split}/{class_name}/.class", b"")
    else:
        yield ExportFile("data.yaml", _data_yaml(snapshot, task, None))


def write_data_yaml(snapshot: Snapshot, folder: Path, task: Task | None = None) -> None:
    """``data.yaml`` for this place: ``path`` is absolute, as Ultralytics wants it. Classification has none."""
    task = task or Task(snapshot.info.task)
    if task is not Task.CLASSIFICATION:
        (folder / "data.yaml").write_bytes(_data_yaml(snapshot, task, folder.resolve()))


def _data_yaml(snapshot: Snapshot, task: Task, place: Path | None) -> bytes:
    import yaml

    names = snapshot.info.class_names
    data: dict[str, Any] = {} if place is None else {"path": str(place)}
    data |= {split: f"images/{split}" for split in sorted(snapshot.info.by_split)}
    data["names"] = dict(enumerate(names))
    keypoints = snapshot.info.keypoints
    if task is Task.POSE and keypoints is not None:
        data["kpt_shape"] = [len(keypoints["names"]), 3]
        if keypoints["flip_idx"] is not None:
            data["flip_idx"] = list(keypoints["flip_idx"])
        data["kpt_names"] = {class_id: list(keypoints["names"]) for class_id in range(len(names))}
        if keypoints["skeleton"] is not None:
            data["skeleton"] = [list(pair) for pair in keypoints["skeleton"]]
        if keypoints.get("sigmas") is not None:
            data["kpt_oks_sigmas"] = list(keypoints["sigmas"])
    return str(yaml.safe_dump(data, allow_unicode=True, sort_keys=False)).encode()


def _line(each: dict[str, Any], image: dict[str, Any], task: Task) -> str:
    width, height = image["width"], image["height"]
    if task is Task.SEGMENTATION:
        outline = join_rings(trace_mask(each["rle"], height=height, width=width))
        values = [value / (height if at % 2 else width) for at, value in enumerate(outline)]
    else:
        values = [
            (each["x"] + each["w"] / 2) / width,
            (each["y"] + each["h"] / 2) / height,
            each["w"] / width,
            each["h"] / height,
        ]
    # All digits: what is read again must be the same number of pixels.
    numbers = [repr(float(value)) for value in values]
    if task is Task.POSE:
        for x, y, v in each["keypoints"]:
            numbers += [repr(x / width), repr(y / height), str(int(v))]
    return f"{each['class_id']} {' '.join(numbers)}\n"
