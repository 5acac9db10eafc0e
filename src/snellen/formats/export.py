"""Exports: a snapshot as files in the format of other tools, to a folder or as a zip."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from snellen.contract.tasks import Task
from snellen.errors import InvalidInput
from snellen.formats.snapshot import Snapshot

EXPORTS = ("yolo", "coco")
#: Brings files: ``(sha256, target)`` pairs, by link or by download.
Fetch = Callable[[list[tuple[str, Path]]], None]
SUFFIX_OF = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "image/bmp": ".bmp",
    "image/tiff": ".tif",
}
SUFFIXES = frozenset({".jpeg", ".tiff", ".mpo", *SUFFIX_OF.values()})
#: What a zip's clock can't say, it says as the first moment that it can: the same export is the same bytes.
EPOCH = (1980, 1, 1, 0, 0, 0)


class ExportFile(NamedTuple):
    """One file of an export: its own bytes, or those of the image with that hash."""

    path: str
    data: bytes | None = None
    sha256: str | None = None


def export_files(snapshot: Snapshot, format: str, task: Task | None = None) -> Iterator[ExportFile]:
    """The files of an export; `task` is the snapshot's, or detection for its boxes alone.

    Raises :class:`~snellen.errors.InvalidInput` for a format that can't hold the task.
    """
    from snellen.formats.export_coco import coco_files
    from snellen.formats.export_yolo import yolo_files

    task = task or Task(snapshot.info.task)
    if format == "yolo":
        return yolo_files(snapshot, task)
    if format == "coco" and task is Task.CLASSIFICATION:
        raise InvalidInput("format: COCO holds objects, not classes of images; export a classification dataset as yolo")
    if format == "coco":
        return coco_files(snapshot, task)
    raise InvalidInput(f"format: got {format!r}, expected one of: {', '.join(EXPORTS)}")


def write_files(files: Iterator[ExportFile], folder: Path, fetch: Fetch) -> None:
    """Write an export into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted: list[tuple[str, Path]] = []
    made: set[str] = set()
    for file in files:
        parent = str(PurePosixPath(file.path).parent)
        if parent not in made:
            (folder / parent).mkdir(parents=True, exist_ok=True)
            made.add(parent)
        if file.sha256 is not None:
            wanted.append((file.sha256, folder / file.path))
        elif file.data is not None:
            (folder / file.path).write_bytes(file.data)
    fetch(wanted)


def zip_files(files: Iterator[ExportFile], read: Callable[[str], Iterator[bytes]]) -> Iterator[bytes]:
    """An export as the bytes of a zip, piece by piece; ``read(sha256)`` gives an image's bytes.

    Memory stays bounded.
    """
    pieces = _Pieces()
    with zipfile.ZipFile(pieces, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        for file in files:
            entry = zipfile.ZipInfo(file.path, EPOCH)
            entry.external_attr = 0o644 << 16
            if file.sha256 is None:
                entry.compress_type = zipfile.ZIP_DEFLATED
            # Pictures are compressed already.
            with archive.open(entry, "w", force_zip64=True) as target:
                for chunk in read(file.sha256) if file.sha256 is not None else (file.data or b"",):
                    target.write(chunk)
                    yield from pieces.take()
            yield from pieces.take()
    yield from pieces.take()


class _Pieces(io.RawIOBase):
    """What was written and not taken yet; a zip can be written to a stream that has no place to go back to."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def take(self) -> Iterator[bytes]:
        if self._parts:
            joined, self._parts = b"".join(self._parts), []
            yield joined


class Names:
    """File names within the folders of an export: the image's own; with a part of its hash where two would meet."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def name(self, image: dict[str, Any], folder: str) -> str:
        """The name of an image in `folder`, whose stem no other file there has (nor differs from it by case only)."""
        path = PurePosixPath(image["path"])
        suffix = path.suffix if path.suffix.lower() in SUFFIXES else SUFFIX_OF[image["content_type"]]
        name = path.stem + suffix
        if self._meets(folder, path.stem):
            name = f"{path.stem[:60]}-{image['image_id']}-{image['sha256'][:8]}{suffix}"
            self._meets(folder, PurePosixPath(name).stem)
        return name

    def _meets(self, folder: str, stem: str) -> bool:
        place = f"{folder}/{stem}".casefold()
        met = place in self._taken
        self._taken.add(place)
        return met


def objects_of_images(snapshot: Snapshot) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Each image with its objects, in order."""
    objects = snapshot.objects.sort("image_id", "object_id").iter_rows(named=True)
    following = next(objects, None)
    for image in snapshot.images.sort("image_id").iter_rows(named=True):
        own = []
        while following is not None and following["image_id"] == image["image_id"]:
            own.append(following)
            following = next(objects, None)
        yield image, own
