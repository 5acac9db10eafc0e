"""Datasets, their immutable snapshots, and imports."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from snellen.server.db import Base, Json
from snellen.server.projects.tables import Project


class Dataset(Base):
    """A named series of snapshots."""

    __tablename__ = "datasets"
    __table_args__ = (UniqueConstraint("project_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[int] = mapped_column(BigInteger)
    project: Mapped[Project] = relationship()


class Snapshot(Base):
    """One immutable version. ``info`` is the snapshot's own summary, ``report`` what its import found.

    ``warnings`` are the first of ``problem_count``; all that were kept are a table in the
    external store under ``problems_key``.
    """

    __tablename__ = "snapshots"
    __table_args__ = (UniqueConstraint("dataset_id", "hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    dataset_id: Mapped[int] = mapped_column(ForeignKey("datasets.id"), index=True)
    hash: Mapped[str] = mapped_column(String(64), index=True)
    info: Mapped[dict[str, Any]] = mapped_column(Json)
    warnings: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    report: Mapped[dict[str, Any] | None] = mapped_column(Json)
    problem_count: Mapped[int] = mapped_column(default=0)
    problems_key: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[int] = mapped_column(BigInteger)


class Import(Base):
    """One import: its progress, then what came of it.

    ``options`` are how it was asked for (task, split, seed, decode); ``done`` of ``total`` count what ``phase`` does:
    bytes while it fetches or unpacks, images after.
    """

    __tablename__ = "imports"

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), index=True)
    #: Null for the server's operator.
    created_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    name: Mapped[str] = mapped_column(String(200))
    #: The server that runs it.
    server: Mapped[str | None] = mapped_column(String(32))
    source: Mapped[str] = mapped_column(Text)
    format: Mapped[str | None] = mapped_column(String(40))
    options: Mapped[dict[str, Any] | None] = mapped_column(Json)
    state: Mapped[str] = mapped_column(String(20))
    phase: Mapped[str | None] = mapped_column(String(20))
    done: Mapped[int] = mapped_column(BigInteger, default=0)
    total: Mapped[int] = mapped_column(BigInteger, default=0)
    dataset_id: Mapped[int | None] = mapped_column(ForeignKey("datasets.id"))
    snapshot: Mapped[str | None] = mapped_column(String(64))
    is_new: Mapped[bool | None]
    report: Mapped[dict[str, Any] | None] = mapped_column(Json)
    error: Mapped[str | None] = mapped_column(Text)
    problems: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    problem_count: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[int] = mapped_column(BigInteger)
    project: Mapped[Project] = relationship()
