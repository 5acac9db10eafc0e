"""Stores image files under their hash: each once, whatever the number of snapshots."""

from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import dataclass

from snellen.errors import DatasetInvalid, InvalidInput, ObjectMissing
from snellen.formats.content import ImageRecord
from snellen.formats.images import stamp_of
from snellen.storage import Store
from snellen.storage.object_keys import file_key


def save_file(image: ImageRecord, store: Store) -> None:
    """Put the file of an image into any store, unless it is there.

    Raises :class:`~snellen.errors.DatasetInvalid` when it is no longer the one that was read.
    """
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
        raise _gone(image, error) from error
    _check(hashlib.sha256(data).hexdigest(), image)
    store.put_bytes(key, data, image.content_type)


@dataclass(frozen=True, slots=True)
class SaveToFolder:
    """:func:`save_file` for a store that is a folder, as work for several processes.

    The kernel copies, and the bytes are not read again where the file's place, size and times prove that they are the
    ones that were hashed.
    """

    folder: str

    def __call__(self, image: ImageRecord) -> None:
        """Store one file; a reader sees it whole or not at all."""
        target = f"{self.folder}/{file_key(image.sha256)}"
        try:
            if os.stat(target).st_size == image.bytes:
                return
        except FileNotFoundError:
            self._make_parent(target)
        part = f"{target}#{os.getpid()}"  # such a name is no object's
        try:
            with open(image.source, "rb", buffering=0) as source, open(part, "wb", buffering=0) as copy:
                _copy(source.fileno(), copy.fileno(), image.bytes)
                known = image.stamp and stamp_of(os.fstat(source.fileno())) == image.stamp
            if not known or os.stat(part).st_size != image.bytes:
                with open(part, "rb") as written:
                    _check(hashlib.file_digest(written, "sha256").hexdigest(), image)
            os.rename(part, target)
        except BaseException as error:
            if os.path.exists(part):
                os.unlink(part)
            if isinstance(error, FileNotFoundError | PermissionError):
                raise _gone(image, error) from error
            raise

    def _make_parent(self, target: str) -> None:
        parent = os.path.dirname(target)
        os.makedirs(parent, exist_ok=True)
        if not f"{os.path.realpath(parent)}/".startswith(f"{self.folder}/"):
            raise InvalidInput(f"{parent} leads out of the store {self.folder} through a link; remove it")


def _copy(source: int, target: int, size: int) -> None:
    """All bytes, in the kernel where the file systems can."""
    copied = 0
    try:
        while copied < size:
            step = os.copy_file_range(source, target, size - copied)
            if step == 0:
                return
            copied += step
    except OSError:
        if copied:
            raise
        with open(source, "rb", closefd=False) as reader, open(target, "wb", closefd=False) as writer:
            shutil.copyfileobj(reader, writer)


def _check(sha256: str, image: ImageRecord) -> None:
    if sha256 != image.sha256:
        # Under this name it would be wrong for every snapshot to come.
        raise DatasetInvalid(f"{image.path}: changed while it was imported; import again")


def _gone(image: ImageRecord, error: OSError) -> DatasetInvalid:
    return DatasetInvalid(f"{image.path}: can't be read any more ({error.strerror}); import again")
