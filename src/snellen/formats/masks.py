"""Masks: COCO's compressed RLE at the image's size, from polygons and back, exactly.

An RLE is its counts string; its size is always the image's ``[height, width]``. Outlines run along the edges of pixels,
so filling them (even-odd) gives the very same mask: no polygon is fitted and nothing is smoothed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def polygons_to_rle(polygons: list[list[float]], *, height: int, width: int) -> str:
    """The union of polygons ``[x0, y0, x1, y1, …]`` in pixels, as COCO rasterises them."""
    from hotcoco import mask

    parts = [mask.frPoly(polygon, height, width) for polygon in polygons]
    return text_of(parts[0] if len(parts) == 1 else mask.merge(parts, False))


def canonical(runs: list[int], height: int, width: int) -> str:
    """From lengths of runs, column by column, background first; the same mask has the same text."""
    from hotcoco import mask

    counts = [0]
    for at, run in enumerate(runs):
        if run and at % 2 == (len(counts) - 1) % 2:
            counts[-1] += run
        elif run:
            counts.append(run)
    return text_of(mask.frPyObjects({"size": [height, width], "counts": counts}, height, width))


def measure_rle(rle: str, *, height: int, width: int) -> tuple[float, tuple[float, float, float, float]]:
    """Area in px² and the box ``x, y, w, h`` in px that just holds the mask; no area has a box of zeros."""
    from hotcoco import mask

    found = {"size": [height, width], "counts": rle.encode()}
    x, y, w, h = (float(side) for side in mask.toBbox(found))
    return float(mask.area(found)), (x, y, w, h)


def runs_of(rle: str, *, height: int, width: int) -> list[int]:
    """The lengths of runs, column by column, background first.

    Raises :class:`ValueError` when they aren't those of an image of this size.
    """
    counts: list[int] = []
    value = shift = 0
    for character in rle.encode():
        # Five bits a character, the lowest first, from "0"; bit 6 says that more follow. No library gives them out.
        bits = character - 48
        if not 0 <= bits < 64:
            raise ValueError(f"its counts hold {chr(character)!r}, which is no RLE")
        value |= (bits & 31) << shift
        shift += 5
        if bits & 32:
            continue
        if bits & 16:
            value -= 1 << shift
        counts.append(value + counts[-2] if len(counts) > 2 else value)
        value = shift = 0
    if shift or sum(counts) != height * width or any(count < 0 for count in counts):
        raise ValueError(f"its counts cover {sum(counts)} pixels, the image has {width} x {height} = {height * width}")
    return counts


def trace_mask(rle: str, *, height: int, width: int) -> list[list[float]]:
    """The outlines of a mask as closed polygons ``[x0, y0, x1, y1, …]`` in px, holes included; fill them even-odd."""
    found = _crop(rle, height, width)
    if found is None:
        return []
    pixels, left, top = found
    return [[float(side) for x, y in ring for side in (x + left, y + top)] for ring in _rings(pixels)]


def join_rings(rings: list[list[float]]) -> list[float]:
    """One polygon for several: there and back over lines without width, which fill (even-odd) to nothing.

    It is how formats with one polygon an object hold parts and holes.
    """
    if len(rings) == 1:
        return rings[0]
    start = rings[0][:2]
    joined = [*rings[0], *start]
    for ring in rings[1:]:
        joined += [*ring, *ring[:2], *start]
    return joined[:-2]


def text_of(rle: Any) -> str:
    """The counts string of an RLE as libraries give it."""
    counts = rle["counts"]
    return counts.decode() if isinstance(counts, bytes) else str(counts)


def _crop(rle: str, height: int, width: int) -> tuple[NDArray[np.uint8], int, int] | None:
    """The part of the mask that isn't empty, and its left and top; memory is that of its columns."""
    import numpy as np

    ends = np.cumsum(np.asarray(runs_of(rle, height=height, width=width), dtype=np.int64))
    starts, stops = ends[:-1:2], ends[1::2]
    starts, stops = starts[: len(stops)][stops > starts[: len(stops)]], stops[stops > starts[: len(stops)]]
    if not len(starts):
        return None
    left, right = int(starts[0] // height), int((stops[-1] - 1) // height) + 1
    steps = np.zeros((right - left) * height + 1, dtype=np.int8)
    # Runs may touch where one was of no length: add, so that an end and a start at one place cancel.
    np.add.at(steps, starts - left * height, 1)
    np.add.at(steps, stops - left * height, -1)
    columns = np.cumsum(steps[:-1], dtype=np.int8).astype(np.uint8).reshape(right - left, height).T
    filled = np.flatnonzero(columns.any(axis=1))
    top = int(filled[0])
    return columns[top : int(filled[-1]) + 1], left, top


def _rings(pixels: NDArray[np.uint8]) -> list[list[tuple[int, int]]]:
    """Corners of the outline in order, ring by ring.

    A corner is a point where an odd number of the four pixels around it is set; where two set pixels only touch at
    their corners there are two corners. Along each row of corners every second gap is an edge, and so
    along each column.
    """
    import numpy as np

    padded = np.pad(pixels, 1).astype(np.int8)
    a, b, c, d = padded[:-1, :-1], padded[:-1, 1:], padded[1:, :-1], padded[1:, 1:]
    odd = (a + b + c + d) % 2
    touching = ((a == d) & (b == c) & (a != b)).astype(np.int8) * 2
    ys, xs = np.nonzero(odd + touching)
    times = (odd + touching)[ys, xs]
    ys, xs = np.repeat(ys, times), np.repeat(xs, times)
    across = np.arange(len(xs)) ^ 1  # np.nonzero gives them row by row
    down_order = np.lexsort((np.arange(len(xs)), ys, xs))
    down = np.empty_like(across)
    down[down_order] = down_order[np.arange(len(xs)) ^ 1]
    points = list(zip(xs.tolist(), ys.tolist(), strict=True))
    next_across, next_down = across.tolist(), down.tolist()
    seen = bytearray(len(points))
    rings = []
    for first in range(len(points)):
        if seen[first]:
            continue
        ring, at = [], first
        while not seen[at]:
            other = next_across[at]
            seen[at] = seen[other] = 1
            ring += [points[at], points[other]]
            at = next_down[other]
        rings.append(ring)
    return rings
