"""Jobs, their attempts, their log, and what live streams have yet to tell."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Boolean, Float, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from snellen.server.db import Base, Json
from snellen.server.jobs.sweep_tables import Sweep
from snellen.server.projects.tables import Project

# SQLite numbers rows by itself only in a column of exactly its INTEGER.
RowId = BigInteger().with_variant(Integer, "sqlite")
#: Below every value: a job without one is the last when the best come first.
NO_RANK = -1e308


class Job(Base):
    """One training. Times are Unix milliseconds."""

    __tablename__ = "jobs"
    __table_args__ = (
        # What the list of jobs is sorted by, and what it counts to be filtered by.
        Index("ix_jobs_name_id", "name", "id"),
        Index("ix_jobs_epochs_id", "epochs", "id"),
        Index("ix_jobs_best", "primary_name", "primary_source", "best_rank", "id"),
        Index("ix_jobs_kinds", "project_id", "trainer", "task", "dataset_id", "state"),
        # No trial of a sweep is there twice, whoever makes it.
        Index("ix_jobs_sweep_id_trial", "sweep_id", "trial", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), index=True)
    client_id: Mapped[str] = mapped_column(String(36), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(20), index=True)
    trainer: Mapped[str] = mapped_column(String(100))
    task: Mapped[str] = mapped_column(String(20))
    model: Mapped[str] = mapped_column(Text)
    epochs: Mapped[int]
    params: Mapped[dict[str, Any]] = mapped_column(Json)
    resources: Mapped[dict[str, Any]] = mapped_column(Json)
    launcher: Mapped[str] = mapped_column(String(100))
    #: Why it is not started yet, while it waits; None where nobody has looked.
    waits_for: Mapped[str | None] = mapped_column(Text)
    #: How often it goes on by itself when it is lost, and how often it did.
    restarts: Mapped[int] = mapped_column(default=0)
    restarted: Mapped[int] = mapped_column(default=0)
    dataset_id: Mapped[int | None] = mapped_column(ForeignKey("datasets.id"), index=True)
    snapshot: Mapped[str | None] = mapped_column(String(64))
    dataset_name: Mapped[str | None] = mapped_column(String(200))
    class_names: Mapped[list[str]] = mapped_column(Json)
    primary_name: Mapped[str] = mapped_column(String(300))
    primary_direction: Mapped[str] = mapped_column(String(3))
    primary_source: Mapped[str] = mapped_column(String(10))
    #: Whether the creator named the primary metric; if not, an external job takes it from its first result.
    primary_given: Mapped[bool] = mapped_column(Boolean)
    attempt: Mapped[int] = mapped_column(default=0)
    stop_requested: Mapped[bool] = mapped_column(Boolean, default=False)
    #: Whether the end of the epoch is not to be waited for.
    stop_now: Mapped[bool] = mapped_column(Boolean, default=False)
    #: Why it is asked to, where nobody asked for this job alone; the reason of its end when it has stopped.
    stop_reason: Mapped[str | None] = mapped_column(Text)
    #: Whether it runs code that a person chose, or begins with what such code wrote: see ``jobs/code.py``.
    runs_code: Mapped[bool] = mapped_column(Boolean, default=True)
    #: Who created it; null for the server's operator.
    created_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    #: The checkpoint that it begins with: ``{artifact_id, job_id, name, epoch, key, size, sha256}``.
    initial: Mapped[dict[str, Any] | None] = mapped_column(Json)
    #: The sweep that it is a trial of, and its number there, from 1.
    sweep_id: Mapped[int | None] = mapped_column(ForeignKey("sweeps.id"))
    trial: Mapped[int | None]
    progress: Mapped[dict[str, Any] | None] = mapped_column(Json)
    best_epoch: Mapped[int | None]
    best_value: Mapped[float | None] = mapped_column(Float)
    #: The best value so that more is better whatever the direction; ``NO_RANK`` where there is none.
    best_rank: Mapped[float] = mapped_column(Float, default=NO_RANK)
    #: The primary metric over the epochs, thinned out: ``[[epoch, value], …]``.
    history: Mapped[list[tuple[int, float]]] = mapped_column(Json, default=list)
    last_epoch: Mapped[int | None]
    #: The newest epoch whose predictions the trainer has written; ahead of `last_epoch` while they wait.
    announced_epoch: Mapped[int] = mapped_column(default=0)
    #: The time of the newest event that was accepted, by its sender's clock, and never ahead of ours.
    newest_event_at: Mapped[int | None] = mapped_column(BigInteger)
    #: Since when announced epochs have waited for a result: since the last one, or since the first that waits.
    waiting_since: Mapped[int | None] = mapped_column(BigInteger)
    exit_reason: Mapped[str | None] = mapped_column(Text)
    exit_detail: Mapped[str | None] = mapped_column(Text)
    warnings: Mapped[list[str]] = mapped_column(Json, default=list)
    log_lines: Mapped[int] = mapped_column(default=0)
    mlflow_run_id: Mapped[str | None] = mapped_column(String(64))
    #: The newest stream event whose change is in MLflow.
    mirrored_through: Mapped[int] = mapped_column(BigInteger, default=0)
    created_at: Mapped[int] = mapped_column(BigInteger)
    started_at: Mapped[int | None] = mapped_column(BigInteger)
    #: When this attempt's training began, and which part of the job was done then.
    training_since: Mapped[int | None] = mapped_column(BigInteger)
    training_from: Mapped[float] = mapped_column(Float, default=0.0)
    ended_at: Mapped[int | None] = mapped_column(BigInteger)
    heartbeat_at: Mapped[int | None] = mapped_column(BigInteger)
    project: Mapped[Project] = relationship()
    sweep: Mapped[Sweep | None] = relationship()
    tagged: Mapped[list[JobTag]] = relationship(order_by="JobTag.tag", cascade="all, delete-orphan")

    @property
    def tags(self) -> list[str]:
        """Its tags in order."""
        return sorted(each.tag for each in self.tagged)


class JobTag(Base):
    """A word that people found for a job; the project is that of the job, so that its tags are counted quickly."""

    __tablename__ = "job_tags"
    __table_args__ = (Index("ix_job_tags_project_id_tag", "project_id", "tag"), Index("ix_job_tags_tag", "tag"))

    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    tag: Mapped[str] = mapped_column(String(50), primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))


class Attempt(Base):
    """One start of a job, with a token of its own. ``handle`` is how its launcher finds it again."""

    __tablename__ = "attempts"
    __table_args__ = (UniqueConstraint("job_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id"), index=True)
    number: Mapped[int]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    accepted_through: Mapped[int] = mapped_column(default=0)
    handle: Mapped[dict[str, Any] | None] = mapped_column(Json)
    folder: Mapped[str | None] = mapped_column(Text)
    #: What a supervisor far away is told once, for a code: ``{code_hash, spec, config}``; None when it has been.
    enrolment: Mapped[dict[str, Any] | None] = mapped_column(Json)
    #: Where it runs: its folder, its processes and its GPUs are there. None for what Snellen did not start.
    machine: Mapped[str | None] = mapped_column(String(200))
    #: Whether what runs of it is to be ended by the servers of its machine, since another attempt follows.
    kill_requested: Mapped[bool] = mapped_column(Boolean, default=False, index=True)
    created_at: Mapped[int] = mapped_column(BigInteger)


class LogLine(Base):
    """One line of a job's log, numbered from 1."""

    __tablename__ = "log_lines"

    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id"), primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    time: Mapped[int] = mapped_column(BigInteger)
    level: Mapped[str] = mapped_column(String(10))
    text: Mapped[str] = mapped_column(Text)


class StreamEvent(Base):
    """What a live stream has to tell, written in the transaction of the change itself.

    ``data`` is None where the row that changed says it all (the job, the metric points of this revision).
    """

    __tablename__ = "stream_events"
    __table_args__ = (Index("ix_stream_events_job_id_id", "job_id", "id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id"))
    kind: Mapped[str] = mapped_column(String(20))
    data: Mapped[dict[str, Any] | None] = mapped_column(Json)
    created_at: Mapped[int] = mapped_column(BigInteger)
