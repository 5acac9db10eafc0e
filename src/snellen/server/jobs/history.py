"""The course of a job's primary metric in a few points, kept with the job for the list's small curves."""

from __future__ import annotations

from collections.abc import Sequence

MAX_POINTS = 32


def thin_history(points: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
    """At most 32 of the points ``(epoch, value)``: the first, the last, and of each part the least and the greatest."""
    if len(points) <= MAX_POINTS:
        return list(points)
    inner = points[1:-1]
    parts = (MAX_POINTS - 2) // 2
    kept = {0, len(points) - 1}
    for part in range(parts):
        numbers = range(1 + part * len(inner) // parts, 1 + (part + 1) * len(inner) // parts)
        kept |= {min(numbers, key=lambda i: points[i][1]), max(numbers, key=lambda i: points[i][1])}
    return [points[i] for i in sorted(kept)]
