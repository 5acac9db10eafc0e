"""Masks as a page draws them: exact where an answer has room for that, else as near to it as there is room."""

from __future__ import annotations

import math
from collections.abc import Sequence

#: Coordinates of all masks of an answer together: 0.7 MB at most.
MOST_NUMBERS = 120_000

Ring = list[int]


def drawn_outlines(
    rles: Sequence[str | None], *, height: int, width: int, most: int = MOST_NUMBERS
) -> list[list[Ring] | None]:
    """For each mask of an image its closed polygons ``[x0, y0, x1, y1, …]`` in px, to be filled even-odd.

    They run along the edges of pixels. Where that makes more than `most` numbers, all of them lose corners alike, until
    they fit: those that are nearer to the one before than some px, which one doesn't see in an image of that many.
    """
    from snellen.formats.masks import trace_mask

    exact = [
        None if rle is None else [[int(side) for side in ring] for ring in trace_mask(rle, height=height, width=width)]
        for rle in rles
    ]
    found, least = exact, math.ceil(_numbers(exact) / most / 2)
    while _numbers(found) > most:
        least += max(1, least // 2)
        found = [None if rings is None else _coarser(rings, least) for rings in exact]
    return found


def _numbers(masks: Sequence[list[Ring] | None]) -> int:
    return sum(len(ring) for rings in masks for ring in rings or ())


def _coarser(rings: list[Ring], least: int) -> list[Ring]:
    return [kept for ring in rings if (kept := _fewer(ring, least))]


def _fewer(ring: Ring, least: int) -> Ring:
    """The corners that are at least so many px from the one kept before; nothing where no area is left."""
    kept = ring[:2]
    for x, y in zip(ring[2::2], ring[3::2], strict=True):
        if abs(x - kept[-2]) + abs(y - kept[-1]) >= least:
            kept += [x, y]
    return kept if len(kept) >= 6 else []
