"""Single sign-on: which user it is whom the provider names, and what that makes of them."""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from snellen.contract.events import now_ms
from snellen.errors import NotAllowed, NotAuthenticated, TooManyAttempts
from snellen.server.auth import audit, users
from snellen.server.auth.audit import Named
from snellen.server.auth.people import Role
from snellen.server.auth.people_tables import Membership, User
from snellen.server.auth.service import hash_token
from snellen.server.auth.users_schemas import UserCreate
from snellen.server.login_settings import SERVER_ADMIN, LoginSettings
from snellen.server.projects.tables import Project
from snellen.server.sso.provider import Asked, Identity
from snellen.server.sso.tables import ProviderIdentity, SentToProvider

SENT_MS = 10 * 60 * 1000
MOST_SENT = 10_000
RANK = {role: rank for rank, role in enumerate(Role)}
log = logging.getLogger("snellen.server.sso")


@dataclass(frozen=True, slots=True)
class Rules:
    """Who may come in, and what a claim makes of them: see the settings ``oidc_…``."""

    create_users: bool = False
    domains: frozenset[str] = frozenset()
    claim: str | None = None
    roles: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, settings: LoginSettings) -> Rules:
        """Those of the settings."""
        domains = frozenset(settings.oidc_email_domains)
        return cls(settings.oidc_create_users, domains, settings.oidc_roles_claim, settings.oidc_roles)


def note_sent(session: Session, asked: Asked, *, target: str) -> str:
    """Remember a browser that goes to the provider; the cookie by which it is known when it comes back."""
    now, browser = now_ms(), secrets.token_urlsafe(32)
    session.execute(delete(SentToProvider).where(SentToProvider.expires_at <= now))
    if (session.scalar(select(func.count()).select_from(SentToProvider)) or 0) >= MOST_SENT:
        raise TooManyAttempts("too many logins are under way; try again in a minute", retry_after=60)
    session.add(
        SentToProvider(
            state_hash=hash_token(asked.state),
            browser_hash=hash_token(browser),
            nonce=asked.nonce,
            verifier=asked.verifier,
            target=target,
            expires_at=now + SENT_MS,
        )
    )
    session.flush()
    return browser


def take_returned(session: Session, *, state: str | None, browser: str | None) -> SentToProvider:
    """What was remembered of the browser that comes back, once; a state of another browser's login is none."""
    back = delete(SentToProvider).where(
        SentToProvider.state_hash == hash_token(state or ""),
        SentToProvider.browser_hash == hash_token(browser or ""),
        SentToProvider.expires_at > now_ms(),
    )
    row: SentToProvider | None = session.scalar(back.returning(SentToProvider))
    if row is None:
        raise NotAuthenticated("this login was not begun in this browser, or too long ago; log in again")
    return row


def user_of(session: Session, identity: Identity, rules: Rules) -> User:
    """The account of whom the provider names.

    By issuer and subject; the first time by an e-mail address that the provider has verified, or a new one where that
    is allowed. An unverified address is anybody's, so it finds nobody. :class:`~snellen.errors.NotAllowed` says why.
    """
    email = identity.verified_email
    if rules.domains and (email is None or email.rpartition("@")[2] not in rules.domains):
        raise NotAllowed(
            f"a verified e-mail address in {', '.join(sorted(rules.domains))} is needed, "
            f"the provider told {email or 'none'}"
        )
    known = select(User).join(ProviderIdentity, ProviderIdentity.user_id == User.id)
    user = session.scalar(
        known.where(ProviderIdentity.issuer == identity.issuer, ProviderIdentity.subject == identity.subject)
    )
    if user is None:
        user = _by_email(session, identity, email)
        action = "sso.link"
        if user is None and rules.create_users:
            user, action = _create(session, identity, email), "user.create"
        if user is None:
            raise NotAllowed(
                f"you have no account here; an administrator of the server can make one with the e-mail address {email}"
                if email
                else "you have no account here, and the provider told no verified e-mail address"
            )
        _link(session, user, identity)
        audit.record(session, _actor(user), action, target=f"user {user.name}", subject=identity.subject)
    if user.disabled:
        raise NotAllowed(f"the account {user.name} is disabled; an administrator of the server can enable it")
    return user


