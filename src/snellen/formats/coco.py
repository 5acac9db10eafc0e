"""Reads COCO: JSON files with images, annotations and categories, beside the pictures."""

from __future__ import annotations

import mmap
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple, TypeVar

import msgspec

from snellen.contract.tasks import Task
from snellen.errors import DatasetInvalid
from snellen.formats.coco_labels import NOTHING, CocoLabel, CocoLabels, Id, Source
from snellen.formats.content import DatasetReading, Keypoints, are_sigmas
from snellen.formats.files import list_images, split_of
from snellen.formats.finish import Dataset, finish
from snellen.formats.keypoint_names import mirrored
from snellen.formats.options import ReadOptions
from snellen.formats.path_map import PATH_MAP, original_paths
from snellen.formats.problems import Problems
from snellen.formats.scan import Item, scan

PLACES = ("*.json", "annotations/*.json", "labels/*.json", "*/*.json")


class _Image(msgspec.Struct):
    id: Id
    file_name: str
    width: int | float | None = None
    height: int | float | None = None


class _Category(msgspec.Struct):
    id: Id
    name: str
    keypoints: list[str] | None = None
    skeleton: list[tuple[int, int]] | None = None
    flip_idx: list[int] | None = None
    sigmas: list[float] | None = None


class _Where(msgspec.Struct):
    image_id: Id
    segmentation: msgspec.Raw = msgspec.Raw(b"")
    keypoints: msgspec.Raw = msgspec.Raw(b"")


class _File(msgspec.Struct):
    images: list[msgspec.Raw]
    categories: list[msgspec.Raw]
    annotations: list[msgspec.Raw] = []


class _Entry(NamedTuple):
    image: _Image
    line: int
    annotations: list[Source]


class _Read(NamedTuple):
    """A file's images by id, and what its annotations hold."""

    shown: str
    split: str
    entries: dict[str, _Entry]
    masks: bool
    keypoints: bool


T = TypeVar("T")


def find_coco(folder: Path) -> list[Path]:
    """The JSON files with images and categories."""
    found = {path for place in PLACES for path in folder.glob(place) if path.is_file() and path.name != PATH_MAP}
    return sorted(path for path in found if _is_coco(path))


def read_coco(folder: Path, files: list[Path], options: ReadOptions) -> DatasetReading:
    """Read images and annotations; :class:`~snellen.errors.DatasetInvalid` lists everything that is wrong with them.

    Keypoints make it pose, polygons and RLE segmentation, else it is detection; ``options.task`` chooses. Classes are
    the categories by id, which may skip numbers and be text. The split of a file is said by its name or its folder's.
    """
    problems = Problems()
    categories: dict[str, _Category] = {}
    read = [
        each
        for file in _chosen(files, folder, options, problems)
        if (each := _read(file, folder, categories, problems))
    ]
    problems.refuse()
    task = _task(read, categories, options)
    ordered = _in_order(categories)
    keypoints = _keypoints(ordered, problems) if task is Task.POSE else None
    if len({category.name for category in ordered}) < len(ordered):
        problems.warning("names_repeated", "several categories have the same name", read[0].shown)
    reader = CocoLabels(
        task, {str(c.id): at for at, c in enumerate(ordered)}, 0 if keypoints is None else len(keypoints.names)
    )
    items = _items(folder, read, options, problems)
    dataset = Dataset("coco", task, [category.name for category in ordered], keypoints)
    for image, objects, odd, _, _ in scan(items, reader, options):
        problems.extend(odd)
        if image is not None:
            dataset.found.append((image, objects))
    return finish(dataset, problems, options)


def _is_coco(path: Path) -> bool:
    with path.open("rb") as file:
        try:
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                return data.find(b'"images"') >= 0 and data.find(b'"categories"') >= 0
        except (ValueError, OSError):  # an empty file
            return False


