"""Tokens that people make for programs: limited, ending, shown once."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from snellen.contract.events import now_ms
from snellen.errors import InvalidInput, NotAllowed, TokenNotFound
from snellen.server.auth.people import Permission, Person, Via, with_implied
from snellen.server.auth.people_tables import User
from snellen.server.auth.service import USER_PREFIX, hash_token, new_token
from snellen.server.auth.tables import ApiToken
from snellen.server.auth.users_schemas import TokenCreate, TokenOut

#: So much of a token is kept, by which its owner knows it again.
PREFIX_CHARACTERS = 10
#: When a token was used last is known to this.
USED_MS = 3600 * 1000


def create_token(
    session: Session, person: Person, *, body: TokenCreate, days: int, most_days: int
) -> tuple[ApiToken, str]:
    """A new token of who asks, which can do no more than they, and its text, which is known only now."""
    _check_manages(person)
    wanted = body.expires_in_days or min(days, most_days)
    if wanted > most_days:
        raise InvalidInput(f"expires_in_days: got {wanted}, at most {most_days} are allowed (SNELLEN_TOKEN_MAX_DAYS)")
    scopes = with_implied(body.scopes)
    if beyond := sorted(scopes - person.scopes):
        raise NotAllowed(f"scopes: you have not shown {', '.join(beyond)} yourself; leave it out")
    projects = person.only if body.projects is None else frozenset(body.projects)
    seen = person.visible()
    if projects is not None and seen is not None and (beyond_projects := sorted(projects - seen)):
        raise InvalidInput(f"projects: there is no project {', '.join(map(str, beyond_projects))}")
    token, now = new_token(USER_PREFIX), now_ms()
    row = ApiToken(
        name=body.name,
        token_hash=hash_token(token),
        prefix=token[:PREFIX_CHARACTERS],
        user_id=person.id,
        scopes=[scope for scope in Permission if scope in scopes],
        project_ids=None if projects is None else sorted(projects),
        created_at=now,
        expires_at=now + int(timedelta(days=wanted).total_seconds()) * 1000,
    )
    session.add(row)
    session.flush()
    return row, token


def tokens_of(session: Session, person: Person) -> list[TokenOut]:
    """Who asks' own tokens, newest first."""
    return _outs(session, ApiToken.user_id == person.id if person.id is not None else ApiToken.user_id.is_(None))


def tokens_of_project(session: Session, project_id: int) -> list[TokenOut]:
    """The tokens that are limited to projects, this one among them."""
    limited = _outs(session, ApiToken.project_ids.is_not(None))
    return [token for token in limited if token.projects is not None and project_id in token.projects]


def all_tokens(session: Session) -> list[TokenOut]:
    """Everybody's, newest first; without the server's own."""
    return _outs(session)


def revoke(session: Session, person: Person, token_id: int) -> TokenOut:
    """End a token and the sessions that it opened: one's own, or one that is limited to projects that one administers.

    :class:`~snellen.errors.TokenNotFound` for every other.
    """
    _check_manages(person)
    found = next(iter(_outs(session, ApiToken.id == token_id)), None)
    if found is None or not (_is_own(session, person, token_id) or _manages(person, found)):
        raise TokenNotFound(f"there is no token {token_id} of yours; `snellen tokens list` shows those there are")
    session.execute(delete(ApiToken).where(ApiToken.id == token_id))
    return found


def is_used_again(row: ApiToken) -> bool:
    """Whether its last use was long enough ago to be noted anew."""
    return row.last_used_at is None or row.last_used_at + USED_MS <= now_ms()


def note_use(session: Session, token_id: int) -> None:
    """Keep when a token was used, to an hour."""
    now = now_ms()
    old = ApiToken.last_used_at.is_(None) | (ApiToken.last_used_at < now - USED_MS)
    session.execute(update(ApiToken).where(ApiToken.id == token_id, old).values(last_used_at=now))


def _check_manages(person: Person) -> None:
    """A token that leaked makes no other that outlives it, and ends none."""
    if person.via is not Via.SESSION and Permission.ADMIN not in person.scopes:
        raise NotAllowed(
            "tokens: this token lacks the scope admin, so it makes and ends no tokens; log in and do it there"
        )


def _is_own(session: Session, person: Person, token_id: int) -> bool:
    return session.get_one(ApiToken, token_id).user_id == person.id


def _manages(person: Person, token: TokenOut) -> bool:
    if person.administers:
        return True
    return token.projects is not None and all(person.may(Permission.ADMIN, each) for each in token.projects)


def _outs(session: Session, *where: object) -> list[TokenOut]:
    query = (
        select(ApiToken, User.name)
        .outerjoin(User, User.id == ApiToken.user_id)
        .where(ApiToken.prefix.is_not(None), *where)  # type: ignore[arg-type]
        .order_by(ApiToken.id.desc())
    )
    return [token_out(row, owner) for row, owner in session.execute(query)]


def token_out(row: ApiToken, owner: str | None) -> TokenOut:
    """A token as it is listed."""
    return TokenOut(
        id=row.id,
        name=row.name,
        prefix=row.prefix or "",
        owner=owner,
        scopes=[Permission(scope) for scope in row.scopes or list(Permission)],
        projects=row.project_ids,
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
    )
