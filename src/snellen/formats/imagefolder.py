"""Reads classification: a folder per class, as torchvision's ImageFolder and Ultralytics have it."""

from __future__ import annotations

from pathlib import Path

from snellen.contract.tasks import Task
from snellen.errors import DatasetInvalid
from snellen.formats.content import Annotation, DatasetReading, ImageRecord
from snellen.formats.files import list_images, split_of
from snellen.formats.finish import Dataset, finish
from snellen.formats.geometry import whole_image
from snellen.formats.options import ReadOptions
from snellen.formats.path_map import original_paths
from snellen.formats.problems import Problem, Problems
from snellen.formats.scan import Item, scan

#: A folder with these is of another format, or of none.
NO_CLASSES = frozenset({"images", "labels", "annotations", "JPEGImages", "Annotations"})


class _ClassLabel:
    def __call__(self, item: Item, image: ImageRecord) -> tuple[list[Annotation], list[Problem], None]:
        return [whole_image(item.label, image.width, image.height)], [], None


def find_classes(folder: Path) -> dict[str, list[Path]] | None:
    """Folders of classes by split (empty where there are no splits); None where this isn't such a folder."""
    inside = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith((".", "_")))
    if any(path.name in NO_CLASSES for path in inside):
        return None
    by_split = {split_of(path.name): path for path in inside if split_of(path.name)}
    if by_split and len(by_split) == len(inside):
        found = {
            split: sorted(path for path in place.iterdir() if path.is_dir() and not path.name.startswith("."))
            for split, place in by_split.items()
        }
    else:
        found = {"": inside}
    folders = [path for paths in found.values() for path in paths]
    return found if len(folders) >= 1 and any(_has_images(path) for path in folders) else None


def read_imagefolder(folder: Path, found: dict[str, list[Path]], options: ReadOptions) -> DatasetReading:
    """Read images; the classes are the folders' names in order, over all splits."""
    if options.task not in (None, Task.CLASSIFICATION):
        raise DatasetInvalid(f"task: got {options.task}, but a folder per class is a dataset for classification")
    problems = Problems()
    paths = original_paths(folder, problems)
    names = sorted({path.name for places in found.values() for path in places})
    for split, folders in found.items():
        lacking = set(names) - {path.name for path in folders}
        if lacking and split != "test":
            shown = ", ".join(sorted(lacking)[:10])
            problems.warning(
                "class_missing", f"{split or 'the dataset'}: no folder for {len(lacking)} classes: {shown}"
            )
    items: list[Item] = []
    for split, folders in found.items():
        for place in folders:
            for shown in list_images(place, folder, problems):
                chosen = "" if options.split is not None else split
                items.append(Item(f"{folder}/{shown}", paths.get(shown, shown), shown, chosen, names.index(place.name)))
    if "" not in found and "val" not in found and options.split is None:
        problems.warning("split_missing", "no images for val; some are taken from train")
        items = [item._replace(split="") if item.split == "train" else item for item in items]
    dataset = Dataset("imagefolder", Task.CLASSIFICATION, names)
    scanned = scan(items, _ClassLabel(), options)
    for image_record, objects, odd, _, _ in scanned:
        problems.extend(odd)
        if image_record is not None:
            dataset.found.append((image_record, objects))
    return finish(dataset, problems, options)


def _has_images(folder: Path) -> bool:
    return next(iter(list_images(folder, folder, None)), None) is not None