def _chosen(files: list[Path], folder: Path, options: ReadOptions, problems: Problems) -> list[Path]:
    """COCO itself comes with several files for the same images: objects, persons with keypoints, and more."""
    kinds: dict[str, list[Path]] = defaultdict(list)
    for path in files:
        word = re.match(r"person_keypoints|panoptic|stuff|lvis", path.stem)
        kinds[word.group() if word else ""].append(path)
    wanted = "person_keypoints" if options.task is Task.POSE else ""
    kind = wanted if kinds[wanted] else next(kind for kind in kinds if kinds[kind])
    for other, paths in kinds.items():
        if other != kind and paths:
            shown = paths[0].relative_to(folder).as_posix()
            problems.warning("file_ignored", f"{len(paths)} files of another kind are left out; say the task", shown)
    return kinds[kind]


def _read(path: Path, folder: Path, categories: dict[str, _Category], problems: Problems) -> _Read | None:
    shown = path.relative_to(folder).as_posix()
    data = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    try:
        whole = msgspec.json.decode(data, type=_File)
    except msgspec.MsgspecError as error:
        at = re.search(r"\(byte (\d+)\)", str(error))
        problems.error(
            "json", f"is no COCO: {error}", shown, 1 + data.count(b"\n", 0, int(at.group(1))) if at else None
        )
        return None
    lines = _Lines(data)
    for category, line, _ in _each(
        whole.categories, _Category, "category", shown, lines.again(b'"categories"'), problems
    ):
        known = categories.setdefault(str(category.id), category)
        if known != category:
            message = f"category {category.id!r} is {category.name!r} here and {known.name!r} in another file"
            problems.error("categories", message, shown, line)
    entries: dict[str, _Entry] = {}
    for image, line, _ in _each(whole.images, _Image, "image", shown, lines.again(b'"images"'), problems):
        if str(image.id) in entries:
            problems.error("image_id", f"image id {image.id!r} is there twice", shown, line)
        entries[str(image.id)] = _Entry(image, line, [])
    masks = keypoints = False
    for where, line, raw in _each(
        whole.annotations, _Where, "annotation", shown, lines.again(b'"annotations"'), problems
    ):
        entry = entries.get(str(where.image_id))
        if entry is None:
            problems.error("annotation_image", f"image_id {where.image_id!r} is the id of no image", shown, line)
            continue
        entry.annotations.append(Source(line, raw))
        masks = masks or bytes(where.segmentation) not in NOTHING
        keypoints = keypoints or bytes(where.keypoints) not in NOTHING
    split = split_of(path.stem) or (split_of(path.parent.name) if path.parent != folder else "")
    return _Read(shown, split, entries, masks, keypoints)


