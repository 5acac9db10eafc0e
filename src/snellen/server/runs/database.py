"""An MLflow that keeps its runs in a database, the embedded one too: its tables are read, never written.

MLflow's own store takes seconds to import and makes an object of every point. The six tables have had these columns
since its version 2; they are looked at before anything else, and a test reads what MLflow itself has written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Select, and_, column, create_engine, func, inspect, or_, select, table
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from snellen.errors import ExperimentNotFound, InvalidInput, RunNotFound, TrackerUnavailable
from snellen.server.runs.tracker import Experiment, History, Run, finite_or_not
from snellen.server.schemas import decode_place, encode_place

#: Up to so many points a key's history is read whole; of a longer one so many are taken, evenly spaced.
WHOLE_POINTS, SAMPLED_POINTS = 250_000, 20_000
WAIT_SECONDS = 5

EXPERIMENTS = table("experiments", *map(column, ("experiment_id", "name", "lifecycle_stage", "last_update_time")))
RUNS = table(
    "runs",
    *map(column, ("run_uuid", "name", "experiment_id", "status", "start_time", "end_time", "user_id")),
    column("lifecycle_stage"),
)
METRICS = table("metrics", *map(column, ("run_uuid", "key", "step", "timestamp", "value", "is_nan")))
LATEST = table("latest_metrics", *map(column, ("run_uuid", "key", "value", "is_nan")))
PARAMS = table("params", *map(column, ("run_uuid", "key", "value")))
TAGS = table("tags", *map(column, ("run_uuid", "key", "value")))
TABLES = (EXPERIMENTS, RUNS, METRICS, LATEST, PARAMS, TAGS)
NAME_TAG = "mlflow.runName"


class DatabaseTracker:
    """Reads MLflow's tables, on SQLite through a connection that can't write."""

    def __init__(self, place: URL) -> None:
        self._file = Path(place.database) if place.get_backend_name() == "sqlite" and place.database else None
        self._engine = _open(place)
        self._looked_at = False

    def experiments(self, *, search: str | None, limit: int) -> list[Experiment]:
        e = EXPERIMENTS.c
        query = select(e.experiment_id, e.name).where(e.lifecycle_stage == "active")
        if search:
            query = query.where(e.name.icontains(search, autoescape=True))
        query = query.order_by(e.last_update_time.desc().nulls_last(), e.experiment_id.desc()).limit(limit)
        with self._read() as connection:
            return [] if connection is None else [Experiment(str(i), name) for i, name in connection.execute(query)]

    def experiment(self, experiment_id: str) -> Experiment:
        e = EXPERIMENTS.c
        with self._read() as connection:
            found = None
            if connection is not None and experiment_id.isascii() and experiment_id.isdigit():
                number = int(experiment_id)
                query = select(e.name).where(e.experiment_id == number)
                found = connection.scalar(query) if number < 2**31 else None
        if found is None:
            raise ExperimentNotFound(f"MLflow has no experiment {experiment_id!r}")
        return Experiment(experiment_id, found)

    def runs(
        self, *, experiment_id: str | None, search: str | None, limit: int, cursor: str | None
    ) -> tuple[list[Run], str | None]:
        r, e = RUNS.c, EXPERIMENTS.c
        query = _rows().join(EXPERIMENTS, e.experiment_id == r.experiment_id)
        query = query.where(r.lifecycle_stage == "active", e.lifecycle_stage == "active")
        if experiment_id is not None:
            query = query.where(r.experiment_id == int(self.experiment(experiment_id).id))
        if search:
            query = query.where(r.name.icontains(search, autoescape=True))
        started = func.coalesce(r.start_time, 0)
        if cursor is not None:
            before, last = _position(cursor)
            query = query.where(or_(started < before, and_(started == before, r.run_uuid < last)))
        query = query.order_by(started.desc(), r.run_uuid.desc()).limit(limit + 1)
        with self._read() as connection:
            rows = [] if connection is None else list(connection.execute(query))
            runs = [] if connection is None else self._with(connection, rows[:limit], (TAGS,))
        more = len(rows) > limit
        return runs, encode_place([runs[-1].started_at or 0, runs[-1].id]) if more else None

    def runs_of(self, experiment: str, ids: list[str]) -> list[Run]:
        with self._read() as connection:
            if connection is None or not ids:
                return []
            query = _rows().join(EXPERIMENTS, EXPERIMENTS.c.experiment_id == RUNS.c.experiment_id)
            query = query.where(EXPERIMENTS.c.name == experiment, RUNS.c.run_uuid.in_(ids))
            rows = list(connection.execute(query))
            return self._with(connection, rows, (TAGS,))

    def run(self, run_id: str) -> Run:
        with self._read() as connection:
            rows = [] if connection is None else list(connection.execute(_rows().where(RUNS.c.run_uuid == run_id)))
            if connection is None or not rows:
                raise RunNotFound(f"there is no MLflow run {run_id!r}")
            return self._with(connection, rows, (TAGS, PARAMS, LATEST))[0]

    def history(self, run_id: str, key: str) -> History:
        m = METRICS.c
        of_key = and_(m.run_uuid == run_id, m.key == key)
        columns = (m.step, m.timestamp, m.value, m.is_nan)
        query = select(*columns).where(of_key).order_by(m.step, m.timestamp)
        with self._read() as connection:
            if connection is None:
                return History.of(())
            rows = connection.execute(query.limit(WHOLE_POINTS + 1)).fetchall()
            if len(rows) <= WHOLE_POINTS:
                return History.of(map(_point, rows))
            count = connection.scalar(select(func.count()).select_from(METRICS).where(of_key)) or 0
            number = (func.row_number().over(order_by=(m.step, m.timestamp)) - 1).label("n")
            numbered = select(*columns, number).where(of_key).subquery()
            every = -(-count // SAMPLED_POINTS)
            wanted = or_(numbered.c.n % every == 0, numbered.c.n == count - 1)
            chosen = select(*list(numbered.c)[:4]).where(wanted)
            return History.of(map(_point, connection.execute(chosen)), sampled=True)

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def _read(self) -> Iterator[Connection | None]:
        """A connection; None where the embedded database isn't there yet, since no job was mirrored."""
        if self._file is not None and not self._file.exists():
            yield None
            return
        try:
            with self._engine.connect() as connection:
                if not self._looked_at:
                    _look(connection)
                    self._looked_at = True
                yield connection
        except SQLAlchemyError as error:
            raise TrackerUnavailable(
                f"MLflow's database can't be read ({type(error).__name__}); see that it is there and that "
                "SNELLEN_MLFLOW_URI names it"
            ) from error

    def _with(self, connection: Connection, rows: list[Any], parts: Iterable[Any]) -> list[Run]:
        """Runs of rows, with their tags, parameters and last values as far as asked for."""
        ids = [row.run_uuid for row in rows]
        found: dict[Any, dict[str, dict[str, Any]]] = {}
        for part in parts:
            of_runs = found.setdefault(part, {})
            for row in connection.execute(select(part).where(part.c.run_uuid.in_(ids)).order_by(part.c.key)):
                value = _number(row) if part is LATEST else row.value
                of_runs.setdefault(row.run_uuid, {})[row.key] = value

        def of(part: Any, run_id: str) -> dict[str, Any]:
            return found.get(part, {}).get(run_id, {})

        return [
            Run(
                id=row.run_uuid,
                name=row.name or of(TAGS, row.run_uuid).get(NAME_TAG) or "",
                experiment_id=str(row.experiment_id),
                status=row.status or "",
                started_at=row.start_time,
                ended_at=row.end_time,
                user=row.user_id or None,
                params=of(PARAMS, row.run_uuid),
                tags=of(TAGS, row.run_uuid),
                metrics=of(LATEST, row.run_uuid),
            )
            for row in rows
        ]


