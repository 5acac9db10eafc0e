"""Deleting datasets over HTTP: here, because it asks which jobs depend on them."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from snellen.contract.states import JobState
from snellen.errors import DatasetInUse
from snellen.server.auth import audit
from snellen.server.auth.api import CurrentPerson
from snellen.server.auth.people import Permission
from snellen.server.datasets import deletion
from snellen.server.datasets import service as datasets
from snellen.server.datasets.access import of_dataset
from snellen.server.datasets.deletion import Trash
from snellen.server.datasets.importer import Importer
from snellen.server.jobs import service
from snellen.server.jobs.tables import Job
from snellen.server.state import AppState, State

LISTED = 100
DELETED = "its dataset has been deleted"

router = APIRouter(tags=["datasets"])
Hash = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
Force = Annotated[bool, Query(description="Also when jobs depend on it: they keep their curves and lose their images.")]


class DependentJob(BaseModel):
    """A job that is pinned to a snapshot."""

    id: int
    name: str
    state: JobState
    snapshot: str | None


class Dependents(BaseModel):
    """The newest hundred jobs that depend on a dataset, and how many there are."""

    jobs: list[DependentJob]
    total: int


@router.get("/datasets/{dataset_id}/dependents", dependencies=[of_dataset(Permission.READ)])
def dependents(dataset_id: int, state: AppState, snapshot: str | None = None) -> Dependents:
    """The jobs that depend on a dataset, or on one snapshot of it."""
    with state.database.read() as session:
        datasets.get_dataset(session, dataset_id)
        if snapshot is not None:
            datasets.snapshot_of(session, dataset_id, snapshot)
        jobs, total = _jobs_of(session, dataset_id, snapshot)
    found = [DependentJob(id=j.id, name=j.name, state=JobState(j.state), snapshot=j.snapshot) for j in jobs[:LISTED]]
    return Dependents(jobs=found, total=total)


@router.delete("/datasets/{dataset_id}", status_code=204, dependencies=[of_dataset(Permission.WRITE)])
def delete_dataset(dataset_id: int, person: CurrentPerson, state: AppState, force: Force = False) -> Response:
    """Delete a dataset with all its snapshots and every file that no other one has."""
    with state.database.read() as session:
        datasets.get_dataset(session, dataset_id)
        _check_unused(session, dataset_id, None, force)
        rows = datasets.snapshots(session, dataset_id)
    with _trash(state).marked(rows), state.database.write() as session:
        row = datasets.get_dataset(session, dataset_id)
        _let_go(session, dataset_id, None, force)
        audit.record(session, person, "dataset.delete", target=f"dataset {row.name}", project_id=row.project_id)
        deletion.delete_dataset(session, dataset_id)
    sweep(state)
    return Response(status_code=204)


@router.delete(
    "/datasets/{dataset_id}/snapshots/{snapshot}", status_code=204, dependencies=[of_dataset(Permission.WRITE)]
)
def delete_snapshot(
    dataset_id: int, snapshot: Hash, person: CurrentPerson, state: AppState, force: Force = False
) -> Response:
    """Delete one snapshot of a dataset and every file that no other one has."""
    with state.database.read() as session:
        row = datasets.snapshot_of(session, dataset_id, snapshot)
        _check_unused(session, dataset_id, snapshot, force)
    with _trash(state).marked([row]), state.database.write() as session:
        datasets.snapshot_of(session, dataset_id, snapshot)
        _let_go(session, dataset_id, snapshot, force)
        of = datasets.get_dataset(session, dataset_id)
        what = f"snapshot {snapshot[:12]} of {of.name}"
        audit.record(session, person, "snapshot.delete", target=what, project_id=of.project_id)
        deletion.delete_snapshot(session, dataset_id, snapshot)
    sweep(state)
    return Response(status_code=204)


def _pinned(dataset_id: int, snapshot: str | None) -> ColumnElement[bool]:
    of_dataset = Job.dataset_id == dataset_id
    return of_dataset if snapshot is None else of_dataset & (Job.snapshot == snapshot)


def _jobs_of(session: Session, dataset_id: int, snapshot: str | None) -> tuple[list[Job], int]:
    which = _pinned(dataset_id, snapshot)
    total = session.scalar(select(func.count()).select_from(Job).where(which)) or 0
    return list(session.scalars(select(Job).where(which).order_by(Job.id.desc()).limit(LISTED))), total


def _check_unused(session: Session, dataset_id: int, snapshot: str | None, force: bool) -> None:
    jobs, total = _jobs_of(session, dataset_id, snapshot)
    if not total or force:
        return
    what = f"dataset {dataset_id}" if snapshot is None else f"snapshot {snapshot[:12]} of dataset {dataset_id}"
    raise DatasetInUse(
        f"{total} job{'s depend' if total > 1 else ' depends'} on {what}; with force=true they keep their curves and "
        "lose their images",
        problems=[
            {"severity": "error", "code": "job", "message": f"job {job.id} ({job.name}) is {job.state}"} for job in jobs
        ],
    )


def _let_go(session: Session, dataset_id: int, snapshot: str | None, force: bool) -> None:
    """Part the jobs from what is to be deleted; those that wait for it never run."""
    _check_unused(session, dataset_id, snapshot, force)
    for job in session.scalars(select(Job).where(_pinned(dataset_id, snapshot)).order_by(Job.id).with_for_update()):
        job.dataset_id = None
        if job.state == JobState.QUEUED:
            service.set_state(session, job, JobState.FAILED, reason=DELETED)
    session.flush()


def sweep(state: State) -> None:
    """Remove the objects of what was deleted, behind the imports that were asked for before."""
    cast(Importer, state.parts["importer"]).submit_between(_trash(state).sweep)


def _trash(state: State) -> Trash:
    return cast(Trash, state.parts["trash"])
