"""Finds out what a folder holds and reads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from snellen.contract.tasks import Task
from snellen.errors import DatasetInvalid
from snellen.formats.content import DatasetReading
from snellen.formats.images import SUFFIXES
from snellen.formats.keep import Keeper
from snellen.formats.options import ReadOptions
from snellen.storage import Store
from snellen.storage.object_keys import file_key

#: In the order in which they are looked for: the one that says most comes first.
FORMATS = ("yolo", "coco", "voc", "imagefolder")
EXPECTED = (
    "a data.yaml with train, val and names (Ultralytics YOLO), a COCO JSON with images, annotations and categories, "
    "Pascal VOC XML files, or a folder per class (ImageFolder)"
)
#: What archives and desktops leave beside a dataset.
LITTER = frozenset({"__MACOSX"})
#: Files of which any may belong to a dataset that begins here.
OF_DATASETS = SUFFIXES | {".yaml", ".yml", ".json", ".xml"}


def read_folder(
    folder: Path,
    *,
    format: str | None = None,
    task: str | None = None,
    split: Mapping[str, float] | None = None,
    seed: int = 0,
    decode: bool = False,
    workers: int | None = None,
    keep: Store | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> DatasetReading:
    """Read a dataset from a folder; ``progress(done, total)`` counts images.

    `format` and `task` are recognised where they aren't said. `split` maps ``train``, ``val`` and ``test`` to
    fractions: the images are divided by them, stratified by class, with `seed`; without it splits are as given,
    and 80 to 20 where the data has none. `decode` decodes every image instead of checking its structure. `workers`
    processes read (default: one a core). With `keep`, a store that is a folder gets the files as they are read, so that
    :func:`~snellen.formats.save_snapshot` has nothing left to copy; if the dataset is refused they are removed again.

    Raises :class:`~snellen.errors.DatasetInvalid`: its ``problems`` lists the errors with file and line.
    """
    if format not in (None, *FORMATS):
        raise DatasetInvalid(f"format: got {format!r}, expected one of: {', '.join(FORMATS)}")
    if task is not None and task not in list(Task):
        raise DatasetInvalid(f"task: got {task!r}, expected one of: {', '.join(Task)}")
    if not folder.is_dir():
        raise DatasetInvalid(f"{folder}: no such folder on the server's machine; give the path of a dataset's folder")
    keeper = Keeper(str(keep.folder)) if keep is not None and keep.folder is not None else None
    options = ReadOptions(None if task is None else Task(task), split, seed, decode, workers, progress, keeper)
    try:
        return _read(_descend(folder.resolve()), format, options)
    except BaseException:
        if keep is not None:
            keep.delete(*map(file_key, options.kept))
        raise


def _read(folder: Path, format: str | None, options: ReadOptions) -> DatasetReading:
    readers = _readers(folder)
    for name in FORMATS if format is None else (format,):
        read = readers[name]()
        if read is not None:
            return read(options)
    sought = EXPECTED if format is None else {name: EXPECTED.split(", ")[i] for i, name in enumerate(FORMATS)}[format]
    raise DatasetInvalid(f"{folder}: holds no dataset that is known here; expected {sought}{_seen(folder)}")


def _readers(folder: Path) -> Mapping[str, Callable[[], Callable[[ReadOptions], DatasetReading] | None]]:
    """For each format: look, and if the folder holds it, how to read it."""
    from snellen.formats.coco import find_coco, read_coco
    from snellen.formats.imagefolder import find_classes, read_imagefolder
    from snellen.formats.voc import find_voc, read_voc
    from snellen.formats.yolo import read_yolo
    from snellen.formats.yolo_config import find_config

    def yolo() -> Callable[[ReadOptions], DatasetReading] | None:
        config = find_config(folder)
        return None if config is None else lambda options: read_yolo(folder, config, options)

    def coco() -> Callable[[ReadOptions], DatasetReading] | None:
        files = find_coco(folder)
        return (lambda options: read_coco(folder, files, options)) if files else None

    def voc() -> Callable[[ReadOptions], DatasetReading] | None:
        files = find_voc(folder)
        return (lambda options: read_voc(folder, files, options)) if files else None

    def imagefolder() -> Callable[[ReadOptions], DatasetReading] | None:
        found = find_classes(folder)
        return None if found is None else lambda options: read_imagefolder(folder, found, options)

    return {"yolo": yolo, "coco": coco, "voc": voc, "imagefolder": imagefolder}


def _descend(folder: Path) -> Path:
    """Archives often hold one folder with everything in it, and something beside it that is no dataset's."""
    for _ in range(3):
        inside = [path for path in folder.iterdir() if not path.name.startswith(".") and path.name not in LITTER]
        folders = [path for path in inside if path.is_dir() and not path.is_symlink()]
        if len(folders) != 1 or any(path.suffix.lower() in OF_DATASETS for path in inside if path.is_file()):
            break
        folder = folders[0]
    return folder


def _seen(folder: Path) -> str:
    names = sorted(path.name for path in folder.iterdir())[:10]
    return f"; it holds {', '.join(names)}" if names else "; it is empty"
