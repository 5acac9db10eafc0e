"""Who did what."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from snellen.server.db import Base, Json


class AuditEntry(Base):
    """One thing that somebody did, or was refused.

    Names beside ids, and no foreign keys: an entry outlives the user, the project and the thing it speaks of.
    """

    __tablename__ = "audit_log"
    __table_args__ = (Index("ix_audit_log_project_id_id", "project_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[int] = mapped_column(BigInteger, index=True)
    #: Of a user; the operator of the server's machine, a job and nobody have none.
    user_id: Mapped[int | None] = mapped_column(index=True)
    actor: Mapped[str] = mapped_column(String(200))
    #: How it was known who asks: ``session``, ``token``, ``password``, ``sso``, ``link``; ``none`` where it was not.
    via: Mapped[str] = mapped_column(String(20))
    #: Of a token that has a name.
    via_name: Mapped[str | None] = mapped_column(String(200))
    action: Mapped[str] = mapped_column(String(100), index=True)
    target: Mapped[str] = mapped_column(String(300))
    project_id: Mapped[int | None]
    address: Mapped[str | None] = mapped_column(String(100))
    request_id: Mapped[str | None] = mapped_column(String(100))
    detail: Mapped[dict[str, Any] | None] = mapped_column(Json)
