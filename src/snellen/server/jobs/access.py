"""Who may speak for a job."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool

from snellen.server.auth.api import bearer_token
from snellen.server.jobs import service
from snellen.server.recent import Recent
from snellen.server.state import AppState, State


async def job_attempt(job_id: int, request: Request, state: AppState) -> int:
    """The attempt number of the job token; a person's token is not enough.

    Believed for a few seconds: whether that attempt is still the job's is asked where something changes.
    """
    given = job_id, bearer_token(request)
    recent: Recent[int] = state.parts["attempts"]
    known = recent.get(given)
    return known or recent.put(given, await run_in_threadpool(_look_up, state, *given))


def _look_up(state: State, job_id: int, token: str | None) -> int:
    with state.database.read() as session:
        return service.attempt_of_token(session, job_id, token).number


#: The number of the attempt whose token was sent, which is known to be one of the path's ``job_id``.
TokenAttempt = Annotated[int, Depends(job_attempt)]
