"""Who may see and change a job, and who may speak for it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Request
from fastapi.concurrency import run_in_threadpool

from snellen import logs
from snellen.server.auth.access import check_place, needs
from snellen.server.auth.api import CurrentPerson, bearer_token
from snellen.server.auth.people import Permission, Person
from snellen.server.jobs import service
from snellen.server.recent import Recent
from snellen.server.state import AppState, State


async def check_job(job_id: int, permission: Permission, person: Person, state: State) -> None:
    """Whether somebody may do something with a job, see :func:`~snellen.server.auth.access.check_place`."""
    await check_place(
        state,
        person,
        permission,
        key=("job", job_id),
        find=lambda session: service.project_of(session, job_id),
        missing=service.no_job(job_id),
        what=f"job {job_id}",
    )


def of_job(permission: Permission) -> Any:
    """A permission in the project of the path's ``job_id``."""

    async def check(job_id: int, person: CurrentPerson, state: AppState) -> None:
        await check_job(job_id, permission, person, state)

    return needs(check, f"{permission} in the job's project")


async def job_attempt(job_id: int, request: Request, state: AppState) -> int:
    """The attempt number of the job token; a person's token is not enough.

    Believed for a few seconds: whether that attempt is still the job's is asked where something changes.
    """
    given = job_id, bearer_token(request)
    recent: Recent[int] = state.parts["attempts"]
    number = recent.get(given) or recent.put(given, await run_in_threadpool(_look_up, state, *given))
    logs.note(attempt=number)
    return number


def _look_up(state: State, job_id: int, token: str | None) -> int:
    with state.database.read() as session:
        return service.attempt_of_token(session, job_id, token, hours=state.settings.job_token_hours).number


#: The number of the attempt whose token was sent, which is known to be one of the path's ``job_id``.
TokenAttempt = Annotated[int, needs(job_attempt, "the job's token")]
