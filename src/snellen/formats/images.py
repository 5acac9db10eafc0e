"""Image files: read once, hashed, measured upright, proved to decode."""

from __future__ import annotations

import hashlib
import io
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from snellen.formats.content import ImageRecord

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".mpo"})
#: Pictures too, but such as not every trainer reads.
OTHER_SUFFIXES = frozenset({".gif", ".heic", ".heif", ".avif", ".jp2", ".dng", ".pgm", ".ppm", ".pfm", ".svg", ".tga"})
CONTENT_TYPES = {
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "BMP": "image/bmp",
    "TIFF": "image/tiff",
}
EXIF_ORIENTATION = 0x0112
#: Pillow decodes no picture of more pixels, since a small file can claim to be gigabytes.
MAX_PIXELS = 178_956_970
#: Of pictures with more pixels than this one is decoded at a time, so that memory stays bounded.
LARGE_PIXELS = 16_000_000
_large = threading.Lock()


class UnreadableImage(Exception):
    """The file isn't a whole image of a known format."""


def read_image(source: Path, *, path: str, split: str) -> ImageRecord:
    """Read one file; :class:`UnreadableImage` says why it is none."""
    from PIL import Image, UnidentifiedImageError

    try:
        data = source.read_bytes()
    except OSError as error:
        raise UnreadableImage(f"can't be read: {error.strerror}") from error
    try:
        with Image.open(io.BytesIO(data)) as image:
            kind = image.format or ""
            if kind not in CONTENT_TYPES:
                raise UnreadableImage(f"is {kind}; expected {', '.join(sorted(CONTENT_TYPES))}")
            width, height = image.size
            orientation = int(image.getexif().get(EXIF_ORIENTATION, 1) or 1)
            # At an eighth of the size a JPEG is read to its end as well, in a fraction of the time.
            image.draft("L", (max(1, width // 8), max(1, height // 8)))
            with _large if image.size[0] * image.size[1] > LARGE_PIXELS else nullcontext():
                image.load()
    except UnreadableImage:
        raise
    except UnidentifiedImageError as error:
        raise UnreadableImage(f"is no picture; expected {', '.join(sorted(CONTENT_TYPES))}") from error
    except Image.DecompressionBombError as error:
        raise UnreadableImage(f"has more than {MAX_PIXELS:,} pixels; make it smaller or cut it up") from error
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


@contextmanager
def quiet_decoders() -> Iterator[None]:
    """Pillow's warnings (odd EXIF, large pictures) are nobody's; the filters are the process's, so set once for all."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
