"""People, and what each may do in which project."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from snellen.server.db import Base


class User(Base):
    """A person with an account; never deleted, so that what they made keeps its maker, but disabled."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    #: What they log in with, in lower case.
    name: Mapped[str] = mapped_column(String(64), unique=True)
    display_name: Mapped[str | None] = mapped_column(String(200))
    email: Mapped[str | None] = mapped_column(String(320))
    #: argon2; null for who has not set one yet, or logs in elsewhere.
    password_hash: Mapped[str | None] = mapped_column(Text)
    #: Administrator of the whole server.
    is_admin: Mapped[bool] = mapped_column(Boolean, default=False)
    disabled: Mapped[bool] = mapped_column(Boolean, default=False)
    created_at: Mapped[int] = mapped_column(BigInteger)


class Membership(Base):
    """A person's role in a project, and apart from it whether they may run code of their own there."""

    __tablename__ = "memberships"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True, index=True)
    role: Mapped[str] = mapped_column(String(10))
    run_code: Mapped[bool] = mapped_column(Boolean, default=False)
    created_at: Mapped[int] = mapped_column(BigInteger)
