"""Validation over HTTP: the callback of trainers, and what people look at."""

from __future__ import annotations

from typing import Annotated, Any, cast

from fastapi import APIRouter, Path, Query, Request, Response

from snellen.contract.events import ArtifactKind
from snellen.contract.tasks import Task
from snellen.errors import InvalidInput, JobMismatch, ResultNotFound
from snellen.evaluation.thresholds import DEFAULT_IOU, DEFAULT_SCORE, default_score
from snellen.server.artifacts import service as artifacts
from snellen.server.auth import service as auth
from snellen.server.auth.access import needs
from snellen.server.auth.api import bearer_token, current_person
from snellen.server.auth.people import Permission
from snellen.server.jobs import service as jobs
from snellen.server.jobs import views
from snellen.server.jobs.access import check_job, job_attempt, of_job
from snellen.server.schemas import decode_cursor, encode_cursor
from snellen.server.state import AppState
from snellen.server.turns import in_turn
from snellen.server.validation import explore, figures, inline, sent_sets, service
from snellen.server.validation.history import ImageHistories
from snellen.server.validation.reading import RESULTS, Conf, Epoch, ErrorIou, Iou, frames_of, score_of, source_of
from snellen.server.validation.schemas import (
    CalibrationOut,
    CurvesOut,
    ErrorTypesOut,
    ImageHistory,
    KeypointsOut,
    MatrixAt,
    OperatingPointsOut,
    OverlapOut,
    PlotOut,
    PredictionsOut,
    ResultDetail,
    ResultIn,
    ResultPage,
    ResultRow,
    ResultStored,
    Thresholds,
)
from snellen.server.validation.service import StoredKeys
from snellen.server.validation.tables import ValidationResult
from snellen.storage import object_keys

#: Of the matrix that comes with a result, the largest cells; the matrix by itself has more.
RESULT_CELLS = 20_000
MOST_REPORTED_CHARACTERS = 50_000

router = APIRouter(tags=["validation"], dependencies=[of_job(Permission.READ)])
callbacks = APIRouter(tags=["callbacks"])


async def sender(job_id: int, request: Request, state: AppState) -> int | None:
    """The attempt of a job token; None for a person's token, who may send for any job that they may change."""
    if not (bearer_token(request) or "").startswith(auth.USER_PREFIX):
        return await job_attempt(job_id, request, state)
    await check_job(job_id, Permission.WRITE, await current_person(request, state), state)
    return None


Sender = Annotated[int | None, needs(sender, "the job's token, or write in its project")]


@callbacks.post(RESULTS)
@in_turn
def post_result(job_id: int, body: ResultIn, attempt: Sender, state: AppState) -> ResultStored:
    """Store one epoch's validation; re-sending an epoch replaces it whole. Takes the job's token, or a person's."""
    if body.job_id != job_id:
        raise JobMismatch(f"job_id: got {body.job_id}, but the path says {job_id}; send the same in both")
    for name, key in (("predictions_key", body.predictions_key), ("matches_key", body.matches_key)):
        if key is not None and not object_keys.check_key(key).startswith(f"job{job_id}/"):
            raise InvalidInput(f"{name}: got {key[:200]!r}; expected a key that an upload of this job answered")
    with state.database.read() as session:
        job = jobs.get_job(session, job_id)
    for number in (attempt, body.attempt):
        if number is not None:
            jobs.check_attempt(job, number)
    keys = StoredKeys(body.predictions_key, body.matches_key)
    if body.image_results is not None:
        # Files first, row second, and no heavy work inside the transaction.
        body, keys = inline.store(state.internal, state.parts["frames"], job=job, body=body)
    elif keys.predictions is not None and body.evaluation is None and body.evaluation_error is None:
        body, keys = sent_sets.evaluate(state.internal, state.parts["frames"], job=job, body=body, keys=keys)
    with state.database.write() as session:
        job = jobs.get_job(session, job_id, lock=True)
        for number in (attempt, body.attempt):
            if number is not None:
                jobs.check_attempt(job, number)
        replaced = service.keys_of(session.get(ValidationResult, (job_id, body.epoch)))
        service.upsert(session, job=job, body=body, keys=keys)
        gone = service.unnamed(session, job_id, replaced)
        answer = ResultStored(job_id=job_id, epoch=body.epoch, best_epoch=job.best_epoch)
    state.measures.results.labels(body.task_type).inc()
    state.internal.delete(*gone)
    return answer


