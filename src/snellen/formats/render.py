"""Pictures to look at: upright, eight bits a channel, WebP, whatever the file is."""

from __future__ import annotations

import io
import threading
import warnings
from contextlib import nullcontext
from typing import TYPE_CHECKING

from snellen.errors import ImageUnreadable
from snellen.formats.images import EXIF_ORIENTATION, LARGE_PIXELS, MAX_PIXELS, open_unlimited

if TYPE_CHECKING:
    from PIL import Image

#: WebP holds no longer side than 16,383 px, and no screen shows one.
LONGEST = 8192
QUALITY = 82
#: Of pictures with more than eight bits the darkest and brightest thousandth may be cut, so that the rest is seen.
CUT = 0.1
_large = threading.Lock()


def render(data: bytes, side: int = LONGEST) -> bytes:
    """A WebP of the picture whose longer side is at most `side` px.

    Grey of more than eight bits and floats are stretched from their darkest to their brightest; transparency is kept.
    Large pictures are decoded one at a time. Raises :class:`~snellen.errors.ImageUnreadable`.
    """
    try:
        with warnings.catch_warnings(action="ignore"), open_unlimited(io.BytesIO(data)) as image:
            if image.size[0] * image.size[1] > MAX_PIXELS:
                raise ImageUnreadable(f"the picture has {image.size[0]} x {image.size[1]} pixels; too many to show")
            image.draft("RGB", (side, side))
            with _large if image.size[0] * image.size[1] > LARGE_PIXELS else nullcontext():
                small = _shrink(image, side)
            file = io.BytesIO()
            small.save(file, "WEBP", quality=QUALITY, method=2)
            return file.getvalue()
    except ImageUnreadable:
        raise
    except Exception as error:  # pillow raises whatever its decoders do
        raise ImageUnreadable(f"the picture can't be decoded: {error or type(error).__name__}") from error


def _shrink(image: Image.Image, side: int) -> Image.Image:
    from PIL import Image as Pillow

    image.load()
    orientation = image.getexif().get(EXIF_ORIENTATION, 1)  # asked after loading: some formats are turned by it
    found = _eight_bits(image)
    if (factor := max(image.size) // (2 * side)) > 1:
        found = found.reduce(factor)
    if max(found.size) > side:
        found.thumbnail((side, side), Pillow.Resampling.LANCZOS)
    turn = _TURNS.get(orientation)
    return found if turn is None else found.transpose(Pillow.Transpose(turn))


def _eight_bits(image: Image.Image) -> Image.Image:
    if image.mode in _DEEP:
        return _stretched(image)
    see_through = image.mode in {"LA", "PA", "RGBA", "La", "RGBa"} or "transparency" in image.info
    mode = "RGBA" if see_through else "L" if image.mode in {"1", "L"} else "RGB"
    return image if image.mode == mode else image.convert(mode)


def _stretched(image: Image.Image) -> Image.Image:
    import numpy as np
    from PIL import Image as Pillow

    values = np.nan_to_num(np.asarray(image, dtype=np.float32))
    low, high = np.percentile(values, (CUT, 100 - CUT))
    scaled = (values - low) * (255 / max(float(high - low), 1e-12))
    return Pillow.fromarray(np.clip(np.rint(scaled), 0, 255).astype(np.uint8))


_DEEP = frozenset({"I", "F", "I;16", "I;16B", "I;16L", "I;16N"})
#: Pillow's turns by EXIF orientation.
_TURNS = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}
