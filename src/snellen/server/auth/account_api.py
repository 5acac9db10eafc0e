"""One's own sessions and password, and the links with which others get in."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from snellen.contract.events import now_ms
from snellen.errors import NotAllowed
from snellen.server.auth import audit, codes, logins, sessions, users
from snellen.server.auth.access import administrator, signed_in
from snellen.server.auth.api import CurrentPerson
from snellen.server.auth.cookies import set_session_cookie
from snellen.server.auth.people import Permission, Person, Via
from snellen.server.auth.schemas import Link, PasswordChange, PasswordSetup, SessionList, SessionOut
from snellen.server.state import AppState

router = APIRouter(tags=["auth"])


@router.post("/auth/password/setup", status_code=204)
def set_password(body: PasswordSetup, state: AppState, request: Request, response: Response) -> None:
    """Choose a password with the code of a link, and log in; needs no token."""
    set_session_cookie(state, request, response, logins.set_password(state, code=body.code, password=body.password))


@router.post("/auth/password", status_code=204, dependencies=[signed_in])
def change_password(
    body: PasswordChange, person: CurrentPerson, state: AppState, request: Request, response: Response
) -> None:
    """Change one's password: this browser stays logged in, all others don't."""
    cookie = logins.change_password(state, person, current=body.current, new=body.new)
    set_session_cookie(state, request, response, cookie)


@router.get("/auth/sessions", dependencies=[signed_in])
def sessions_of_mine(person: CurrentPerson, state: AppState) -> SessionList:
    """Where one is logged in."""
    _check_manages(person)
    with state.database.read() as session:
        rows = sessions.list_sessions(session, person)
    current = person.via_id if person.via is Via.SESSION else None
    return SessionList(
        items=[
            SessionOut(
                id=row.id,
                current=row.id == current,
                opened_by=row.opened_by,
                created_at=row.created_at,
                seen_at=row.seen_at,
                expires_at=row.expires_at,
                address=row.address,
                agent=row.agent,
            )
            for row in rows
        ]
    )


@router.delete("/auth/sessions/{session_id}", status_code=204, dependencies=[signed_in])
def end_session(session_id: Annotated[int, Path(ge=1, lt=2**31)], person: CurrentPerson, state: AppState) -> None:
    """Log one of one's browsers out."""
    _check_manages(person)
    with state.database.write() as session:
        sessions.end_one(session, person, session_id)
        audit.record(session, person, "session.end", target=f"session {session_id}")
    state.parts["people"].clear()


@router.post("/auth/login-links", status_code=201, dependencies=[signed_in])
def login_link(person: CurrentPerson, state: AppState) -> Link:
    """A link that logs a browser in once, within a day, to do what the token that asks may do."""
    if person.via is not Via.TOKEN or person.via_id is None:
        raise NotAllowed("login links are made with a token: `snellen login` does so; a browser is logged in already")
    with state.database.write() as session:
        code = codes.login_code(session, token_id=person.via_id)
        audit.record(session, person, "login-link.create")
    return Link(url=logins.login_url(state, code), expires_at=now_ms() + codes.LOGIN_MS)


@router.post("/users/{user_id}/setup-link", status_code=201, tags=["users"], dependencies=[administrator])
def setup_link(user_id: Annotated[int, Path(ge=1, lt=2**31)], person: CurrentPerson, state: AppState) -> Link:
    """A link with which a user chooses a password, once, within three days; the password of now holds until then.

    The code stands behind a `#`: browsers send it to no server, so no log has it.
    """
    with state.database.write() as session:
        user = users.get_user(session, user_id)
        if user.disabled:
            raise NotAllowed(f"the account {user.name} is disabled; enable it first")
        code = codes.password_code(session, user_id=user_id)
        audit.record(session, person, "setup-link.create", target=f"user {user.name}")
    return Link(url=f"{logins.base_url(state)}/set-password#code={code}", expires_at=now_ms() + codes.PASSWORD_MS)


def _check_manages(person: Person) -> None:
    """A token that leaked doesn't look into its owner's browsers, nor close them."""
    if person.via is not Via.SESSION and Permission.ADMIN not in person.scopes:
        raise NotAllowed("sessions: this token lacks the scope admin; log in and do it there")
