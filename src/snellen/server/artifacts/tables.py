"""Artifacts and the uploads that become them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from snellen.server.db import Base, Json


class Artifact(Base):
    """A published file of a job in the internal store. The row, not the store, holds its content type.

    One row for each (job, kind, name, epoch), where a checkpoint's epoch says where it is from and does not
    tell it apart: ``last`` is one row that moves on.
    """

    __tablename__ = "artifacts"
    __table_args__ = (Index("ix_artifacts_job_id_kind_name", "job_id", "kind", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id"))
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(300))
    epoch: Mapped[int | None]
    key: Mapped[str] = mapped_column(Text)
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))
    content_type: Mapped[str] = mapped_column(String(200))
    details: Mapped[dict[str, Any]] = mapped_column(Json)
    created_at: Mapped[int] = mapped_column(BigInteger)


class Upload(Base):
    """An announced file that is not published yet; its parts are in the internal store under ``uploads/<id>/``."""

    __tablename__ = "uploads"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(300))
    epoch: Mapped[int | None]
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))
    content_type: Mapped[str] = mapped_column(String(200))
    details: Mapped[dict[str, Any]] = mapped_column(Json)
    part_size: Mapped[int] = mapped_column(BigInteger, server_default="16777216")
    #: When it was announced last, which a supervisor that goes on with it does again.
    created_at: Mapped[int] = mapped_column(BigInteger)
