"""The images that a ``data.yaml`` names for a split: folders, lists of folders, or ``.txt`` lists of files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from snellen.formats.files import list_images

if TYPE_CHECKING:
    from snellen.formats.yolo_config import Config


def find_images(value: Any, split: str, root: Path, config: Config) -> list[str]:
    """The image files of a split, relative to the dataset's folder, each once.

    What is missing or outside it is told.
    """
    found: list[str] = []
    for entry in value if isinstance(value, list) else [value]:
        if not isinstance(entry, str):
            config.tell("error", "missing", f"{split}: got {type(entry).__name__}, expected a path or paths", split)
            continue
        target = _place(entry, split, root, config)
        if target is None:
            continue
        if target.is_dir():
            found += list_images(target, config.folder, config.problems)
        elif target.is_file() and target.suffix == ".txt":
            found += _listed(target, split, root, config)
        else:
            what = "is no folder and no .txt list" if target.exists() else "does not exist"
            config.tell("error", "missing", f"{split}: {entry!r} {what} (looked at {target})", split)
    return list(dict.fromkeys(found))


def settle_overlaps(splits: dict[str, list[str]], config: Config) -> None:
    """An image belongs to one split. In train and val both it is an error; a test split gives way."""
    train, val = set(splits.get("train", splits.get("", ()))), set(splits.get("val", ()))
    if both := sorted(train & val):
        message = (
            f"train and val share {len(both)} images, the first {both[0]!r}; "
            "an image belongs to one split: what a model was trained on can't validate it; "
            "say how to divide them (split) if these are all there are"
        )
        config.tell("error", "split_overlap", message, "val")
    if shared := [path for path in splits.get("test", ()) if path in train or path in val]:
        config.tell("warning", "split_overlap", f"test shares {len(shared)} images with train or val; left out", "test")
        splits["test"] = [path for path in splits["test"] if path not in train and path not in val]
        if not splits["test"]:
            del splits["test"]


def _place(entry: str, split: str, root: Path, config: Config) -> Path | None:
    """Where an entry leads, if that is inside the dataset's folder, links followed."""
    try:
        target = (root / entry).resolve()
        if not target.is_relative_to(config.folder) and entry.startswith("../"):
            # Exports of some labelling tools say ../train/images for train/images; Ultralytics takes it so too.
            inside = (root / entry.removeprefix("../")).resolve()
            if inside.is_relative_to(config.folder) and inside.exists():
                config.tell("warning", "path", f"{split}: {entry!r} is taken as {entry.removeprefix('../')!r}", split)
                return inside
        target.exists()
    except (OSError, ValueError):  # too long, or with a NUL
        config.tell("error", "missing", f"{split}: {entry[:100]!r} is no path", split)
        return None
    if not target.is_relative_to(config.folder):
        config.tell("error", "outside", f"{split}: {entry!r} is outside the dataset's folder", split)
        return None
    return target


def _listed(listing: Path, split: str, root: Path, config: Config) -> list[str]:
    shown = listing.relative_to(config.folder).as_posix()
    try:
        lines = listing.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        config.problems.error("list_unreadable", f"{split}: can't be read as UTF-8 text: {error}", shown)
        return []
    found: list[str] = []
    for number, line in enumerate(lines, 1):
        name = line.strip()
        if not name:
            continue
        bases = [listing.parent] if name.startswith("./") else [root, listing.parent]
        # Links are not followed here: labels are found beside the path as it was written.
        places = [Path(os.path.normpath(base / name)) for base in bases]
        target = next((place for place in places if _is_file(place)), None)
        if target is None:
            config.problems.error("image_missing", f"{split}: image {name[:200]!r} does not exist", shown, number)
        elif not target.is_relative_to(config.folder):
            message = f"{split}: {name[:200]!r} is outside the dataset's folder"
            config.problems.error("outside", message, shown, number)
        else:
            found.append(target.relative_to(config.folder).as_posix())
    return found


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False
