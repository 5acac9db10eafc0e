"""Thins a series out without losing what matters on a chart: ends, extremes and gaps."""

from __future__ import annotations

from collections.abc import Sequence

#: step, epoch, time, value (None where it isn't finite), kind
Row = tuple[int, int | None, int, float | None, str]


def downsample(values: Sequence[float | None], max_points: int) -> list[int]:
    """Which at most `max_points` of `values` to keep, in order: of each bucket the first, least, greatest and last.

    Buckets are equal ranges of rows, not of steps, so no part of a curve is empty. A value that isn't finite (None)
    counts as extreme: a gap must not vanish. With fewer points asked for than one bucket has, the first and the last.
    """
    count = len(values)
    if count <= max_points:
        return list(range(count))
    of_a_bucket = 5 if None in values else 4
    if max_points < of_a_bucket:
        return [0, count - 1][:max_points]
    buckets = max_points // of_a_bucket
    kept: list[int] = []
    for bucket in range(buckets):
        start, end = bucket * count // buckets, (bucket + 1) * count // buckets
        kept += sorted(start + at for at in _chosen(values[start:end]))
    return kept


def _chosen(part: Sequence[float | None]) -> set[int]:
    last = len(part) - 1
    finite = [value for value in part if value is not None]
    chosen = {0, last}
    if finite:
        chosen |= {part.index(min(finite)), part.index(max(finite))}
    if len(finite) < len(part):
        chosen.add(part.index(None))
    return chosen
