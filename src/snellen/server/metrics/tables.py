"""Metric keys and points. The primary key of a point is (job, key, step): a re-send replaces."""

from __future__ import annotations

from sqlalchemy import BigInteger, Float, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from snellen.server.db import Base


class MetricKey(Base):
    """A key as the framework wrote it, and its category."""

    __tablename__ = "metric_keys"
    __table_args__ = (UniqueConstraint("job_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id"))
    key: Mapped[str] = mapped_column(String(300))
    category: Mapped[str] = mapped_column(String(40))


class MetricPoint(Base):
    """One value. ``value`` is null where ``kind`` isn't ``finite`` (``NaN``, ``Infinity``, ``-Infinity``).

    ``revision`` is the stream event that told of it, so that streams and the mirror ask for what is new.
    """

    __tablename__ = "metric_points"
    __table_args__ = (
        Index("ix_metric_points_job_id_revision", "job_id", "revision"),
        {"sqlite_with_rowid": False},
    )

    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id"), primary_key=True)
    key_id: Mapped[int] = mapped_column(ForeignKey("metric_keys.id"), primary_key=True)
    step: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    epoch: Mapped[int | None]
    time: Mapped[int] = mapped_column(BigInteger)
    value: Mapped[float | None] = mapped_column(Float)
    kind: Mapped[str] = mapped_column(String(10))
    revision: Mapped[int] = mapped_column(BigInteger)
