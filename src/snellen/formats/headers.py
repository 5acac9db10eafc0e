"""Size and completeness of JPEG and PNG from their bytes, in microseconds.

Pillow's header reading and decoding cost many times what reading and hashing a file does, and an import is measured
against those. What isn't plain here gets no answer, and is Pillow's to judge (:mod:`snellen.formats.images`).
"""

from __future__ import annotations

import struct
from typing import NamedTuple

JPEG, PNG = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"
PNG_END = b"IEND\xaeB`\x82"
EXIF = b"Exif\x00\x00"
#: Baseline, extended and progressive, Huffman-coded: what every decoder reads.
FRAMES = frozenset({0xC0, 0xC1, 0xC2})
SCAN, END, APP1 = 0xDA, b"\xff\xd9", 0xE1
#: Other markers with a length: tables, application data, comments, restart interval.
SEGMENTS = frozenset({0xC4, 0xDB, 0xDD, 0xFE, *range(0xE0, 0xF0)})
MAX_MARKERS = 1000
_SEGMENT = struct.Struct(">BBH")
_FRAME = struct.Struct(">BHH")


class Header(NamedTuple):
    """Format, stored width and height in px (before rotation), and the EXIF block if there is one."""

    format: str
    width: int
    height: int
    exif: bytes | None = None


def read_header(data: bytes) -> Header | None:
    """The header of a JPEG or PNG that is whole as far as its structure tells; None for everything else."""
    if data.startswith(JPEG):
        return _jpeg(data)
    if data.startswith(PNG):
        return _png(data)
    return None


def _jpeg(data: bytes) -> Header | None:
    at, size, exif = 2, (0, 0), None
    try:
        for _ in range(MAX_MARKERS):
            lead, marker, length = _SEGMENT.unpack_from(data, at)
            if lead != 0xFF:
                return None
            if marker in FRAMES:
                bits, height, width = _FRAME.unpack_from(data, at + 4)
                if bits != 8:
                    return None
                size = (width, height)
            elif marker == SCAN:
                whole = data.rfind(END, at) >= 0
                return Header("JPEG", *size, exif) if whole and min(size) > 0 else None
            elif marker not in SEGMENTS:
                return None
            elif marker == APP1 and exif is None and data.startswith(EXIF, at + 4):
                exif = data[at + 4 : at + 2 + length]
            at += 2 + length
    except struct.error:
        pass
    return None


def _png(data: bytes) -> Header | None:
    if data[12:16] != b"IHDR" or data.rfind(PNG_END) < 0 or data.find(b"IDAT", 33) < 0:
        return None
    if data.find(b"eXIf") >= 0 or data.find(b"Raw profile type") >= 0:
        return None
    width, height = struct.unpack_from(">II", data, 16)
    return Header("PNG", width, height) if min(width, height) > 0 else None
