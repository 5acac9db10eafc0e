"""From where the request came that is being answered: for the audit log, for limits, for the list of sessions."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass

AGENT_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Asking:
    """The address of the client (behind trusted proxies its own, not theirs), its program, the request's id."""

    address: str | None = None
    agent: str | None = None
    request_id: str | None = None


#: Set by the outermost middleware; empty in commands and in background work.
ASKING: ContextVar[Asking] = ContextVar("snellen_asking", default=Asking())  # noqa: B039 - frozen
