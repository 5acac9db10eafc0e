"""The ways to log in. Each is several transactions: no password is hashed inside of one."""

from __future__ import annotations

import threading

from sqlalchemy import select
from sqlalchemy.orm import Session

from snellen.contract.events import now_ms
from snellen.errors import InvalidInput, LoginFailed, NotAllowed
from snellen.server.asking import ASKING
from snellen.server.auth import audit, codes, service, sessions, throttle
from snellen.server.auth.audit import Named
from snellen.server.auth.passwords import hash_password, is_password
from snellen.server.auth.people import Person, Via
from snellen.server.auth.people_tables import User
from snellen.server.auth.tables import ApiToken
from snellen.server.state import State

#: A hash takes 64 MiB: so many at once, however many browsers log in.
_HASHING = threading.BoundedSemaphore(2)
WRONG = "name or password is wrong"


def by_password(state: State, *, name: str, password: str) -> str:
    """A session's cookie for a user. What is wrong isn't said, nor told by the time that it takes."""
    if state.settings.auth != "users":
        raise LoginFailed("this server has no accounts (SNELLEN_AUTH=single); log in with its token or its link")
    keys = throttle.keys_of(account=name, address=ASKING.get().address)
    with state.database.write() as session:
        throttle.begin(session, keys, now=now_ms())
    with state.database.read() as session:
        user = session.scalar(select(User).where(User.name == name.strip().lower()))
    kept = None if user is None else user.password_hash
    with _HASHING:
        right = is_password(password, kept)
    cookie = None
    with state.database.write() as session:
        now = None if user is None else session.get(User, user.id, populate_existing=True)
        if now is not None and right and not now.disabled and now.password_hash == kept:
            throttle.succeeded(session, keys)
            cookie = _open(state, session, now, "password")
        else:
            # The name that was typed may be a password; only that of an account is kept.
            target = "" if now is None else f"user {now.name}"
            why = "disabled" if now is not None and right and now.disabled else "name or password"
            audit.record(session, audit.NOBODY, "login.failed", target=target, why=why)
    if cookie is None:
        raise LoginFailed(WRONG)
    return cookie


def by_token(state: State, token: str) -> str:
    """A session's cookie that may do what the token may, and ends with it."""
    with state.database.write() as session:
        row = service.token_row(session, token)
        return _open_with(state, session, row, "token")


def by_code(state: State, code: str) -> str:
    """The same for a link that was made with a token."""
    with state.database.write() as session:
        row = session.get_one(ApiToken, codes.token_of_code(session, code))
        return _open_with(state, session, row, "link")


def by_provider(state: State, session: Session, user: User) -> str:
    """A session's cookie for whom the provider of the single sign-on named."""
    if user.disabled:
        raise NotAllowed(f"the account {user.name} is disabled; an administrator of the server can enable it")
    return _open(state, session, user, "sso")


def operator_link(state: State) -> str:
    """The link that the server prints at its start."""
    text = (state.settings.data_dir / service.TOKEN_FILE).read_text(encoding="utf-8").strip()
    with state.database.write() as session:
        return login_url(state, codes.login_code(session, token_id=service.token_row(session, text).id))


def login_url(state: State, code: str) -> str:
    """Where a code logs a browser in."""
    return f"{base_url(state)}/login?code={code}"


def base_url(state: State) -> str:
    """Where browsers reach the server."""
    return state.settings.public_url or state.url


def set_password(state: State, *, code: str, password: str) -> str:
    """Choose a password with a link; the cookie of a first session. All earlier sessions end."""
    with state.database.read() as session:
        codes.check_code(session, code)
    with _HASHING:
        hashed = hash_password(password)
    with state.database.write() as session:
        user = session.get_one(User, codes.user_of_code(session, code))
        if user.disabled:
            raise NotAllowed(f"the account {user.name} is disabled; an administrator of the server can enable it")
        _set(session, user, hashed)
        audit.record(session, Named(user.name, user.id, "link"), "password.set", target=f"user {user.name}")
        cookie = _open(state, session, user, "password")
    state.parts["people"].clear()
    return cookie


def change_password(state: State, person: Person, *, current: str, new: str) -> str:
    """Another password for who knows the one of now; the cookie of a new session. All others end."""
    if person.id is None or person.via is not Via.SESSION:
        raise NotAllowed("passwords are changed in the dashboard, by who has an account and logged in to it")
    keys = throttle.keys_of(account=person.name, address=ASKING.get().address)
    with state.database.write() as session:
        throttle.begin(session, keys, now=now_ms())
        kept = session.get_one(User, person.id).password_hash
    with _HASHING:
        if not is_password(current, kept):
            raise InvalidInput("current: this is not your password")
        hashed = hash_password(new)
    with state.database.write() as session:
        user = session.get_one(User, person.id)
        if user.password_hash != kept:
            raise InvalidInput("current: your password was changed elsewhere just now")
        throttle.succeeded(session, keys)
        _set(session, user, hashed)
        audit.record(session, person, "password.change", target=f"user {user.name}")
        cookie = _open(state, session, user, "password")
    state.parts["people"].clear()
    return cookie


def _set(session: Session, user: User, hashed: str) -> None:
    user.password_hash = hashed
    sessions.end_all(session, user.id)


def _open(state: State, session: Session, user: User, opened_by: str) -> str:
    audit.record(session, Named(user.name, user.id, opened_by), "login")
    return sessions.open_session(session, opened_by=opened_by, hours=state.settings.session_hours, user_id=user.id)


def _open_with(state: State, session: Session, token: ApiToken, opened_by: str) -> str:
    person = service.person_of_row(session, token, via=Via.TOKEN, via_id=token.id)
    service.check_mode(person, state.settings.auth)
    audit.record(session, Named(person.name, person.id, opened_by, person.via_name), "login")
    return sessions.open_session(session, opened_by=opened_by, hours=state.settings.session_hours, token_id=token.id)
