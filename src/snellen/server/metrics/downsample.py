"""Thins a series out without losing what matters on a chart: ends, extremes and gaps."""

from __future__ import annotations

from collections.abc import Sequence

#: step, epoch, time, value (None where it isn't finite), kind
Row = tuple[int, int | None, int, float | None, str]


def downsample(rows: Sequence[Row], max_points: int) -> list[Row]:
    """At most `max_points` of `rows`, in order: of each bucket the first, the least, the greatest and the last.

    Buckets are equal ranges of rows, not of steps, so no part of a curve is empty. A value that isn't finite
    counts as extreme: a gap must not vanish. With fewer than four points asked for, the first and the last stay.
    """
    if len(rows) <= max_points:
        return list(rows)
    if max_points < 4:
        return [rows[0], rows[-1]][:max_points]
    buckets = max_points // 4
    kept: list[Row] = []
    for bucket in range(buckets):
        part = rows[bucket * len(rows) // buckets : (bucket + 1) * len(rows) // buckets]
        values = [row[3] for row in part]
        finite = [(value, i) for i, value in enumerate(values) if value is not None]
        chosen = {0, len(part) - 1}
        if finite:
            chosen |= {min(finite)[1], max(finite)[1]}
        if len(finite) < len(part):
            gap = next(i for i, value in enumerate(values) if value is None)
            if len(chosen) == 4:
                chosen.discard(len(part) - 1 if gap != len(part) - 1 else 0)
            chosen.add(gap)
        kept += [part[i] for i in sorted(chosen)]
    return kept
