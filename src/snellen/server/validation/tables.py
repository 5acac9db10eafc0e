"""Validation results: a row an epoch. Per-image data stays in the prediction set."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Boolean, Float, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from snellen.server.db import Base, Json


class ValidationResult(Base):
    """What one epoch's validation said: reported by the trainer, and computed from the prediction set."""

    __tablename__ = "validation_results"

    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id"), primary_key=True)
    epoch: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    task_type: Mapped[str] = mapped_column(String(20))
    primary_metric_name: Mapped[str | None] = mapped_column(String(300))
    primary_metric_value: Mapped[float | None] = mapped_column(Float)
    #: ``finite``, ``NaN``, ``Infinity``, ``-Infinity``; null when there is no value.
    primary_metric_kind: Mapped[str | None] = mapped_column(String(10))
    overall_loss: Mapped[Any] = mapped_column(Json, nullable=True)
    metrics: Mapped[dict[str, Any]] = mapped_column(Json)
    class_names: Mapped[list[str]] = mapped_column(Json)
    visualization_urls: Mapped[dict[str, str]] = mapped_column(Json)
    confusion_matrix: Mapped[Any] = mapped_column(Json, nullable=True)
    evaluation: Mapped[dict[str, Any] | None] = mapped_column(Json)
    evaluation_error: Mapped[str | None] = mapped_column(Text)
    predictions_key: Mapped[str | None] = mapped_column(Text)
    matches_key: Mapped[str | None] = mapped_column(Text)
    #: Truth that came as JSON with the result; null where the snapshot holds it.
    truth_key: Mapped[str | None] = mapped_column(Text)
    #: When and why the prediction set was removed: its keys are null since then.
    removed_at: Mapped[int | None] = mapped_column(BigInteger)
    removed_reason: Mapped[str | None] = mapped_column(Text)
    attempt: Mapped[int]
    evaluated: Mapped[bool] = mapped_column(Boolean, default=False)
    created_at: Mapped[int] = mapped_column(BigInteger)
    updated_at: Mapped[int] = mapped_column(BigInteger)
