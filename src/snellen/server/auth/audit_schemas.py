"""Entries of the audit log as they are read."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel


class AuditOut(BaseModel):
    """Who did what. ``user_id`` is null for the server's operator and for nobody."""

    id: int
    at: int
    user_id: int | None
    actor: str
    via: str
    via_name: str | None
    action: str
    target: str
    project_id: int | None
    address: str | None
    request_id: str | None
    detail: dict[str, Any] | None


class AuditPage(BaseModel):
    """Entries, the newest first."""

    items: list[AuditOut]
    next_cursor: str | None
