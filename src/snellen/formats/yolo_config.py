"""``data.yaml`` of Ultralytics: names and the images of each split. Nothing it names may lie outside the dataset."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from snellen.errors import DatasetInvalid
from snellen.formats.content import SPLITS, Problem
from snellen.formats.images import SUFFIXES


@dataclass(frozen=True, slots=True)
class YoloConfig:
    """Class names by id, image files by split, and what was odd."""

    root: Path
    names: list[str]
    splits: dict[str, list[Path]]
    warnings: list[Problem]


class _Reading:
    """Collects problems with their lines while the file is looked at."""

    def __init__(self, folder: Path, file: Path) -> None:
        self.folder = folder
        self.file = file
        self.shown = file.relative_to(folder).as_posix()
        self.text = file.read_text(encoding="utf-8-sig")
        self.problems: list[Problem] = []

    def tell(self, severity: str, code: str, message: str, key: str | None = None) -> None:
        self.problems.append(Problem(severity, code, message, self.shown, self.line_of(key) if key else None))

    def line_of(self, key: str) -> int | None:
        for number, line in enumerate(self.text.splitlines(), 1):
            if re.match(rf"\s*['\"]?{re.escape(key)}['\"]?\s*:", line):
                return number
        return None


def find_config(folder: Path) -> Path | None:
    """The dataset's YAML: ``data.yaml``, else the only one that has ``names``."""
    named = folder / "data.yaml"
    if named.is_file():
        return named
    others = [p for p in sorted(folder.glob("*.y*ml")) if re.search(r"^names\s*:", p.read_text(errors="replace"), re.M)]
    return others[0] if len(others) == 1 else None


def read_config(folder: Path, file: Path) -> YoloConfig:
    """Read it; :class:`~snellen.errors.DatasetInvalid` lists all that is wrong with it."""
    reading = _Reading(folder, file)
    try:
        raw = yaml.safe_load(reading.text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = None if mark is None else mark.line + 1
        _refuse([Problem("error", "yaml", f"is no YAML: {getattr(error, 'problem', error)}", reading.shown, line)])
    if not isinstance(raw, dict):
        _refuse([Problem("error", "yaml", "expected keys train, val and names", reading.shown, 1)])
    names = _names(raw, reading)
    if "kpt_shape" in raw:
        reading.tell("error", "task", "has kpt_shape: pose datasets are not imported yet, detection is", "kpt_shape")
    if raw.get("download"):
        reading.tell("warning", "download", "its `download` is not run", "download")
    root = _root(raw, reading)
    splits = {split: _images(raw[split], split, root, reading) for split in SPLITS if raw.get(split)}
    for split in ("train", "val"):
        if split not in splits:
            reading.tell("error", "split_missing", f"names no images for {split}", split)
    errors = [p for p in reading.problems if p.severity == "error"]
    for split, found in splits.items():
        if not found and not any(f"{split}:" in p.message for p in errors):
            reading.tell("error", "split_empty", f"an empty {'validation' if split == 'val' else split} split", split)
    if any(p.severity == "error" for p in reading.problems):
        _refuse([p for p in reading.problems if p.severity == "error"])
    return YoloConfig(root, names, splits, reading.problems)


def _refuse(problems: list[Problem]) -> None:
    first = problems[0]
    where = f"{first.file}:{first.line}" if first.line else str(first.file)
    raise DatasetInvalid(
        f"{where}: {first.message}" + (f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""),
        problems=[p.as_dict() for p in problems],
    )


def _names(raw: dict[str, Any], reading: _Reading) -> list[str]:
    names = raw.get("names")
    if isinstance(names, dict):
        ids = list(names)
        if not all(isinstance(i, int) for i in ids) or sorted(ids) != list(range(len(ids))):
            reading.tell(
                "error", "names", f"names have ids {ids[:10]}, expected 0 to {len(ids) - 1} without holes", "names"
            )
            return []
        names = [names[i] for i in range(len(ids))]
    if not isinstance(names, list) or not names:
        reading.tell("error", "names", "names: expected a list of class names, or {id: name}", "names")
        return []
    if raw.get("nc") not in (None, len(names)):
        reading.tell("error", "nc", f"nc is {raw['nc']}, but there are {len(names)} names", "nc")
    return [str(name) for name in names]


def _root(raw: dict[str, Any], reading: _Reading) -> Path:
    """Where the split's paths begin: `path`, else the YAML's own folder."""
    here = reading.file.parent
    if not raw.get("path"):
        return here
    named = (here / str(raw["path"])).resolve()
    if named.is_dir() and named.is_relative_to(reading.folder.resolve()):
        return named
    if all((here / str(raw[s])).exists() for s in SPLITS if isinstance(raw.get(s), str)):
        what = "does not exist" if not named.exists() else "is outside the dataset"
        reading.tell("warning", "path", f"path {raw['path']!r} {what}; its own folder is used", "path")
        return here
    why = "is outside the dataset's folder" if named.is_dir() else "does not exist"
    reading.tell("error", "path", f"path {raw['path']!r} {why}; make it relative to this file", "path")
    return here


def _images(value: Any, split: str, root: Path, reading: _Reading) -> list[Path]:
    entries = value if isinstance(value, list) else [value]
    found: list[Path] = []
    for entry in entries:
        target = (root / str(entry)).resolve()
        if not target.is_relative_to(reading.folder.resolve()):
            reading.tell("error", "outside", f"{split}: {entry!r} is outside the dataset's folder", split)
        elif target.is_dir():
            found += sorted(p for p in target.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
        elif target.is_file() and target.suffix == ".txt":
            found += _listed(target, split, root, reading)
        else:
            reading.tell("error", "missing", f"{split}: {entry!r} does not exist (looked at {target})", split)
    return list(dict.fromkeys(found))


def _listed(listing: Path, split: str, root: Path, reading: _Reading) -> list[Path]:
    shown = listing.relative_to(reading.folder.resolve()).as_posix()
    found: list[Path] = []
    for number, line in enumerate(listing.read_text(encoding="utf-8-sig").splitlines(), 1):
        if not line.strip():
            continue
        bases = [listing.parent] if line.startswith("./") else [root, listing.parent]
        target = next((p for b in bases if (p := (b / line.strip()).resolve()).is_file()), None)
        if target is None:
            problem = Problem(
                "error", "image_missing", f"{split}: image {line.strip()!r} does not exist", shown, number
            )
            reading.problems.append(problem)
        elif not target.is_relative_to(reading.folder.resolve()):
            problem = Problem(
                "error", "outside", f"{split}: {line.strip()!r} is outside the dataset's folder", shown, number
            )
            reading.problems.append(problem)
        else:
            found.append(target)
    return found
