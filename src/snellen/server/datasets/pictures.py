"""Images and thumbnails: a thumbnail is made once and cached on this machine, as WebP, upright."""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from anyio import CapacityLimiter

from snellen.errors import ImageNotFound
from snellen.server.datasets.frames import SnapshotFrames
from snellen.storage import Store
from snellen.storage.object_keys import file_key

if TYPE_CHECKING:
    from snellen.formats import Snapshot

SIZES = (160, 320, 640, 1280)
#: What thumbnails may take on disk; the least recently seen go first.
CACHE_BYTES = 4 * 1024**3
#: How often, in thumbnails made, the cache is measured.
MEASURE_EVERY = 500
#: A thumbnail's time says when it was last seen, to this many seconds.
SEEN_SECONDS = 24 * 3600
#: Types that every browser shows.
SHOWN = frozenset({"image/jpeg", "image/png", "image/webp", "image/bmp"})
#: Browsers give up on pictures with longer sides, in px.
LONGEST_SHOWN = 16_384


#: x, y, width and height of a part, in px of the upright image.
Crop = tuple[int, int, int, int]


class Picture(NamedTuple):
    """An image file, and what says how browsers show it; width and height in px, upright."""

    sha256: str
    content_type: str
    width: int
    height: int
    orientation: int

    @property
    def is_shown(self) -> bool:
        """Whether every browser shows the file, upright. Of JPEG alone all of them know the orientation."""
        turned = self.orientation != 1 and self.content_type != "image/jpeg"
        return self.content_type in SHOWN and not turned and max(self.width, self.height) <= LONGEST_SHOWN


class Pictures:
    """Reads image files of snapshots from the external store.

    ``turns`` are to be held while a picture is made: so many at a time leave threads for everything else.
    """

    def __init__(self, external: Store, frames: SnapshotFrames, cache: Path, *, cache_bytes: int = CACHE_BYTES) -> None:
        self._external = external
        self._frames = frames
        self._cache = cache
        self._cache_bytes = cache_bytes
        self.turns = CapacityLimiter(max(2, os.cpu_count() or 2))
        self._made = 0
        self._lock = threading.Lock()
        self._making: defaultdict[Path, threading.Lock] = defaultdict(threading.Lock)

    def peek(self, snapshot_hash: str, image_id: int) -> Picture | None:
        """The image, if the tables of the snapshot are in memory."""
        snapshot = self._frames.peek(snapshot_hash)
        return None if snapshot is None else _picture(snapshot, image_id)

    def find(self, snapshot_hash: str, image_id: int) -> Picture:
        """The image; :class:`~snellen.errors.ImageNotFound` when there is none."""
        return _picture(self._frames.get(snapshot_hash), image_id)

    def original(self, sha256: str) -> bytes:
        """The file as it was imported."""
        return self._external.get_bytes(file_key(sha256))

    def view(self, picture: Picture) -> tuple[bytes, str]:
        """What browsers show upright and of the right brightness, in the size of the image, and its type.

        That is the file itself, or a WebP.
        """
        from snellen.formats.render import render

        data = self.original(picture.sha256)
        if picture.is_shown and not _is_deep_png(data):
            return data, picture.content_type
        return render(data), "image/webp"

    def cached(self, sha256: str, size: int, crop: Crop | None = None) -> bytes | None:
        """The thumbnail, if it has been made."""
        return self._read(self._path(sha256, _side(size), crop))

    def thumbnail(self, sha256: str, size: int, crop: Crop | None = None) -> bytes:
        """A WebP whose longer side is the smallest of 160, 320, 640 and 1280 px that is at least `size`; with `crop` of
        that part, and no larger than it is.

        Raises :class:`~snellen.errors.ImageUnreadable` for a file that is damaged.
        """
        from snellen.formats.render import render, render_part

        side = _side(size)
        path = self._path(sha256, side, crop)
        found = self._read(path)
        if found is not None:
            return found
        if crop is None:
            return self._make(path, lambda: render(self.original(sha256), side))
        return self._make(path, lambda: render_part(self.original(sha256), crop, side))

    def _path(self, sha256: str, side: int, crop: Crop | None) -> Path:
        name = sha256 if crop is None else "-".join([sha256, *(str(number) for number in crop)])
        return self._cache / str(side) / sha256[:2] / f"{name}.webp"

    def _read(self, path: Path) -> bytes | None:
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

    def _make(self, path: Path, render: Callable[[], bytes]) -> bytes:
        """Make it once: who asks for the same one meanwhile waits."""
        with self._lock:
            turn = self._making[path]
        try:
            with turn:
                found = self._read(path)
                if found is not None:
                    return found
                self._made += 1
                data = render()
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


def _side(size: int) -> int:
    return next((side for side in SIZES if side >= size), SIZES[-1])


def _picture(snapshot: Snapshot, image_id: int) -> Picture:
    images = snapshot.images
    if not 0 <= image_id < images.height:
        raise ImageNotFound(f"snapshot {snapshot.info.hash[:12]} has images 0 to {images.height - 1}, not {image_id}")
    return Picture(*(images[name][image_id] for name in Picture._fields))


def _is_deep_png(data: bytes) -> bool:
    """Whether it is grey of 16 bits: cameras of 10 or 12 bits leave it nearly black unless it is stretched."""
    return data.startswith(b"\x89PNG") and data[24:26] == b"\x10\x00"
