"""``data.yaml`` of Ultralytics: class names and where the images are. It is read as data; nothing in it is run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from snellen.formats.content import SPLITS, Keypoints, are_sigmas
from snellen.formats.keypoint_names import mirrored
from snellen.formats.problems import Problem, Problems
from snellen.formats.yolo_splits import find_images, settle_overlaps

MOST_KEYPOINTS = 1000
EMPTY = {"val": "validation", "": "train"}


@dataclass(frozen=True, slots=True)
class YoloConfig:
    """Class names by id, and image files (relative to the dataset's folder) by split, no file in two.

    The split without a name is to be divided.

    ``keypoint_fields`` are 2 (x, y) or 3 (x, y, v).
    """

    names: list[str]
    splits: dict[str, list[str]]
    keypoints: Keypoints | None = None
    keypoint_fields: int = 3


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


def read_config(folder: Path, file: Path, problems: Problems, *, divide: bool = False) -> YoloConfig:
    """Read it; with `divide` the splits that it names are to be made anew.

    Raises :class:`~snellen.errors.DatasetInvalid`, which lists all that is wrong with it.
    """
    config = Config(folder, file, problems)
    raw = config.load()
    problems.refuse()
    names = _names(raw, config)
    keypoints, fields = _keypoints(raw, config) if "kpt_shape" in raw else (None, 3)
    if raw.get("download"):
        config.tell("warning", "download", "its `download` is not run", "download")
    if "val" not in raw and "validation" in raw:
        raw["val"] = raw["validation"]
    root = _root(raw, config)
    splits = {split: find_images(raw[split], split, root, config) for split in SPLITS if raw.get(split)}
    if divide:
        splits = {"": list(dict.fromkeys(path for paths in splits.values() for path in paths))}
    elif "train" not in splits:
        config.tell("error", "split_missing", "names no images for train", "train")
    elif "val" not in splits:
        config.tell("warning", "split_missing", "names no images for val; some are taken from train", "val")
        splits = {"": splits.pop("train"), **splits}
    settle_overlaps(splits, config)
    said = {problem.message.split(":")[0] for problem in problems.errors}
    for split, found in splits.items():
        if not found and split not in said:
            severity = "warning" if split == "test" else "error"
            config.tell(severity, "split_empty", f"an empty {EMPTY.get(split, split)} split", split)
    problems.refuse()
    return YoloConfig(names, splits, keypoints, fields)


def _keypoints(raw: dict[str, Any], config: Config) -> tuple[Keypoints | None, int]:
    shape = raw["kpt_shape"]
    whole = isinstance(shape, list) and len(shape) == 2 and all(isinstance(n, int) for n in shape)
    if not whole or not 1 <= shape[0] <= MOST_KEYPOINTS or shape[1] not in (2, 3):
        config.tell("error", "kpt_shape", f"kpt_shape: got {str(shape)[:60]}, expected [count, 2 or 3]", "kpt_shape")
        return None, 3
    count = int(shape[0])
    names = _keypoint_names(raw, count, config)
    flip = raw.get("flip_idx")
    if flip is not None and not (isinstance(flip, list) and sorted(map(str, flip)) == sorted(map(str, range(count)))):
        message = f"flip_idx: got {str(flip)[:60]}, expected each of 0 to {count - 1} once"
        config.tell("error", "flip_idx", message, "flip_idx")
        flip = None
    if flip is None:
        flip = mirrored(names)
    skeleton = raw.get("skeleton")
    if skeleton is not None and not _pairs(skeleton, count):
        config.tell("error", "skeleton", f"skeleton: expected pairs of indices from 0 to {count - 1}", "skeleton")
        skeleton = None
    pairs = None if skeleton is None else tuple((int(a), int(b)) for a, b in skeleton)
    sigmas = raw.get("kpt_oks_sigmas")
    if sigmas is not None and not are_sigmas(sigmas, count):
        config.tell("error", "sigmas", f"kpt_oks_sigmas: expected {count} numbers above 0", "kpt_oks_sigmas")
        sigmas = None
    given = None if sigmas is None else tuple(map(float, sigmas))
    return Keypoints(tuple(names), None if flip is None else tuple(map(int, flip)), pairs, given), int(shape[1])


def _keypoint_names(raw: dict[str, Any], count: int, config: Config) -> list[str]:
    """``kpt_names``: a list, or one for each class (of which there is one sort of keypoints, so the first is taken)."""
    given = raw.get("kpt_names")
    if isinstance(given, dict) and given:
        lists = list(given.values())
        if any(other != lists[0] for other in lists):
            config.tell(
                "warning", "kpt_names", "classes name their keypoints apart; the first class's are used", "kpt_names"
            )
        given = lists[0]
    if given is None:
        return [f"keypoint {index}" for index in range(count)]
    if not isinstance(given, list) or len(given) != count or len({str(name) for name in given}) < count:
        config.tell("error", "kpt_names", f"kpt_names: expected {count} different names", "kpt_names")
        return [f"keypoint {index}" for index in range(count)]
    return [str(name) for name in given]


def _pairs(value: Any, count: int) -> bool:
    return isinstance(value, list) and all(
        isinstance(pair, list) and len(pair) == 2 and all(isinstance(at, int) and 0 <= at < count for at in pair)
        for pair in value
    )


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
