"""Rows to what is sent: one place for the API and the live stream."""

from __future__ import annotations

from typing import Any

from snellen.contract.spec import DatasetRef, JobSpec, Resources
from snellen.contract.states import ENDED, JobState
from snellen.contract.tasks import Direction, PrimaryMetric, Source, Task
from snellen.server.jobs.schemas import (
    JobDataset,
    JobOut,
    JobParent,
    JobSweep,
    PrimaryMetricOut,
    Progress,
    ResourcesOut,
)
from snellen.server.jobs.tables import Job


def primary_metric(job: Job) -> PrimaryMetric:
    """The metric that decides which epoch of the job is best."""
    return PrimaryMetric(job.primary_name, Direction(job.primary_direction), Source(job.primary_source))


def primary_out(job: Job) -> PrimaryMetricOut:
    """The same, for an answer."""
    metric = primary_metric(job)
    return PrimaryMetricOut(name=metric.name, direction=metric.direction, source=metric.source)


def sweep_out(job: Job) -> JobSweep | None:
    """Whose trial the job is."""
    if job.sweep is None or job.trial is None:
        return None
    return JobSweep(id=job.sweep.id, name=job.sweep.name, trial=job.trial)


def job_fields(job: Job) -> dict[str, Any]:
    """The fields of :class:`~snellen.server.jobs.schemas.JobOut`."""
    waiting = max(0, job.announced_epoch - (job.last_epoch or 0))
    return {
        "id": job.id,
        "project_id": job.project_id,
        "project": job.project.name,
        "client_id": job.client_id,
        "name": job.name,
        "tags": job.tags,
        "state": JobState(job.state),
        "trainer": job.trainer,
        "task": Task(job.task),
        "model": job.model,
        "epochs": job.epochs,
        "params": job.params,
        "resources": ResourcesOut(**job.resources),
        "launcher": job.launcher,
        "waits_for": job.waits_for if job.state == JobState.QUEUED else None,
        "restarts": job.restarts,
        "restarted": job.restarted,
        "runs_code": job.runs_code,
        "dataset": None
        if job.snapshot is None
        else JobDataset(id=job.dataset_id, name=job.dataset_name, snapshot=job.snapshot, class_names=job.class_names),
        "parent": None
        if job.initial is None
        else JobParent(job_id=job.initial["job_id"], checkpoint=job.initial["name"], epoch=job.initial["epoch"]),
        "sweep": sweep_out(job),
        "primary_metric": primary_out(job),
        "attempt": job.attempt,
        "progress": None if job.progress is None else Progress(**job.progress),
        "best_epoch": job.best_epoch,
        "best_value": job.best_value,
        "last_epoch": job.last_epoch,
        "evaluation_lag": 0 if job.state in ENDED else waiting,
        "exit_reason": job.exit_reason,
        "exit_detail": job.exit_detail,
        "stop_requested": job.stop_requested,
        "stop_now": job.stop_now,
        "warnings": job.warnings,
        "mlflow_run_id": job.mlflow_run_id,
        "created_at": job.created_at,
        "started_at": job.started_at,
        "ended_at": job.ended_at,
        "heartbeat_at": job.heartbeat_at,
    }


def job_out(job: Job) -> JobOut:
    """The job as people and programs see it."""
    return JobOut(**job_fields(job))


def job_spec(job: Job, *, resume_from: str | None = None, init_from: str | None = None) -> JobSpec:
    """The job as its trainer reads it; the paths of checkpoints are relative to the job's folder."""
    dataset = None
    if job.snapshot is not None and job.dataset_id is not None:
        dataset = DatasetRef(job.dataset_id, job.dataset_name or "", job.snapshot, tuple(job.class_names))
    return JobSpec(
        job_id=job.id,
        attempt=job.attempt,
        name=job.name,
        trainer=job.trainer,
        task=Task(job.task),
        model=job.model,
        epochs=job.epochs,
        primary_metric=primary_metric(job),
        dataset=dataset,
        params=job.params,
        resources=Resources(**job.resources),
        resume_from=resume_from,
        init_from=init_from,
        began_at=job.started_at,
    )
