"""The audit log: written in the transaction of what it tells, so that there is neither without the other."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from snellen.contract.events import now_ms
from snellen.server.asking import ASKING
from snellen.server.auth.audit_tables import AuditEntry
from snellen.server.schemas import cut_page

#: A second wall: what looks like a token, a session or a code of ours is never written.
SECRET = re.compile(r"\bsn[a-z]_[A-Za-z0-9_-]{16,}")
TEXT_CHARACTERS = 300


class Actor(Protocol):
    """Who did it: a :class:`~snellen.server.auth.people.Person`, or a :class:`Named`."""

    @property
    def id(self) -> int | None:
        """The user; None for the operator, for a job and for nobody."""

    @property
    def name(self) -> str:
        """What people call them."""

    @property
    def via(self) -> str:
        """How it was known."""

    @property
    def via_name(self) -> str | None:
        """The name of their token."""


@dataclass(frozen=True, slots=True)
class Named:
    """An actor of whom there is no session and no token, as at a login."""

    name: str = "nobody"
    id: int | None = None
    via: str = "none"
    via_name: str | None = None


NOBODY = Named()


def record(
    session: Session,
    actor: Actor,
    action: str,
    *,
    target: str = "",
    project_id: int | None = None,
    **detail: Any,
) -> None:
    """Note what was done in this transaction: ``record(session, person, "job.stop", target="job 3", project_id=1)``.

    An action is ``thing.verb``; `detail` is what one would ask next (the role that was given, the reason of a refusal),
    numbers, texts and lists of them, without secrets.
    """
    asking = ASKING.get()
    session.add(
        AuditEntry(
            at=now_ms(),
            user_id=actor.id,
            actor=actor.name[:200],
            via=str(actor.via)[:20],
            via_name=actor.via_name,
            action=action,
            target=_cut(target),
            project_id=project_id,
            address=asking.address,
            request_id=asking.request_id,
            detail={key: _clean(value) for key, value in detail.items() if value is not None} or None,
        )
    )
    session.flush()


@dataclass(frozen=True, slots=True)
class Filter:
    """Which entries are asked for; what is None allows all."""

    #: Projects whose entries may be seen; None sees all, also what belongs to no project.
    project_ids: frozenset[int] | None = None
    actor: str | None = None
    #: An action, or the thing before its dot: ``job`` finds ``job.stop``.
    action: str | None = None
    target: str | None = None
    since: int | None = None
    until: int | None = None


def find(session: Session, *, wanted: Filter, before: int | None, limit: int) -> tuple[list[AuditEntry], int | None]:
    """The newest entries first, and where the next page begins."""
    query = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(limit + 1)
    if before is not None:
        query = query.where(AuditEntry.id < before)
    if wanted.project_ids is not None:
        query = query.where(AuditEntry.project_id.in_(wanted.project_ids))
    if wanted.actor is not None:
        query = query.where(AuditEntry.actor == wanted.actor)
    if wanted.action is not None:
        thing = AuditEntry.action.startswith(f"{wanted.action}.", autoescape=True)
        query = query.where(thing | (AuditEntry.action == wanted.action))
    if wanted.target is not None:
        query = query.where(AuditEntry.target == wanted.target)
    if wanted.since is not None:
        query = query.where(AuditEntry.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(AuditEntry.at < wanted.until)
    return cut_page(list(session.scalars(query)), limit, lambda row: row.id)


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return _cut(value)
    return [_clean(one) for one in value] if isinstance(value, list | tuple | set | frozenset) else value


def _cut(text: str) -> str:
    text = SECRET.sub("***", text)
    return text if len(text) <= TEXT_CHARACTERS else text[: TEXT_CHARACTERS - 1] + "…"
