"""Writes a snapshot as an Ultralytics YOLO folder: how trainers get their data, and how people take it elsewhere."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import groupby
from pathlib import Path, PurePosixPath
from typing import Any

from snellen.formats.snapshot import IMAGES, OBJECTS, Snapshot

#: Brings files: ``(sha256, target)`` pairs, by link or by download.
Fetch = Callable[[list[tuple[str, Path]]], None]
SUFFIX_OF = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "image/bmp": ".bmp",
    "image/tiff": ".tif",
}
PATH_MAP = "path_map.json"


def export_yolo(snapshot: Snapshot, folder: Path, fetch: Fetch) -> None:
    """Write ``data.yaml``, ``images/<split>/``, ``labels/<split>/``, the two tables and ``path_map.json``.

    ``data.yaml`` is always generated, never copied. ``path_map.json`` leads from the paths here to those of the
    snapshot. Coordinates are written with all their digits, so that importing the folder gives the same snapshot.
    """
    folder.mkdir(parents=True, exist_ok=True)
    objects = groupby(
        snapshot.objects.sort("image_id", "object_id").iter_rows(named=True), key=lambda row: row["image_id"]
    )
    image_id, boxes = next(objects, (None, iter(())))
    taken: set[str] = set()
    path_map: dict[str, str] = {}
    files: list[tuple[str, Path]] = []
    for image in snapshot.images.sort("image_id").iter_rows(named=True):
        name = _name(image, taken)
        target = folder / "images" / image["split"] / name
        target.parent.mkdir(parents=True, exist_ok=True)
        label = (folder / "labels" / image["split"] / name).with_suffix(".txt")
        label.parent.mkdir(parents=True, exist_ok=True)
        text = ""
        if image["image_id"] == image_id:
            text = "".join(_line(box, image) for box in boxes)
            image_id, boxes = next(objects, (None, iter(())))
        label.write_text(text, encoding="utf-8")
        files.append((image["sha256"], target))
        path_map[f"images/{image['split']}/{name}"] = image["path"]
    fetch(files)
    snapshot.images.write_parquet(folder / IMAGES)
    snapshot.objects.write_parquet(folder / OBJECTS)
    (folder / PATH_MAP).write_text(json.dumps(path_map, ensure_ascii=False), encoding="utf-8")
    write_data_yaml(snapshot, folder)


def write_data_yaml(snapshot: Snapshot, folder: Path) -> None:
    """``data.yaml`` for this place: ``path`` is absolute, as Ultralytics wants it."""
    import yaml

    splits = {split: f"images/{split}" for split in sorted(snapshot.info.by_split)}
    data = {"path": str(folder.resolve()), **splits, "names": dict(enumerate(snapshot.info.class_names))}
    text = yaml.safe_dump(data, allow_unicode=True, sort_keys=False)
    (folder / "data.yaml").write_text(text, encoding="utf-8")


def _name(image: dict[str, Any], taken: set[str]) -> str:
    """The file's own name; with a part of its hash where two images, or their labels, would meet."""
    path = PurePosixPath(image["path"])
    suffix = path.suffix if path.suffix.lower() in {".jpeg", *SUFFIX_OF.values(), ".tiff"} else None
    suffix = suffix or SUFFIX_OF[image["content_type"]]
    name = path.stem + suffix
    place = f"{image['split']}/{path.stem}".lower()
    if place in taken:
        name = f"{path.stem[:60]}-{image['image_id']}-{image['sha256'][:8]}{suffix}"
        place = f"{image['split']}/{PurePosixPath(name).stem}".lower()
    taken.add(place)
    return name


def _line(box: dict[str, Any], image: dict[str, Any]) -> str:
    width, height = image["width"], image["height"]
    centre = ((box["x"] + box["w"] / 2) / width, (box["y"] + box["h"] / 2) / height)
    size = (box["w"] / width, box["h"] / height)
    # All digits: what is read again must be the same number of pixels.
    return f"{box['class_id']} {' '.join(repr(float(v)) for v in (*centre, *size))}\n"
