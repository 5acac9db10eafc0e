"""The machine's cache of snapshots: each file once whatever the number of snapshots, the least recently used go first.

::

    files/01/<sha256>        the image files, checked by their hash when they came
    snapshots/<hash>/        a snapshot's tables, and ``used``, whose time says when it was last
    locks/<hash>, lock       held while a snapshot is filled; shared by all who fill or link, whole by who removes

Jobs have hard links to the files, so that nothing is taken from a job that runs: a file with a second link stays, it
would free nothing. Processes that die leave no lock and nothing that is taken for whole.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import logging
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from snellen.errors import UploadMismatch
from snellen.storage.object_keys import SNAPSHOT_FILES

if TYPE_CHECKING:
    import polars as pl

#: The time of a file that is as it came. Who writes through a job's link changes it, and the file is fetched again.
AS_IT_CAME = 1_000_000_000
USED = "used"
#: A cache holds so much unless somebody says otherwise.
DEFAULT_BYTES = 50 * 1024**3
#: Left on the disk for others.
SPARE_BYTES = 512 * 1024**2
log = logging.getLogger("snellen.supervise")


class DatasetCache:
    """A folder that processes of a machine share; at most ``most_bytes`` stay in it when nobody uses it."""

    def __init__(self, folder: Path, *, most_bytes: int) -> None:
        self._folder = folder
        self._most_bytes = most_bytes
        for name in ("files", "snapshots", "locks"):
            (folder / name).mkdir(parents=True, exist_ok=True)

    @contextmanager
    def using(self, snapshot_hash: str) -> Iterator[Path]:
        """The folder of a snapshot's tables, which is ours to fill; nothing is removed from the cache meanwhile."""
        home = self._folder / "snapshots" / snapshot_hash
        with _lock(self._folder / "lock", fcntl.LOCK_SH), _lock(self._folder / "locks" / snapshot_hash, fcntl.LOCK_EX):
            home.mkdir(exist_ok=True)
            (home / USED).touch()
            yield home
            (home / USED).touch()

    def missing(self, images: pl.DataFrame) -> list[str]:
        """The hashes of a snapshot's files that are not here as they came."""
        found = []
        for sha256, size in images.select("sha256", "bytes").unique(maintain_order=True).iter_rows():
            try:
                status = os.stat(self._path(sha256))
                if status.st_size == size and status.st_mtime == AS_IT_CAME:
                    continue
            except FileNotFoundError:
                pass
            found.append(sha256)
        return found

    def put(self, sha256: str, data: bytes) -> None:
        """Keep a file; :class:`~snellen.errors.UploadMismatch` when its bytes are not those of its hash."""
        if hashlib.sha256(data).hexdigest() != sha256:
            raise UploadMismatch(f"the file {sha256} of the dataset arrived with other bytes; run the job again")
        target = self._path(sha256)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        part = f"{os.path.dirname(target)}/.{sha256}.{os.getpid()}.{threading.get_ident()}"
        try:
            with open(part, "wb") as file:
                file.write(data)
            os.chmod(part, 0o644)  # a trainer of another user reads it, through the link in its folder alone
            os.utime(part, (AS_IT_CAME, AS_IT_CAME))
            os.replace(part, target)
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(part)

    def link(self, files: list[tuple[str, Path]]) -> None:
        """Give a job the files, as ``(sha256, target)``: by hard link, or as copies where there can be none."""
        for sha256, target in files:
            try:
                os.link(self._path(sha256), target)
            except OSError:  # another file system, or too many links
                shutil.copyfile(self._path(sha256), target)

    def make_room(self, *, for_snapshot: str | None = None) -> bool:
        """Remove the least recently used until the rest fits, also on the disk; never `for_snapshot`, to be filled now.

        False while somebody fills or links: then nothing is removed, and who ends last brings the cache to its size.
        """
        with _lock(self._folder / "lock", fcntl.LOCK_EX | fcntl.LOCK_NB) as ours:
            try:
                if ours:
                    self._shrink(for_snapshot)
            except OSError:  # too large a cache is no reason for a job to fail
                log.warning("the cache of datasets could not be brought to its size", exc_info=True)
            return ours

    def _shrink(self, needed: str | None) -> None:
        import polars as pl

        held = sum(_size(path) for path in _walk(self._folder / "files"))
        free = shutil.disk_usage(self._folder).free - SPARE_BYTES
        most = min(self._most_bytes, held + free)
        total, full = 0, False
        kept = pl.DataFrame(schema={"sha256": pl.String, "bytes": pl.Int64})
        for home in sorted((self._folder / "snapshots").iterdir(), key=_last_use, reverse=True):
            files = _files_of(home)
            if files is not None:
                files = files.join(kept, on="sha256", how="anti")
                total += int(files["bytes"].sum())
                full = full or total > most
            if files is None or (full and home.name != needed):
                (home / SNAPSHOT_FILES["snapshot"]).unlink(missing_ok=True)  # not whole any more, then gone
                shutil.rmtree(home, ignore_errors=True)
            else:
                kept = pl.concat([kept, files])
        hashes = kept["sha256"]
        for folder in (self._folder / "files").iterdir():
            names = set(hashes.filter(hashes.str.starts_with(folder.name)).to_list())
            for entry in list(os.scandir(folder)):
                if entry.name not in names and entry.stat().st_nlink == 1:
                    os.unlink(entry.path)

    def _path(self, sha256: str) -> str:
        return f"{self._folder}/files/{sha256[:2]}/{sha256}"


def _files_of(home: Path) -> pl.DataFrame | None:
    """Hashes and sizes of a snapshot's files; None when its tables are not whole."""
    import polars as pl

    try:
        if not (home / SNAPSHOT_FILES["snapshot"]).is_file():
            return None
        return pl.read_parquet(home / SNAPSHOT_FILES["images"], columns=["sha256", "bytes"]).unique("sha256")
    except (OSError, pl.exceptions.PolarsError):
        return None


def _last_use(home: Path) -> float:
    try:
        return (home / USED).stat().st_mtime
    except OSError:
        return 0.0


def _walk(folder: Path) -> Iterator[os.DirEntry[str]]:
    for part in folder.iterdir():
        yield from os.scandir(part)


def _size(entry: os.DirEntry[str]) -> int:
    return entry.stat().st_size


@contextmanager
def _lock(path: Path, how: int) -> Iterator[bool]:
    """Whether the lock is ours; with ``LOCK_NB`` it may not be."""
    with path.open("a") as file:
        try:
            fcntl.flock(file, how)
        except BlockingIOError:
            yield False
            return
        yield True
