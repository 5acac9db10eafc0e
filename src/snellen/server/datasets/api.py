"""Datasets over HTTP."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import APIRouter, Query

from snellen.server.auth import audit
from snellen.server.auth.access import signed_in
from snellen.server.auth.api import CurrentPerson
from snellen.server.auth.people import Permission
from snellen.server.datasets import service
from snellen.server.datasets.access import of_dataset, of_import
from snellen.server.datasets.importer import Importer, Progress, Wanted
from snellen.server.datasets.roots import Roots
from snellen.server.datasets.schemas import (
    ClassCount,
    DatasetDetail,
    DatasetOut,
    DatasetPage,
    ImageCount,
    ImportCreate,
    ImportOut,
    ImportPage,
    Keypoints,
    Report,
    SnapshotOut,
)
from snellen.server.datasets.sources import check_source
from snellen.server.datasets.tables import Dataset, Import, Snapshot
from snellen.server.projects import service as projects
from snellen.server.projects.schemas import InProject
from snellen.server.schemas import Problem, decode_cursor, encode_cursor
from snellen.server.state import AppState, State

WARNINGS_IN_LISTS = 20

router = APIRouter(tags=["datasets"])


@router.post("/datasets", status_code=202, dependencies=[signed_in])
def import_dataset(body: ImportCreate, person: CurrentPerson, state: AppState) -> ImportOut:
    """Import a dataset; the answer is polled at ``/datasets/imports/{id}``."""
    roots = Roots(state.settings)
    with state.database.write() as session:
        project_id = projects.project_for(session, person, body.project, "an import").id
    check_source(body.source, person, external=state.external, roots=roots)
    wanted = Wanted(
        project_id=project_id,
        name=body.name,
        source=body.source,
        format=body.format,
        options=body.model_dump(mode="json", include={"task", "split", "seed", "decode"}),
        person=person,
        roots=roots if roots.bounds(person) else None,
    )
    import_id = _importer(state).submit(wanted)
    with state.database.write() as session:
        target, source = f"dataset {body.name}", body.source
        audit.record(session, person, "dataset.import", target=target, project_id=project_id, source=source)
    return read_import(import_id, state)


@router.get("/datasets/imports", dependencies=[signed_in])
def list_imports(
    person: CurrentPerson,
    state: AppState,
    project: InProject = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    cursor: str | None = None,
) -> ImportPage:
    """Imports, newest first."""
    importer = _importer(state)
    with state.database.read() as session:
        seen = projects.ids_of(session, person, project)
        rows, after = service.list_imports(session, projects=seen, limit=limit, before=decode_cursor(cursor))
        items = [_import_out(row, importer.progress(row.id)) for row in rows]
    return ImportPage(items=items, next_cursor=encode_cursor(after))


@router.get("/datasets/imports/{import_id}", dependencies=[of_import(Permission.READ)])
def read_import(import_id: int, state: AppState) -> ImportOut:
    """How far an import is, then what came of it."""
    with state.database.read() as session:
        row = service.get_import(session, import_id)
        running = _importer(state).progress(import_id) if row.state == "running" else None
        return _import_out(row, running)


@router.get("/datasets", dependencies=[signed_in])
def index(
    person: CurrentPerson,
    state: AppState,
    project: InProject = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    cursor: str | None = None,
) -> DatasetPage:
    """Datasets, newest first."""
    with state.database.read() as session:
        seen = projects.ids_of(session, person, project)
        rows, after = service.list_datasets(session, projects=seen, limit=limit, before=decode_cursor(cursor))
        items = [_dataset_out(row, service.snapshots(session, row.id)) for row in rows]
    return DatasetPage(items=items, next_cursor=encode_cursor(after))


@router.get("/datasets/{dataset_id}", dependencies=[of_dataset(Permission.READ)])
def read(dataset_id: int, state: AppState) -> DatasetDetail:
    """One dataset with all its snapshots."""
    with state.database.read() as session:
        row = service.get_dataset(session, dataset_id)
        rows = service.snapshots(session, dataset_id)
        return DatasetDetail(
            **_dataset_out(row, rows).model_dump(), snapshots=[_snapshot_out(s, warnings=100) for s in rows]
        )


def _importer(state: State) -> Importer:
    return cast(Importer, state.parts["importer"])


def _import_out(row: Import, now: Progress | None) -> ImportOut:
    phase, done, total = now or (row.phase, row.done, row.total)
    return ImportOut(
        id=row.id,
        project_id=row.project_id,
        project=row.project.name,
        name=row.name,
        source=row.source,
        filename=(row.options or {}).get("filename"),
        state=row.state,  # type: ignore[arg-type]
        phase=phase if row.state == "running" else None,  # type: ignore[arg-type]
        done=done,
        total=total,
        dataset_id=row.dataset_id,
        snapshot=row.snapshot,
        is_new=row.is_new,
        error=row.error,
        problems=[Problem(**p) for p in row.problems],
        problem_count=row.problem_count,
        report=None if row.report is None else Report(**row.report),
        created_at=row.created_at,
    )


def _dataset_out(row: Dataset, rows: list[Snapshot]) -> DatasetOut:
    latest = _snapshot_out(rows[0], warnings=WARNINGS_IN_LISTS) if rows else None
    return DatasetOut(
        id=row.id,
        project_id=row.project_id,
        project=row.project.name,
        name=row.name,
        created_at=row.created_at,
        latest=latest,
    )


def _snapshot_out(row: Snapshot, *, warnings: int) -> SnapshotOut:
    info = row.info
    return SnapshotOut(
        id=row.id,
        hash=row.hash,
        task=info["task"],
        class_names=info["class_names"],
        images=ImageCount(total=info["images"], by_split=info["by_split"]),
        objects=info["objects"],
        classes=[ClassCount(**c) for c in info["classes"]],
        bytes=info["bytes"],
        keypoints=None if info.get("keypoints") is None else Keypoints(**info["keypoints"]),
        report=None if row.report is None else Report(**row.report),
        warnings=[Problem(**w) for w in row.warnings[:warnings]],
        problem_count=max(row.problem_count, len(row.warnings)),
        created_at=row.created_at,
    )
