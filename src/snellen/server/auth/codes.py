"""Links that are good once: to log in without typing a token, to choose a password."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from snellen.contract.events import now_ms
from snellen.errors import CodeUsed
from snellen.server.auth.login_tables import LoginCode
from snellen.server.auth.service import hash_token, new_token

CODE_PREFIX = "snc_"
LOGIN_MS = 24 * 3600 * 1000
PASSWORD_MS = 72 * 3600 * 1000
USED = "this link was used already, or its time is over; ask for a new one"


def login_code(session: Session, *, token_id: int) -> str:
    """A code in exchange for which a browser gets a session of a token."""
    return _make(session, milliseconds=LOGIN_MS, token_id=token_id)


def password_code(session: Session, *, user_id: int) -> str:
    """A code with which a user sets a password; earlier ones of theirs end."""
    session.execute(delete(LoginCode).where(LoginCode.user_id == user_id))
    return _make(session, milliseconds=PASSWORD_MS, user_id=user_id)


def check_code(session: Session, code: str) -> None:
    """:class:`~snellen.errors.CodeUsed` for a code that is good no more, before anything costly is done for it."""
    good = LoginCode.code_hash == hash_token(code), LoginCode.expires_at > now_ms()
    if session.scalar(select(LoginCode.id).where(*good)) is None:
        raise CodeUsed(USED)


def token_of_code(session: Session, code: str) -> int:
    """Use a login code up; the token's id."""
    row = _use(session, code)
    if row.token_id is None:
        raise CodeUsed("this link sets a password; it logs nobody in")
    return row.token_id


def user_of_code(session: Session, code: str) -> int:
    """Use a password's code up; the user's id."""
    row = _use(session, code)
    if row.user_id is None:
        raise CodeUsed("this link logs somebody in; it sets no password")
    return row.user_id


def _make(session: Session, *, milliseconds: int, token_id: int | None = None, user_id: int | None = None) -> str:
    now, code = now_ms(), new_token(CODE_PREFIX)
    session.execute(delete(LoginCode).where(LoginCode.expires_at <= now))
    session.add(
        LoginCode(
            code_hash=hash_token(code),
            token_id=token_id,
            user_id=user_id,
            created_at=now,
            expires_at=now + milliseconds,
        )
    )
    session.flush()
    return code


def _use(session: Session, code: str) -> LoginCode:
    """The code's row, removed: of two who use it at once one gets it."""
    used = delete(LoginCode).where(LoginCode.code_hash == hash_token(code), LoginCode.expires_at > now_ms())
    row: LoginCode | None = session.scalar(used.returning(LoginCode))
    if row is None:
        raise CodeUsed(USED)
    return row