@router.get(RESULTS)
def index(
    job_id: int, state: AppState, limit: Annotated[int, Query(ge=1, le=1000)] = 500, cursor: str | None = None
) -> ResultPage:
    """A row an epoch, in order, and which is best."""
    with state.database.read() as session:
        job = jobs.get_job(session, job_id)
        rows, after = service.list_results(session, job_id, limit=limit, after=decode_cursor(cursor))
        return ResultPage(
            items=[ResultRow(**_row_fields(row)) for row in rows],
            best_epoch=job.best_epoch,
            primary_metric=views.primary_out(job),
            next_cursor=encode_cursor(after),
        )


@router.get(RESULTS + "/{epoch}")
def read(
    job_id: int,
    epoch: Epoch,
    state: AppState,
    reported: Annotated[
        bool, Query(description="the trainer's own matrix too where it is large; a small one is always there")
    ] = False,
) -> ResultDetail:
    """One result, per class, at the default thresholds."""
    with state.database.read() as session:
        job = jobs.get_job(session, job_id)
        row = service.get_result(session, job_id, epoch)
        plots, _ = artifacts.list_artifacts(session, job_id, kind=ArtifactKind.PLOT, epoch=epoch, limit=1000)
        outs = [artifacts.artifact_out(plot) for plot in plots]
    evaluation = row.evaluation or {}
    return ResultDetail(
        **_row_fields(row),
        class_names=row.class_names,
        similarity=evaluation.get("similarity"),
        thresholds=Thresholds(**evaluation.get("thresholds", {"score": DEFAULT_SCORE, "iou": DEFAULT_IOU})),
        per_class=evaluation.get("per_class"),
        confusion_matrix=_largest(evaluation.get("confusion_matrix")),
        reported_confusion_matrix=row.confusion_matrix if reported or _is_small(row.confusion_matrix) else None,
        calibration=evaluation.get("calibration"),
        keypoints=evaluation.get("keypoints"),
        sigmas=evaluation.get("sigmas"),
        pck_fraction=evaluation.get("pck_fraction"),
        kept=evaluation.get("kept"),
        plots=[PlotOut(name=p.name, artifact_id=p.id, url=p.url, content_type=p.content_type) for p in outs],
        visualization_urls=row.visualization_urls,
        is_best=job.best_epoch == epoch,
    )


def _is_small(matrix: object) -> bool:
    """Whether a matrix of any form that a trainer sent has room beside the rest."""
    return len(str(matrix)) <= MOST_REPORTED_CHARACTERS


@router.get(RESULTS + "/{epoch}/confusion-matrix", response_model=MatrixAt)
def confusion_matrix(job_id: int, epoch: Epoch, state: AppState, conf: Conf = None, iou: Iou = DEFAULT_IOU) -> Response:
    """The matrix counted from the matched pairs at these thresholds.

    Its cells are those that aren't zero, the largest 50,000 of them, or as many as 600 KB hold.
    """
    frames = frames_of(state, job_id, epoch)
    found = explore.matrix(frames, conf=score_of(frames, conf), iou=iou)
    # A slider waits for it, and as a model every cell would be checked once more.
    return Response(found.model_dump_json(), media_type="application/json")


@router.get("/validation/jobs/{job_id}/images/{image_id}/history")
def image_history(
    job_id: int,
    image_id: Annotated[int, Path(ge=0)],
    state: AppState,
    conf: Conf = None,
    iou: Iou = DEFAULT_IOU,
    object_id: Annotated[int | None, Query(ge=0, alias="object", description="an object to follow")] = None,
    most: Annotated[int, Query(ge=2, le=1000, description="epochs; of more an even share is looked at")] = 300,
) -> ImageHistory:
    """One image over all epochs that have predictions; the first look reads them, then thresholds cost nothing."""
    with state.database.read() as session:
        job = jobs.get_job(session, job_id)
        sources = [source_of(job, row) for row in service.with_predictions(session, job_id)]
        best = job.best_epoch
    if not sources:
        raise ResultNotFound(f"job {job_id} has no epoch with predictions; an image has no history without them")
    return cast(ImageHistories, state.parts["histories"]).history(
        sources,
        image_id,
        conf=default_score(Task(sources[-1].task_type)) if conf is None else conf,
        iou=iou,
        keep=set() if best is None else {best},
        object_id=object_id,
        most=most,
    )


