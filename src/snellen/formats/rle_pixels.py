"""How many pixels each of many RLEs covers, so that masks of another size, or none at all, are found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Characters looked at together; bounds the memory.
AT_ONCE = 1 << 21


def rle_pixels(rles: list[str]) -> NDArray[np.int64]:
    """Height times width of each counts string of COCO's compressed RLE; -1 for what is none.

    int64 [n]. The lengths of runs alternate, background first; each but the first three is written as the difference to
    the one before the last, five bits a character, the lowest first.
    """
    import numpy as np

    pixels = np.full(len(rles), -1, dtype=np.int64)
    lengths = np.array([len(rle) for rle in rles], dtype=np.int64)
    ends = np.cumsum(lengths)
    begin = 0
    while begin < len(rles):
        done = int(ends[begin - 1]) if begin else 0
        end = max(begin + 1, int(np.searchsorted(ends, done + AT_ONCE, side="right")))
        pixels[begin:end] = _pixels(rles[begin:end], lengths[begin:end])
        begin = end
    return pixels


def _pixels(rles: list[str], lengths: NDArray[np.int64]) -> Any:
    import numpy as np

    pixels = np.full(len(rles), -1, dtype=np.int64)
    text = "".join(rles)
    if not text.isascii():
        if len(rles) > 1:
            return np.concatenate([_pixels([rle], lengths[i : i + 1]) for i, rle in enumerate(rles)])
        return pixels
    bits = np.frombuffer(text.encode("ascii"), dtype=np.uint8).astype(np.int64) - 48
    owner = np.repeat(np.arange(len(rles)), lengths)
    sound = lengths > 0
    sound[owner[(bits < 0) | (bits >= 64)]] = False
    last = (bits & 32) == 0
    finish = np.cumsum(lengths) - 1
    sound[sound] = last[finish[sound]]
    keep = sound[owner]
    bits, owner, last = bits[keep], owner[keep], last[keep]
    if not len(bits):
        return pixels
    stop = np.flatnonzero(last)
    start = np.append(0, stop[:-1] + 1)
    width = stop - start + 1
    shift = 5 * (np.arange(len(bits)) - np.repeat(start, width))
    sound[owner[shift > 45]] = False  # more than any run can be
    value = np.add.reduceat((bits & 31) << np.minimum(shift, 45), start)
    value -= np.where(bits[stop] & 16, 1 << np.minimum(5 * width, 50), 0)
    owner = owner[stop]
    at = np.flatnonzero(np.append(True, owner[1:] != owner[:-1]))
    place = np.arange(len(owner)) - np.repeat(at, np.diff(np.append(at, len(owner))))
    covered = np.bincount(owner[at], weights=value[at], minlength=len(rles))
    # Differences add up along every second run; the very first run stands alone.
    for lane in (place % 2 == 1, (place % 2 == 0) & (place > 0)):
        mine, whose = value[lane], owner[lane]
        starts = np.flatnonzero(np.append(True, whose[1:] != whose[:-1])[: len(whose)])
        total = np.cumsum(mine)
        runs = total - np.repeat(total[starts] - mine[starts], np.diff(np.append(starts, len(whose))))
        sound[whose[runs < 0]] = False
        covered += np.bincount(whose, weights=runs, minlength=len(rles))
    sound[owner[at][value[at] < 0]] = False
    pixels[sound] = covered[sound].astype(np.int64)
    return pixels
