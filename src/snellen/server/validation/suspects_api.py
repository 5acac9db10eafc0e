"""Labels that are likely wrong, over HTTP: by pages, and all as CSV."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from snellen.evaluation.thresholds import DEFAULT_IOU
from snellen.server.answers import file_answer
from snellen.server.auth.people import Permission
from snellen.server.jobs.access import of_job
from snellen.server.state import AppState
from snellen.server.validation import suspects
from snellen.server.validation.image_schemas import LabelErrorsOut, SuspectKind
from snellen.server.validation.reading import RESULTS, Begin, Epoch, ErrorIou, frames_of

router = APIRouter(tags=["validation"], dependencies=[of_job(Permission.READ)])

Kind = Annotated[
    SuspectKind | None, Query(description="another class, no label, a label of nothing, a label at the wrong place")
]
GivenClass = Annotated[int | None, Query(ge=0, alias="class", description="given or suggested")]


@router.get(RESULTS + "/{epoch}/label-errors")
def label_errors(
    job_id: int,
    epoch: Epoch,
    state: AppState,
    begin: Begin,
    kind: Kind = None,
    class_id: GivenClass = None,
    iou: ErrorIou = DEFAULT_IOU,
    limit: Annotated[int, Query(ge=1, le=500)] = 60,
) -> LabelErrorsOut:
    """Labels that are likely wrong, the most suspect first: the model is sure of something else, where it is usually
    right. Over all scores; looked for when first asked for, then kept."""
    frames = frames_of(state, job_id, epoch)
    return suspects.page(frames, kind=kind, class_id=class_id, iou=iou, limit=limit, offset=begin)


@router.get(
    RESULTS + "/{epoch}/label-errors/export", response_class=Response, responses=file_answer("text/csv; charset=utf-8")
)
def export_label_errors(
    job_id: int,
    epoch: Epoch,
    state: AppState,
    kind: Kind = None,
    class_id: GivenClass = None,
    iou: ErrorIou = DEFAULT_IOU,
    limit: Annotated[int, Query(ge=1, le=5000)] = 5000,
) -> Response:
    """The same as CSV, for whoever goes through them with another tool: the ``limit`` most suspect."""
    frames = frames_of(state, job_id, epoch)
    text = suspects.as_csv(frames, kind=kind, class_id=class_id, iou=iou, limit=limit)
    name = f"label-errors-job{job_id}-epoch{epoch}.csv"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(text.encode(), media_type="text/csv; charset=utf-8", headers=headers)
