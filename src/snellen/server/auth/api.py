"""Login, and the dependency that every other endpoint has."""

from __future__ import annotations

import contextlib
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from snellen import logs
from snellen.errors import NotAuthenticated
from snellen.server.auth import service
from snellen.server.auth.cookies import clear_session_cookie, session_cookie, set_session_cookie
from snellen.server.auth.people import Person
from snellen.server.auth.schemas import Login
from snellen.server.recent import Recent
from snellen.server.state import AppState, State

router = APIRouter(tags=["auth"])
#: Outside /api/v1: the link that `snellen serve` prints.
pages = APIRouter(include_in_schema=False)


def bearer_token(request: Request) -> str | None:
    """The token of the Authorization header."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


async def current_person(request: Request, state: AppState) -> Person:
    """Who is asking, by token or by session cookie; a token that ended is known to have within two seconds."""
    given = bearer_token(request), session_cookie(state, request)
    recent: Recent[Person] = state.parts["people"]
    person = recent.get(given) or recent.put(given, await run_in_threadpool(_look_up, state, *given))
    logs.note(person=person.name)
    return person


def _look_up(state: State, token: str | None, cookie: str | None) -> Person:
    person = None
    with state.database.read() as session:
        if token:
            person = service.person_of_token(session, token)
        elif cookie:
            person = service.person_of_cookie(session, cookie)
    if person is not None:
        if person.id is not None and state.settings.auth == "single":
            raise NotAuthenticated("this server has no accounts (SNELLEN_AUTH=single); use its own token")
        return person
    raise NotAuthenticated(
        "no token and no session; send `Authorization: Bearer TOKEN`, or open the link that `snellen serve` printed"
    )


CurrentPerson = Annotated[Person, Depends(current_person)]


@router.post("/auth/login", status_code=204)
def login(body: Login, state: AppState, request: Request, response: Response) -> None:
    """Open a session with a token."""
    _set_cookie(state, request, response, body.token)


@router.post("/auth/logout", status_code=204)
def logout(state: AppState, request: Request, response: Response) -> None:
    """End the session of this browser; a copy of its cookie opens nothing any more."""
    if cookie := session_cookie(state, request):
        with state.database.write() as session:
            service.end_session(session, cookie)
        state.parts["people"].clear()
    clear_session_cookie(state, request, response)


@pages.get("/login")
def login_link(state: AppState, request: Request, token: str = "") -> Response:
    """The printed link: opens a session and goes to the dashboard, which asks for a token when there is none."""
    response = RedirectResponse("/", status_code=303)
    if token:
        with contextlib.suppress(NotAuthenticated):
            _set_cookie(state, request, response, token)
    return response


def _set_cookie(state: State, request: Request, response: Response, token: str) -> None:
    with state.database.write() as session:
        value = service.open_session(session, token)
    set_session_cookie(state, request, response, value, seconds=service.SESSION_SECONDS)
