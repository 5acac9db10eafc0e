"""Images and thumbnails: a thumbnail is made once and cached on this machine, as WebP, upright."""

from __future__ import annotations

import io
import os
import tempfile
from pathlib import Path

from snellen.errors import ImageNotFound
from snellen.server.datasets.frames import SnapshotFrames
from snellen.storage import Store
from snellen.storage.object_keys import file_key

SIZES = (160, 320, 640, 1280)


class Pictures:
    """Reads image files of snapshots from the external store."""

    def __init__(self, external: Store, frames: SnapshotFrames, cache: Path) -> None:
        self._external = external
        self._frames = frames
        self._cache = cache

    def find(self, snapshot_hash: str, image_id: int) -> tuple[str, str]:
        """SHA-256 and content type of an image; :class:`~snellen.errors.ImageNotFound` when there is none."""
        images = self._frames.get(snapshot_hash).images
        if not 0 <= image_id < images.height:
            raise ImageNotFound(f"snapshot {snapshot_hash[:12]} has images 0 to {images.height - 1}, not {image_id}")
        row = images.row(image_id, named=True)
        return str(row["sha256"]), str(row["content_type"])

    def original(self, sha256: str) -> bytes:
        """The file as it was imported."""
        return self._external.get_bytes(file_key(sha256))

    def thumbnail(self, sha256: str, size: int) -> Path:
        """A WebP whose longer side is the smallest of 160, 320, 640 and 1280 px that is at least `size`."""
        side = next((s for s in SIZES if s >= size), SIZES[-1])
        path = self._cache / str(side) / sha256[:2] / f"{sha256}.webp"
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._make(self.original(sha256), side, path)
        return path

    def _make(self, data: bytes, side: int, path: Path) -> None:
        from PIL import Image, ImageOps

        with Image.open(io.BytesIO(data)) as opened:
            opened.draft("RGB", (side, side))
            upright = ImageOps.exif_transpose(opened)
            if upright.mode not in {"RGB", "RGBA", "L"}:
                upright = upright.convert("RGB")
            if max(upright.size) > side:
                upright.thumbnail((side, side), Image.Resampling.LANCZOS)
            with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
                upright.save(file, "WEBP", quality=82, method=2)
        os.replace(file.name, path)