@router.get(RESULTS + "/{epoch}/curves")
def curves(
    job_id: int,
    epoch: Epoch,
    state: AppState,
    class_id: Annotated[int | None, Query(ge=0, alias="class")] = None,
    iou: Iou = DEFAULT_IOU,
) -> CurvesOut:
    """Precision, recall and F1 at 101 scores, and precision at 101 recalls; of a class or of all together."""
    return figures.curves(frames_of(state, job_id, epoch), class_id=class_id, iou=iou)


@router.get(RESULTS + "/{epoch}/calibration")
def calibration(
    job_id: int,
    epoch: Epoch,
    state: AppState,
    conf: Conf = None,
    iou: Iou = DEFAULT_IOU,
    bins: Annotated[int, Query(ge=1, le=100)] = 10,
) -> CalibrationOut:
    """Whether scores say how often predictions are right, of those that reach the score."""
    frames = frames_of(state, job_id, epoch)
    return figures.calibration(frames, conf=score_of(frames, conf), iou=iou, bins=bins)


@router.get(RESULTS + "/{epoch}/operating-points")
def operating_points(
    job_id: int,
    epoch: Epoch,
    state: AppState,
    iou: Iou = DEFAULT_IOU,
    beta: Annotated[float, Query(gt=0, le=100, description="recall counts so many times as much as precision")] = 1.0,
) -> OperatingPointsOut:
    """The scores at which F1, or F-beta, is highest: of all classes together and of each."""
    return figures.operating_points(frames_of(state, job_id, epoch), iou=iou, beta=beta)


@router.get(RESULTS + "/{epoch}/errors")
def errors(job_id: int, epoch: Epoch, state: AppState, iou: ErrorIou = DEFAULT_IOU) -> ErrorTypesOut:
    """TIDE's kinds of errors, what each costs in AP; computed when first asked for, then kept."""
    return figures.error_types(frames_of(state, job_id, epoch), iou=iou)


@router.get(RESULTS + "/{epoch}/keypoints")
def keypoints(
    job_id: int,
    epoch: Epoch,
    state: AppState,
    conf: Conf = None,
    fraction: Annotated[float, Query(gt=0, le=10, description="of the longer side of the object's box")] = 0.2,
) -> KeypointsOut:
    """PCK of a pose model, by keypoint."""
    frames = frames_of(state, job_id, epoch)
    return figures.keypoints(frames, conf=score_of(frames, conf), fraction=fraction)


@router.get(RESULTS + "/{epoch}/overlap")
def overlap(job_id: int, epoch: Epoch, state: AppState, conf: Conf = None) -> OverlapOut:
    """Semantic IoU and Dice of a segmentation model: the masks of a class united, pixel by pixel."""
    frames = frames_of(state, job_id, epoch)
    return figures.overlap(frames, conf=score_of(frames, conf))


def _largest(matrix: dict[str, Any] | None) -> Any:
    """The matrix with as many cells as one answer has room for beside all else that it holds."""
    if matrix is None or len(matrix["cells"]) <= RESULT_CELLS:
        return matrix
    return {**matrix, "cells": matrix["cells"][:RESULT_CELLS], "truncated": True}


def _predictions_of(row: ValidationResult) -> PredictionsOut:
    if row.predictions_key is not None:
        return PredictionsOut(state="stored")
    if row.removed_at is None:
        return PredictionsOut(state="none")
    return PredictionsOut(state="removed", reason=row.removed_reason, at=row.removed_at)


def _row_fields(row: ValidationResult) -> dict[str, Any]:
    return {
        "epoch": row.epoch,
        "primary_metric_value": service.primary_value(row),
        "metrics": row.metrics,
        "computed": row.evaluation["metrics"] if row.evaluation else None,
        "overall_loss": row.overall_loss,
        "evaluated": row.evaluated,
        "evaluation_error": row.evaluation_error,
        "has_predictions": row.predictions_key is not None,
        "predictions": _predictions_of(row),
        "task_type": row.task_type,
        "created_at": row.created_at,
    }
