"""What every question about one result begins with: its parameters, and its frames."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import Depends, Path, Query

from snellen.evaluation.thresholds import default_score
from snellen.server.jobs import service as jobs
from snellen.server.jobs.tables import Job
from snellen.server.schemas import decode_cursor
from snellen.server.state import State
from snellen.server.validation import service
from snellen.server.validation.frames import Frames, ResultFrames, ResultSource
from snellen.server.validation.tables import ValidationResult

RESULTS = "/validation/jobs/{job_id}/results"

Conf = Annotated[
    float | None, Query(ge=0, le=1, description="predictions at or above this score; 0.25, for classification 0")
]
Iou = Annotated[float, Query(ge=0.1, le=0.95, description="snaps to steps of 0.05")]
#: Up to 0.10 an overlap is background.
ErrorIou = Annotated[float, Query(ge=0.15, le=0.95, description="snaps to steps of 0.05")]
Epoch = Annotated[int, Path(ge=1)]


def begin_of(
    offset: Annotated[int, Query(ge=0, le=2**53, description="how many to leave out; a `cursor` says the same")] = 0,
    cursor: str | None = None,
) -> int:
    """How many rows of a list come before the page that is asked for."""
    begin = decode_cursor(cursor)
    return offset if begin is None else begin


Begin = Annotated[int, Depends(begin_of)]


def frames_of(state: State, job_id: int, epoch: int) -> Frames:
    """The tables of a result, read once and kept."""
    with state.database.read() as session:
        job = jobs.get_job(session, job_id)
        row = service.get_result(session, job_id, epoch)
        source = source_of(job, row)
    return cast_frames(state).get(source)


def cast_frames(state: State) -> ResultFrames:
    """The application's cache of frames."""
    return cast(ResultFrames, state.parts["results"])


def score_of(frames: Frames, conf: float | None) -> float:
    """The score from which predictions count, where nobody chose one that of the task."""
    return default_score(frames.task) if conf is None else conf


def source_of(job: Job, row: ValidationResult) -> ResultSource:
    """Where the data of a result is."""
    return ResultSource(
        job_id=job.id,
        epoch=row.epoch,
        task_type=row.task_type,
        class_names=tuple(row.class_names),
        dataset_id=job.dataset_id,
        snapshot=job.snapshot,
        predictions_key=row.predictions_key,
        matches_key=row.matches_key,
        truth_key=row.truth_key,
        removed=row.removed_reason,
    )
