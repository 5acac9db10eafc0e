"""Sessions of browsers: opened by a login, found by their cookie, ended by many things."""

from __future__ import annotations

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.orm import Session

from snellen.contract.events import now_ms
from snellen.errors import NotAuthenticated, SessionNotFound
from snellen.server.asking import ASKING
from snellen.server.auth import service
from snellen.server.auth.people import Person, Via
from snellen.server.auth.people_tables import User
from snellen.server.auth.service import SESSION_PREFIX, hash_token, new_token
from snellen.server.auth.tables import ApiToken, LoginSession

HOUR_MS = 3600 * 1000
#: A session's last use is written down so often, not at every request.
SEEN_MS = 5 * 60 * 1000
ENDED = "the session has ended; log in again, or open a link that `snellen serve` or `snellen login` prints"


def open_session(
    session: Session, *, opened_by: str, hours: float, token_id: int | None = None, user_id: int | None = None
) -> str:
    """A cookie's value for a user, or for a token, with which the session then ends."""
    now, asking = now_ms(), ASKING.get()
    session.execute(delete(LoginSession).where(LoginSession.expires_at <= now))
    value = new_token(SESSION_PREFIX)
    session.add(
        LoginSession(
            secret_hash=hash_token(value),
            token_id=token_id,
            user_id=user_id,
            created_at=now,
            seen_at=now,
            expires_at=now + int(hours * HOUR_MS),
            opened_by=opened_by,
            address=asking.address,
            agent=asking.agent,
        )
    )
    session.flush()
    return value


def find(session: Session, cookie: str, *, idle_hours: float) -> LoginSession:
    """The session of a cookie; :class:`~snellen.errors.NotAuthenticated` when it has ended, or was idle too long."""
    now = now_ms()
    row = session.scalar(select(LoginSession).where(LoginSession.secret_hash == hash_token(cookie)))
    if row is None or row.expires_at <= now or row.seen_at + idle_hours * HOUR_MS <= now:
        raise NotAuthenticated(ENDED)
    return row


def person_of(session: Session, row: LoginSession) -> Person:
    """Whose session it is, and what it may: with a token's no more than the token."""
    if row.token_id is not None:
        return service.person_of_row(session, session.get_one(ApiToken, row.token_id), via=Via.SESSION, via_id=row.id)
    user = session.get_one(User, row.user_id)
    if user.disabled:
        raise NotAuthenticated(ENDED)
    return service.person_of_user(session, user, via=Via.SESSION, via_id=row.id)


def is_used_again(row: LoginSession) -> bool:
    """Whether its last use was long enough ago to be noted anew."""
    return row.seen_at + SEEN_MS <= now_ms()


def note_use(session: Session, session_id: int) -> None:
    """Note that it is used."""
    session.execute(update(LoginSession).where(LoginSession.id == session_id).values(seen_at=now_ms()))


def end(session: Session, cookie: str) -> None:
    """From now on this cookie opens nothing, wherever it was copied to."""
    session.execute(delete(LoginSession).where(LoginSession.secret_hash == hash_token(cookie)))


def end_all(session: Session, user_id: int) -> int:
    """End every session of a user, also those that a token of theirs opened; how many there were."""
    mine = select(LoginSession.id).where(_of(user_id))
    return len(list(session.scalars(delete(LoginSession).where(LoginSession.id.in_(mine)).returning(LoginSession.id))))


def list_sessions(session: Session, person: Person) -> list[LoginSession]:
    """The person's sessions that go on, the last used first."""
    query = select(LoginSession).where(_of(person.id), LoginSession.expires_at > now_ms())
    return list(session.scalars(query.order_by(LoginSession.seen_at.desc(), LoginSession.id.desc())))


def end_one(session: Session, person: Person, session_id: int) -> None:
    """End one of the person's sessions; :class:`~snellen.errors.SessionNotFound` also for somebody else's."""
    row = session.scalar(select(LoginSession).where(LoginSession.id == session_id, _of(person.id)))
    if row is None:
        raise SessionNotFound(f"you have no session {session_id}")
    session.delete(row)
    session.flush()


def _of(user_id: int | None) -> ColumnElement[bool]:
    """Sessions of a user, or of the server's operator."""
    of_user = ApiToken.user_id.is_(None) if user_id is None else ApiToken.user_id == user_id
    by_token = LoginSession.token_id.in_(select(ApiToken.id).where(of_user))
    return by_token if user_id is None else or_(LoginSession.user_id == user_id, by_token)
