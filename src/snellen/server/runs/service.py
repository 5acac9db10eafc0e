"""Runs as the dashboard shows them: rows, one run, its series thinned out as a job's are."""

from __future__ import annotations

import time
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from itertools import islice
from typing import Any

from snellen.contract import numbers
from snellen.contract.categories import category_of
from snellen.errors import InvalidInput
from snellen.server.metrics.downsample import Row, downsample
from snellen.server.metrics.part import Part
from snellen.server.metrics.schemas import Axis, Series
from snellen.server.runs.connection import Connection
from snellen.server.runs.schemas import Named, RunKey, RunMetricsOut, RunOut, RunRow
from snellen.server.runs.tracker import History, Run

#: What one answer holds at most: it stays below 1 MB.
MAX_POINTS_AN_ANSWER, MAX_PARAMS, MAX_TAGS, MAX_KEYS, MAX_VALUE = 15_000, 500, 200, 2000, 400
#: What one answer reads at most from MLflow, in points and in time; other keys come with the next.
READ_POINTS, READ_SECONDS = 300_000, 2.0
#: Those of MLflow's own tags that hold documents.
LONG_TAGS = ("mlflow.log-model.history", "mlflow.note.content")


def run_row(connection: Connection, run: Run, job_id: int | None) -> RunRow:
    """A run in a list."""
    return RunRow(**_row(connection, run, job_id))


def run_out(connection: Connection, run: Run, job_id: int | None) -> RunOut:
    """One run with what it was given and what it measured."""
    tags = {name: value for name, value in run.tags.items() if name not in LONG_TAGS}
    keys = sorted(run.metrics)
    return RunOut(
        **_row(connection, run, job_id),
        params=_named(run.params, MAX_PARAMS),
        param_count=len(run.params),
        tags=_named(tags, MAX_TAGS),
        tag_count=len(tags),
        keys=[RunKey(key=key, category=category_of(key), last=run.metrics[key]) for key in keys[:MAX_KEYS]],
        key_count=len(keys),
    )


def read_series(
    connection: Connection, run: Run, *, keys: list[str] | None, max_points: int, part: Part | None
) -> RunMetricsOut:
    """Series in order of their keys, each with at most `max_points` points, and fewer where there are many keys."""
    if part is not None and part.axis is Axis.EPOCH:
        raise InvalidInput("axis: MLflow knows no epochs; expected step or time")
    wanted = sorted(run.metrics if keys is None else set(keys) & set(run.metrics))
    budget = max(2, min(max_points, MAX_POINTS_AN_ANSWER // max(1, len(wanted))))
    answer = RunMetricsOut(series=[], later=[], sampled=[])
    read, until = 0, time.monotonic() + READ_SECONDS
    for at, key in enumerate(wanted):
        if read >= READ_POINTS or (at and time.monotonic() > until):
            answer.later = wanted[at:]
            break
        history, fresh = connection.history(run, key)
        read += len(history) if fresh else 0
        answer.series.append(_series(key, history, budget, part))
        if history.sampled:
            answer.sampled.append(key)
    return answer


def _series(key: str, history: History, budget: int, part: Part | None) -> Series:
    before, within, after = _parts(history, part)
    thinned = (within[at] for at in downsample([value for _, _, _, value, _ in within], budget))
    rows = [*before, *thinned, *after]
    points: list[tuple[int, int | None, int, float]] = [
        (step, None, at, numbers.decode(kind) if value is None else value) for step, _, at, value, kind in rows
    ]
    return Series(key=key, category=category_of(key), points=points, total=len(within))


def _parts(history: History, part: Part | None) -> tuple[list[Row], list[Row], list[Row]]:
    """The points before (one at most), within and after (one at most) a range, in order of step."""
    if part is None:
        return [], _rows(history, 0, len(history)), []
    if part.axis is Axis.STEP:
        low, high = bisect_left(history.steps, part.low), bisect_right(history.steps, part.high)
        return _rows(history, max(0, low - 1), low), _rows(history, low, high), _rows(history, high, high + 1)
    times = history.times
    within = [at for at, moment in enumerate(times) if part.low <= moment <= part.high]
    before = max((at for at, moment in enumerate(times) if moment < part.low), key=times.__getitem__, default=None)
    after = min((at for at, moment in enumerate(times) if moment > part.high), key=times.__getitem__, default=None)
    return _row_at(history, before), [row for at in within for row in _row_at(history, at)], _row_at(history, after)


def _row_at(history: History, at: int | None) -> list[Row]:
    return [] if at is None else _rows(history, at, at + 1)


def _rows(history: History, begin: int, end: int) -> list[Row]:
    found: list[Row] = []
    for step, moment, value in islice(zip(history.steps, history.times, history.values, strict=True), begin, end):
        kind = numbers.kind_of(value)
        found.append((step, None, moment, value if kind == "finite" else None, kind))
    return found


def _row(connection: Connection, run: Run, job_id: int | None) -> dict[str, Any]:
    return {
        "id": run.id,
        "name": run.name,
        "experiment_id": run.experiment_id,
        "experiment": connection.experiment_name(run.experiment_id),
        "status": run.status,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "user": run.user,
        "job_id": job_id,
    }


def _named(values: Mapping[str, str], most: int) -> list[Named]:
    return [
        Named(name=name, value=value[:MAX_VALUE], cut=len(value) > MAX_VALUE)
        for name, value in islice(sorted(values.items()), most)
    ]
