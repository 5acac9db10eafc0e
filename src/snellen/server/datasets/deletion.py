"""Deletes datasets and snapshots: rows at once, objects by a sweep between imports.

A marker in the external store says what is to be swept, before the rows go: a server that is killed in between leaves
either everything, or rows that are gone and a marker that its next start finds. The sweep runs where imports run, one
at a time, so that none loses a file that it just found there. It asks the rows what is still needed; a marker whose
snapshot has a row (again) is dropped.
"""

from __future__ import annotations

import io
import json
import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from snellen.contract.events import now_ms
from snellen.errors import ObjectMissing
from snellen.server.datasets.frames import SnapshotFrames
from snellen.server.datasets.tables import Dataset, Import, Snapshot
from snellen.server.db import Database
from snellen.storage import Store
from snellen.storage.object_keys import SNAPSHOT_FILES, file_key, snapshot_prefix

if TYPE_CHECKING:
    import polars as pl

TRASH = "trash/"
BATCH = 500
#: No server takes so long between a marker and the end of its transaction.
DELETING_MS = 600_000
THREADS = 16
log = logging.getLogger("snellen.deletion")


def delete_dataset(session: Session, dataset_id: int) -> None:
    """Remove the rows of a dataset; its imports stay, without it. Whoever else refers to it has let go before."""
    session.execute(update(Import).where(Import.dataset_id == dataset_id).values(dataset_id=None))
    session.execute(delete(Snapshot).where(Snapshot.dataset_id == dataset_id))
    session.execute(delete(Dataset).where(Dataset.id == dataset_id))


def delete_snapshot(session: Session, dataset_id: int, snapshot_hash: str) -> None:
    """Remove the row of one snapshot of a dataset."""
    session.execute(delete(Snapshot).where(Snapshot.dataset_id == dataset_id, Snapshot.hash == snapshot_hash))


class Trash:
    """What is to be removed from the external store, and the thumbnails in ``thumbnails`` with it."""

    def __init__(
        self, database: Database, external: Store, frames: SnapshotFrames, thumbnails: Path, *, server: str
    ) -> None:
        self._database = database
        self._frames = frames
        self._external = external
        self._thumbnails = thumbnails
        self._server = server
        #: Held from the marker to the end of the transaction: a sweep sees neither without the other.
        self._lock = threading.Lock()

    @contextmanager
    def marked(self, rows: Iterable[Snapshot]) -> Iterator[None]:
        """Mark the objects of snapshots, then let the rows be removed; if they are not, the mark means nothing."""
        made = {"server": self._server, "at": now_ms()}
        keys = {
            f"{TRASH}{row.hash}-{row.id}": {"snapshot": row.hash, "problems": row.problems_key, **made} for row in rows
        }
        with self._lock:
            for key, what in keys.items():
                self._external.put_bytes(key, json.dumps(what).encode(), "application/json")
            yield

    def sweep(self, go_on: Callable[[], None]) -> None:
        """Remove what is marked and no row names. `go_on` raises to end it early; the next sweep continues.

        Never beside an import.
        """
        with self._lock:
            markers = sorted(self._external.list(TRASH))
        for key in markers:
            marker = json.loads(self._external.get_bytes(key))
            with self._database.read() as session:
                live = set(session.scalars(select(Snapshot.hash).distinct()))
                problems = set(session.scalars(select(Snapshot.problems_key).distinct()))
            if marker["snapshot"] in live and self._may_be_deleting(marker):
                continue
            if marker["snapshot"] not in live:
                _sweep_snapshot(self._external, marker["snapshot"], live, self._thumbnails, go_on)
                self._frames.forget(marker["snapshot"])
            if marker["problems"] is not None and marker["problems"] not in problems:
                self._external.delete(marker["problems"])
            self._external.delete(key)

    def _may_be_deleting(self, marker: dict[str, Any]) -> bool:
        """Whether another server may have put the marker and not yet removed the rows; here the lock is free."""
        others = marker.get("server") not in (None, self._server)
        return others and now_ms() - int(marker.get("at", 0)) < DELETING_MS


def _sweep_snapshot(
    external: Store, snapshot_hash: str, live: set[str], thumbnails: Path, go_on: Callable[[], None]
) -> None:
    """Not whole any more first, so that an import of the same content stores it anew; its list of files last."""
    prefix = snapshot_prefix(snapshot_hash)
    external.delete(prefix + SNAPSHOT_FILES["snapshot"])
    doomed = _files_of(external, snapshot_hash)
    if doomed is not None:
        for other in sorted(live):
            go_on()
            needed = _files_of(external, other)
            if needed is not None:
                doomed = doomed.join(needed, on="sha256", how="anti")
        files = doomed["sha256"].to_list()
        with ThreadPoolExecutor(THREADS) as pool:
            for start in range(0, len(files), BATCH):
                go_on()
                batch = files[start : start + BATCH]
                list(pool.map(external.delete, map(file_key, batch)))
                _drop_thumbnails(thumbnails, batch)
        log.info("snapshot %s: %d files removed", snapshot_hash[:12], len(files))
    external.delete(*(prefix + SNAPSHOT_FILES[name] for name in ("objects", "images")))


def _files_of(external: Store, snapshot_hash: str) -> pl.DataFrame | None:
    """The hashes of a snapshot's files; None when its list isn't there (any more)."""
    import polars as pl

    try:
        data = external.get_bytes(snapshot_prefix(snapshot_hash) + SNAPSHOT_FILES["images"])
    except ObjectMissing:
        return None
    return pl.read_parquet(io.BytesIO(data), columns=["sha256"]).unique()


def _drop_thumbnails(folder: Path, files: list[str]) -> None:
    if not folder.is_dir():
        return
    for side in folder.iterdir():
        for sha256 in files:
            for path in (side / sha256[:2]).glob(f"{sha256}*"):
                path.unlink(missing_ok=True)
