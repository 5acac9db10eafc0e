"""A file of a folder store that is written in parts, each at its place, and becomes an object by a rename.

A bucket can't do this; there parts are objects of their own. See docs/decisions/0020-parts-at-their-place.md.
"""

from __future__ import annotations

import fcntl
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from snellen.contract.disk import is_full
from snellen.errors import DiskFull, ObjectMissing, StoreUnavailable
from snellen.storage.object_keys import check_key
from snellen.storage.store import Store


class FileInPlace:
    """One such file, under a key where nobody looks for objects. Processes may share it."""

    def __init__(self, store: Store, key: str) -> None:
        """`store` must be a folder."""
        assert store.folder is not None  # noqa: S101 - for mypy; who asks has looked
        self._root = store.folder
        self._path = self._root / check_key(key)

    def write(self, start: int, data: bytes) -> None:
        """Write bytes from an offset on, for good."""
        with _telling(self._path), self._locked() as descriptor:
            rest = memoryview(data)
            while rest:
                written = os.pwrite(descriptor, rest, start)
                rest, start = rest[written:], start + written

    def size(self) -> int:
        """How far it was written; 0 when it is not there."""
        try:
            return self._path.stat().st_size
        except FileNotFoundError:
            return 0

    def taken(self) -> Taken:
        """Take it from those who write: what is checked then is what is published."""
        private = self._path.with_name(f"taken-{uuid.uuid4().hex}")
        with _telling(self._path), self._locked():
            self._path.replace(private)
        return Taken(self._root, private)

    @contextmanager
    def _locked(self) -> Iterator[int]:
        """Its descriptor, while nobody else writes or takes it."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        while True:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                if _is_at(self._path, descriptor):
                    yield descriptor
                    return
            finally:
                os.close(descriptor)


class Taken:
    """A file that nobody writes into any more."""

    def __init__(self, root: Path, path: Path) -> None:
        self._root = root
        self._path = path

    @property
    def key(self) -> str:
        """Under which the store reads it."""
        return self._path.relative_to(self._root).as_posix()

    def publish(self, key: str) -> None:
        """Make it the object of a key, in one step."""
        target = self._root / check_key(key)
        with _telling(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            self._path.replace(target)


def _is_at(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(os.stat(path), os.fstat(descriptor))
    except FileNotFoundError:
        return False


@contextmanager
def _telling(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise ObjectMissing(f"{path} is gone") from error
    except OSError as error:
        if is_full(error):
            raise DiskFull(f"the disk of the store is full: {path} could not be written; make room there") from error
        raise StoreUnavailable(f"{path} could not be written: {error.strerror}") from error
