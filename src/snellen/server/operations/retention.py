"""Removes prediction sets that were not meant to be kept for ever: told in the job's log and in the result itself.

Of each job the best and the last epoch are kept and every n-th, of one that runs also what is recent. Numbers, matrix
and plots of an epoch stay; its images can't be looked at any more.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, or_, select, true
from sqlalchemy.orm import Session

from snellen.contract.events import now_ms
from snellen.contract.states import ENDED
from snellen.errors import ObjectMissing
from snellen.server.artifacts.tables import Artifact
from snellen.server.auth import audit
from snellen.server.db import Database
from snellen.server.jobs import service as jobs
from snellen.server.jobs import stream
from snellen.server.jobs.tables import Job
from snellen.server.validation import service as validation
from snellen.server.validation.tables import ValidationResult
from snellen.storage import Store

#: Of a job that has not ended, the newest epochs are kept too: it may be resumed, and somebody is looking at them.
RECENT_EPOCHS = 3
#: Who does it, in the audit log.
RETENTION = audit.Named("retention")
LISTED = 20
log = logging.getLogger("snellen.retention")


@dataclass(frozen=True, slots=True)
class Doomed:
    """The prediction sets of one job that are to go: their epochs and all their objects."""

    job_id: int
    name: str
    epochs: tuple[int, ...]
    keys: tuple[str, ...]


def reason_for(every: int) -> str:
    """Why a set was removed, for people."""
    more = f", and every {every}th," if every > 1 else ""
    return f"only the best epoch and the last{more} keep their predictions (SNELLEN_KEEP_PREDICTIONS_EVERY={every})"


def doomed(session: Session, *, every: int) -> list[Doomed]:
    """What goes when every `every`-th epoch is kept; with 0 only the best and the last, with 1 nothing goes."""
    if every == 1:
        return []
    found: dict[int, list[ValidationResult]] = {}
    names: dict[int, str] = {}
    query = select(ValidationResult, Job.id, Job.name).join(Job, Job.id == ValidationResult.job_id)
    for row, job_id, name in session.execute(query.where(*_goes(every)).order_by(Job.id, ValidationResult.epoch)):
        found.setdefault(job_id, []).append(row)
        names[job_id] = name
    return [
        Doomed(
            job_id,
            names[job_id],
            tuple(row.epoch for row in rows),
            tuple(sorted({key for row in rows for key in validation.keys_of(row)})),
        )
        for job_id, rows in found.items()
    ]


def size_of(store: Store, keys: Iterable[str]) -> int:
    """How many bytes objects take; those that are gone take none."""
    total = 0
    for key in keys:
        try:
            total += store.size(key)
        except ObjectMissing:
            continue
    return total


def remove(database: Database, internal: Store, *, every: int) -> list[Doomed]:
    """Remove them, job by job: first the row says so, then the objects go."""
    with database.read() as session:
        wanted = doomed(session, every=every)
    done = []
    for each in wanted:
        with database.write() as session:
            removed, keys = _remove_of(session, each.job_id, every)
        if removed:
            internal.delete(*keys)
            log.info(
                "job %d: the prediction sets of %d epochs removed", each.job_id, len(removed),
                extra={"about": {"job": each.job_id}},
            )  # fmt: skip
            done.append(Doomed(each.job_id, each.name, removed, tuple(keys)))
    return done


def _goes(every: int) -> list[ColumnElement[bool]]:
    r = ValidationResult
    nth: ColumnElement[bool] = r.epoch % every != 0 if every > 1 else true()
    return [
        r.predictions_key.is_not(None),
        nth,
        or_(Job.best_epoch.is_(None), r.epoch != Job.best_epoch),
        or_(Job.last_epoch.is_(None), r.epoch != Job.last_epoch),
        or_(Job.state.in_(ENDED), r.epoch <= Job.last_epoch - RECENT_EPOCHS),
    ]


def _remove_of(session: Session, job_id: int, every: int) -> tuple[tuple[int, ...], list[str]]:
    """The epochs of a job whose rows say now that their sets are gone, and the objects that nothing names any more."""
    job = jobs.get_job(session, job_id, lock=True)  # decided anew: its best epoch may have become another
    query = select(ValidationResult).join(Job, Job.id == ValidationResult.job_id)
    rows = list(session.scalars(query.where(Job.id == job_id, *_goes(every)).order_by(ValidationResult.epoch)))
    keys: set[str] = set()
    for row in rows:
        keys |= validation.keys_of(row)
        row.predictions_key = row.matches_key = row.truth_key = None
        row.removed_at, row.removed_reason = now_ms(), reason_for(every)
    if not rows:
        return (), []
    session.execute(delete(Artifact).where(Artifact.job_id == job_id, Artifact.key.in_(keys)))
    session.flush()
    epochs = tuple(row.epoch for row in rows)
    text = f"prediction sets of epochs {_listed(epochs)} removed: {reason_for(every)}"
    jobs.add_log_lines(session, job, [jobs.log_line(text)])
    told = {"epochs": list(epochs), "reason": reason_for(every)}
    audit.record(session, RETENTION, "predictions.remove", target=f"job {job_id}", project_id=job.project_id, **told)
    for row in rows:
        data = {"epoch": row.epoch, "evaluated": row.evaluated, "best_epoch": job.best_epoch}
        stream.tell(session, job_id, "validation", data)
    return epochs, validation.unnamed(session, job_id, keys)


def _listed(epochs: Sequence[int]) -> str:
    more = f" and {len(epochs) - LISTED} more" if len(epochs) > LISTED else ""
    return ", ".join(map(str, epochs[:LISTED])) + more
