"""Two results image by image over HTTP."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from snellen.evaluation.thresholds import DEFAULT_IOU
from snellen.server.auth.access import needs
from snellen.server.auth.api import CurrentPerson
from snellen.server.auth.people import Permission
from snellen.server.jobs.access import check_job, of_job
from snellen.server.schemas import decode_cursor
from snellen.server.state import AppState
from snellen.server.validation import changes as service
from snellen.server.validation.changes_schemas import Change, ChangesOut
from snellen.server.validation.reading import RESULTS, Conf, Epoch, Iou, frames_of, score_of

BaseJob = Annotated[int, Query(ge=1, lt=2**31, description="the job to compare with; may be the same")]


async def reads_base(base_job: BaseJob, person: CurrentPerson, state: AppState) -> None:
    """The other job is asked for like the first."""
    await check_job(base_job, Permission.READ, person, state)


router = APIRouter(
    tags=["validation"], dependencies=[of_job(Permission.READ), needs(reads_base, "read in the other job's project")]
)


@router.get(RESULTS + "/{epoch}/changes")
def changes(
    job_id: int,
    epoch: Epoch,
    base_job: BaseJob,
    base_epoch: Annotated[int, Query(ge=1, lt=2**31)],
    state: AppState,
    kind: Change | None = None,
    conf: Conf = None,
    iou: Iou = DEFAULT_IOU,
    sort: Literal["worse", "better", "name"] = "worse",
    limit: Annotated[int, Query(ge=1, le=500)] = 60,
    cursor: str | None = None,
) -> ChangesOut:
    """What this result broke and fixed, against another on the same snapshot: of another job, or another epoch."""
    before, after = frames_of(state, base_job, base_epoch), frames_of(state, job_id, epoch)
    return service.changes(
        before,
        after,
        kind=kind,
        conf=score_of(after, conf),
        iou=iou,
        sort=sort,
        limit=limit,
        offset=decode_cursor(cursor) or 0,
    )
