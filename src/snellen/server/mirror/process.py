"""``python -m snellen.server.mirror.process``: copies news of jobs to MLflow, ends when there is none for a while.

A job is a run: hyperparameters, metrics, tags, links to artifacts. Settings come as one JSON line on standard
input; when that pipe closes, the server is gone and so is this process.
"""

from __future__ import annotations

import json
import logging
import os
import posixpath
import sys
import threading
import time
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from snellen import logs
from snellen.contract import numbers
from snellen.contract.states import ENDED, JobState
from snellen.server.artifacts.tables import Artifact
from snellen.server.cluster.leases import Held, Leases
from snellen.server.db import Database
from snellen.server.jobs.tables import Job, StreamEvent
from snellen.server.metrics.tables import MetricKey, MetricPoint
from snellen.server.runs.tracker import MIRRORED

IDLE_SECONDS = 60.0
PAUSE_SECONDS = 1.0
#: What MLflow takes in one call.
METRICS_A_CALL, PARAMS_A_CALL, PARAM_LENGTH, KEY_LENGTH = 1000, 100, 500, 250
STATUS = {
    JobState.COMPLETED: "FINISHED",
    JobState.STOPPED: "KILLED",
    JobState.FAILED: "FAILED",
    JobState.LOST: "FAILED",
}
log = logging.getLogger("snellen.mirror")


class Mirror:
    """Copies what is new of each job."""

    def __init__(self, database: Database, client: Any, server_url: str, lease: Held | None = None) -> None:
        self._database = database
        self._lease = lease
        self._client = client
        self._server_url = server_url

    def copy_news(self) -> int:
        """Bring every job up to date; returns how many had news. Raises whatever MLflow raises."""
        newest = func.max(StreamEvent.id)
        with self._database.read() as session:
            stale = session.execute(
                select(Job.id, newest)
                .join(StreamEvent, StreamEvent.job_id == Job.id)
                .group_by(Job.id, Job.mirrored_through)
                .having(newest > Job.mirrored_through)
            ).all()
        from mlflow.exceptions import MlflowException

        for job_id, through in stale:
            try:
                self._copy(job_id, through)
            except MlflowException as error:
                if error.error_code != "INVALID_PARAMETER_VALUE":
                    raise
                # What MLflow refuses it will refuse again: told, and in no other job's way.
                log.warning("job %s: MLflow refuses a part of it: %s", job_id, error)
                self._mark(job_id, through)
        return len(stale)

    def _copy(self, job_id: int, through: int) -> None:
        with self._database.read() as session:
            job = session.get_one(Job, job_id)
            points = _new_points(session, job, through)
            files = session.execute(
                select(Artifact.id, Artifact.kind, Artifact.name, Artifact.epoch).where(Artifact.job_id == job_id)
            ).all()
        run_id = job.mlflow_run_id or self._start_run(job)
        self._log(run_id, points)
        tags = {f"snellen.artifact.{_tag(kind, name, epoch)}": self._link(i) for i, kind, name, epoch in files}
        self._tag(run_id, {"snellen.state": job.state, "snellen.best_epoch": str(job.best_epoch or ""), **tags})
        if job.state in ENDED or job.state == JobState.LOST:
            self._client.set_terminated(run_id, STATUS[JobState(job.state)], job.ended_at)
        elif job.attempt > 1:
            self._client.update_run(run_id, "RUNNING")
        self._mark(job_id, through)

    def _mark(self, job_id: int, through: int) -> None:
        with self._database.write() as session:
            self._check(session)
            session.execute(update(Job).where(Job.id == job_id).values(mirrored_through=through))

    def _check(self, session: Session) -> None:
        """Another server may mirror by now."""
        if self._lease is not None:
            Leases(self._database, self._lease.holder).check(session, self._lease)

    def _start_run(self, job: Job) -> str:
        experiment = self._client.get_experiment_by_name(MIRRORED)
        experiment_id = experiment.experiment_id if experiment else self._client.create_experiment(MIRRORED)
        run_id = self._find_run(experiment_id, job) or self._create_run(experiment_id, job)
        with self._database.write() as session:
            self._check(session)
            session.execute(update(Job).where(Job.id == job.id).values(mlflow_run_id=run_id))
        return run_id

    def _find_run(self, experiment_id: str, job: Job) -> str | None:
        """A run made just before an earlier mirror died: the client id tells it apart."""
        found = self._client.search_runs(
            [experiment_id], f"tags.`snellen.client_id` = '{job.client_id}'", max_results=1
        )
        return str(found[0].info.run_id) if found else None

    def _create_run(self, experiment_id: str, job: Job) -> str:
        tags = {
            "snellen.job_id": str(job.id),
            "snellen.client_id": job.client_id,
            "snellen.url": f"{self._server_url}/jobs/{job.id}",
            "snellen.task": job.task,
            "snellen.snapshot": job.snapshot or "",
        }
        run = self._client.create_run(experiment_id, start_time=job.created_at, tags=tags, run_name=job.name)
        run_id = str(run.info.run_id)
        params = {"trainer": job.trainer, "model": job.model, "epochs": job.epochs, "dataset": job.dataset_name or ""}
        self._log_params(run_id, {**params, **job.params})
        return run_id

    def _log_params(self, run_id: str, params: dict[str, Any]) -> None:
        from mlflow.entities import Param

        named = {_key(k): str(v)[:PARAM_LENGTH] for k, v in params.items()}
        entities = [Param(k, v) for k, v in named.items()]
        for start in range(0, len(entities), PARAMS_A_CALL):
            self._client.log_batch(run_id, params=entities[start : start + PARAMS_A_CALL])

    def _log(self, run_id: str, points: list[tuple[str, int, int, float]]) -> None:
        from mlflow.entities import Metric

        for start in range(0, len(points), METRICS_A_CALL):
            batch = [Metric(_key(k), v, t, s) for k, s, t, v in points[start : start + METRICS_A_CALL]]
            self._client.log_batch(run_id, metrics=batch)

    def _tag(self, run_id: str, tags: dict[str, str]) -> None:
        from mlflow.entities import RunTag

        entities = [RunTag(k, v) for k, v in tags.items()]
        for start in range(0, len(entities), PARAMS_A_CALL):
            self._client.log_batch(run_id, tags=entities[start : start + PARAMS_A_CALL])

    def _link(self, artifact_id: int) -> str:
        return f"{self._server_url}/api/v1/artifacts/{artifact_id}/download"


