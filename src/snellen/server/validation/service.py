"""Validation results: one per (job, epoch), replaced whole; the best epoch follows."""

from __future__ import annotations

import math
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, load_only

from snellen.contract import numbers
from snellen.contract.events import now_ms
from snellen.contract.tasks import COMPUTED_PREFIX, PrimaryMetric, Source, direction_of
from snellen.errors import InvalidInput, ResultNotFound
from snellen.server.artifacts import service as artifacts
from snellen.server.jobs import service as jobs
from snellen.server.jobs import stream, views
from snellen.server.jobs.history import thin_history
from snellen.server.jobs.tables import NO_RANK, Job
from snellen.server.metrics import service as metrics
from snellen.server.schemas import cut_page, encode_numbers
from snellen.server.validation.schemas import ResultIn
from snellen.server.validation.tables import ValidationResult
from snellen.storage import object_keys

#: What says where the data of a result is.
SOURCE_COLUMNS = (
    ValidationResult.epoch,
    ValidationResult.task_type,
    ValidationResult.class_names,
    ValidationResult.predictions_key,
    ValidationResult.matches_key,
    ValidationResult.truth_key,
    ValidationResult.removed_reason,
)


@dataclass(frozen=True, slots=True)
class StoredKeys:
    """Where the files of a result are in the internal store."""

    predictions: str | None = None
    matches: str | None = None
    truth: str | None = None


def upsert(session: Session, *, job: Job, body: ResultIn, keys: StoredKeys) -> ValidationResult:
    """Store a result; an epoch that was there before is replaced whole. Called with the job's row locked.

    Reported values become points of their own keys, computed ones of ``snellen/…``, at step = epoch.
    """
    row = session.get(ValidationResult, (job.id, body.epoch))
    if row is None:
        row = ValidationResult(job_id=job.id, epoch=body.epoch, created_at=now_ms())
        session.add(row)
    if not job.primary_given and job.launcher == jobs.EXTERNAL and not body.evaluation and body.primary_metric_name:
        _take_primary(job, body.primary_metric_name)
    row.task_type = body.task_type
    row.overall_loss = encode_numbers(body.overall_loss)
    row.metrics = encode_numbers(body.metrics)
    row.class_names = class_names(body, job)
    row.visualization_urls = body.visualization_urls or {}
    row.confusion_matrix = encode_numbers(body.confusion_matrix)
    row.evaluation = None if body.evaluation is None else body.evaluation.model_dump(mode="json", by_alias=True)
    row.evaluation_error = body.evaluation_error
    row.evaluated = body.evaluation is not None
    row.predictions_key, row.matches_key, row.truth_key = keys.predictions, keys.matches, keys.truth
    row.removed_at = row.removed_reason = None
    row.attempt = body.attempt or job.attempt
    row.updated_at = now_ms()
    _set_primary(row, views.primary_metric(job), body)
    session.flush()
    _log_points(session, job.id, body)
    _update_best(session, job)
    jobs.begin_external(session, job)
    data = {"epoch": body.epoch, "evaluated": row.evaluated, "best_epoch": job.best_epoch}
    stream.tell(session, job.id, "validation", data)
    stream.tell(session, job.id, "job")
    return row


def keys_of(row: ValidationResult | None) -> set[str]:
    """The objects that a result's row names."""
    if row is None:
        return set()
    truth = object_keys.truth_keys(row.truth_key) if row.truth_key else ()
    return {key for key in (row.predictions_key, row.matches_key, *truth) if key}


def unnamed(session: Session, job_id: int, keys: set[str]) -> list[str]:
    """Those of `keys` that neither a result nor an artifact of the job names any more: they may be deleted."""
    rows = session.scalars(select(ValidationResult).where(ValidationResult.job_id == job_id)) if keys else ()
    left = keys.difference(*(keys_of(row) for row in rows))
    return sorted(key for key in left if not artifacts.is_named(session, key))


def get_result(session: Session, job_id: int, epoch: int) -> ValidationResult:
    """The result; :class:`~snellen.errors.ResultNotFound` when the job has none for this epoch."""
    row = session.get(ValidationResult, (job_id, epoch))
    if row is None:
        raise ResultNotFound(f"job {job_id} has no validation result for epoch {epoch}")
    return row