def _open(place: URL) -> Engine:
    if place.get_backend_name() == "sqlite":
        if place.database is None:
            return create_engine(place)
        path = Path(place.database).absolute()
        url = URL.create("sqlite", database=f"{path.as_uri()}", query={"mode": "ro", "uri": "true"})
        return create_engine(url, connect_args={"timeout": WAIT_SECONDS, "check_same_thread": False})
    engine = create_engine(
        place, pool_size=4, max_overflow=0, pool_timeout=WAIT_SECONDS, connect_args={"connect_timeout": WAIT_SECONDS}
    )
    return engine.execution_options(postgresql_readonly=True)


def _look(connection: Connection) -> None:
    """:class:`~snellen.errors.TrackerUnavailable` for a database that has not what is read here."""
    inspector = inspect(connection)
    there = set(inspector.get_table_names())
    for each in TABLES:
        known = {one["name"] for one in inspector.get_columns(each.name)} if each.name in there else set()
        missing = sorted(set(each.c.keys()) - known)
        if missing:
            raise TrackerUnavailable(
                f"MLflow's database has no {each.name}.{missing[0]}: it is being set up, of a version that isn't known "
                "here, or no database of MLflow's; try again in a moment, or name an MLflow server "
                "(SNELLEN_MLFLOW_URI=http://…)"
            )


def _rows() -> Select[Any]:
    r = RUNS.c
    return select(r.run_uuid, r.name, r.experiment_id, r.status, r.start_time, r.end_time, r.user_id).select_from(RUNS)


def _point(row: Any) -> tuple[int, int, float]:
    step, time, value, is_nan = row
    return step, time, float("nan") if is_nan else finite_or_not(value)


def _number(row: Any) -> float:
    return float("nan") if row.is_nan else finite_or_not(row.value)


def _position(cursor: str) -> tuple[int, str]:
    try:
        started_at, run_id = decode_place(cursor)
        if not isinstance(started_at, int) or not isinstance(run_id, str) or abs(started_at) >= 2**62:
            raise ValueError
    except (ValueError, TypeError) as error:
        raise InvalidInput(f"cursor: got {cursor[:100]!r}; send a `next_cursor` of an earlier answer") from error
    return started_at, run_id
