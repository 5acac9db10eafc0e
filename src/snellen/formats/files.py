"""The files of a dataset's folder."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from snellen.formats.images import OTHER_SUFFIXES, SUFFIXES
from snellen.formats.problems import Problems

_SPLITS = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "dev": "val",
    "test": "test",
    "testing": "test",
}


def split_of(name: str) -> str:
    """The split that a word of a name says (``instances_train2017``, ``valid``); empty when none or several do."""
    said = {_SPLITS[word] for word in re.findall(r"[a-z]+", name.lower()) if word in _SPLITS}
    return said.pop() if len(said) == 1 else ""


def list_images(folder: Path, root: Path, problems: Problems | None) -> Iterator[Path]:
    """Picture files under a folder, in order; other kinds of pictures are told, with names relative to `root`."""
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            suffix = os.path.splitext(name)[1].lower()
            if name.startswith("._") or (suffix not in SUFFIXES and suffix not in OTHER_SUFFIXES):
                continue  # ._name is what macOS keeps beside a file
            path = Path(place, name)
            if suffix in SUFFIXES:
                yield path
            elif problems is not None:
                shown = path.relative_to(root).as_posix()
                problems.warning("file_ignored", f"{suffix} files are not imported; left out", shown)
