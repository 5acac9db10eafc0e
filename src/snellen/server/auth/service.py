"""The first token, sessions, and who is asking."""

from __future__ import annotations

import hashlib
import os
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from snellen.contract.events import now_ms
from snellen.errors import NotAuthenticated
from snellen.server.auth.tables import ApiToken, LoginSession

TOKEN_FILE = "token"  # noqa: S105 - a file's name
SESSION_SECONDS = 30 * 24 * 3600
USER_PREFIX = "snl_"
SESSION_PREFIX = "sns_"
JOB_PREFIX = "snj_"


@dataclass(frozen=True, slots=True)
class Person:
    """Who is asking: in single-user mode always the administrator."""

    name: str
    kind: str = "admin"


def new_token(prefix: str) -> str:
    """A token of 256 random bits."""
    return prefix + secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    """SHA-256 in hex. The tokens are random, so a slow hash would add nothing."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def ensure_token(session: Session, *, data_dir: Path) -> str:
    """The administrator's token, made at the first start and kept in ``DATA_DIR/token`` (0600).

    Who replaces or removes the file ends the token that was in it, and its sessions, at the next start.
    """
    path = data_dir / TOKEN_FILE
    token = path.read_text(encoding="utf-8").strip() if path.is_file() else ""
    if not token:
        token = new_token(USER_PREFIX)
        _write_private(path, token + "\n")
    digest, place = hash_token(token), f"{socket.gethostname()}:{data_dir}"
    # Rows of before places were kept are of the one server that there was.
    earlier = or_(ApiToken.place == place, ApiToken.place.is_(None)), ApiToken.token_hash != digest
    session.execute(delete(LoginSession).where(LoginSession.token_id.in_(select(ApiToken.id).where(*earlier))))
    session.execute(delete(ApiToken).where(*earlier))
    found = session.scalar(select(ApiToken).where(ApiToken.token_hash == digest))
    if found is None:
        session.add(ApiToken(name="admin", token_hash=digest, created_at=now_ms(), place=place))
    else:
        found.place = place
    session.flush()
    return token


def person_of_token(session: Session, token: str) -> Person:
    """Whose token it is; :class:`~snellen.errors.NotAuthenticated` when nobody's."""
    return Person(name=_token_row(session, token).name)


def open_session(session: Session, token: str) -> str:
    """A session cookie's value in exchange for a token; sessions whose time is over are removed."""
    row, now = _token_row(session, token), now_ms()
    session.execute(delete(LoginSession).where(LoginSession.expires_at <= now))
    value = new_token(SESSION_PREFIX)
    expires = now + SESSION_SECONDS * 1000
    session.add(LoginSession(secret_hash=hash_token(value), token_id=row.id, created_at=now, expires_at=expires))
    session.flush()
    return value


def person_of_cookie(session: Session, cookie: str) -> Person:
    """Whose session it is; it ends with its token."""
    query = select(ApiToken).join(LoginSession, LoginSession.token_id == ApiToken.id)
    found = session.scalar(
        query.where(LoginSession.secret_hash == hash_token(cookie), LoginSession.expires_at > now_ms())
    )
    if found is None:
        raise NotAuthenticated("the session has ended; open the login link that `snellen serve` printed")
    return Person(name=found.name)


def end_session(session: Session, cookie: str) -> None:
    """From now on this cookie opens nothing, wherever it was copied to."""
    session.execute(delete(LoginSession).where(LoginSession.secret_hash == hash_token(cookie)))


def _token_row(session: Session, token: str) -> ApiToken:
    found = session.scalar(select(ApiToken).where(ApiToken.token_hash == hash_token(token)))
    if found is None:
        raise NotAuthenticated("this token is unknown; use the one in the server's data directory (file `token`)")
    return found


def _write_private(path: Path, text: str) -> None:
    """Whole or not at all: a server that dies here leaves no empty token."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    temporary.replace(path)
