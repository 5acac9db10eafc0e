"""Writes a snapshot as COCO: one JSON a split beside the images."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from snellen.contract.tasks import Task
from snellen.formats.export import ExportFile, Names, objects_of_images
from snellen.formats.masks import polygons_to_rle, trace_mask
from snellen.formats.path_map import PATH_MAP
from snellen.formats.snapshot import Snapshot


def coco_files(snapshot: Snapshot, task: Task) -> Iterator[ExportFile]:
    """``images/<split>/``, ``annotations/instances_<split>.json`` (``person_keypoints_…`` for pose),
    ``path_map.json``.

    Category and annotation ids count from 1, image ids are the snapshot's. A mask is written as polygons where those
    fill to the very same pixels, else as RLE.
    """
    names, path_map = Names(), {}
    images: dict[str, list[Any]] = defaultdict(list)
    annotations: dict[str, list[Any]] = defaultdict(list)
    for image, objects in objects_of_images(snapshot):
        split = image["split"]
        name = names.name(image, f"images/{split}")
        path_map[f"images/{split}/{name}"] = image["path"]
        yield ExportFile(f"images/{split}/{name}", sha256=image["sha256"])
        size = {side: image[side] for side in ("width", "height")}
        images[split].append({"id": image["image_id"], "file_name": name, **size})
        annotations[split] += [_annotation(each, image, task) for each in objects]
    yield ExportFile(PATH_MAP, json.dumps(path_map, ensure_ascii=False).encode())
    stem = "person_keypoints" if task is Task.POSE else "instances"
    categories = _categories(snapshot, task)
    for split in snapshot.info.by_split:
        content = {"images": images[split], "annotations": annotations[split], "categories": categories}
        yield ExportFile(f"annotations/{stem}_{split}.json", json.dumps(content, ensure_ascii=False).encode())


def _categories(snapshot: Snapshot, task: Task) -> list[dict[str, Any]]:
    more: dict[str, Any] = {}
    keypoints = snapshot.info.keypoints
    if task is Task.POSE and keypoints is not None:
        more["keypoints"] = list(keypoints["names"])
        if keypoints["skeleton"] is not None:
            more["skeleton"] = [[a + 1, b + 1] for a, b in keypoints["skeleton"]]
        if keypoints["flip_idx"] is not None:  # not COCO's; others leave it aside, our reader does not
            more["flip_idx"] = list(keypoints["flip_idx"])
        if keypoints.get("sigmas") is not None:
            more["sigmas"] = list(keypoints["sigmas"])
    return [{"id": at + 1, "name": name, **more} for at, name in enumerate(snapshot.info.class_names)]


def _annotation(each: dict[str, Any], image: dict[str, Any], task: Task) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": each["object_id"] + 1,
        "image_id": image["image_id"],
        "category_id": each["class_id"] + 1,
        "bbox": [each[side] for side in ("x", "y", "w", "h")],
        "area": each["area"],
        "iscrowd": int(each["iscrowd"]),
    }
    if each["rle"] is not None and task is not Task.DETECTION:
        found["segmentation"] = _segmentation(each, image)
    if each["keypoints"] is not None and task is Task.POSE:
        points = [(x, y, int(v)) for x, y, v in each["keypoints"]]
        found["keypoints"] = [value for point in points for value in point]
        found["num_keypoints"] = sum(v > 0 for _, _, v in points)
    return found


def _segmentation(each: dict[str, Any], image: dict[str, Any]) -> Any:
    height, width = image["height"], image["width"]
    if not each["iscrowd"]:
        # Readers fill each polygon and join them, so holes would be lost.
        outlines = trace_mask(each["rle"], height=height, width=width)
        if polygons_to_rle(outlines, height=height, width=width) == each["rle"]:
            return outlines
    return {"size": [height, width], "counts": each["rle"]}
