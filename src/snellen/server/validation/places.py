"""Where a picture, or a part of it, is to be had."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from snellen.server.validation.frames import Frames
from snellen.server.validation.image_schemas import Region

#: How much larger than what is in it a crop is, and its least side in px: what surrounds an object says what it is.
CONTEXT: Final = 1.7
LEAST_SIDE: Final = 48.0
#: The longer side of a crop as it is sent, in px.
CROP_SIDE: Final = 320


def place_of(
    frames: Frames, row: dict[str, Any], *, size: int | None = None, crop: Region | None = None
) -> dict[str, Any]:
    """The fields of an image that say what it is, with the URL of its picture, a thumbnail or a part of it.

    A result whose truth came with its predictions has no pictures.
    """
    url = None
    if frames.dataset_id is not None:
        query: dict[str, Any] = {"snapshot": frames.snapshot}
        if crop is not None:
            query |= {"crop": ",".join(f"{side:.0f}" for side in (crop.x, crop.y, crop.w, crop.h)), "size": CROP_SIDE}
        else:
            query |= {"size": size} if size else {"view": "true"}
        url = f"/api/v1/datasets/{frames.dataset_id}/images/{row['image_id']}/file?{urlencode(query, safe=',')}"
    fields = ("image_id", "path", "width", "height", "split")
    return {**{name: row.get(name) for name in fields}, "url": url}


def crop_of(boxes: list[Region], image: dict[str, Any]) -> Region:
    """A square around boxes with room to see where they are, in whole pixels, within the image as far as it goes."""
    left, top = min(box.x for box in boxes), min(box.y for box in boxes)
    right, bottom = max(box.x + box.w for box in boxes), max(box.y + box.h for box in boxes)
    side = round(max(LEAST_SIDE, CONTEXT * max(right - left, bottom - top)))
    x, w = _span((left + right) / 2, side, image.get("width"))
    y, h = _span((top + bottom) / 2, side, image.get("height"))
    return Region(x=x, y=y, w=w, h=h)


def _span(middle: float, side: int, whole: int | None) -> tuple[float, float]:
    begin = round(middle - side / 2)
    if whole is None:
        return float(begin), float(side)
    length = min(side, whole)
    return float(min(max(0, begin), whole - length)), float(length)
