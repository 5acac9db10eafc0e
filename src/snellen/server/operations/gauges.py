"""What Prometheus reads of the database: asked when it reads, at most every few seconds, in a few small queries."""

from __future__ import annotations

import logging
import math
import shutil
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import Select, and_, case, func, or_, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

from snellen.contract.events import now_ms
from snellen.contract.states import ACTIVE, JobState
from snellen.errors import SnellenError
from snellen.server.artifacts.tables import Upload
from snellen.server.datasets.tables import Import
from snellen.server.jobs.service import EXTERNAL
from snellen.server.jobs.tables import Attempt, Job, StreamEvent
from snellen.server.state import State

CACHE_SECONDS = 5.0
QUANTILES = (0.5, 0.9, 1.0)
log = logging.getLogger("snellen.measures")


class Gauges(Collector):
    """Registered with the application's :class:`~snellen.server.measures.Measures`."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._lock = threading.Lock()
        self._until = 0.0
        self._kept: list[GaugeMetricFamily] = []

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The figures; of two who ask at once one waits for the other's answer."""
        with self._lock:
            if time.monotonic() >= self._until:
                self._kept = self._ask()
                self._until = time.monotonic() + CACHE_SECONDS
            found = self._kept
        yield from found
        yield from self._pool()
        free = shutil.disk_usage(self._state.settings.data_dir).free
        yield _gauge("snellen_data_dir_free_bytes", "Free on the disk of the data directory.", free)

    def _ask(self) -> list[GaugeMetricFamily]:
        what = "Whether the database answered."
        try:
            with self._state.database.read() as session:
                figures = [*_queue(session), *_ingest(session), *_evaluation(session)]
                if "mirror" in self._state.parts:
                    figures += _mirror(session)
        except (SQLAlchemyError, SnellenError) as error:
            log.warning("figures of the database are missing: %s", error)
            return [_gauge("snellen_database_up", what, 0)]
        return [_gauge("snellen_database_up", what, 1), *figures]

    def _pool(self) -> Iterator[GaugeMetricFamily]:
        pool = self._state.database.engine.pool
        if isinstance(pool, QueuePool):
            family = GaugeMetricFamily("snellen_database_connections", "Connections to the database.", labels=["state"])
            family.add_metric(["in_use"], pool.checkedout())
            family.add_metric(["idle"], pool.checkedin())
            yield family


def _queue(session: Session) -> Iterator[GaugeMetricFamily]:
    family = GaugeMetricFamily("snellen_jobs", "Jobs, by state; `queued` is the queue.", labels=["state"])
    counts: dict[str, int] = dict(session.execute(select(Job.state, func.count()).group_by(Job.state)).tuples().all())
    for state in JobState:
        family.add_metric([state], counts.get(state, 0))
    yield family
    oldest = session.scalar(select(func.min(Job.created_at)).where(Job.state == JobState.QUEUED))
    yield _gauge("snellen_queue_wait_seconds", "How long the oldest waiting job has waited.", _ago(oldest))
    open_uploads = session.scalar(select(func.count()).select_from(Upload))
    yield _gauge("snellen_uploads_open", "Files of jobs on their way in.", open_uploads or 0)
    imports = session.scalar(select(func.count()).select_from(Import).where(Import.state == "running"))
    yield _gauge("snellen_imports_running", "Imports of datasets that run or wait.", imports or 0)


def _ingest(session: Session) -> Iterator[GaugeMetricFamily]:
    """Of jobs with a supervisor, which is never silent for long; a script with plain requests may be."""
    query = (
        select(Job.newest_event_at)
        .join(Attempt, and_(Attempt.job_id == Job.id, Attempt.number == Job.attempt))
        .where(Job.state == JobState.RUNNING, Job.newest_event_at.is_not(None))
        .where(or_(Job.launcher != EXTERNAL, Attempt.handle.is_not(None)))
    )
    lags = sorted(_ago(at) for at in session.scalars(query))
    family = GaugeMetricFamily(
        "snellen_ingest_lag_seconds",
        "Now minus the time of the newest event accepted, of running jobs; quantile 1 is the worst.",
        labels=["quantile"],
    )
    for quantile in QUANTILES:
        family.add_metric([f"{quantile:g}"], _quantile(lags, quantile))
    yield family


def _evaluation(session: Session) -> Iterator[GaugeMetricFamily]:
    behind = Job.announced_epoch - func.coalesce(Job.last_epoch, 0)
    query: Select[Any] = select(
        func.coalesce(func.sum(case((behind > 0, behind), else_=0)), 0), func.min(Job.waiting_since)
    ).where(Job.state.in_(ACTIVE), behind > 0)
    epochs, since = session.execute(query).one()
    yield _gauge(
        "snellen_evaluation_lag_epochs", "Epochs whose predictions trainers announced and no result has.", epochs
    )
    yield _gauge(
        "snellen_evaluation_lag_seconds",
        "How long the job that waits longest for a result has waited since its last one.",
        _ago(since),
    )


def _mirror(session: Session) -> Iterator[GaugeMetricFamily]:
    first = (
        select(StreamEvent.created_at)
        .where(StreamEvent.job_id == Job.id, StreamEvent.id > Job.mirrored_through)
        .order_by(StreamEvent.id)
        .limit(1)
        .scalar_subquery()
    )
    since = [at for at in session.scalars(select(first).select_from(Job)) if at is not None]
    yield _gauge("snellen_mirror_lag_jobs", "Jobs with news that MLflow has not got.", len(since))
    yield _gauge("snellen_mirror_lag_seconds", "The age of the oldest of them.", _ago(min(since, default=None)))


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, value=value)


def _ago(at: int | None) -> float:
    return 0.0 if at is None else max(0.0, (now_ms() - at) / 1000)


def _quantile(ordered: Sequence[float], quantile: float) -> float:
    return ordered[math.ceil(quantile * len(ordered)) - 1] if ordered else 0.0
