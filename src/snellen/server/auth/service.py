"""The first token, sessions, and who is asking."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy import select
from sqlalchemy.orm import Session

from snellen.contract.events import now_ms
from snellen.errors import NotAuthenticated
from snellen.server.auth.tables import ApiToken

TOKEN_FILE = "token"  # noqa: S105 - a file's name
SECRET_FILE = "session-secret"  # noqa: S105 - a file's name
SESSION_SECONDS = 30 * 24 * 3600
USER_PREFIX = "snl_"
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
    """The administrator's token, made at the first start and kept in ``DATA_DIR/token`` (0600)."""
    path = data_dir / TOKEN_FILE
    token = path.read_text(encoding="utf-8").strip() if path.is_file() else ""
    if not token:
        token = new_token(USER_PREFIX)
        _write_private(path, token + "\n")
    digest = hash_token(token)
    if session.scalar(select(ApiToken).where(ApiToken.token_hash == digest)) is None:
        session.add(ApiToken(name="admin", token_hash=digest, created_at=now_ms()))
        session.flush()
    return token


def session_signer(data_dir: Path) -> URLSafeTimedSerializer:
    """Signs session cookies with a secret that is kept in ``DATA_DIR/session-secret`` (0600)."""
    path = data_dir / SECRET_FILE
    if not path.is_file():
        _write_private(path, secrets.token_hex(32))
    return URLSafeTimedSerializer(path.read_text(encoding="utf-8"), salt="snellen-session")


def person_of_token(session: Session, token: str) -> Person:
    """Whose token it is; :class:`~snellen.errors.NotAuthenticated` when nobody's."""
    found = session.scalar(select(ApiToken).where(ApiToken.token_hash == hash_token(token)))
    if found is None:
        raise NotAuthenticated("this token is unknown; use the one in the server's data directory (file `token`)")
    return Person(name=found.name)


def open_session(session: Session, signer: URLSafeTimedSerializer, token: str) -> str:
    """A session cookie's value in exchange for a token."""
    person_of_token(session, token)
    return signer.dumps({"token": hash_token(token)})


def person_of_cookie(session: Session, signer: URLSafeTimedSerializer, cookie: str) -> Person:
    """Whose session it is; it ends with its token."""
    expired = NotAuthenticated("the session has ended; open the login link that `snellen serve` printed")
    try:
        digest = signer.loads(cookie, max_age=SESSION_SECONDS)["token"]
    except (BadSignature, KeyError, TypeError) as error:
        raise expired from error
    found = session.scalar(select(ApiToken).where(ApiToken.token_hash == digest))
    if found is None or not hmac.compare_digest(found.token_hash, digest):
        raise expired
    return Person(name=found.name)


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
