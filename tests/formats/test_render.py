"""Pictures to look at: whatever the file is, what one sees is right."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from snellen.errors import ImageUnreadable, InvalidInput
from snellen.formats.images import read_image
from snellen.formats.render import render, render_part

BOX = Image.Resampling.BOX
#: Dark above, bright below.
GREY = Image.fromarray(np.repeat(np.linspace(0, 255, 60).astype(np.uint8)[:, None], 90, axis=1))
COLOUR = Image.merge("RGB", (GREY, Image.new("L", GREY.size, 40), Image.new("L", GREY.size, 200)))


def shown(image: Image.Image, kind: str, side: int = 8192, **options: Any) -> Image.Image:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return Image.open(io.BytesIO(render(file.getvalue(), side)))


def brightness(image: Image.Image) -> list[int]:
    """Down the middle, in five steps."""
    grey = np.asarray(image.convert("L"), dtype=int)
    return [int(grey[int((grey.shape[0] - 1) * step / 4), grey.shape[1] // 2]) for step in range(5)]


DEEP = np.repeat((np.linspace(0, 4095, 60)).astype(np.uint16)[:, None], 90, axis=1)
KINDS = {
    "grey": (GREY, "PNG"),
    "one bit": (GREY.convert("1"), "PNG"),
    "palette": (COLOUR.convert("P"), "PNG"),
    "colour": (COLOUR, "JPEG"),
    "CMYK TIFF": (COLOUR.convert("CMYK"), "TIFF"),
    "CMYK JPEG": (COLOUR.convert("CMYK"), "JPEG"),
    "12 of 16 bits": (Image.fromarray(DEEP), "PNG"),
    "16-bit TIFF": (Image.fromarray(DEEP * 16), "TIFF"),
    "32-bit": (Image.fromarray(DEEP.astype(np.int32) * 1000), "TIFF"),
    "float": (Image.fromarray(DEEP.astype(np.float32) / 4095), "TIFF"),
}


@pytest.mark.parametrize("name", KINDS)
def test_dark_is_dark_and_bright_is_bright(name: str) -> None:
    image, kind = KINDS[name]
    found = shown(image, kind)
    assert found.size == (90, 60)
    steps = brightness(found)
    expected = brightness(COLOUR if image.mode in {"P", "RGB", "CMYK"} else GREY)
    if name == "one bit":
        assert steps[0] < 60
        assert steps[-1] > 200
    else:
        assert steps == pytest.approx(expected, abs=25)


@pytest.mark.parametrize("name", KINDS)
def test_the_large_is_seen_as_the_small(name: str) -> None:
    """Large pictures are made small in strips; nothing is lost or doubled where strips meet."""
    image, kind = KINDS[name]
    large = image.resize((2700, 1800), Image.Resampling.NEAREST)
    found = shown(large, kind, 90)
    assert found.size == (90, 60)
    source = COLOUR if image.mode in {"P", "RGB", "CMYK"} else GREY
    bands, expected = (np.asarray(each.convert("L").resize((3, 10), BOX), dtype=int) for each in (found, source))
    assert np.abs(bands - expected).max() < 20


def test_what_is_no_number_is_dark_and_spoils_nothing_else() -> None:
    values = np.tile(np.linspace(0, 1, 60, dtype=np.float32)[:, None], (1, 90))
    values[0] = np.nan
    values[59] = np.inf
    assert brightness(shown(Image.fromarray(values), "TIFF")) == pytest.approx(brightness(GREY), abs=25)


def test_a_large_deep_picture_takes_little_more_than_its_pixels(tmp_path: Path) -> None:
    """64 million pixels of 16 bits are 128 MB; copies in 32 bits and more would be a gigabyte and more."""
    Image.fromarray(np.tile(np.arange(8000, dtype=np.uint16), (8000, 1))).save(tmp_path / "a.tif")
    code = (
        "import resource, sys, numpy, PIL.Image; from snellen.formats.render import render;"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024;"
        "data = open(sys.argv[1], 'rb').read(); before = peak(); render(data, 320); print(peak() - before)"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path / "a.tif"], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 400


def test_colours_stay() -> None:
    for image, kind in (KINDS["palette"], KINDS["colour"], KINDS["CMYK TIFF"], KINDS["CMYK JPEG"]):
        red, green, blue = shown(image, kind).convert("RGB").getpixel((45, 30))  # type: ignore[misc]
        assert (red, green, blue) == (pytest.approx(128, abs=30), pytest.approx(40, abs=30), pytest.approx(200, abs=30))


def test_transparency_stays() -> None:
    image = COLOUR.convert("RGBA")
    image.putalpha(GREY)
    assert shown(image, "PNG").mode == "RGBA"
    palette = COLOUR.convert("P")
    assert shown(palette, "PNG", transparency=palette.getpixel((45, 30))).mode == "RGBA"


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_every_orientation_is_upright(orientation: int, kind: str) -> None:
    """Stored as the orientation says, it is seen as it was."""
    from PIL.Image import Transpose

    upright = Image.new("RGB", (80, 40), "white")
    upright.paste((200, 0, 0), (0, 0, 40, 20))  # red: above, on the left
    turned = {
        1: None, 2: Transpose.FLIP_LEFT_RIGHT, 3: Transpose.ROTATE_180, 4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE, 6: Transpose.ROTATE_90, 7: Transpose.TRANSVERSE, 8: Transpose.ROTATE_270,
    }[orientation]  # fmt: skip
    exif = Image.Exif()
    exif[0x0112] = orientation
    found = shown(upright if turned is None else upright.transpose(turned), kind, exif=exif).convert("RGB")
    assert found.size == (80, 40)
    for x, y, red in ((20, 10, True), (60, 10, False), (20, 30, False), (60, 30, False)):
        pixel = found.getpixel((x, y))
        assert isinstance(pixel, tuple)
        assert (pixel[1] < 80) == red, (x, y, pixel)


@pytest.mark.parametrize("side", [160, 320])
def test_the_longer_side_is_at_most_what_was_asked(side: int) -> None:
    assert shown(GREY.resize((1000, 3000)), "JPEG", side).size == (round(side / 3), side)
    assert shown(GREY, "PNG", side).size == (90, 60)
    assert max(shown(Image.new("L", (9000, 30)), "PNG", side).size) == side


def test_20000_pixels_a_side_are_shown() -> None:
    assert shown(Image.new("1", (20_000, 20_000)), "PNG", 320).size == (320, 320)


def test_a_tiff_of_more_pixels_than_pillow_takes_is_shown_and_imported(tmp_path: Path) -> None:
    Image.new("1", (14_000, 14_000)).save(tmp_path / "a.tif")
    with Image.open(io.BytesIO(render((tmp_path / "a.tif").read_bytes(), 160))) as found:
        assert found.size == (160, 160)
    record, _ = read_image(str(tmp_path / "a.tif"), path="a.tif", split="train")
    assert (record.width, record.height) == (14_000, 14_000)


@pytest.mark.parametrize("data", [b"", b"<html>", b"\xff\xd8\xff\xe0"])
def test_what_is_no_picture_is_told(data: bytes) -> None:
    with pytest.raises(ImageUnreadable, match="can't be decoded"):
        render(data)


def test_half_a_picture_is_told() -> None:
    file = io.BytesIO()
    Image.effect_noise((300, 300), 50).save(file, "PNG")
    with pytest.raises(ImageUnreadable, match="can't be decoded"):
        render(file.getvalue()[:5000])


def quarters(orientation: int = 1, form: str = "JPEG", side: int = 512) -> bytes:
    """Red, green, blue and white, as they are seen upright: left above, right above, left below, right below."""
    upright = Image.new("RGB", (2 * side, side))
    for at, color in enumerate(("red", "lime", "blue", "white")):
        upright.paste(color, (side * (at % 2), side // 2 * (at // 2), side * (at % 2 + 1), side // 2 * (at // 2 + 1)))
    undo = {1: None, 3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
    stored = upright if undo[orientation] is None else upright.transpose(undo[orientation])
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = io.BytesIO()
    stored.save(file, form, exif=exif, **({"quality": 95, "subsampling": 0} if form == "JPEG" else {}))
    return file.getvalue()


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
@pytest.mark.parametrize("form", ["JPEG", "PNG"])
@pytest.mark.parametrize("side", [40, 320])
def test_a_part_is_cut_from_the_upright_picture(orientation: int, form: str, side: int) -> None:
    """Whether it is shrunk while it is decoded, or not at all."""
    data = quarters(orientation, form)
    for box, color in (((0, 0, 400, 200), (255, 0, 0)), ((600, 300, 400, 200), (255, 255, 255))):
        with Image.open(io.BytesIO(render_part(data, box, side))) as part:
            assert part.size[0] == side
            assert abs(part.size[1] - side // 2) <= 1  # a JPEG that is shrunk while it is decoded has whole pixels only
            assert np.abs(np.asarray(part.convert("RGB"), dtype=int) - color).max() < 24


def test_a_small_part_keeps_its_own_pixels_and_is_cut_at_the_edges() -> None:
    with Image.open(io.BytesIO(render_part(quarters(), (1000, -10, 48, 30), 320))) as part:
        assert part.size == (24, 20)
    with pytest.raises(InvalidInput, match="lies outside of the picture, which has 1024 x 512 px"):
        render_part(quarters(), (1024, 0, 10, 10), 320)
    with pytest.raises(ImageUnreadable):
        render_part(b"no picture", (0, 0, 10, 10), 320)
