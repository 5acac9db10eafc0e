"""Uploads on their way: bytes in a folder each, resumable after whatever went wrong.

The size of the file is the offset, so that nothing else has to be kept true: not by a server that is killed, and not
by a client that goes away half-way.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import secrets
import shutil
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from snellen.contract.events import now_ms
from snellen.errors import Conflict, InvalidInput, TooLarge, UploadElsewhere, UploadMismatch, UploadNotFound
from snellen.server.auth.people import OPERATOR

#: An upload to which nothing came for so long is forgotten.
KEPT_SECONDS = 7 * 24 * 3600
BUFFER = 1024 * 1024
#: Left on the disk for others.
SPARE_BYTES = 256 * 1024**2
_ID = re.compile(r"[A-Za-z0-9_-]{32}")
_INFO, _CONTENT = "upload.json", "content"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that comes in pieces: ``offset`` of ``size`` bytes are here, in ``path``.

    ``metadata`` is what the client said of it, as it said it.
    """

    id: str
    filename: str
    size: int
    offset: int
    path: Path
    metadata: str
    created_at: int

    @property
    def complete(self) -> bool:
        """Whether all of it has come."""
        return self.offset == self.size


class Uploads:
    """The uploads of one server, in a folder; the largest has ``max_bytes``."""

    def __init__(
        self, folder: Path, *, max_bytes: int, tag: str = "", others: Callable[[str], str | None] | None = None
    ) -> None:
        #: What the ids of these uploads begin with, and which server it is whose uploads begin with a tag.
        self._tag = tag
        self._others = others
        self._max_bytes = max_bytes
        self._folder = folder
        #: Who writes: whoever comes with the right offset takes over from a connection that hangs.
        self._writers: dict[str, object] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._held: Counter[str] = Counter()

    def create(self, filename: str, size: int, *, metadata: str = "", owner: str = OPERATOR.key) -> Upload:
        """A new upload, there for its `owner` alone; :class:`~snellen.errors.TooLarge` when it can't be kept."""
        if size < 0:
            raise InvalidInput(f"Upload-Length: got {size}, expected the size of the file in bytes")
        if size > self._max_bytes:
            raise TooLarge(
                f"{filename} has {size} bytes, at most {self._max_bytes} are taken; raise SNELLEN_MAX_UPLOAD_BYTES"
            )
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        free = shutil.disk_usage(self._folder).free - SPARE_BYTES
        if size > free:
            raise TooLarge(f"{filename} has {size} bytes, there is room for {max(0, free)}; make room on the server")
        upload_id = self._tag + secrets.token_urlsafe(24)[len(self._tag) :]
        home = self._folder / upload_id
        (home / _CONTENT).mkdir(parents=True, mode=0o700)
        name = _plain(filename)
        info = {"filename": name, "size": size, "metadata": metadata, "created_at": now_ms(), "owner": owner}
        (home / _CONTENT / name).touch()
        (home / _INFO).write_text(json.dumps(info), encoding="utf-8")
        return self.get(upload_id, owner)

    def get(self, upload_id: str, owner: str = OPERATOR.key) -> Upload:
        """How far an upload is; :class:`~snellen.errors.UploadNotFound` when its owner has none of that id."""
        home = self._folder / upload_id
        try:
            if not _ID.fullmatch(upload_id):
                raise FileNotFoundError
            info = json.loads((home / _INFO).read_text(encoding="utf-8"))
            if info.get("owner", OPERATOR.key) != owner:
                raise FileNotFoundError
            path = home / _CONTENT / info["filename"]
            offset = path.stat().st_size
        except (OSError, ValueError) as error:
            if self._others is not None and (other := self._others(upload_id[: len(self._tag)])) is not None:
                raise UploadElsewhere(
                    f"upload {upload_id} is at the server {other}; send its bytes and ask for its import there, or let "
                    "the proxy in front of the servers send what belongs together to one of them"
                ) from error
            raise UploadNotFound(
                f"there is no upload {upload_id}; it may have been imported or forgotten: send the file again"
            ) from error
        return Upload(upload_id, info["filename"], info["size"], offset, path, info["metadata"], info["created_at"])

    async def receive(
        self,
        upload_id: str,
        offset: int,
        chunks: AsyncIterator[bytes],
        announced: int | None,
        owner: str = OPERATOR.key,
    ) -> int:
        """Append what comes; the offset after it. What came before an interruption is kept.

        ``announced`` is how much the request says that it brings. Raises :class:`~snellen.errors.UploadMismatch` when
        the upload is not at `offset`, or somebody else goes on with it, and :class:`~snellen.errors.TooLarge`, with
        nothing written beyond, when more comes than was announced.
        """
        me = object()
        self.get(upload_id, owner)
        lock = self._locks.setdefault(upload_id, asyncio.Lock())
        async with lock:
            upload = self.get(upload_id, owner)
            if offset != upload.offset:
                raise UploadMismatch(f"Upload-Offset: got {offset}, {upload.offset} bytes are here; go on from there")
            if upload.offset + (announced or 0) > upload.size:
                raise _too_much(upload)
            self._writers[upload_id] = me
        with upload.path.open("ab") as file:
            pending = bytearray()
            at = upload.offset
            try:
                async for chunk in chunks:
                    if at + len(pending) + len(chunk) > upload.size:
                        raise _too_much(upload)
                    pending += chunk
                    if len(pending) >= BUFFER:
                        async with lock:
                            self._check_mine(upload_id, me)
                            data, pending = pending, bytearray()
                            await asyncio.to_thread(_write, file.fileno(), data)
                            at += len(data)
                async with lock:
                    self._check_mine(upload_id, me)
                    data, pending = pending, bytearray()
                    await asyncio.to_thread(_write, file.fileno(), data, sync=True)
                    at += len(data)
            finally:
                if self._writers.get(upload_id) is me:
                    _write(file.fileno(), pending)  # the client went away: at most a buffer, and no waiting for others
                    self._writers.pop(upload_id)
        return at

    def remove(self, upload_id: str, owner: str = OPERATOR.key) -> None:
        """Forget an upload; :class:`~snellen.errors.Conflict` while it is being imported."""
        home = self.get(upload_id, owner).path.parent.parent
        if self._held[upload_id]:
            raise Conflict(f"upload {upload_id} is being imported; wait for the import's end")
        self._writers.pop(upload_id, None)
        self._forget(home)

    @contextmanager
    def held(self, upload_id: str, owner: str = OPERATOR.key) -> Iterator[Upload]:
        """A complete upload that nobody removes meanwhile; :class:`~snellen.errors.Conflict` for an incomplete one.

        Removed at the end if nothing was raised: it has been imported.
        """
        upload = self.get(upload_id, owner)
        if not upload.complete:
            raise Conflict(f"upload {upload_id}: {upload.offset} of {upload.size} bytes are here; send the rest first")
        self._held[upload_id] += 1
        try:
            yield upload
        finally:
            self._held[upload_id] -= 1
        if not self._held[upload_id]:
            self._forget(upload.path.parent.parent)

    def remove_expired(self, imported: Iterable[str] = ()) -> None:
        """Forget those to which nothing came for seven days, and those that were `imported` already."""
        done = set(imported)
        if not self._folder.is_dir():
            return
        for home in self._folder.iterdir():
            if home.name in done or (time.time() - _last_touch(home) > KEPT_SECONDS and not self._held[home.name]):
                self._forget(home)

    def _check_mine(self, upload_id: str, me: object) -> None:
        if self._writers.get(upload_id) is not me:
            raise UploadMismatch("another request goes on with this upload, or it was removed; ask for its offset")

    def _forget(self, home: Path) -> None:
        # Without its description it isn't there any more, however far the rest comes.
        (home / _INFO).unlink(missing_ok=True)
        self._locks.pop(home.name, None)
        shutil.rmtree(home, ignore_errors=True)


def _last_touch(home: Path) -> float:
    """When something came last; now for one that goes away under our eyes."""
    times = [time.time()]
    with contextlib.suppress(OSError):
        times = [home.stat().st_mtime, *(path.stat().st_mtime for path in (home / _CONTENT).iterdir())]
    return max(times)


def _write(descriptor: int, data: bytes | bytearray, *, sync: bool = False) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
    if sync:
        os.fsync(descriptor)


def _too_much(upload: Upload) -> TooLarge:
    return TooLarge(f"upload {upload.id}: more comes than the {upload.size} bytes that were announced; begin anew")


def _plain(filename: str) -> str:
    """The last part of a path, as a name that every file system takes."""
    name = PurePosixPath(filename.replace("\\", "/")).name
    name = re.sub(r"[\x00-\x1f\x7f\ud800-\udfff]", "_", name).strip()
    name = "upload" if name in {"", ".", ".."} else name
    stem, dot, suffix = name.partition(".")
    return name if len(name.encode()) <= 200 else stem.encode()[:150].decode(errors="ignore") + (dot + suffix)[-40:]
