"""Keeps image files under their hash in a store that is a folder: each once, whatever the number of snapshots.

Workers keep the bytes that they hashed, so what a name says is what the file holds, and a file is read once.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from functools import lru_cache

from snellen.errors import InvalidInput, StoreUnavailable
from snellen.storage.object_keys import file_key


@dataclass(frozen=True, slots=True)
class Keeper:
    """Writes to the store in `folder`."""

    folder: str

    def keep(self, sha256: str, data: bytes) -> bool:
        """Whether the file was not there yet and now is; a reader sees it whole or not at all.

        Raises :class:`~snellen.errors.StoreUnavailable` where it can't be written, for want of space say.
        """
        target = f"{self.folder}/{file_key(sha256)}"
        try:
            try:
                if os.stat(target).st_size == len(data):
                    return False
            except FileNotFoundError:
                pass
            _make_parent(self.folder, os.path.dirname(target))
            part = f"{target}#{os.getpid()}{threading.get_ident()}"  # such a name is no object's
            try:
                _write(part, data)
                os.rename(part, target)
            except BaseException:
                if os.path.exists(part):
                    os.unlink(part)
                raise
        except OSError as error:
            raise StoreUnavailable(f"the store {self.folder} can't be written: {error.strerror}") from error
        return True


def _write(path: str, data: bytes) -> None:
    file = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC | os.O_CLOEXEC, 0o644)
    try:
        written = os.write(file, data)
        while written < len(data):
            written += os.write(file, memoryview(data)[written:])
    finally:
        os.close(file)


@lru_cache(maxsize=1024)
def _make_parent(folder: str, parent: str) -> None:
    os.makedirs(parent, exist_ok=True)
    if not f"{os.path.realpath(parent)}/".startswith(f"{folder}/"):
        raise InvalidInput(f"{parent} leads out of the store {folder} through a link; remove it")