def list_results(
    session: Session, job_id: int, *, limit: int, after: int | None
) -> tuple[list[ValidationResult], int | None]:
    """Results in order of their epochs, as many as have room in an answer, and the last one if there are more."""
    query = select(ValidationResult).where(ValidationResult.job_id == job_id)
    if after is not None:
        query = query.where(ValidationResult.epoch > after)
    rows = list(session.scalars(query.order_by(ValidationResult.epoch).limit(limit + 1)))
    return cut_page(rows, limit, lambda row: row.epoch, weigh=_bytes)


def _bytes(row: ValidationResult) -> int:
    """About what the row takes in a list."""
    computed = row.evaluation["metrics"] if row.evaluation else {}
    return 600 + len(str(row.metrics)) + len(str(computed)) + len(row.evaluation_error or "")


def with_predictions(session: Session, job_id: int) -> list[ValidationResult]:
    """The results that have a prediction set, in order of their epochs."""
    query = select(ValidationResult).where(
        ValidationResult.job_id == job_id, ValidationResult.predictions_key.is_not(None)
    )
    # What may be large stays where it is.
    return list(
        session.scalars(query.order_by(ValidationResult.epoch).options(load_only(*SOURCE_COLUMNS, raiseload=True)))
    )


def primary_value(row: ValidationResult) -> float | None:
    """The primary metric's value, NaN and infinities included; None where there is none."""
    if row.primary_metric_kind is None:
        return None
    return row.primary_metric_value if row.primary_metric_value is not None else numbers.decode(row.primary_metric_kind)


def class_names(body: ResultIn, job: Job) -> list[str]:
    """Names in order of their ids, whether sent as a list or as ``{"0": name}``; else those of the dataset."""
    names = body.class_names
    if names is None:
        return job.class_names
    if isinstance(names, list):
        return names
    try:
        by_id = {int(k): v for k, v in names.items()}
    except ValueError as error:
        raise InvalidInput(f"class_names: got {list(names)[:5]!r} as ids, expected 0, 1, 2, …") from error
    if sorted(by_id) != list(range(len(by_id))):
        raise InvalidInput(f"class_names: ids are {sorted(by_id)[:10]}, expected 0 to {len(by_id) - 1} without holes")
    return [by_id[i] for i in range(len(by_id))]


def _take_primary(job: Job, name: str) -> None:
    job.primary_name, job.primary_source = name, Source.REPORTED
    job.primary_direction = direction_of(name)
    job.primary_given = True


def _set_primary(row: ValidationResult, primary: PrimaryMetric, body: ResultIn) -> None:
    value: float | None = None
    if primary.source is Source.COMPUTED:
        value = body.evaluation.metrics.get(primary.name) if body.evaluation else None
    elif primary.name in body.metrics:
        value = body.metrics[primary.name]
    elif primary.name == body.primary_metric_name:
        value = body.primary_metric_value
    row.primary_metric_name = primary.name
    row.primary_metric_kind = None if value is None else numbers.kind_of(value)
    row.primary_metric_value = value if row.primary_metric_kind == "finite" else None


def _log_points(session: Session, job_id: int, body: ResultIn) -> None:
    values: dict[str, float] = dict(body.metrics)
    if body.primary_metric_name and body.primary_metric_value is not None:
        values.setdefault(body.primary_metric_name, body.primary_metric_value)
    if body.overall_loss is not None:
        values.setdefault("val/loss", body.overall_loss)
    if body.evaluation is not None:
        # A computed metric that is undefined (no truth of that size, say) is no point, and draws no empty chart.
        computed = body.evaluation.metrics.items()
        values |= {COMPUTED_PREFIX + name: value for name, value in computed if not math.isnan(value)}
    metrics.record_values(session, job_id, values, epoch=body.epoch)


def _update_best(session: Session, job: Job) -> None:
    """The best epoch; among equals the earliest. Epochs whose value isn't a number never win."""
    primary = views.primary_metric(job)
    r = ValidationResult
    rows = session.execute(
        select(r.epoch, r.primary_metric_value, r.primary_metric_kind).where(r.job_id == job.id).order_by(r.epoch)
    ).all()
    best: tuple[int, float] | None = None
    for epoch, value, kind in rows:
        if kind == "finite" and value is not None and primary.better(value, None if best is None else best[1]):
            best = (epoch, value)
    job.best_epoch, job.best_value = best or (None, None)
    job.best_rank = NO_RANK if best is None else primary.rank(best[1])
    known = [(epoch, value) for epoch, value, kind in rows if kind == "finite" and value is not None]
    job.history = thin_history(known)
    job.last_epoch = max(epoch for epoch, _, _ in rows)
    job.waiting_since = now_ms() if job.announced_epoch > job.last_epoch else None
