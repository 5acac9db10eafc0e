"""Login, and the dependency that every other endpoint has."""

from __future__ import annotations

import contextlib
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from snellen import logs
from snellen.errors import NotAuthenticated
from snellen.server.auth import logins, service, sessions, tokens
from snellen.server.auth.cookies import clear_session_cookie, session_cookie, set_session_cookie
from snellen.server.auth.people import Person, Via
from snellen.server.auth.schemas import Login, Methods, ProviderButton
from snellen.server.recent import Recent
from snellen.server.state import AppState, State

OIDC_START = "/api/v1/auth/oidc/start"

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
    with state.database.read() as session:
        if token:
            by_token = service.token_row(session, token)
            person = service.person_of_row(session, by_token, via=Via.TOKEN, via_id=by_token.id)
            used = tokens.is_used_again(by_token)
        elif cookie:
            by_cookie = sessions.find(session, cookie, idle_hours=state.settings.session_idle_hours)
            person = sessions.person_of(session, by_cookie)
            used = sessions.is_used_again(by_cookie)
        else:
            raise NotAuthenticated(
                "no token and no session; send `Authorization: Bearer TOKEN`, or log in: `snellen login` prints a link"
            )
    service.check_mode(person, state.settings.auth)
    if used:
        with state.database.write() as session:
            if token:
                tokens.note_use(session, by_token.id)
            else:
                sessions.note_use(session, by_cookie.id)
    return person


CurrentPerson = Annotated[Person, Depends(current_person)]


@router.get("/auth/methods")
def methods(state: AppState) -> Methods:
    """How one can log in here; needs no token."""
    settings = state.settings
    single = settings.auth == "single"
    oidc = None
    if settings.oidc_issuer is not None and not single:
        oidc = ProviderButton(name=settings.oidc_name, start_url=OIDC_START)
    return Methods(mode=settings.auth, password=not single, token=True, oidc=oidc)


@router.post("/auth/login", status_code=204)
def login(body: Login, state: AppState, request: Request, response: Response) -> None:
    """Open a session with a token, or with name and password."""
    if body.token is not None:
        cookie = logins.by_token(state, body.token)
    else:
        cookie = logins.by_password(state, name=body.name or "", password=body.password or "")
    set_session_cookie(state, request, response, cookie)


@router.post("/auth/logout", status_code=204)
def logout(state: AppState, request: Request, response: Response) -> None:
    """End the session of this browser; a copy of its cookie opens nothing any more."""
    if cookie := session_cookie(state, request):
        with state.database.write() as session:
            sessions.end(session, cookie)
        state.parts["people"].clear()
    clear_session_cookie(state, request, response)


@pages.get("/login")
def login_link(state: AppState, request: Request, code: str = "") -> Response:
    """The printed link: opens a session, once, and leads to the dashboard, which asks for a login without one."""
    response = RedirectResponse("/", status_code=303)
    if code:
        with contextlib.suppress(NotAuthenticated):
            set_session_cookie(state, request, response, logins.by_code(state, code))
    return response
