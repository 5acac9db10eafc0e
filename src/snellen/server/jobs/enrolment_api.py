"""Where supervisors that run beyond this machine begin."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from snellen.errors import AttemptSuperseded, EnrolmentRefused
from snellen.server.jobs import enrolment
from snellen.server.jobs.access import TokenAttempt
from snellen.server.jobs.creating import weights_of
from snellen.server.state import AppState

callbacks = APIRouter(tags=["callbacks"])


class EnrolIn(BaseModel):
    """The code that the launcher passed on, and the SHA-256 (hex) of a token that the supervisor has made up."""

    model_config = ConfigDict(extra="forbid")

    attempt: Annotated[int, Field(ge=1)]
    code: Annotated[str, Field(min_length=20, max_length=200)]
    token_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Enrolled(BaseModel):
    """The text of ``job.json``, and what the supervisor is to know of its node."""

    spec: str
    config: dict[str, Any]


@callbacks.post("/training/jobs/{job_id}/enrol")
def enrol(job_id: int, body: EnrolIn, state: AppState) -> Enrolled:
    """Take up an attempt with its code, which is good for one token. The same request may be sent again."""
    with state.database.write() as session:
        told = enrolment.enrol(
            session, job_id=job_id, number=body.attempt, code=body.code, token_hash=body.token_sha256
        )
    if told is None:
        raise EnrolmentRefused(f"the code of attempt {body.attempt} of job {job_id} was used already, by somebody else")
    return Enrolled(**told)


class NextIn(BaseModel):
    """The attempt that is over, and the SHA-256 (hex) of the next one's token."""

    model_config = ConfigDict(extra="forbid")

    attempt: Annotated[int, Field(ge=1)]
    token_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class NextAttempt(BaseModel):
    """The attempt that follows, and the text of its ``job.json``."""

    attempt: int
    spec: str


@callbacks.post("/training/jobs/{job_id}/attempts")
def begin_next(job_id: int, body: NextIn, number: TokenAttempt, state: AppState) -> NextAttempt:
    """Begin another attempt of a job on several nodes, of which one is gone. The same request may be sent again."""
    if number != body.attempt:
        raise AttemptSuperseded(f"the token is of attempt {number}, the request of {body.attempt}")
    with state.database.write() as session:
        told = enrolment.next_attempt(
            session,
            job_id=job_id,
            number=number,
            token_hash=body.token_sha256,
            weights=weights_of(state),
        )
    return NextAttempt(**told)
