"""Image files: read once, hashed, measured upright, checked to be whole."""

from __future__ import annotations

import hashlib
import io
import os
import threading
import warnings
from contextlib import AbstractContextManager, nullcontext
from typing import IO, TYPE_CHECKING

from snellen.formats.content import ImageRecord
from snellen.formats.headers import Header, read_header

if TYPE_CHECKING:
    from PIL import Image

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
ON_THEIR_SIDE = frozenset({5, 6, 7, 8})
#: No picture of more pixels is taken: decoders need gigabytes for it.
MAX_PIXELS = 2**29
MAX_BYTES = 2**30
#: Of pictures with more pixels than this one is decoded at a time, so that memory stays bounded.
LARGE_PIXELS = 16_000_000
#: Held while a large picture is decoded; worker processes share theirs (see :mod:`snellen.formats.scan`).
large_turn: AbstractContextManager[object] = threading.Lock()


class UnreadableImage(Exception):
    """The file isn't a whole image of a known format."""


def read_image(source: str, *, path: str, split: str, decode: bool = False) -> tuple[ImageRecord, bytes]:
    """Read one file, and its bytes; :class:`UnreadableImage` says why it is none.

    JPEG and PNG are judged by their structure, from the first marker to the last; with `decode`, and for every other
    format, the pixels are decoded too.
    """
    try:
        data = _read_bytes(source)
    except OSError as error:
        raise UnreadableImage(f"can't be read: {error.strerror}") from error
    header = read_header(data)
    orientation = 1
    if header is None or decode or header.width * header.height > MAX_PIXELS:
        header, orientation = _decode(data)
    elif header.exif is not None:
        orientation = _orientation(header.exif)
    width, height = header.width, header.height
    if orientation in ON_THEIR_SIDE:
        width, height = height, width
    record = ImageRecord(
        path=path,
        split=split,
        width=width,
        height=height,
        sha256=hashlib.sha256(data).hexdigest(),
        bytes=len(data),
        content_type=CONTENT_TYPES[header.format],
        orientation=orientation,
        source=source,
    )
    return record, data


def _read_bytes(source: str) -> bytes:
    """All bytes, with as few calls as can be: an import opens as many files as the dataset has."""
    file = os.open(source, os.O_RDONLY | os.O_CLOEXEC)
    try:
        size = os.fstat(file).st_size
        if size > MAX_BYTES:
            raise UnreadableImage(f"has {size:,} bytes; at most {MAX_BYTES:,} are taken")
        data = os.read(file, size)
        while len(data) < size and (more := os.read(file, size - len(data))):
            data += more
        return data
    finally:
        os.close(file)


def _orientation(exif: bytes) -> int:
    from PIL import Image

    found = Image.Exif()
    try:
        found.load(exif)
        value = int(found.get(EXIF_ORIENTATION, 1) or 1)
    except Exception:  # damaged EXIF is no reason to refuse a picture
        return 1
    return value if 1 <= value <= 8 else 1


def _decode(data: bytes) -> tuple[Header, int]:
    from PIL import ImageOps, UnidentifiedImageError

    try:
        # Pillow's warnings (odd EXIF, large pictures) are nobody's.
        with warnings.catch_warnings(action="ignore"), open_unlimited(io.BytesIO(data)) as image:
            kind = image.format or ""
            if kind not in CONTENT_TYPES:
                raise UnreadableImage(f"is {kind}; expected {', '.join(sorted(CONTENT_TYPES))}")
            width, height = image.size
            if width * height > MAX_PIXELS:
                raise UnreadableImage(
                    f"has {width} x {height} = {width * height:,} pixels, at most {MAX_PIXELS:,} are taken; cut it up"
                )
            orientation = int(image.getexif().get(EXIF_ORIENTATION, 1) or 1)
            # At an eighth of the size a JPEG is read to its end as well, in a fraction of the time.
            image.draft("L", (max(1, width // 8), max(1, height // 8)))
            with large_turn if image.size[0] * image.size[1] > LARGE_PIXELS else nullcontext():
                image.load()
            if kind == "TIFF" and orientation in ON_THEIR_SIDE:
                height, width = ImageOps.exif_transpose(image).size  # some versions of Pillow turn it while loading
    except UnreadableImage:
        raise
    except UnidentifiedImageError as error:
        raise UnreadableImage(f"is no picture; expected {', '.join(sorted(CONTENT_TYPES))}") from error
    except Exception as error:  # pillow raises whatever its decoders do
        raise UnreadableImage(f"can't be decoded: {error or type(error).__name__}") from error
    return Header(kind, width, height), orientation if 1 <= orientation <= 8 else 1


_limit = threading.Lock()


def open_unlimited(file: IO[bytes]) -> Image.Image:
    """Open a picture of any size: Pillow refuses large ones at once, so check the size before you decode.

    From then on Pillow decodes up to :data:`MAX_PIXELS` in this process: it looks at the parts of a TIFF once more.
    """
    from PIL import Image

    with _limit:  # the limit is the process's
        before, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            return Image.open(file)
        finally:  # Pillow warns of more pixels than this, and refuses twice as many
            Image.MAX_IMAGE_PIXELS = None if before is None else max(before, MAX_PIXELS // 2)
