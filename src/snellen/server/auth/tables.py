"""Tokens of people and programs, and sessions of browsers. Only hashes are kept."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from snellen.server.db import Base, Json


class ApiToken(Base):
    """A token of a user, or of the server's operator (no ``user_id``).

    ``place`` is the machine and the data directory of the one that opens the whole server; it has no ``prefix``.
    """

    __tablename__ = "api_tokens"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[int] = mapped_column(BigInteger)
    place: Mapped[str | None] = mapped_column(Text)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    #: Its first characters, by which its owner knows it again.
    prefix: Mapped[str | None] = mapped_column(String(20))
    #: Names of permissions; null for all.
    scopes: Mapped[list[str] | None] = mapped_column(Json)
    #: Ids of the projects that it is limited to; null for all.
    project_ids: Mapped[Any] = mapped_column(Json, nullable=True)
    expires_at: Mapped[int | None] = mapped_column(BigInteger)
    #: To an hour.
    last_used_at: Mapped[int | None] = mapped_column(BigInteger)


class LoginSession(Base):
    """A browser that logged in, as a user or with a token.

    It ends when it is logged out, at ``expires_at``, when nobody used it for long, or with its token or its user.
    """

    __tablename__ = "sessions"

    id: Mapped[int] = mapped_column(primary_key=True)
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    #: Of one that was opened with a token: it may what the token may, and ends with it.
    token_id: Mapped[int | None] = mapped_column(ForeignKey("api_tokens.id", ondelete="CASCADE"), index=True)
    #: Of one that a user opened with a password, or through the provider of the single sign-on.
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[int] = mapped_column(BigInteger)
    #: The last request, to a few minutes.
    seen_at: Mapped[int] = mapped_column(BigInteger)
    #: How it was opened: ``password``, ``sso``, ``token`` or ``link``.
    opened_by: Mapped[str] = mapped_column(String(20))
    #: Where it was opened from, and by which program.
    address: Mapped[str | None] = mapped_column(String(100))
    agent: Mapped[str | None] = mapped_column(String(200))
