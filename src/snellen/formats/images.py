"""Image files: read once, hashed, measured upright, proved to decode."""

from __future__ import annotations

import hashlib
import io
import warnings
from pathlib import Path

from snellen.formats.content import ImageRecord

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif"})
CONTENT_TYPES = {
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "BMP": "image/bmp",
    "TIFF": "image/tiff",
    "GIF": "image/gif",
}
EXIF_ORIENTATION = 0x0112
#: A picture beyond this is refused rather than decoded: a small file can claim to be gigabytes.
MAX_PIXELS = 25_000 * 25_000


class UnreadableImage(Exception):
    """The file isn't a whole image of a known format."""


def read_image(source: Path, *, path: str, split: str) -> ImageRecord:
    """Read one file; :class:`UnreadableImage` says why it is none."""
    from PIL import Image

    try:
        data = source.read_bytes()
    except OSError as error:
        raise UnreadableImage(f"can't be read: {error.strerror}") from error
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data)) as image:
                kind = image.format or ""
                if kind not in CONTENT_TYPES:
                    raise UnreadableImage(
                        f"is {kind or 'of no known format'}; expected {', '.join(sorted(CONTENT_TYPES))}"
                    )
                width, height = image.size
                if width * height > MAX_PIXELS:
                    raise UnreadableImage(f"has {width} x {height} pixels, at most {MAX_PIXELS} are taken")
                orientation = int(image.getexif().get(EXIF_ORIENTATION, 1) or 1)
                # At an eighth of the size a JPEG is read to its end as well, in a fraction of the time.
                image.draft("L", (max(1, width // 8), max(1, height // 8)))
                image.load()
    except UnreadableImage:
        raise
    except Exception as error:  # pillow raises whatever its decoders do
        raise UnreadableImage(f"can't be decoded: {error or type(error).__name__}") from error
    if orientation in {5, 6, 7, 8}:
        width, height = height, width
    return ImageRecord(
        path=path,
        split=split,
        width=width,
        height=height,
        sha256=hashlib.sha256(data).hexdigest(),
        bytes=len(data),
        content_type=CONTENT_TYPES[kind],
        orientation=orientation if 1 <= orientation <= 8 else 1,
        source=source,
    )
