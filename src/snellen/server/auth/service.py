"""The first token, and whose a token is."""

from __future__ import annotations

import hashlib
import os
import secrets
import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import and_, delete, or_, select
from sqlalchemy.orm import Session

from snellen.contract.events import now_ms
from snellen.errors import NotAuthenticated
from snellen.server.auth.people import OPERATOR, Member, Permission, Person, Role, Via
from snellen.server.auth.people_tables import Membership, User
from snellen.server.auth.tables import ApiToken, LoginSession

TOKEN_FILE = "token"  # noqa: S105 - a file's name
USER_PREFIX = "snl_"
SESSION_PREFIX = "sns_"
JOB_PREFIX = "snj_"


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
    # Rows of before places were kept are of the one server that there was; those with a prefix were made by people.
    of_here = or_(ApiToken.place == place, and_(ApiToken.place.is_(None), ApiToken.prefix.is_(None)))
    earlier = of_here, ApiToken.token_hash != digest
    session.execute(delete(LoginSession).where(LoginSession.token_id.in_(select(ApiToken.id).where(*earlier))))
    session.execute(delete(ApiToken).where(*earlier))
    found = session.scalar(select(ApiToken).where(ApiToken.token_hash == digest))
    if found is None:
        session.add(ApiToken(name=OPERATOR.name, token_hash=digest, created_at=now_ms(), place=place))
    else:
        found.place = place
    session.flush()
    return token


def person_of_token(session: Session, token: str) -> Person:
    """Whose token it is; :class:`~snellen.errors.NotAuthenticated` when nobody's."""
    row = token_row(session, token)
    return person_of_row(session, row, via=Via.TOKEN, via_id=row.id)


def person_of_row(session: Session, token: ApiToken, *, via: Via, via_id: int) -> Person:
    """The owner of a token, with no more than both may do."""
    _check_end(token)
    scopes = frozenset(Permission) if token.scopes is None else frozenset(map(Permission, token.scopes))
    only = None if token.project_ids is None else frozenset(token.project_ids)
    shown: dict[str, Any] = {"scopes": scopes, "only": only, "via": via, "via_id": via_id, "via_name": token.name}
    if token.user_id is None:
        return replace(OPERATOR, **shown)
    user = session.get_one(User, token.user_id)
    if user.disabled:
        raise NotAuthenticated(f"the account {user.name} is disabled; an administrator of the server can enable it")
    return person_of_user(session, user, **shown)


def person_of_user(session: Session, user: User, **shown: Any) -> Person:
    """A user with all memberships; ``shown`` are the fields that say how they proved who they are."""
    rows = session.scalars(select(Membership).where(Membership.user_id == user.id))
    memberships = {row.project_id: Member(Role(row.role), row.run_code) for row in rows}
    return Person(name=user.name, id=user.id, is_admin=user.is_admin, memberships=memberships, **shown)


def check_mode(person: Person, mode: str) -> None:
    """:class:`~snellen.errors.NotAuthenticated` for a user of a server that has no accounts any more."""
    if person.id is not None and mode == "single":
        raise NotAuthenticated("this server has no accounts (SNELLEN_AUTH=single); use its own token")


def token_row(session: Session, token: str) -> ApiToken:
    """The row of a token; :class:`~snellen.errors.NotAuthenticated` when there is none."""
    found = session.scalar(select(ApiToken).where(ApiToken.token_hash == hash_token(token)))
    if found is None:
        raise NotAuthenticated("this token is unknown; use the one in the server's data directory (file `token`)")
    return found


def _check_end(token: ApiToken) -> None:
    if token.expires_at is not None and token.expires_at <= now_ms():
        raise NotAuthenticated(f"the token {token.prefix}… ({token.name}) has expired; make a new one")


def _write_private(path: Path, text: str) -> None:
    """Whole or not at all: a server that dies here leaves no empty token."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    temporary.replace(path)
