"""Images and thumbnails: a thumbnail is made once and cached on this machine, as WebP, upright."""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections import defaultdict
from contextlib import suppress
from pathlib import Path

from snellen.errors import ImageNotFound
from snellen.server.datasets.frames import SnapshotFrames
from snellen.storage import Store
from snellen.storage.object_keys import file_key

SIZES = (160, 320, 640, 1280)
#: What thumbnails may take on disk; the least recently seen go first.
CACHE_BYTES = 4 * 1024**3
#: How often, in thumbnails made, the cache is measured.
MEASURE_EVERY = 500
#: A thumbnail's time says when it was last seen, to this many seconds.
SEEN_SECONDS = 24 * 3600


class Pictures:
    """Reads image files of snapshots from the external store."""

    def __init__(self, external: Store, frames: SnapshotFrames, cache: Path, *, cache_bytes: int = CACHE_BYTES) -> None:
        self._external = external
        self._frames = frames
        self._cache = cache
        self._cache_bytes = cache_bytes
        self._made = 0
        self._lock = threading.Lock()
        self._making: defaultdict[Path, threading.Lock] = defaultdict(threading.Lock)

    def find(self, snapshot_hash: str, image_id: int) -> tuple[str, str]:
        """SHA-256 and content type of an image; :class:`~snellen.errors.ImageNotFound` when there is none."""
        images = self._frames.get(snapshot_hash).images
        if not 0 <= image_id < images.height:
            raise ImageNotFound(f"snapshot {snapshot_hash[:12]} has images 0 to {images.height - 1}, not {image_id}")
        return str(images["sha256"][image_id]), str(images["content_type"][image_id])

    def original(self, sha256: str) -> bytes:
        """The file as it was imported."""
        return self._external.get_bytes(file_key(sha256))

    def view(self, sha256: str) -> bytes:
        """The picture as WebP in its own size, for types that browsers don't show."""
        from snellen.formats.render import render

        return render(self.original(sha256))

    def thumbnail(self, sha256: str, size: int) -> bytes:
        """A WebP whose longer side is the smallest of 160, 320, 640 and 1280 px that is at least `size`.

        Raises :class:`~snellen.errors.ImageUnreadable` for a file that is damaged.
        """
        path = self._path(sha256, next((s for s in SIZES if s >= size), SIZES[-1]))
        found = self._cached(path)
        return self._make(sha256, path) if found is None else found

    def _path(self, sha256: str, side: int) -> Path:
        return self._cache / str(side) / sha256[:2] / f"{sha256}.webp"

    def _cached(self, path: Path) -> bytes | None:
        try:
            with open(path, "rb", buffering=0) as file:
                seen = os.fstat(file.fileno()).st_mtime
                data = file.read()
        except FileNotFoundError:
            return None
        if time.time() - seen > SEEN_SECONDS:
            with suppress(FileNotFoundError):
                os.utime(path)
        return data or None

    def _make(self, sha256: str, path: Path) -> bytes:
        """Make it once: who asks for the same one meanwhile waits."""
        from snellen.formats.render import render

        with self._lock:
            turn = self._making[path]
        try:
            with turn:
                found = self._cached(path)
                if found is not None:
                    return found
                self._made += 1
                data = render(self.original(sha256), int(path.parts[-3]))
                path.parent.mkdir(parents=True, exist_ok=True)
                with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
                    file.write(data)
                os.replace(file.name, path)
        finally:
            with self._lock:
                self._making.pop(path, None)
        if self._made % MEASURE_EVERY == 0:
            self.trim()
        return data

    def trim(self) -> None:
        """Bring the cache under its bound, the least recently seen first."""
        found = []
        for place, _, names in os.walk(self._cache):
            for name in names:
                with suppress(FileNotFoundError):
                    status = os.stat(os.path.join(place, name))
                    found.append((status.st_mtime, status.st_size, os.path.join(place, name)))
        total = sum(size for _, size, _ in found)
        for _, size, path in sorted(found):
            if total <= self._cache_bytes:
                break
            with suppress(FileNotFoundError):
                os.unlink(path)
            total -= size
