"""Datasets: find them, record snapshots and imports."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NoReturn

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from snellen.contract.events import now_ms
from snellen.errors import DatasetNotFound, SnapshotNotFound
from snellen.server.datasets.tables import Dataset, Import, Snapshot
from snellen.server.db import add_or_find
from snellen.server.schemas import cut_page

LISTED_PROBLEMS = 100
NEWEST = Snapshot.id.desc()


def get_dataset(session: Session, dataset_id: int) -> Dataset:
    """The dataset; :class:`~snellen.errors.DatasetNotFound` when there is none."""
    found = session.get(Dataset, dataset_id)
    if found is None:
        raise no_dataset(dataset_id)
    return found


def project_of(session: Session, dataset_id: int) -> int | None:
    """The project of a dataset; None when there is none."""
    return session.scalar(select(Dataset.project_id).where(Dataset.id == dataset_id))


def no_dataset(wanted: int | str) -> DatasetNotFound:
    """What is said of a dataset that isn't there, and of one that isn't there for who asks."""
    return DatasetNotFound(f"there is no dataset {wanted!r}; `snellen datasets list` shows those there are")


def no_import(import_id: int) -> DatasetNotFound:
    """The same of an import."""
    return DatasetNotFound(f"there is no import {import_id}")


def list_datasets(
    session: Session, *, projects: Collection[int] | None, limit: int, before: int | None
) -> tuple[list[Dataset], int | None]:
    """Datasets of the projects, or of all, newest first, and where the next page begins."""
    query = select(Dataset).order_by(Dataset.id.desc()).limit(limit + 1)
    if projects is not None:
        query = query.where(Dataset.project_id.in_(projects))
    if before is not None:
        query = query.where(Dataset.id < before)
    rows = list(session.scalars(query))
    return cut_page(rows, limit, lambda row: row.id)


def snapshots(session: Session, dataset_id: int) -> list[Snapshot]:
    """The dataset's snapshots, newest first."""
    query = select(Snapshot).where(Snapshot.dataset_id == dataset_id).order_by(Snapshot.id.desc())
    return list(session.scalars(query))


def id_of(name_or_id: int | str) -> int | None:
    """The id that names a dataset; None for a name."""
    is_id = isinstance(name_or_id, int) or (name_or_id.isascii() and name_or_id.isdigit())
    return int(name_or_id) if is_id else None


def resolve(session: Session, name_or_id: int | str, *, project_id: int) -> tuple[Dataset, Snapshot]:
    """A dataset of a project by id or by name, and its newest snapshot."""
    dataset_id = id_of(name_or_id)
    which = Dataset.name == name_or_id if dataset_id is None else Dataset.id == dataset_id
    dataset = session.scalar(select(Dataset).where(which, Dataset.project_id == project_id))
    if dataset is None:
        raise no_dataset(name_or_id)
    newest = snapshots(session, dataset.id)
    if not newest:
        raise SnapshotNotFound(f"dataset {dataset.name!r} has no snapshot yet; import it again")
    return dataset, newest[0]


def snapshot_of(session: Session, dataset_id: int, snapshot_hash: str | None) -> Snapshot:
    """A snapshot of the dataset by its hash; the newest without one."""
    found = session.scalar(select(Snapshot).where(*_is(dataset_id, snapshot_hash)).order_by(NEWEST).limit(1))
    return found or _missing(session, dataset_id, snapshot_hash)


def find_snapshot(session: Session, dataset_id: int, snapshot_hash: str | None) -> str:
    """:func:`snapshot_of`, but its hash alone: pictures come by the hundred."""
    query = select(Snapshot.hash).where(*_is(dataset_id, snapshot_hash))
    return session.scalar(query.order_by(NEWEST).limit(1)) or _missing(session, dataset_id, snapshot_hash)


def _is(dataset_id: int, snapshot_hash: str | None) -> list[ColumnElement[bool]]:
    which = [] if snapshot_hash is None else [Snapshot.hash == snapshot_hash]
    return [Snapshot.dataset_id == dataset_id, *which]


def _missing(session: Session, dataset_id: int, snapshot_hash: str | None) -> NoReturn:
    get_dataset(session, dataset_id)
    raise SnapshotNotFound(f"dataset {dataset_id} has no snapshot {snapshot_hash or '(none imported yet)'}")


def record_snapshot(
    session: Session,
    *,
    project_id: int,
    name: str,
    info: dict[str, Any],
    report: dict[str, Any],
    warnings: list[dict[str, Any]],
    problem_count: int,
    problems_key: str | None,
) -> tuple[Dataset, Snapshot, bool]:
    """The dataset of that name with this snapshot, and whether it is new; what is there already is not made again."""
    dataset = session.scalar(select(Dataset).where(Dataset.project_id == project_id, Dataset.name == name))
    if dataset is None:
        made = Dataset(project_id=project_id, name=name, created_at=now_ms())
        named = select(Dataset).where(Dataset.project_id == project_id, Dataset.name == name)
        dataset = add_or_find(session, made, lambda: session.scalar(named))
    query = select(Snapshot).where(Snapshot.dataset_id == dataset.id, Snapshot.hash == info["hash"])
    snapshot = session.scalar(query)
    if snapshot is not None:
        return dataset, snapshot, False
    snapshot = Snapshot(
        dataset_id=dataset.id,
        hash=info["hash"],
        info=info,
        report=report,
        warnings=warnings,
        problem_count=problem_count,
        problems_key=problems_key,
        created_at=now_ms(),
    )
    kept = add_or_find(session, snapshot, lambda: session.scalar(query))
    return dataset, kept, kept is snapshot


def list_imports(
    session: Session, *, projects: Collection[int] | None, limit: int, before: int | None
) -> tuple[list[Import], int | None]:
    """Imports of the projects, or of all, newest first, and where the next page begins."""
    query = select(Import).order_by(Import.id.desc()).limit(limit + 1)
    if projects is not None:
        query = query.where(Import.project_id.in_(projects))
    if before is not None:
        query = query.where(Import.id < before)
    return cut_page(list(session.scalars(query)), limit, lambda row: row.id)


def get_import(session: Session, import_id: int) -> Import:
    """The import; :class:`~snellen.errors.DatasetNotFound` when there is none."""
    found = session.get(Import, import_id)
    if found is None:
        raise no_import(import_id)
    return found


def fail_interrupted_imports(session: Session, *, servers: Sequence[str]) -> None:
    """Imports that the end of one of `servers` cut short: nothing of them is visible; they can be run again.

    Those of no server are from before servers had ids.
    """
    session.execute(
        update(Import)
        .where(Import.state == "running", or_(Import.server.is_(None), Import.server.in_(servers)))
        .values(state="failed", error="the server stopped during this import; nothing was kept, run it again")
    )


def imported_uploads(session: Session) -> list[str]:
    """The ids of uploads that have been imported."""
    query = select(Import.source).where(Import.state == "completed", Import.source.startswith("upload:"))
    return [source.removeprefix("upload:") for source in session.scalars(query)]