class _Lines:
    """Finds the lines of values, which come in the order of the file."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at, self._line = 0, 1

    def again(self, key: bytes) -> _Lines:
        """From the first place of a key."""
        self._at = max(self._data.find(key), 0)
        self._line = 1 + self._data.count(b"\n", 0, self._at)
        return self

    def of(self, value: bytes) -> int:
        at = self._data.find(value, self._at)
        if at >= 0:
            self._line += self._data.count(b"\n", self._at, at)
            self._at = at + len(value)
            self._line += value.count(b"\n")
            return self._line - value.count(b"\n")
        return self._line


def _each(
    values: list[msgspec.Raw], kind: type[T], what: str, shown: str, lines: _Lines, problems: Problems
) -> Iterator[tuple[T, int, bytes]]:
    decoder = msgspec.json.Decoder(kind)
    for value in values:
        raw = bytes(value)
        line = lines.of(raw)
        try:
            yield decoder.decode(raw), line, raw
        except msgspec.MsgspecError as error:
            problems.error(what, f"{what}: {error}", shown, line)


def _task(read: list[_Read], categories: dict[str, _Category], options: ReadOptions) -> Task:
    keypoints = any(each.keypoints for each in read) and any(c.keypoints for c in categories.values())
    if options.task is Task.CLASSIFICATION:
        raise DatasetInvalid(
            "task: got classification, which needs a folder per class; this is a dataset in COCO format"
        )
    if options.task is Task.POSE and not keypoints:
        raise DatasetInvalid("task: got pose, but no annotation has keypoints, or no category names them")
    if options.task is not None:
        return options.task
    if keypoints:
        return Task.POSE
    return Task.SEGMENTATION if any(each.masks for each in read) else Task.DETECTION


def _in_order(categories: dict[str, _Category]) -> list[_Category]:
    """By number where all ids are numbers (as text, perhaps), else as listed."""
    if all(re.fullmatch(r"\d+", key) for key in categories):
        return [categories[key] for key in sorted(categories, key=int)]
    return list(categories.values())


def _keypoints(categories: list[_Category], problems: Problems) -> Keypoints:
    named = [category for category in categories if category.keypoints]
    first = named[0]
    names = tuple(first.keypoints or ())
    for other in named[1:]:
        if len(other.keypoints or ()) != len(names):
            message = f"categories {first.name!r} and {other.name!r} have other numbers of keypoints; import them apart"
            problems.error("keypoint_count", message)
        elif other.keypoints != first.keypoints:
            problems.warning(
                "kpt_names", f"category {other.name!r} names its keypoints otherwise; {first.name!r}'s are used"
            )
    skeleton = tuple((a - 1, b - 1) for a, b in first.skeleton or ())
    if any(not (0 <= at < len(names)) for pair in skeleton for at in pair):
        problems.error("skeleton", f"category {first.name!r}: expected pairs of numbers from 1 to {len(names)}")
    flip = first.flip_idx if first.flip_idx is not None else mirrored(names)
    if flip is not None and sorted(flip) != list(range(len(names))):
        problems.error("flip_idx", f"category {first.name!r}: expected each of 0 to {len(names) - 1} once")
    sigmas = None if first.sigmas is None else tuple(first.sigmas)
    if sigmas is not None and not are_sigmas(sigmas, len(names)):
        problems.error("sigmas", f"category {first.name!r}: expected {len(names)} sigmas, each a number above 0")
    problems.refuse()
    return Keypoints(names, None if flip is None else tuple(flip), skeleton or None, sigmas)


def _items(folder: Path, read: list[_Read], options: ReadOptions, problems: Problems) -> list[Item]:
    paths = original_paths(folder, problems)
    pictures = _Pictures(folder, problems)
    items = []
    for each in read:
        for entry in each.entries.values():
            shown = pictures.find(entry.image.file_name, each)
            if shown is None:
                message = f"image {entry.image.file_name[:200]!r} is not there"
                problems.error("image_missing", message, each.shown, entry.line)
                continue
            width, height = entry.image.width, entry.image.height
            size = (int(width), int(height)) if width and height else None
            label = CocoLabel(each.shown, entry.line, size, entry.annotations)
            split = "" if options.split is not None else each.split
            items.append(Item(str(folder / shown), paths.get(shown, shown), shown, split, label))
    taken = {item.shown for item in items}
    for shown in sorted(pictures.all - taken):
        problems.warning("image_unlisted", "is in no JSON; left out", shown)
    return items


class _Pictures:
    """Finds pictures by the names that a JSON gives them: tools differ in what they are relative to."""

    def __init__(self, folder: Path, problems: Problems) -> None:
        self.all = set(list_images(folder, folder, problems))
        self._folders = sorted({str(PurePosixPath(path).parent) for path in self.all})
        self._by_name: dict[str, list[str]] = defaultdict(list)
        for path in sorted(self.all):
            self._by_name[PurePosixPath(path).name].append(path)

    def find(self, file_name: str, read: _Read) -> str | None:
        name = str(PurePosixPath(file_name.replace("\\", "/")))
        own = str(PurePosixPath(read.shown).parent)
        of_split = [
            place for place in self._folders if read.split and split_of(PurePosixPath(place).name) == read.split
        ]
        for place in (*of_split, own, ".", "images"):
            path = str(PurePosixPath(place, name))
            if path in self.all:
                return path
        candidates = [
            path
            for path in self._by_name[PurePosixPath(name).name]
            if all(split_of(part) in ("", read.split) for part in PurePosixPath(path).parts[:-1])
        ]
        return candidates[0] if len(candidates) == 1 else None
