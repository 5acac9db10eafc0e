"""Snapshots: immutable, named by the hash of their content, in a store."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from snellen.errors import DatasetInvalid, ObjectMissing, SnapshotNotFound
from snellen.formats.content import DatasetContent, ImageRecord, image_frame, object_frame
from snellen.storage import Store
from snellen.storage.object_keys import PARQUET, SNAPSHOT_FILES, file_key, snapshot_prefix

if TYPE_CHECKING:
    import polars as pl

HASH_VERSION = "snellen-snapshot-2"
THREADS = 16
IMAGES, OBJECTS, INFO = (SNAPSHOT_FILES[what] for what in ("images", "objects", "snapshot"))


@dataclass(frozen=True, slots=True)
class SnapshotInfo:
    """What a snapshot holds, in short. ``classes`` are ``{id, name, objects}``; ``bytes`` of the image files.

    ``keypoints`` are ``{names, flip_idx, skeleton}``, perhaps ``sigmas``, of a pose dataset: see
    :class:`~snellen.formats.content.Keypoints`.
    """

    hash: str
    task: str
    class_names: list[str]
    images: int
    by_split: dict[str, int]
    objects: int
    classes: list[dict[str, Any]]
    bytes: int
    keypoints: dict[str, Any] | None = None

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> SnapshotInfo:
        """From JSON; what a later version added is left out, and what an earlier one lacked is not there."""
        return cls(**{field.name: data[field.name] for field in dataclasses.fields(cls) if field.name in data})


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A snapshot's summary and tables; columns as in the design, section 6."""

    info: SnapshotInfo
    images: pl.DataFrame
    objects: pl.DataFrame


def content_hash(content: DatasetContent) -> str:
    """SHA-256 in hex over names, task, images and objects; not over who imported it, where from and when.

    Geometry counts in steps of 2⁻¹⁶ px (:data:`~snellen.formats.content.QUANTUM`), images and objects in the order of
    :meth:`~snellen.formats.content.DatasetContent.of`, so the order of files and of lines doesn't matter.
    """
    import msgspec

    # MessagePack: numbers are their bits, so no library's way of writing them has a say.
    encode = msgspec.msgpack.encode
    keypoints = None if content.keypoints is None else content.keypoints.as_dict()
    digest = hashlib.sha256(encode([HASH_VERSION, str(content.task), content.class_names, keypoints]))
    for image, objects in zip(content.images, content.objects, strict=True):
        digest.update(encode([image.path, image.split, image.sha256, objects]))
    return digest.hexdigest()


def describe(content: DatasetContent) -> SnapshotInfo:
    """The summary of a dataset, with the hash that names its snapshot."""
    counts = Counter(annotation.class_id for annotations in content.objects for annotation in annotations)
    return SnapshotInfo(
        hash=content_hash(content),
        task=str(content.task),
        class_names=content.class_names,
        images=len(content.images),
        by_split=dict(Counter(image.split for image in content.images)),
        objects=counts.total(),
        classes=[{"id": i, "name": name, "objects": counts[i]} for i, name in enumerate(content.class_names)],
        bytes=sum(image.bytes for image in content.images),
        keypoints=None if content.keypoints is None else content.keypoints.as_dict(),
    )


def save_snapshot(
    content: DatasetContent,
    store: Store,
    *,
    kept: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> SnapshotInfo:
    """Store a snapshot; what is there already is not stored again. ``progress(done, total)`` counts files.
    With `kept` the files are there, put by :func:`~snellen.formats.read_folder`.

    Files come first and ``snapshot.json`` last, so a killed import leaves nothing visible and can be run again.
    Raises :class:`~snellen.errors.DatasetInvalid` when an image is no longer the one that was read.
    """
    info = describe(content)
    prefix = snapshot_prefix(info.hash)
    if store.exists(prefix + INFO):
        return info
    if not kept:
        _save_files(list({image.sha256: image for image in content.images}.values()), store, progress)
    store.put_bytes(prefix + IMAGES, parquet_bytes(image_frame(content.images)), PARQUET)
    store.put_bytes(prefix + OBJECTS, parquet_bytes(object_frame(content.objects)), PARQUET)
    store.put_bytes(prefix + INFO, json.dumps(info.as_dict(), ensure_ascii=False).encode(), "application/json")
    return info


def _save_files(files: list[ImageRecord], store: Store, progress: Callable[[int, int], None] | None) -> None:
    with ThreadPoolExecutor(THREADS) as pool:
        for done, _ in enumerate(pool.map(lambda image: _save_file(image, store), files), 1):
            if progress is not None:
                progress(done, len(files))


def _save_file(image: ImageRecord, store: Store) -> None:
    key = file_key(image.sha256)
    try:
        if store.size(key) == image.bytes:
            return
    except ObjectMissing:
        pass
    try:
        with open(image.source, "rb") as file:
            data = file.read()
    except OSError as error:
        raise DatasetInvalid(f"{image.path}: can't be read any more ({error.strerror}); import again") from error
    if hashlib.sha256(data).hexdigest() != image.sha256:
        # Under this name it would be wrong for every snapshot to come.
        raise DatasetInvalid(f"{image.path}: changed while it was imported; import again")
    store.put_bytes(key, data, image.content_type)


def load_snapshot(source: Store | Path, snapshot_hash: str | None = None) -> Snapshot:
    """The snapshot from a store by its hash, or from a folder that holds its three tables.

    Raises :class:`~snellen.errors.SnapshotNotFound` when it isn't there whole.
    """
    import polars as pl

    if isinstance(source, Path):
        read: Callable[[str], bytes] = lambda name: (source / name).read_bytes()  # noqa: E731
    else:
        prefix = snapshot_prefix(snapshot_hash or "")
        read = lambda name: source.get_bytes(prefix + name)  # noqa: E731
    try:
        info = SnapshotInfo.from_dict(json.loads(read(INFO)))
        return Snapshot(info, pl.read_parquet(io.BytesIO(read(IMAGES))), pl.read_parquet(io.BytesIO(read(OBJECTS))))
    except (FileNotFoundError, ObjectMissing) as error:
        where = source if isinstance(source, Path) else source.url
        raise SnapshotNotFound(f"{where}: no whole snapshot {snapshot_hash or ''} here: {error}") from error


def parquet_bytes(frame: pl.DataFrame) -> bytes:
    """A table as the bytes of its file."""
    buffer = io.BytesIO()
    frame.write_parquet(buffer, compression="zstd")
    return buffer.getvalue()
