"""Opens what a trainer put into its job's folder: plain files really inside it, whatever it puts there meanwhile.

A trainer is not trusted. A name may be a link to the server's secrets, a pipe that nobody writes into, or a folder that
becomes a link between a look and the opening. So each part of a path is opened below the one before without following
links, and it is the opened file that is looked at, never its name.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path, PurePosixPath

from snellen.errors import FileRefused

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Opening a pipe that nobody writes into would wait for ever.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


class Inside:
    """The files below a folder.

    With an `owner` (a user id) files of others are refused, as a hard link to one would be.
    """

    def __init__(self, root: Path, *, owner: int | None = None) -> None:
        self._root = root
        self._owner = owner

    def open(self, path: str | Path) -> BufferedReader:
        """A plain file by its path, relative to the folder or absolute; :class:`~snellen.errors.FileRefused` says why
        anything else is not opened, ``FileNotFoundError`` that there is nothing."""
        parts = self._parts(path)
        with self._parent(parts) as folder:
            descriptor = _opened(parts[-1], _FILE, folder, shown=str(path))
        try:
            self._check(os.fstat(descriptor), str(path))
            return os.fdopen(descriptor, "rb")
        except BaseException:
            os.close(descriptor)
            raise

    def read(self, path: str | Path, *, most: int) -> bytes:
        """The bytes of a file that has no more than `most`."""
        with self.open(path) as file:
            data = file.read(most + 1)
        if len(data) > most:
            raise FileRefused(f"{str(path)!r} has more than {most} bytes; expected a smaller file")
        return data

    def remove(self, path: str | Path) -> None:
        """Remove a file, or a link itself; nothing outside can be reached."""
        parts = self._parts(path)
        with self._parent(parts) as folder:
            os.unlink(parts[-1], dir_fd=folder)

    def _check(self, status: os.stat_result, shown: str) -> None:
        if not stat.S_ISREG(status.st_mode):
            raise FileRefused(f"{shown!r} is no plain file ({_kind(status.st_mode)}); expected the file itself")
        if self._owner is not None and status.st_uid != self._owner:
            raise FileRefused(f"{shown!r} belongs to user {status.st_uid}, expected the trainer's ({self._owner})")

    def _parts(self, path: str | Path) -> tuple[str, ...]:
        given = PurePosixPath(path)
        if given.is_absolute():
            for root in (self._root, self._root.resolve()):
                if given.is_relative_to(root):
                    given = given.relative_to(root)
                    break
        parts = given.parts
        if not parts or given.is_absolute() or ".." in parts or "\0" in str(path):
            raise FileRefused(f"{str(path)!r} is outside the job's folder")
        return parts

    @contextlib.contextmanager
    def _parent(self, parts: tuple[str, ...]) -> Iterator[int]:
        folder = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            for part in parts[:-1]:
                below = _opened(part, _FOLDER, folder, shown="/".join(parts))
                os.close(folder)
                folder = below
            yield folder
        finally:
            os.close(folder)


def _opened(name: str, flags: int, folder: int, *, shown: str) -> int:
    try:
        return os.open(name, flags, dir_fd=folder)
    except OSError as error:
        if error.errno == errno.ELOOP or (error.errno == errno.ENOTDIR and _is_link(name, folder)):
            raise FileRefused(f"{shown!r} is or lies behind a link; expected the file itself") from error
        if error.errno in (errno.ENXIO, errno.ENODEV):
            raise FileRefused(f"{shown!r} is no plain file; expected the file itself") from error
        raise


def _is_link(name: str, folder: int) -> bool:
    try:
        return stat.S_ISLNK(os.lstat(name, dir_fd=folder).st_mode)
    except OSError:
        return False


def _kind(mode: int) -> str:
    kinds = {stat.S_IFDIR: "a folder", stat.S_IFIFO: "a pipe", stat.S_IFCHR: "a device", stat.S_IFBLK: "a device"}
    return kinds.get(stat.S_IFMT(mode), "something else")
