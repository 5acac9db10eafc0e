"""Metric points: written in batches, replaced by (job, key, step), read back thinned out."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from snellen.contract import numbers
from snellen.contract.categories import Category, category_of
from snellen.contract.events import now_ms
from snellen.contract.tasks import COMPUTED_PREFIX, Source
from snellen.errors import InvalidInput
from snellen.server.jobs import service as jobs
from snellen.server.jobs import stream, views
from snellen.server.jobs.tables import Job, StreamEvent
from snellen.server.metrics.downsample import Row
from snellen.server.metrics.part import Part, read_neighbours, read_thinned
from snellen.server.metrics.schemas import MetricsOut, Series
from snellen.server.metrics.tables import MetricKey, MetricPoint
from snellen.server.recent import Recent

MAX_KEYS = 5000
MAX_KEY_LENGTH = 300
#: So many of the longest points are still less than 1 MB.
MAX_POINTS_AN_ANSWER = 15_000
#: Of a live stream: less than 1 MB with the longest keys.
POINTS_A_MESSAGE = 2000
STEP_LIMIT = 2**62
KEPT_KEYS, KEPT_SECONDS, KEPT_JOBS = "metric keys", 300.0, 2000
#: In a session: the jobs whose keys it has made.
NEW_KEYS = "new metric keys"


def accept_events(session: Session, job_id: int, events: list[dict[str, Any]]) -> list[str]:
    """What a ``metrics`` event does; a value that is no number is left out and named."""
    points: list[tuple[str, int, int | None, int, float]] = []
    problems: list[str] = []
    for event in events:
        values: Any = event.get("values")
        step: Any = event.get("step")
        epoch: Any = event.get("epoch")
        if not isinstance(values, Mapping) or not _is_count(step) or not (epoch is None or _is_count(epoch)):
            problems.append(
                f"a metrics event was not understood: step {step!r}, epoch {epoch!r}, values {type(values).__name__}"
            )
            continue
        for key, value in values.items():
            try:
                points.append((_key(key), step, epoch, event["time"], numbers.decode(value)))
            except (ValueError, InvalidInput) as error:
                problems.append(f"metric {str(key)[:100]!r} at step {step}: {error}")
    record(session, job_id, points)
    return problems


def record(session: Session, job_id: int, points: Iterable[tuple[str, int, int | None, int, float]]) -> int | None:
    """Store points ``(key, step, epoch, Unix ms, value)``; returns their revision, None when there were none.

    Of two points of one key and step the later one stays. NaN and infinities are kept as such.
    """
    newest = {(key, step): (epoch, time, value) for key, step, epoch, time, value in points}
    if not newest:
        return None
    ids = _key_ids(session, job_id, {key for key, _ in newest})
    newest = {place: point for place, point in newest.items() if place[0] in ids}
    if not newest:
        return None
    revision = stream.tell(session, job_id, "metrics")
    rows = []
    for (key, step), (epoch, time, value) in newest.items():
        kind = numbers.kind_of(value)
        stored = float(value) if kind == "finite" else None
        rows.append((job_id, ids[key], step, epoch, time, stored, kind, revision))
    _upsert(session.connection(), rows)
    return revision


def record_values(
    session: Session, job_id: int, values: Mapping[str, float], *, epoch: int, time: int | None = None
) -> None:
    """Store per-epoch values; the step is the epoch."""
    at = time or now_ms()
    kept = {k: v for k, v in values.items() if 0 < len(k) <= MAX_KEY_LENGTH}
    if len(kept) < len(values):
        text = f"epoch {epoch}: metric keys of more than {MAX_KEY_LENGTH} characters, or of none, are in no chart"
        jobs.warn(session, jobs.get_job(session, job_id), text)
    record(session, job_id, [(_key(k), epoch, epoch, at, v) for k, v in kept.items()])


def read(
    session: Session,
    job: Job,
    *,
    keys: list[str] | None = None,
    max_points: int = 2000,
    part: Part | None = None,
    first: int | None = None,
) -> MetricsOut:
    """Series in order of their keys, each with at most `max_points` points, and fewer where there are many keys.

    Of a `part` the nearest points outside come beside them. Where only the `first` so many keys are wanted, those are
    the ones that the dashboard shows on top; the others come without points, to be asked for by `keys`.
    """
    query = select(MetricKey).where(MetricKey.job_id == job.id).order_by(MetricKey.key)
    if keys:
        query = query.where(MetricKey.key.in_(keys))
    wanted = list(session.scalars(query))
    budget = max(2, min(max_points, MAX_POINTS_AN_ANSWER // max(1, len(wanted))))
    later = set() if first is None else {key.id for key in sorted(wanted, key=_dashboard_order(job))[first:]}
    connection = session.connection()
    series = []
    for key in wanted:
        rows: list[Row] = []
        total = 0
        if key.id not in later:
            rows, total = read_thinned(connection, job.id, key.id, part=part, max_points=budget)
            if part is not None:
                before, after = read_neighbours(connection, job.id, key.id, part)
                rows = [*before, *rows, *after]
        points = [_point(row) for row in rows]
        series.append(Series(key=key.key, category=Category(key.category), points=points, total=total))
    return MetricsOut(series=series, later=[key.key for key in wanted if key.id in later])


def _dashboard_order(job: Job) -> Callable[[MetricKey], tuple[bool, int, str]]:
    """The primary metric, then category by category."""
    primary = views.primary_metric(job)
    first = COMPUTED_PREFIX + primary.name if primary.source is Source.COMPUTED else primary.name
    ranks = {category.value: rank for rank, category in enumerate(Category)}
    return lambda key: (key.key != first, ranks[key.category], key.key)


def render_revision(session: Session, event: StreamEvent) -> list[dict[str, Any]]:
    """What a live stream tells of a batch of points, in pieces; what a later batch replaced is told with that one."""
    p, k = MetricPoint, MetricKey
    query = (
        select(k.key, k.category, p.step, p.epoch, p.time, p.value, p.kind)
        .join(k, k.id == p.key_id)
        .where(p.job_id == event.job_id, p.revision == event.id)
        .order_by(p.step)
    )
    points = [
        {
            "key": row.key,
            "category": row.category,
            "step": row.step,
            "epoch": row.epoch,
            "time": row.time,
            "value": numbers.encode(_value(row.value, row.kind)),
        }
        for row in session.execute(query)
    ]
    return [{"points": points[at : at + POINTS_A_MESSAGE]} for at in range(0, len(points), POINTS_A_MESSAGE)]


def _point(row: Row) -> tuple[int, int | None, int, float]:
    step, epoch, time, value, kind = row
    return step, epoch, time, _value(value, kind)


def _value(value: float | None, kind: str) -> float:
    return numbers.decode(kind) if value is None else value


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < STEP_LIMIT


def _key(key: object) -> str:
    text = str(key).replace("\x00", "\ufffd")
    if not text or len(text) > MAX_KEY_LENGTH:
        raise InvalidInput(f"a metric key has {len(text)} characters, expected 1 to {MAX_KEY_LENGTH}")
    return text


def _key_ids(session: Session, job_id: int, keys: set[str]) -> dict[str, int]:
    kept: Recent[dict[str, int]] | None = _kept_keys(session)
    known = None if kept is None else kept.get(job_id)
    if known is None or not keys <= known.keys():
        known = _known_keys(session, job_id)
        if kept is not None and job_id not in session.info.get(NEW_KEYS, ()):  # those may yet be rolled back
            kept.put(job_id, known)
    missing = sorted(keys - known.keys())
    room = max(0, MAX_KEYS - len(known))
    if len(missing) > room:
        text = (
            f"at most {MAX_KEYS} metric keys are kept of a job; {missing[room]!r} and others beyond are left out: "
            "put what changes (a step, an image) into the step, not into the key"
        )
        jobs.warn(session, jobs.get_job(session, job_id), text)
    if missing[:room]:
        rows = [{"job_id": job_id, "key": key, "category": category_of(key)} for key in missing[:room]]
        session.connection().execute(insert(MetricKey), rows)
        session.info.setdefault(NEW_KEYS, set()).add(job_id)
        known = _known_keys(session, job_id)
    return known


def _kept_keys(session: Session) -> Recent[dict[str, int]] | None:
    """Ids by key and job: they never change, and a job reports the same keys every second."""
    kept: dict[str, Any] | None = session.info.get("kept")
    found: Recent[dict[str, int]] | None = (
        None if kept is None else kept.setdefault(KEPT_KEYS, Recent(KEPT_SECONDS, most=KEPT_JOBS))
    )
    return found


def _known_keys(session: Session, job_id: int) -> dict[str, int]:
    query = select(MetricKey.key, MetricKey.id).where(MetricKey.job_id == job_id)
    return dict(session.connection().execute(query).tuples().all())


COLUMNS = ("job_id", "key_id", "step", "epoch", "time", "value", "kind", "revision")


def _upsert(connection: Connection, rows: list[tuple[Any, ...]]) -> None:
    if connection.dialect.name == "sqlite":
        # Tuples straight to the driver: half the time of the same statement with a dictionary a row.
        connection.exec_driver_sql(_sqlite_upsert(), rows)
    else:
        # A list a column and one statement, rather than one a row.
        connection.exec_driver_sql(_postgresql_upsert(), tuple(map(list, zip(*rows, strict=True))))


@functools.cache
def _sqlite_upsert() -> str:
    statement = _on_conflict_replace(sqlite.insert(MetricPoint).values({name: bindparam(name) for name in COLUMNS}))
    return str(statement.compile(dialect=sqlite.dialect()))


@functools.cache
def _postgresql_upsert() -> str:
    types = {name: MetricPoint.__table__.c[name].type.compile(postgresql.dialect()) for name in COLUMNS}  # type: ignore[no-untyped-call]
    given = ", ".join(f"%s::{types[name]}[]" for name in COLUMNS)
    replaced = ", ".join(f"{name} = excluded.{name}" for name in COLUMNS[3:])
    return (
        f"INSERT INTO metric_points ({', '.join(COLUMNS)}) SELECT * FROM unnest({given}) "  # noqa: S608 - no input
        f"ON CONFLICT (job_id, key_id, step) DO UPDATE SET {replaced}"
    )


def _on_conflict_replace(statement: Any) -> Any:
    return statement.on_conflict_do_update(
        index_elements=["job_id", "key_id", "step"], set_={name: statement.excluded[name] for name in COLUMNS[3:]}
    )
