"""Which keypoint becomes which when an image is mirrored, from their names."""

from __future__ import annotations

import re
from collections.abc import Sequence

_SIDES = {"left": "right", "right": "left", "l": "r", "r": "l"}


def mirrored(names: Sequence[str]) -> list[int] | None:
    """For ``left_eye`` the index of ``right_eye`` and so on, for others their own.

    None where no name has a side, or where one has a side and the other is missing: then nothing is known.
    """
    places = {name.lower(): index for index, name in enumerate(names)}
    found = [places.get(_other_side(name.lower())) for name in names]
    if any(index is None for index in found) or all(at == index for at, index in enumerate(found)):
        return None
    return [index for index in found if index is not None]


def _other_side(name: str) -> str:
    """Words of the name, and the words ``left`` and ``right`` within one (``leftear``)."""
    words = re.split(r"([^a-z]+)", name)
    swapped = [_SIDES.get(word, word) for word in words]
    if swapped == words:
        swapped = [re.sub(r"^(left|right)|(left|right)$", lambda side: _SIDES[side.group()], word) for word in words]
    return "".join(swapped)
