"""A lost job's token anew: for whoever has its folder and sends what is left there (``snellen sync``)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select

from snellen.contract.states import JobState
from snellen.errors import AttemptSuperseded, Conflict
from snellen.server.auth import audit
from snellen.server.auth.api import CurrentPerson
from snellen.server.auth.people import Permission
from snellen.server.jobs import service
from snellen.server.jobs.access import of_job
from snellen.server.jobs.tables import Attempt
from snellen.server.state import AppState

router = APIRouter(tags=["jobs"])


class TokenRenewal(BaseModel):
    """The attempt whose folder somebody has."""

    model_config = ConfigDict(extra="forbid")

    attempt: Annotated[int, Field(ge=1)]


class RenewedToken(BaseModel):
    """The token, only this once; the one before opens nothing any more."""

    job_token: str


@router.post("/training/jobs/{job_id}/token", dependencies=[of_job(Permission.WRITE)])
def renew(job_id: int, body: TokenRenewal, person: CurrentPerson, state: AppState) -> RenewedToken:
    """A new token of a lost job's attempt. It can store weights, and loading those runs code: that is asked for too."""
    with state.database.write() as session:
        job = service.get_job(session, job_id, lock=True)
        person.check(Permission.RUN_CODE, job.project_id, f"job {job_id}: its token stores weights")
        if job.attempt != body.attempt:
            raise AttemptSuperseded(
                f"job {job_id} is at attempt {job.attempt}; what attempt {body.attempt} left is over"
            )
        if job.state != JobState.LOST:
            raise Conflict(f"job {job_id} is {job.state}, not lost; its own supervisor sends what there is")
        attempt = session.scalars(select(Attempt).where(Attempt.job_id == job_id, Attempt.number == body.attempt)).one()
        job.runs_code = True  # from now on its files are those of whoever has the token
        token = service.renew_token(attempt)
        audit.record(session, person, "job.token", target=f"job {job_id}", project_id=job.project_id)
    return RenewedToken(job_token=token)
