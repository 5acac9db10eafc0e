"""Pictures to look at: upright, eight bits a channel, WebP, whatever the file is."""

from __future__ import annotations

import io
import threading
import warnings
from collections.abc import Callable
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from snellen.errors import ImageUnreadable, InvalidInput
from snellen.formats.images import EXIF_ORIENTATION, LARGE_PIXELS, MAX_PIXELS, open_unlimited

if TYPE_CHECKING:
    from PIL import Image

#: WebP holds no longer side than 16,383 px, and no screen shows one.
LONGEST = 8192
QUALITY = 82
#: Of pictures with more than eight bits the darkest and brightest thousandth may be cut, so that the rest is seen.
CUT = 0.1
#: Rows of the result that are made at a time: a copy of a large picture in another mode would take gigabytes.
STRIP = 64
#: Of pictures with more than eight bits this many pixels, evenly spread, say which is darkest and brightest.
SAMPLE = 1_000_000
_large = threading.Lock()


def render(data: bytes, side: int = LONGEST) -> bytes:
    """A WebP of the picture whose longer side is at most `side` px.

    Grey of more than eight bits and floats are stretched from their darkest to their brightest; transparency is kept.
    Large pictures are decoded one at a time. Raises :class:`~snellen.errors.ImageUnreadable`.
    """
    return _rendered(data, (side, side), lambda image, _: _shrink(image, side))


def render_part(data: bytes, box: tuple[int, int, int, int], side: int) -> bytes:
    """:func:`render` of the part `box` (x, y, w, h in px of the upright picture, cut at its edges).

    A part smaller than `side` keeps its own pixels. :class:`~snellen.errors.InvalidInput` for a box outside.
    """

    def draft(size: tuple[int, int]) -> tuple[int, int]:
        # A JPEG is decoded at half its size, or less, while the part still has as many pixels as are asked for.
        factor = max(1, max(box[2:]) // side)
        return -(-size[0] // factor), -(-size[1] // factor)

    return _rendered(data, draft, lambda image, full: _part(image, full, box, side))


def _rendered(
    data: bytes,
    draft: tuple[int, int] | Callable[[tuple[int, int]], tuple[int, int]],
    make: Callable[[Image.Image, tuple[int, int]], Image.Image],
) -> bytes:
    try:
        with warnings.catch_warnings(action="ignore"), open_unlimited(io.BytesIO(data)) as image:
            size = image.size
            full = size[0] * size[1]
            if full > MAX_PIXELS:
                raise ImageUnreadable(f"the picture has {size[0]} x {size[1]} pixels; too many to show")
            image.draft("RGB", draft(size) if callable(draft) else draft)
            decoded = full if "progressive" in image.info else image.size[0] * image.size[1]
            with _large if decoded > LARGE_PIXELS else nullcontext():
                made = make(image, size)
            file = io.BytesIO()
            made.save(file, "WEBP", quality=QUALITY, method=2)
            return file.getvalue()
    except (ImageUnreadable, InvalidInput):
        raise
    except Exception as error:  # pillow raises whatever its decoders do
        raise ImageUnreadable(f"the picture can't be decoded: {error or type(error).__name__}") from error


def _part(image: Image.Image, full: tuple[int, int], box: tuple[int, int, int, int], side: int) -> Image.Image:
    from PIL import Image as Pillow

    image.load()
    turn = _TURNS.get(image.getexif().get(EXIF_ORIENTATION, 1))
    found = _stretched(image) if image.mode in _DEEP else image
    if turn is not None:
        found = found.transpose(Pillow.Transpose(turn))
    upright = full[::-1] if turn is not None and turn in _SIDEWAYS else full
    across, down = found.size[0] / upright[0], found.size[1] / upright[1]
    left, top = max(0, box[0]), max(0, box[1])
    right, bottom = min(upright[0], box[0] + box[2]), min(upright[1], box[1] + box[3])
    if left >= right or top >= bottom:
        raise InvalidInput(f"crop: {box} lies outside of the picture, which has {upright[0]} x {upright[1]} px")
    edges = round(left * across), round(top * down), round(right * across), round(bottom * down)
    part = found.crop((*edges[:2], max(edges[2], edges[0] + 1), max(edges[3], edges[1] + 1)))
    part = part.convert(_mode(part))
    if max(part.size) > side:
        part.thumbnail((side, side), Pillow.Resampling.LANCZOS)
    return part


def _shrink(image: Image.Image, side: int) -> Image.Image:
    from PIL import Image as Pillow

    image.load()
    orientation = image.getexif().get(EXIF_ORIENTATION, 1)  # asked after loading: some formats are turned by it
    mode, factor = _mode(image), max(image.size) // (2 * side)
    if factor <= 1 and image.size[0] * image.size[1] > LARGE_PIXELS:
        factor = max(image.size) // side
    found = _reduced(image, factor, mode)
    if found.mode in _DEEP:
        found = _stretched(found)
    if max(found.size) > side:
        found.thumbnail((side, side), Pillow.Resampling.LANCZOS)
    turn = _TURNS.get(orientation)
    return found if turn is None else found.transpose(Pillow.Transpose(turn))


def _mode(image: Image.Image) -> str:
    """The mode to work in: one that can be averaged and has all that is seen."""
    if image.mode in _DEEP:
        return "F" if image.mode == "F" else "I"
    if image.mode in {"LA", "PA", "RGBA", "La", "RGBa"} or "transparency" in image.info:
        return "RGBA"
    return "L" if image.mode in {"1", "L"} else "RGB"


def _reduced(image: Image.Image, factor: int, mode: str) -> Image.Image:
    """`image` in `mode`, each side divided by `factor`, in strips so that no copy in full size is made."""
    from PIL import Image as Pillow

    if factor <= 1:
        return image if image.mode == mode or image.mode in _DEEP else image.convert(mode)
    width, height = image.size
    rows = -(-height // factor)
    result = Pillow.new(mode, (-(-width // factor), rows))
    for top in range(0, rows, STRIP):
        strip = image.crop((0, top * factor, width, min(height, (top + STRIP) * factor)))
        result.paste((strip if strip.mode == mode else strip.convert(mode)).reduce(factor), (0, top))
    return result


def _stretched(image: Image.Image) -> Image.Image:
    """Eight bits, from the darkest to the brightest; what is no number is dark."""
    import numpy as np
    from PIL import Image as Pillow

    values: np.ndarray[Any, Any] = np.asarray(image)
    sample = values.reshape(-1)[:: max(1, values.size // SAMPLE)].astype(np.float64)
    sample = sample[np.isfinite(sample)]
    low, high = np.percentile(sample, (CUT, 100 - CUT)) if len(sample) else (0.0, 1.0)
    result = np.empty(values.shape, np.uint8)
    for top in range(0, len(values), STRIP):
        strip = np.nan_to_num(values[top : top + STRIP].astype(np.float64), nan=low, posinf=high, neginf=low)
        scaled = (strip - low) * (255 / max(float(high - low), 1e-12))
        result[top : top + STRIP] = np.clip(np.rint(scaled), 0, 255)
    return Pillow.fromarray(result)


_DEEP = frozenset({"I", "F", "I;16", "I;16B", "I;16L", "I;16N"})
#: Pillow's turns by EXIF orientation.
_TURNS = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}
#: Those of them after which what was the width is the height.
_SIDEWAYS = frozenset({2, 4, 5, 6})
