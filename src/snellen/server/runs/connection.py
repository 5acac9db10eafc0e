"""The connected MLflow: which it is, whether it can be read, and what was read of it lately."""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Callable
from typing import Literal
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from snellen.errors import TrackerOff, TrackerUnavailable
from snellen.server.kept import Kept
from snellen.server.recent import Recent
from snellen.server.runs.tracker import Experiment, History, Run, Tracker
from snellen.server.settings import Settings

#: Why MLflow can't be read: switched off; embedded, but not installed; kept in a way that isn't read here.
Standing = Literal["connected", "off", "missing", "unsupported"]
HISTORIES, HISTORY_BYTES = 500, 64 * 1024**2
RUN_SECONDS, EXPERIMENT_SECONDS = 5.0, 60.0


class Connection:
    """Opens the tracker when it is first asked for; histories stay in memory while somebody looks at them."""

    def __init__(self, settings: Settings) -> None:
        self._uri = settings.mlflow
        self.embedded = settings.mlflow_uri is None
        self.standing: Standing = _standing(self._uri, embedded=self.embedded)
        self._tracker: Tracker | None = None
        self._lock = threading.Lock()
        self._histories: Kept[tuple[object, ...], History] = Kept(
            HISTORIES, weigh=lambda history: history.bytes, most_weight=HISTORY_BYTES
        )
        self._runs: Recent[Run] = Recent(RUN_SECONDS)
        self._experiments: Recent[Experiment] = Recent(EXPERIMENT_SECONDS)

    @property
    def connected(self) -> bool:
        """Whether there is an MLflow to read, whatever it answers."""
        return self.standing == "connected"

    @property
    def address(self) -> str | None:
        """Where it is, without what could be a secret."""
        if self._uri is None:
            return None
        parts = urlsplit(self._uri)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
        return f"{parts.scheme}://{host}{port}{parts.path}"

    @property
    def tracker(self) -> Tracker:
        """What reads it; :class:`~snellen.errors.TrackerOff` says why there is none."""
        if self.standing == "off":
            raise TrackerOff("MLflow is switched off here (SNELLEN_MLFLOW_URI=off); name a tracking server to see runs")
        if self.standing == "missing":
            raise TrackerOff("MLflow is not installed here: pip install 'snellen[mlflow]', or set SNELLEN_MLFLOW_URI")
        if self.standing == "unsupported":
            raise TrackerOff(
                f"runs can't be read from {self.address!r}; expected an MLflow server (http://… or https://…), or its "
                "database (sqlite:///… or postgresql://…) as SNELLEN_MLFLOW_URI"
            )
        with self._lock:
            if self._tracker is None:
                assert self._uri is not None  # noqa: S101 - for mypy; it is connected
                self._tracker = _open(self._uri)
            return self._tracker

    def run(self, run_id: str) -> Run:
        """One run, a few seconds old at most."""
        return self._runs.get(run_id) or self._runs.put(run_id, self.tracker.run(run_id))

    def experiment_name(self, experiment_id: str) -> str:
        """What an experiment is called."""
        found = self._experiments.get(experiment_id)
        return (found or self._experiments.put(experiment_id, self.tracker.experiment(experiment_id))).name

    def history(self, run: Run, key: str) -> tuple[History, bool]:
        """The points of a key, and whether they were read just now; of a run that goes on they are read again."""
        read: list[bool] = []

        def make() -> History:
            read.append(True)
            return self.tracker.history(run.id, key)

        return self._histories.get((run.id, key, *_version(run, key)), make), bool(read)

    def close(self) -> None:
        """Give up connections."""
        with self._lock:
            if self._tracker is not None:
                self._tracker.close()


def _version(run: Run, key: str) -> tuple[object, ...]:
    """Another one when the run may have got points."""
    return run.status, run.ended_at, run.metrics.get(key), run.read_at if run.ended_at is None else None


def _standing(uri: str | None, *, embedded: bool) -> Standing:
    if uri is None:
        return "off"
    if embedded and importlib.util.find_spec("mlflow") is None:
        return "missing"
    return "unsupported" if _opener(uri) is None else "connected"


def _open(uri: str) -> Tracker:
    opener = _opener(uri)
    assert opener is not None  # noqa: S101 - for mypy; it is connected
    try:
        return opener()
    except (ModuleNotFoundError, OSError, ValueError) as error:
        raise TrackerUnavailable(f"MLflow can't be opened ({type(error).__name__}: {error})") from error


def _opener(uri: str) -> Callable[[], Tracker] | None:
    scheme = urlsplit(uri).scheme
    if scheme in {"http", "https"}:
        from snellen.server.runs.rest import RestTracker

        return lambda: RestTracker(uri)
    from snellen.server.runs.database import DatabaseTracker

    try:
        place = make_url(uri)
        if place.drivername in {"postgres", "postgresql", "postgresql+psycopg2"}:
            place = place.set(drivername="postgresql+psycopg")
        known = place.get_backend_name() in {"sqlite", "postgresql"} and place.get_dialect() is not None
    except (ArgumentError, NoSuchModuleError, ValueError):
        return None
    return (lambda: DatabaseTracker(place)) if known else None
