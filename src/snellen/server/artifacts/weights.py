"""Stored checkpoints for jobs that begin with one: of their own earlier attempt, or of another job."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from snellen.contract.events import ArtifactKind
from snellen.errors import ArtifactNotFound, InvalidInput, ObjectMissing
from snellen.server.artifacts import service
from snellen.server.artifacts.tables import Artifact
from snellen.server.auth.people import Person
from snellen.server.db import Database
from snellen.server.jobs import service as jobs
from snellen.storage import Store, object_keys

#: A checkpoint is replaced while it is copied at most so often before it is given up.
COPIES = 3


class JobWeights:
    """What the jobs ask of artifacts; see :class:`~snellen.server.jobs.going_on.StoredWeights`."""

    def __init__(self, database: Database, internal: Store) -> None:
        self._database = database
        self._internal = internal

    def newest(self, session: Session, job_id: int) -> str | None:
        """The name of the newest checkpoint that the job can go on from."""
        found = resumable(session, job_id)
        return found[0].name if found else None

    def initial(self, artifact_id: int, project_id: int) -> dict[str, Any]:
        """A checkpoint of a project, copied to a key of its own; raises :class:`~snellen.errors.ArtifactNotFound`."""
        for _ in range(COPIES):
            found = self._described(artifact_id, project_id)
            key = object_keys.initial_key(found["name"], found["sha256"])
            try:
                if not self._internal.exists(key):
                    self._internal.copy(found["key"], key)
            except ObjectMissing:
                continue  # a newer one took its place meanwhile
            return {**found, "key": key}
        raise ArtifactNotFound(f"checkpoint {artifact_id} is gone from the store; take another")

    def project_of(self, session: Session, artifact_id: int, person: Person) -> int:
        """The project of an artifact that somebody sees; raises :class:`~snellen.errors.ArtifactNotFound`."""
        found = jobs.project_of(session, service.get_artifact(session, artifact_id).job_id)
        if not person.sees(found):
            raise service.no_artifact(artifact_id)
        return found

    def _described(self, artifact_id: int, project_id: int) -> dict[str, Any]:
        with self._database.read() as session:
            row = service.get_artifact(session, artifact_id)
            if jobs.project_of(session, row.job_id) != project_id:
                raise service.no_artifact(artifact_id)
            if row.kind != ArtifactKind.CHECKPOINT:
                raise InvalidInput(f"init_from: artifact {artifact_id} is a {row.kind}, expected a checkpoint")
            job = jobs.get_job(session, row.job_id)
            return {
                "artifact_id": row.id,
                "job_id": job.id,
                "name": row.name,
                "epoch": row.epoch,
                "key": row.key,
                "size": row.size,
                "sha256": row.sha256,
                "trainer": job.trainer,
                "task": job.task,
                "model": job.model,
                "runs_code": job.runs_code,
                "project_id": job.project_id,
            }


def resumable(session: Session, job_id: int) -> list[Artifact]:
    """The checkpoints that a job can go on from, the newest epoch first, ``last`` before others of its epoch."""
    query = select(Artifact).where(
        Artifact.job_id == job_id, Artifact.kind == ArtifactKind.CHECKPOINT, Artifact.epoch.is_not(None)
    )
    found = [row for row in session.scalars(query) if row.details.get("resumable", True) is not False]
    return sorted(found, key=lambda row: (-(row.epoch or 0), not row.name.startswith("last"), -row.created_at))
