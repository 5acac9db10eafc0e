"""Artifacts: announced, received, checked, published; what a newer one replaced is removed from the store."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from snellen.contract.events import ArtifactKind, now_ms
from snellen.errors import ArtifactNotFound, Conflict, UploadNotFound
from snellen.server.artifacts.schemas import ArtifactOut, FileIn, UploadCreate
from snellen.server.artifacts.tables import Artifact, Upload
from snellen.server.jobs import stream
from snellen.server.schemas import cut_page, encode_numbers
from snellen.storage import object_keys

#: How the names of checkpoints that a training goes on from begin, and those of the ones that they replaced.
LAST, PREVIOUS = "last", "previous"
#: A job that begins more uploads than so, and completes none, is stopped there.
MOST_OPEN_UPLOADS = 1000
#: Kinds of which a job has one of each name, whatever the epoch.
ONE_A_NAME = frozenset({ArtifactKind.CHECKPOINT, ArtifactKind.FILE})


def key_of(job_id: int, upload: Upload) -> str:
    """Where in the internal store the file goes; no two different files share a key."""
    if upload.kind == ArtifactKind.PLOT:
        return object_keys.plot_key(job_id, upload.epoch, upload.name)
    if upload.kind == ArtifactKind.PREDICTIONS:
        return object_keys.predictions_key(job_id, upload.epoch or 0, upload.sha256)
    if upload.kind == ArtifactKind.EVALUATION:
        return object_keys.evaluation_key(job_id, upload.epoch or 0, upload.name, upload.sha256)
    if upload.kind == ArtifactKind.CHECKPOINT:
        return object_keys.checkpoint_key(job_id, upload.name, upload.epoch, upload.sha256)
    return object_keys.artifact_key(job_id, upload.name, upload.sha256)


def free_key(session: Session, upload: Upload) -> str:
    """Its key, or one beside it while a row names other bytes there: no file that a row names is overwritten."""
    key = key_of(upload.job_id, upload)
    taken = select(Artifact.id).where(Artifact.key == key, Artifact.sha256 != upload.sha256).limit(1)
    return key if session.scalars(taken).first() is None else object_keys.with_hash(key, upload.sha256)


def announce(session: Session, job_id: int, body: UploadCreate, *, part_size: int) -> Upload:
    """Record a file that is to come; the same file announced again is the same upload, whose parts are kept."""
    told = {
        "kind": body.kind,
        "name": body.name,
        "epoch": body.epoch,
        "size": body.size,
        "sha256": body.sha256,
        "content_type": body.content_type,
    }
    same = select(Upload).where(Upload.job_id == job_id, *(getattr(Upload, key) == told[key] for key in told))
    upload = session.scalars(same.limit(1)).first()
    if upload is None:
        open_ones = session.scalar(select(func.count()).select_from(Upload).where(Upload.job_id == job_id)) or 0
        if open_ones >= MOST_OPEN_UPLOADS:
            raise Conflict(
                f"job {job_id} has {open_ones} uploads that were begun and not completed; complete some of them, or "
                "wait until they expire (SNELLEN_UPLOAD_KEPT_HOURS)"
            )
        upload = Upload(id=uuid.uuid4().hex, job_id=job_id, part_size=part_size, **told)
        session.add(upload)
    upload.details = encode_numbers(body.metadata)
    upload.created_at = now_ms()
    session.flush()
    return upload


def small_upload(job_id: int, file: FileIn, size: int) -> Upload:
    """A file whose bytes came with its announcement; no row is kept of such an upload."""
    return Upload(job_id=job_id, size=size, details={}, **file.model_dump())


def drop_expired(session: Session, *, before: int) -> None:
    """Forget the uploads that nobody announced since a time in milliseconds."""
    session.execute(delete(Upload).where(Upload.created_at < before))


def open_uploads(session: Session) -> set[str]:
    """The ids of all uploads that may still be completed."""
    return set(session.scalars(select(Upload.id)))


def held(session: Session, job_id: int, sha256: str, size: int) -> Artifact | None:
    """A published file of the job with the same bytes."""
    query = select(Artifact).where(Artifact.job_id == job_id, Artifact.sha256 == sha256, Artifact.size == size)
    return session.scalars(query.limit(1)).first()


def get_upload(session: Session, job_id: int, upload_id: str) -> Upload:
    """The open upload of this job; :class:`~snellen.errors.UploadNotFound` when there is none."""
    upload = session.get(Upload, upload_id)
    if upload is None or upload.job_id != job_id:
        raise UploadNotFound(f"job {job_id} has no open upload {upload_id}; announce the file again")
    return upload


def publish(session: Session, upload: Upload, key: str) -> tuple[Artifact, list[str]]:
    """Make the file visible; returns its row and the keys that nothing names any more.

    The keys may be deleted from the store after the commit, never before.
    """
    apart = [] if upload.kind in ONE_A_NAME else [Artifact.epoch == upload.epoch]
    artifact = _find(session, upload.job_id, upload.kind, upload.name, *apart)
    replaced = [] if artifact is None else [artifact.key]
    if artifact is not None and upload.kind == ArtifactKind.CHECKPOINT and artifact.sha256 != upload.sha256:
        replaced += _keep_previous(session, artifact)
    if artifact is None:
        artifact = Artifact(job_id=upload.job_id, kind=upload.kind, name=upload.name)
        session.add(artifact)
    artifact.epoch = upload.epoch
    artifact.key = key
    artifact.size = upload.size
    artifact.sha256 = upload.sha256
    artifact.content_type = upload.content_type
    artifact.details = upload.details
    artifact.created_at = now_ms()
    if upload in session:
        session.delete(upload)
    session.flush()
    stream.tell(session, upload.job_id, "artifact", artifact_out(artifact).model_dump(mode="json"))
    # A set that a stored result names goes with that result, which is replaced later: see the validation's upsert.
    kept = upload.kind in {ArtifactKind.PREDICTIONS, ArtifactKind.EVALUATION}
    return artifact, [k for k in replaced if not kept and not is_named(session, k)]


def _keep_previous(session: Session, last: Artifact) -> list[str]:
    """The ``last`` checkpoint that is about to be replaced stays as ``previous``, in case the new one is found broken.

    Returns the key of the one that was previous until now.
    """
    if not last.name.startswith(LAST):
        return []
    name = PREVIOUS + last.name.removeprefix(LAST)
    row = _find(session, last.job_id, last.kind, name)
    replaced = [] if row is None else [row.key]
    if row is None:
        row = Artifact(job_id=last.job_id, kind=last.kind, name=name)
        session.add(row)
    for column in ("epoch", "key", "size", "sha256", "content_type", "details", "created_at"):
        setattr(row, column, getattr(last, column))
    session.flush()
    stream.tell(session, last.job_id, "artifact", artifact_out(row).model_dump(mode="json"))
    return replaced


def _find(session: Session, job_id: int, kind: str, name: str, *more: ColumnElement[bool]) -> Artifact | None:
    where = (Artifact.job_id == job_id, Artifact.kind == kind, Artifact.name == name, *more)
    return session.scalars(select(Artifact).where(*where).limit(1)).first()


def get_artifact(session: Session, artifact_id: int) -> Artifact:
    """The artifact; :class:`~snellen.errors.ArtifactNotFound` when there is none."""
    found = session.get(Artifact, artifact_id)
    if found is None:
        raise no_artifact(artifact_id)
    return found


def no_artifact(artifact_id: int) -> ArtifactNotFound:
    """What is said of an artifact that isn't there, and of one that isn't there for who asks."""
    return ArtifactNotFound(f"there is no artifact {artifact_id}; it may have been replaced by a newer one")


def list_artifacts(
    session: Session,
    job_id: int,
    *,
    kind: ArtifactKind | None = None,
    epoch: int | None = None,
    limit: int = 200,
    before: int | None = None,
) -> tuple[list[Artifact], int | None]:
    """The job's artifacts, newest first, and where the next page begins."""
    query = select(Artifact).where(Artifact.job_id == job_id).order_by(Artifact.id.desc()).limit(limit + 1)
    if kind is not None:
        query = query.where(Artifact.kind == kind)
    if epoch is not None:
        query = query.where(Artifact.epoch == epoch)
    if before is not None:
        query = query.where(Artifact.id < before)
    rows = list(session.scalars(query))
    return cut_page(rows, limit, lambda row: row.id, weigh=_bytes)


def _bytes(row: Artifact) -> int:
    """About what the row takes in a list."""
    return 400 + len(row.name) + len(row.key) + len(str(row.details))


def artifact_out(row: Artifact) -> ArtifactOut:
    """The artifact as people and programs see it."""
    details: dict[str, Any] = row.details
    return ArtifactOut(
        id=row.id,
        kind=row.kind,
        name=row.name,
        epoch=row.epoch,
        key=row.key,
        size=row.size,
        sha256=row.sha256,
        content_type=row.content_type,
        metadata=details,
        created_at=row.created_at,
        url=f"/api/v1/artifacts/{row.id}/download",
    )


def is_named(session: Session, key: str) -> bool:
    """Whether any artifact's row names the object."""
    return session.scalars(select(Artifact.id).where(Artifact.key == key).limit(1)).first() is not None
