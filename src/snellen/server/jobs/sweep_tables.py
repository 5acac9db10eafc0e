"""Sweeps: searches whose trials are jobs. Here, since a job says whose trial it is; the feature is ``sweeps``."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from snellen.server.db import Base, Json
from snellen.server.projects.tables import Project


class Sweep(Base):
    """One search for good hyperparameters. Times are Unix milliseconds.

    Its trials are jobs with its id. What the search knows is in their rows: no server has anything in memory that
    another could miss.
    """

    __tablename__ = "sweeps"

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), index=True)
    client_id: Mapped[str] = mapped_column(String(36), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(20), index=True)
    #: Why it failed.
    reason: Mapped[str | None] = mapped_column(Text)
    #: In whose name its jobs are made; null for the server's operator.
    created_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    #: What all of its jobs have in common: the body of a request for one, pinned to a snapshot.
    job: Mapped[dict[str, Any]] = mapped_column(Json)
    space: Mapped[dict[str, Any]] = mapped_column(Json)
    method: Mapped[str] = mapped_column(String(20))
    seed: Mapped[int] = mapped_column(BigInteger)
    trials: Mapped[int]
    #: How many run or wait at once; None for as many as are taken, of which one waits.
    parallel: Mapped[int | None]
    early_stopping: Mapped[dict[str, Any] | None] = mapped_column(Json)
    #: How many rungs of early stopping each trial has been judged at, by its number.
    judged: Mapped[dict[str, int]] = mapped_column(Json, default=dict)
    primary_name: Mapped[str] = mapped_column(String(300), default="")
    primary_direction: Mapped[str] = mapped_column(String(3), default="max")
    primary_source: Mapped[str] = mapped_column(String(10), default="")
    created_at: Mapped[int] = mapped_column(BigInteger)
    #: When it began or was last resumed: only failures since then end it.
    since: Mapped[int] = mapped_column(BigInteger)
    ended_at: Mapped[int | None] = mapped_column(BigInteger)
    project: Mapped[Project] = relationship()
