"""Reads Pascal VOC: an XML file an image, lists of a split's images in ``ImageSets/Main``."""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path, PurePosixPath

from snellen.contract.tasks import Task
from snellen.errors import DatasetInvalid
from snellen.formats.content import SPLITS, DatasetReading
from snellen.formats.files import list_images, split_of
from snellen.formats.finish import Dataset, finish
from snellen.formats.options import ReadOptions
from snellen.formats.path_map import original_paths
from snellen.formats.problems import Problem, Problems
from snellen.formats.scan import Item, scan
from snellen.formats.voc_labels import VocLabels, VocXmlInvalid, read_xml

LISTS = "ImageSets/Main"
HEAD = 1000


def find_voc(folder: Path) -> list[Path]:
    """The XML files of annotations, in order."""
    found = [
        Path(place, name)
        for place, folders, names in os.walk(folder)
        for name in sorted(names)
        if name.lower().endswith(".xml") and not name.startswith("._")
    ]
    return [path for path in sorted(found) if _is_voc(path)] if any(map(_is_voc, found[:10])) else []


def read_voc(folder: Path, files: list[Path], options: ReadOptions) -> DatasetReading:
    """Read images and boxes; :class:`~snellen.errors.DatasetInvalid` lists everything that is wrong with them.

    Classes are the objects' names, in order. Splits are those of ``ImageSets/Main``, else what a folder's name says. In
    the challenge's own files pixels count from 1 and the last is inside; elsewhere numbers are edges.
    """
    if options.task not in (None, Task.DETECTION):
        raise DatasetInvalid(f"task: got {options.task}, but Pascal VOC's XML holds boxes, which are for detection")
    problems = Problems()
    items = _items(folder, files, options, problems)
    dataset = Dataset("voc", Task.DETECTION, [])
    noted: list[list[str]] = []
    scanned = scan(items, VocLabels(), options)
    for image, objects, odd, names, _ in scanned:
        problems.extend(odd)
        if image is not None:
            dataset.found.append((image, objects))
            noted.append(names)
    dataset.class_names = sorted({name for names in noted for name in names})
    ids = {name: class_id for class_id, name in enumerate(dataset.class_names)}
    dataset.found = [
        (image, [each._replace(class_id=ids[names[each.class_id]]) for each in objects])
        for (image, objects), names in zip(dataset.found, noted, strict=True)
    ]
    if dataset.found and not ids:
        problems.error("names", "no object in any XML file has a name: there is no class to learn")
    return finish(dataset, problems, options)


def _is_voc(path: Path) -> bool:
    with path.open("rb") as file:
        return b"<annotation" in file.read(HEAD)


def _items(folder: Path, files: list[Path], options: ReadOptions, problems: Problems) -> list[Item]:
    paths = original_paths(folder, problems)
    pictures = list(list_images(folder, folder, problems))
    by_stem: dict[str, list[str]] = defaultdict(list)
    for shown in pictures:
        by_stem[PurePosixPath(shown).stem].append(shown)
    labels: dict[str, str] = {}
    for file in files:
        shown = file.relative_to(folder).as_posix()
        problem = _pair(file, shown, by_stem, labels)
        if problem is not None:
            problems.add(problem)
    lists = _lists(folder, problems)
    left_out = 0
    items = []
    for shown in pictures:
        if shown not in labels and lists and PurePosixPath(shown).stem not in lists:
            continue  # VOC brings pictures for other tasks along
        split = lists.get(PurePosixPath(shown).stem) if lists else _split_said(shown, labels.get(shown, ""))
        if split is None:
            left_out += 1
            continue
        label = (str(folder / labels[shown]), labels[shown]) if shown in labels else None
        chosen = "" if options.split is not None else split
        items.append(Item(f"{folder}/{shown}", paths.get(shown, shown), shown, chosen, label))
    if left_out:
        problems.warning("image_unlisted", f"{left_out} images are in no list for train, val or test; left out", LISTS)
    return items


def _pair(file: Path, shown: str, by_stem: dict[str, list[str]], labels: dict[str, str]) -> Problem | None:
    """Give an XML file to its image: the one of its name, else the one that it names."""
    candidates = by_stem.get(file.stem, [])
    if not candidates:
        try:
            name = PurePosixPath(read_xml(str(file)).filename.replace("\\", "/")).name
        except VocXmlInvalid as error:
            return Problem("error", "xml", str(error), shown, error.line)
        candidates = [path for path in by_stem.get(PurePosixPath(name).stem, []) if PurePosixPath(path).name == name]
        if not candidates:
            return Problem(
                "warning", "label_without_image", f"neither {file.stem} nor {name or 'a file'!r} is there", shown
            )
    near = sorted(candidates, key=lambda path: -len(os.path.commonpath(["/" + path, "/" + shown])))
    if len(near) > 1 and len(os.path.commonpath(["/" + near[0], "/" + shown])) == len(
        os.path.commonpath(["/" + near[1], "/" + shown])
    ):
        return Problem(
            "error", "image_ambiguous", f"{near[0]} and {near[1]} both have its name; which is meant?", shown
        )
    if near[0] in labels:
        return Problem("error", "label_repeated", f"{labels[near[0]]} is for {near[0]} too", shown)
    labels[near[0]] = shown
    return None


def _lists(folder: Path, problems: Problems) -> dict[str, str]:
    """Splits by the stems of images."""
    found: dict[str, str] = {}
    places = [folder / LISTS, *sorted(folder.glob(f"*/{LISTS}")), folder / "ImageSets"]
    place = next((place for place in places if place.is_dir()), None)
    for split in SPLITS if place is not None else ():
        file = (place or folder) / f"{split}.txt"
        if not file.is_file():
            continue
        shown = file.relative_to(folder).as_posix()
        for number, line in enumerate(file.read_text(encoding="utf-8-sig", errors="replace").splitlines(), 1):
            stem = line.split()[0] if line.split() else ""
            if not stem:
                continue
            other = found.setdefault(stem, split)
            if other != split:
                severity = "warning" if split == "test" else "error"
                problems.add(Problem(severity, "split_overlap", f"{stem} is in {other} already", shown, number))
    return found


def _split_said(shown: str, label: str) -> str:
    for path in (shown, label):
        for part in PurePosixPath(path).parts[:-1]:
            if said := split_of(part):
                return said
    return ""
