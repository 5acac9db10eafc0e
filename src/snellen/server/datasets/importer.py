"""Runs imports, one at a time, in a thread beside the requests."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from snellen.contract.events import now_ms
from snellen.errors import DatasetInvalid, SnellenError
from snellen.server.datasets import service
from snellen.server.datasets.tables import Import
from snellen.server.db import Database
from snellen.storage import Store

log = logging.getLogger("snellen.importer")


class Importer:
    """Reads a folder, saves a snapshot in the external store, then records it: files first, row second."""

    def __init__(self, database: Database, external: Store) -> None:
        self._database = database
        self._external = external
        self._progress: dict[int, tuple[int, int]] = {}
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="import")
        self._closing = threading.Event()

    def submit(self, *, name: str, source: str, format_name: str | None) -> int:
        """Queue an import; returns its id."""
        with self._database.write() as session:
            row = Import(
                name=name, source=source, format=format_name, state="running", problems=[], created_at=now_ms()
            )
            session.add(row)
            session.flush()
            import_id = row.id
        self._pool.submit(self._run, import_id, name, Path(source), format_name)
        return import_id

    def progress(self, import_id: int) -> tuple[int, int] | None:
        """Steps done and in all while the import runs."""
        return self._progress.get(import_id)

    def close(self) -> None:
        """Stop taking imports; the running one is abandoned at its next step."""
        self._closing.set()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _run(self, import_id: int, name: str, source: Path, format_name: str | None) -> None:
        try:
            values = self._import(import_id, name, source, format_name)
        except DatasetInvalid as error:
            values = {
                "state": "failed",
                "error": error.detail,
                "problems": error.problems[: service.LISTED_PROBLEMS],
                "problem_count": len(error.problems),
            }
        except SnellenError as error:
            values = {"state": "failed", "error": error.detail}
        except InterruptedError:
            return  # marked at the next start
        except Exception as error:
            log.exception("import %s", import_id)
            values = {"state": "failed", "error": f"{type(error).__name__}: {error}"}
        with self._database.write() as session:
            row = service.get_import(session, import_id)
            for key, value in values.items():
                setattr(row, key, value)
        self._progress.pop(import_id, None)

    def _import(self, import_id: int, name: str, source: Path, format_name: str | None) -> dict[str, Any]:
        from snellen.formats import read_folder, save_snapshot

        # Reading and saving each go once through all images.
        def reading(done: int, total: int) -> None:
            self._step(import_id, done, 2 * total)

        def saving(done: int, total: int) -> None:
            self._step(import_id, total + done, 2 * total)

        found = read_folder(source, format=format_name, progress=reading)
        info = save_snapshot(found.content, self._external, progress=saving)
        warnings = [w.as_dict() for w in found.warnings]
        with self._database.write() as session:
            dataset, snapshot = service.record_snapshot(
                session, name=name, info=info.as_dict(), warnings=warnings[: service.LISTED_PROBLEMS]
            )
            total = self._progress.get(import_id, (0, 0))[1]
            return {
                "state": "completed",
                "dataset_id": dataset.id,
                "snapshot": snapshot.hash,
                "problems": warnings[: service.LISTED_PROBLEMS],
                "problem_count": len(warnings),
                "done": total,
                "total": total,
            }

    def _step(self, import_id: int, done: int, total: int) -> None:
        if self._closing.is_set():
            raise InterruptedError
        self._progress[import_id] = (done, total)
