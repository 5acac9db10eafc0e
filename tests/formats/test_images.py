"""Pictures of every kind: measured upright, and what isn't whole is refused, whichever way it was looked at."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from snellen.formats.headers import read_header
from snellen.formats.images import UnreadableImage, read_image

NOISE = Image.effect_noise((64, 48), 80)


def save(path: Path, image: Image.Image, **options: Any) -> Path:
    image.save(path, **options)
    return path


def measured(path: Path, **options: Any) -> tuple[str, int, int, int]:
    found = read_image(str(path), path="x", split="train", **options)[0]
    return found.content_type, found.width, found.height, found.orientation


KINDS: list[tuple[str, Callable[[Path], Path], str]] = [
    ("grey JPEG", lambda p: save(p / "a.jpg", NOISE), "image/jpeg"),
    ("colour JPEG", lambda p: save(p / "a.jpg", NOISE.convert("RGB"), quality=40), "image/jpeg"),
    ("progressive JPEG", lambda p: save(p / "a.jpeg", NOISE.convert("RGB"), progressive=True), "image/jpeg"),
    ("CMYK JPEG", lambda p: save(p / "a.jpg", NOISE.convert("CMYK")), "image/jpeg"),
    ("JPEG with a comment", lambda p: save(p / "a.jpg", NOISE, comment="x" * 5000), "image/jpeg"),
    ("grey PNG", lambda p: save(p / "a.png", NOISE), "image/png"),
    ("16-bit PNG", lambda p: save(p / "a.png", NOISE.convert("I").convert("I;16")), "image/png"),
    ("palette PNG", lambda p: save(p / "a.png", NOISE.convert("P")), "image/png"),
    ("transparent PNG", lambda p: save(p / "a.png", NOISE.convert("RGBA")), "image/png"),
    ("1-bit PNG", lambda p: save(p / "a.png", NOISE.convert("1")), "image/png"),
    ("WebP", lambda p: save(p / "a.webp", NOISE.convert("RGB")), "image/webp"),
    ("BMP", lambda p: save(p / "a.bmp", NOISE.convert("RGB")), "image/bmp"),
    ("TIFF", lambda p: save(p / "a.tif", NOISE.convert("CMYK")), "image/tiff"),
    ("16-bit TIFF", lambda p: save(p / "a.tif", NOISE.convert("I").convert("I;16")), "image/tiff"),
    ("float TIFF", lambda p: save(p / "a.tiff", NOISE.convert("F")), "image/tiff"),
]
every_kind = pytest.mark.parametrize(
    ("make", "kind"), [pytest.param(make, kind, id=name) for name, make, kind in KINDS]
)


@every_kind
@pytest.mark.parametrize("decode", [False, True])
def test_every_kind_of_picture_is_measured(
    tmp_path: Path, make: Callable[[Path], Path], kind: str, decode: bool
) -> None:
    assert measured(make(tmp_path), decode=decode) == (kind, 64, 48, 1)


@every_kind
def test_half_a_picture_is_refused(tmp_path: Path, make: Callable[[Path], Path], kind: str) -> None:
    path = make(tmp_path)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 2 // 3])
    with pytest.raises(UnreadableImage, match=r"decoded|no picture"):
        measured(path)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif"])
def test_sizes_are_those_of_the_upright_picture(tmp_path: Path, orientation: int, suffix: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    found = measured(save(tmp_path / f"a.{suffix}", NOISE.convert("RGB"), exif=exif))
    assert found[1:] == ((48, 64) if orientation > 4 else (64, 48)) + (orientation,)


@pytest.mark.parametrize(("orientation", "expected"), [(0, 1), (9, 1), (65535, 1)])
def test_an_orientation_that_is_none_is_upright(tmp_path: Path, orientation: int, expected: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    assert measured(save(tmp_path / "a.jpg", NOISE, exif=exif))[3] == expected


def test_damaged_exif_is_no_reason_to_refuse(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    path = save(tmp_path / "a.jpg", NOISE, exif=exif)
    path.write_bytes(path.read_bytes().replace(b"Exif\0\0MM\0*\0\0\0\x08", b"Exif\0\0MM\0*\xff\xff\xff\xff"))
    assert measured(path)[1:] == (64, 48, 1)


def test_bytes_behind_the_end_do_no_harm(tmp_path: Path) -> None:
    for path in (save(tmp_path / "a.jpg", NOISE), save(tmp_path / "a.png", NOISE)):
        path.write_bytes(path.read_bytes() + bytes(1000))
        assert measured(path)[1:3] == (64, 48)


def large_png(width: int, height: int) -> bytes:
    """A true PNG of one colour, written row by row."""
    packer = zlib.compressobj(1)
    rows = b"".join(packer.compress(bytes(1 + (width + 7) // 8)) for _ in range(height)) + packer.flush()
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)), (b"IDAT", rows), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def test_a_picture_of_20000_pixels_a_side_is_taken(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(large_png(20_000, 20_000))
    assert measured(tmp_path / "a.png")[1:3] == (20_000, 20_000)
    assert measured(tmp_path / "a.png", decode=True)[1:3] == (20_000, 20_000)
    wide = save(tmp_path / "b.jpg", Image.new("L", (20_000, 300)))
    assert measured(wide, decode=True)[1:3] == (20_000, 300)


def test_more_pixels_than_can_be_decoded_are_refused_with_their_number(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(large_png(40_000, 13_422))
    with pytest.raises(UnreadableImage, match="40000 x 13422 = 536,880,000 pixels, at most 536,870,912"):
        measured(tmp_path / "a.png")


def test_other_pictures_and_other_files_are_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(UnreadableImage, match="is GIF; expected BMP, JPEG"):
        measured(save(tmp_path / "a.gif", NOISE))
    (tmp_path / "a.jpg").write_bytes(b"<html>not found</html>")
    with pytest.raises(UnreadableImage, match="is no picture"):
        measured(tmp_path / "a.jpg")
    with pytest.raises(UnreadableImage, match="No such file"):
        measured(tmp_path / "gone.jpg")


@given(
    width=st.integers(1, 70),
    height=st.integers(1, 70),
    mode=st.sampled_from(["L", "RGB", "CMYK"]),
    progressive=st.booleans(),
    quality=st.integers(1, 100),
    cut=st.floats(0, 1),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_quick_look_at_a_jpeg_agrees_with_pillow(
    width: int, height: int, mode: str, progressive: bool, quality: int, cut: float
) -> None:
    file = io.BytesIO()
    NOISE.resize((width, height)).convert(mode).save(file, "JPEG", progressive=progressive, quality=quality)
    data = file.getvalue()
    found = read_header(data)
    assert found is not None
    assert (found.format, found.width, found.height) == ("JPEG", *Image.open(io.BytesIO(data)).size)
    part = data[: int(len(data) * cut)]
    assert part == data or read_header(part) is None


@given(st.binary(max_size=300), st.sampled_from([b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b""]))
@settings(max_examples=500, deadline=None)
def test_the_quick_look_never_fails(data: bytes, start: bytes) -> None:
    read_header(start + data)
