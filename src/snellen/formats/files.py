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


def list_images(folder: Path, root: Path, problems: Problems | None) -> Iterator[str]:
    """Picture files under a folder, in order, relative to `root`; other kinds of pictures are told."""
    base = f"{root}/"
    for place, folders, names in os.walk(folder):
        folders.sort()
        inner = f"{place}/".removeprefix(base)
        for name in sorted(names):
            suffix = name[name.rfind(".") :].lower()
            if suffix not in SUFFIXES and suffix not in OTHER_SUFFIXES:
                continue
            if name.startswith("._"):
                continue  # what macOS keeps beside a file
            if suffix in SUFFIXES:
                yield inner + name
            elif problems is not None:
                problems.warning("file_ignored", f"{suffix} files are not imported; left out", inner + name)
