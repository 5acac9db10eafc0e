"""What people change of a job afterwards: its name and its tags."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy.orm import Session

from snellen.server.jobs import stream
from snellen.server.jobs.schemas import JobChange
from snellen.server.jobs.tables import Job, JobTag


def change_job(session: Session, job: Job, body: JobChange) -> dict[str, Any]:
    """Give it another name or other tags; returns what is different then, for the audit log."""
    changed: dict[str, Any] = {}
    if body.name is not None and body.name != job.name:
        changed |= {"name": body.name, "before": job.name}
        job.name = body.name
    if body.tags is not None and body.tags != job.tags:
        changed |= {"tags": body.tags, "tags_before": job.tags}
        set_tags(job, body.tags)
    if changed:
        session.flush()
        stream.tell(session, job.id, "job")
    return changed


def set_tags(job: Job, tags: Iterable[str]) -> None:
    """These and no others."""
    wanted = set(tags)
    job.tagged = [each for each in job.tagged if each.tag in wanted] + [
        JobTag(tag=tag, project_id=job.project_id) for tag in sorted(wanted.difference(job.tags))
    ]
