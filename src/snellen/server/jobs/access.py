"""Who may speak for a job."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from snellen import logs
from snellen.server.auth.api import bearer_token
from snellen.server.jobs import service
from snellen.server.state import AppState


def job_attempt(job_id: int, request: Request, state: AppState) -> int:
    """The attempt number of the job token; a person's token is not enough."""
    with state.database.read() as session:
        number = service.attempt_of_token(session, job_id, bearer_token(request)).number
    logs.note(attempt=number)
    return number


#: The number of the attempt whose token was sent, which is known to be one of the path's ``job_id``.
TokenAttempt = Annotated[int, Depends(job_attempt)]