def _new_points(session: Session, job: Job, through: int) -> list[tuple[str, int, int, float]]:
    p, k = MetricPoint, MetricKey
    query = (
        select(k.key, p.step, p.time, p.value, p.kind)
        .join(k, k.id == p.key_id)
        .where(p.job_id == job.id, p.revision > job.mirrored_through, p.revision <= through)
        .order_by(p.revision)
    )
    return [
        (row.key, row.step, row.time, numbers.decode(row.kind) if row.value is None else row.value)
        for row in session.execute(query)
    ]


def _key(text: str) -> str:
    """MLflow takes letters, digits and ``_-.: /`` in a key; brackets go, as in Ultralytics' own MLflow callback."""
    kept = "".join(c if c.isalnum() or c in "_-. /:" else "_" for c in text if c not in "()[]")
    # It refuses a path that isn't in its shortest form, too.
    return (posixpath.normpath(kept).lstrip("/.") or "_")[:KEY_LENGTH]


def _tag(kind: str, name: str, epoch: int | None) -> str:
    text = _key(f"{kind}.{name}" + (f".epoch-{epoch}" if epoch and kind != "checkpoint" else ""))
    return text[: KEY_LENGTH - len("snellen.artifact.")]


def main() -> int:
    """Run until idle; the exit status is 1 when MLflow could not be reached."""
    config = json.loads(sys.stdin.readline())
    logs.set_up(format=config.get("log_format", "text"))
    threading.Thread(target=_end_with_server, daemon=True).start()
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
    os.nice(10)
    try:
        from mlflow import MlflowClient

        client = MlflowClient(tracking_uri=config["mlflow"])
        mirror = Mirror(Database(config["database"], connections=2), client, config["url"], Held(**config["lease"]))
        idle_since = time.monotonic()
        while time.monotonic() - idle_since < IDLE_SECONDS:
            if mirror.copy_news():
                idle_since = time.monotonic()
            time.sleep(PAUSE_SECONDS)
    except Exception:
        log.exception("mirroring stops for now; nothing is lost, it goes on from where it was")
        return 1
    return 0


def _end_with_server() -> None:
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    raise SystemExit(main())