def give_roles(session: Session, user: User, identity: Identity, rules: Rules) -> None:
    """Make the user what the claim says now, in the projects that the rules speak of and in no other."""
    if rules.claim is None:
        return
    said = identity.claims.get(rules.claim)
    groups = {said} if isinstance(said, str) else {one for one in said or () if isinstance(one, str)}
    given = [rule for group, rule in rules.roles.items() if group in groups]
    if SERVER_ADMIN in rules.roles.values() and user.is_admin != (SERVER_ADMIN in given):
        user.is_admin = not user.is_admin
        audit.record(session, _actor(user), "user.change", target=f"user {user.name}", is_admin=user.is_admin)
    for name in {rule.split(":")[0] for rule in rules.roles.values() if rule != SERVER_ADMIN}:
        project = session.scalar(select(Project).where(Project.name == name))
        if project is None:
            log.warning("SNELLEN_OIDC_ROLES names the project %r, which there is not", name)
            continue
        _set_member(session, user, project, [rule for rule in given if rule.split(":")[0] == name])


def _set_member(session: Session, user: User, project: Project, given: list[str]) -> None:
    row, actor, target = session.get(Membership, (user.id, project.id)), _actor(user), f"user {user.name}"
    if not given:
        if row is not None:
            session.delete(row)
            audit.record(session, actor, "member.remove", target=target, project_id=project.id)
        return
    role = max((Role(rule.split(":")[1]) for rule in given), key=RANK.__getitem__)
    run_code = any(rule.endswith(":run_code") for rule in given)
    if row is None:
        row = Membership(user_id=user.id, project_id=project.id, role=role, run_code=run_code, created_at=now_ms())
        session.add(row)
    elif (row.role, row.run_code) == (role, run_code):
        return
    row.role, row.run_code = role, run_code
    audit.record(session, actor, "member.set", target=target, project_id=project.id, role=str(role), run_code=run_code)


def _by_email(session: Session, identity: Identity, email: str | None) -> User | None:
    """The one account with this address, unless the provider names somebody else for it already."""
    if email is None:
        return None
    found = list(session.scalars(select(User).where(func.lower(User.email) == email).limit(2)))
    if len(found) != 1:
        return None
    taken = ProviderIdentity.user_id == found[0].id, ProviderIdentity.issuer == identity.issuer
    return None if session.scalar(select(ProviderIdentity.id).where(*taken).limit(1)) else found[0]


def _create(session: Session, identity: Identity, email: str | None) -> User:
    wished = identity.text("preferred_username", "nickname") or (email or "").partition("@")[0] or identity.subject
    name = re.sub(r"[^a-z0-9._@+-]+", "-", wished.lower()).strip("-")[:50]
    if not name or name.isdigit():
        name = f"user-{name}".rstrip("-")
    taken = set(session.scalars(select(User.name).where(User.name.startswith(name, autoescape=True))))
    free = next(one for one in (name, *(f"{name}-{n}" for n in range(2, len(taken) + 3))) if one not in taken)
    shown = (identity.text("name") or "")[:200] or None
    return users.create_user(session, body=UserCreate(name=free, display_name=shown, email=email), password_hash=None)


def _link(session: Session, user: User, identity: Identity) -> None:
    row = ProviderIdentity(
        user_id=user.id, issuer=identity.issuer[:300], subject=identity.subject[:300], created_at=now_ms()
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        raise NotAuthenticated("you are logging in for the first time twice at once; log in again") from error


def _actor(user: User) -> Named:
    return Named(user.name, user.id, "sso")
