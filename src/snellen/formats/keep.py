"""Keeps image files under their hash in a store that is a folder: each once, whatever the number of snapshots.

Workers keep the bytes that they hashed, so what a name says is what the file holds, and a file is read once.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache

from snellen.errors import InvalidInput, StoreUnavailable
from snellen.storage.object_keys import file_key

WRITE = os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW


@dataclass(frozen=True, slots=True)
class Keeper:
    """Writes to the store in `folder`."""

    folder: str

    def keep(self, sha256: str, data: bytes) -> bool:
        """Whether the file was not there yet and now is.

        No snapshot names a file before all are there, so it is written in its place: what a killed import leaves half
        is of another size, and is written again. Raises :class:`~snellen.errors.StoreUnavailable` where it can't be
        written, for want of space say.
        """
        target = f"{self.folder}/{file_key(sha256)}"
        try:
            _make_parent(self.folder, os.path.dirname(target))
            try:
                file, new = os.open(target, WRITE | os.O_EXCL, 0o644), True
            except FileExistsError:
                if os.stat(target).st_size == len(data):
                    return False
                file, new = os.open(target, WRITE | os.O_TRUNC, 0o644), False
            try:
                _write(file, data)
            except BaseException:
                if new:
                    os.unlink(target)
                raise
            finally:
                os.close(file)
        except OSError as error:
            raise StoreUnavailable(f"the store {self.folder} can't be written: {error.strerror}") from error
        return True


def _write(file: int, data: bytes) -> None:
    written = os.write(file, data)
    while written < len(data):
        written += os.write(file, memoryview(data)[written:])


@lru_cache(maxsize=1024)
def _make_parent(folder: str, parent: str) -> None:
    os.makedirs(parent, exist_ok=True)
    if not f"{os.path.realpath(parent)}/".startswith(f"{folder}/"):
        raise InvalidInput(f"{parent} leads out of the store {folder} through a link; remove it")
