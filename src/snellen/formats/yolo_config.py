"""``data.yaml`` of Ultralytics: class names and where the images are. It is read as data; nothing in it is run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from snellen.formats.content import SPLITS
from snellen.formats.problems import Problem, Problems
from snellen.formats.yolo_splits import find_images, settle_overlaps


@dataclass(frozen=True, slots=True)
class YoloConfig:
    """Class names by id, and image files by split, no file in two."""

    names: list[str]
    splits: dict[str, list[Path]]


class Config:
    """The YAML while it is looked at: problems are told with the line of the key that they are about."""

    def __init__(self, folder: Path, file: Path, problems: Problems) -> None:
        self.folder = folder
        self.file = file
        self.shown = file.relative_to(folder).as_posix()
        self.problems = problems
        self.text = ""

    def tell(self, severity: str, code: str, message: str, key: str | None = None) -> None:
        """Add a problem of the YAML."""
        self.problems.add(Problem(severity, code, message, self.shown, self._line_of(key) if key else None))

    def load(self) -> dict[str, Any]:
        """Its keys; none, and a problem, where it can't be read."""
        try:
            self.text = self.file.read_text(encoding="utf-8-sig")
            raw = yaml.safe_load(self.text)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            line = None if mark is None else mark.line + 1
            self.problems.error("yaml", f"is no YAML: {getattr(error, 'problem', None) or error}", self.shown, line)
        except (OSError, UnicodeDecodeError, RecursionError, ValueError) as error:
            self.problems.error("yaml", f"can't be read as UTF-8 YAML: {error}", self.shown)
        else:
            if isinstance(raw, dict):
                return {str(key): value for key, value in raw.items()}
            self.problems.error("yaml", "expected keys train, val and names", self.shown, 1)
        return {}

    def _line_of(self, key: str) -> int | None:
        for number, line in enumerate(self.text.splitlines(), 1):
            if re.match(rf"\s*['\"]?{re.escape(key)}['\"]?\s*:", line):
                return number
        return None


def find_config(folder: Path) -> Path | None:
    """The dataset's YAML: ``data.yaml``, else the only one that has ``names``."""
    named = folder / "data.yaml"
    if named.is_file():
        return named
    others = [
        path
        for path in sorted(folder.glob("*.y*ml"))
        if path.is_file() and re.search(rb"^names\s*:", path.read_bytes(), re.MULTILINE)
    ]
    return others[0] if len(others) == 1 else None


def read_config(folder: Path, file: Path, problems: Problems) -> YoloConfig:
    """Read it. Raises :class:`~snellen.errors.DatasetInvalid`, which lists all that is wrong with it."""
    config = Config(folder, file, problems)
    raw = config.load()
    problems.refuse()
    names = _names(raw, config)
    if "kpt_shape" in raw:
        config.tell("error", "task", "has kpt_shape: pose is not imported yet; boxes (detection) are", "kpt_shape")
    if raw.get("download"):
        config.tell("warning", "download", "its `download` is not run", "download")
    if "val" not in raw and "validation" in raw:
        raw["val"] = raw["validation"]
    root = _root(raw, config)
    splits = {split: find_images(raw[split], split, root, config) for split in SPLITS if raw.get(split)}
    for split in ("train", "val"):
        if split not in splits:
            config.tell("error", "split_missing", f"names no images for {split}", split)
    settle_overlaps(splits, config)
    said = {problem.message.split(":")[0] for problem in problems.errors}
    for split, found in splits.items():
        if not found and split not in said:
            severity = "warning" if split == "test" else "error"
            config.tell(severity, "split_empty", f"an empty {'validation' if split == 'val' else split} split", split)
    problems.refuse()
    return YoloConfig(names, splits)


def _names(raw: dict[str, Any], config: Config) -> list[str]:
    names = raw.get("names")
    if isinstance(names, dict):
        try:
            by_id = {int(key): name for key, name in names.items()}
        except (TypeError, ValueError):
            by_id = {}
        if len(by_id) != len(names) or sorted(by_id) != list(range(len(names))):
            message = (
                f"names have ids {[str(i)[:20] for i in names][:10]}, expected 0 to {len(names) - 1} without holes"
            )
            config.tell("error", "names", message, "names")
            return []
        names = [by_id[i] for i in range(len(names))]
    if not isinstance(names, list) or not names:
        config.tell("error", "names", "names: expected a list of class names, or {id: name}", "names")
        return []
    for class_id, name in enumerate(names):
        if not isinstance(name, str | int | float) or not str(name).strip() or not _is_text(str(name)):
            config.tell("error", "names", f"names: class {class_id} has no name that is text", "names")
            return []
    if str(raw.get("nc", len(names))) != str(len(names)):
        config.tell("error", "nc", f"nc is {str(raw['nc'])[:20]}, but there are {len(names)} names", "nc")
    labels = [str(name) for name in names]
    if len(set(labels)) < len(labels):
        again = next(name for name in labels if labels.count(name) > 1)
        config.tell("warning", "names_repeated", f"several classes are named {again!r}", "names")
    return labels


def _is_text(name: str) -> bool:
    return not re.search(r"[\ud800-\udfff\x00]", name)


def _root(raw: dict[str, Any], config: Config) -> Path:
    """Where the split's paths begin: `path`, else the YAML's own folder."""
    here, given = config.file.parent, raw.get("path")
    if not given:
        return here
    try:
        named = (here / str(given)).resolve()
        if named.is_dir() and named.is_relative_to(config.folder):
            return named
        usable = all((here / str(raw[s])).exists() for s in SPLITS if isinstance(raw.get(s), str))
        exists = named.is_dir()
    except (OSError, ValueError):  # too long, or with a NUL
        usable = exists = False
    what = "is outside the dataset's folder" if exists else "does not exist"
    if usable:
        config.tell("warning", "path", f"path {str(given)[:200]!r} {what}; its own folder is used", "path")
    else:
        message = f"path {str(given)[:200]!r} {what}; leave it out, or make it relative to this file"
        config.tell("error", "path", message, "path")
    return here
