"""Runs imports, one at a time, in a thread beside the requests."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from snellen.contract.events import now_ms
from snellen.errors import DatabaseUnavailable, DatasetInvalid, SnellenError, UploadElsewhere, UploadNotFound, reason_of
from snellen.server.auth.people import Person
from snellen.server.cluster.leases import Held
from snellen.server.cluster.member import Member
from snellen.server.datasets import service
from snellen.server.datasets.roots import Roots
from snellen.server.datasets.sources import UPLOAD, Tell, open_source
from snellen.server.datasets.tables import Import
from snellen.server.datasets.uploads import Uploads
from snellen.server.db import Database
from snellen.storage import Store
from snellen.storage.object_keys import PARQUET, problems_key

if TYPE_CHECKING:
    from snellen.formats import DatasetReading

#: Who imports into the external store, or removes from it.
LEASE = "datasets"
AWAY_SECONDS = 2.0
log = logging.getLogger("snellen.importer")

#: The phase, and how much of it is done of how much (0 when unknown).
Progress = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Wanted:
    """An import that was asked for. ``options``: ``task``, ``split``, ``seed`` and ``decode``."""

    project_id: int
    name: str
    source: str
    format: str | None
    options: dict[str, Any]
    person: Person
    #: What the source may not lead out of; None where anything may be read.
    roots: Roots | None


class Importer:
    """Reads a dataset, saves a snapshot in the external store, then records it: files first, row second.

    One at a time, of all servers that share the store, and never beside a sweep: they take the lease ``datasets``.
    """

    def __init__(self, database: Database, member: Member, external: Store, uploads: Uploads, workdir: Path) -> None:
        self._database = database
        self._member = member
        self._external = external
        self._uploads = uploads
        self._workdir = workdir
        self._progress: dict[int, Progress] = {}
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="import")
        self._closing = threading.Event()

    def submit(self, wanted: Wanted) -> int:
        """Queue an import; returns its id."""
        with self._database.write() as session:
            row = Import(
                project_id=wanted.project_id,
                created_by=wanted.person.id,
                name=wanted.name,
                server=self._member.id,
                source=wanted.source,
                format=wanted.format,
                options={**wanted.options, "filename": self._filename(wanted)},
                state="running",
                phase="waiting",
                problems=[],
                created_at=now_ms(),
            )
            session.add(row)
            session.flush()
            import_id = row.id
        self._pool.submit(self._run, import_id, wanted)
        return import_id

    def _filename(self, wanted: Wanted) -> str | None:
        """What the client called the file that it uploaded, which is gone after the import."""
        if not wanted.source.startswith(UPLOAD):
            return None
        try:
            return self._uploads.get(wanted.source.removeprefix(UPLOAD), wanted.person.key).filename
        except (UploadNotFound, UploadElsewhere):
            return None

    def submit_between(self, work: Callable[[Callable[[], None]], None]) -> None:
        """Queue something that must not run beside an import; what it is given raises when the server ends."""
        self._pool.submit(self._between, work)

    def progress(self, import_id: int) -> Progress | None:
        """How far a running import is."""
        return self._progress.get(import_id)

    def close(self) -> None:
        """Stop taking imports; the running one is abandoned at its next step."""
        self._closing.set()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _between(self, work: Callable[[Callable[[], None]], None]) -> None:
        try:
            with self._member.leases.held(LEASE, self._go_on):
                work(self._go_on)
        except InterruptedError:
            return  # the next start does the rest
        except Exception:
            log.exception("what was queued between imports failed")

    def _go_on(self) -> None:
        if self._closing.is_set():
            raise InterruptedError

    def _run(self, import_id: int, wanted: Wanted) -> None:
        try:
            with self._member.leases.held(LEASE, self._go_on) as lease:
                values = self._import(lease, import_id, wanted)
        except DatasetInvalid as error:
            values = {
                "state": "failed",
                "error": error.detail,
                "problems": error.problems[: service.LISTED_PROBLEMS],
                "problem_count": error.problem_count,
            }
        except InterruptedError:
            return  # marked at the next start
        except Exception as error:
            if not isinstance(error, SnellenError):
                log.exception("import %s", import_id)
            values = {"state": "failed", "error": reason_of(error)}
        self._conclude(import_id, values)
        self._progress.pop(import_id, None)

    def _conclude(self, import_id: int, values: Mapping[str, Any]) -> None:
        while not self._closing.is_set():
            try:
                with self._database.write() as session:
                    row = service.get_import(session, import_id)
                    for key, value in values.items():
                        setattr(row, key, value)
                return
            except DatabaseUnavailable as error:
                log.warning("import %s has ended, the database is told when it is back: %s", import_id, error.detail)
            self._closing.wait(AWAY_SECONDS)

    def _import(self, lease: Held, import_id: int, wanted: Wanted) -> dict[str, Any]:
        from snellen.formats import read_folder

        def tell(phase: str, done: int, total: int) -> None:
            self._go_on()
            self._progress[import_id] = (phase, done, total)

        tell("waiting", 0, 0)
        with open_source(
            wanted.source,
            external=self._external,
            uploads=self._uploads,
            workdir=self._workdir,
            tell=tell,
            owner=wanted.person.key,
            roots=wanted.roots,
        ) as folder:
            found = read_folder(
                folder,
                format=wanted.format,
                **wanted.options,
                keep=self._external,
                progress=lambda done, total: tell("reading", done, total),
            )
            return self._record(lease, import_id, wanted, found, tell)

    def _record(self, lease: Held, import_id: int, wanted: Wanted, found: DatasetReading, tell: Tell) -> dict[str, Any]:
        """The snapshot to the store, then the row."""
        from snellen.formats import save_snapshot

        info = save_snapshot(
            found.content, self._external, kept=found.kept, progress=lambda done, total: tell("saving", done, total)
        ).as_dict()
        key = self._save_problems(found, import_id)
        total = len(found.content.images)
        report, warnings = found.report.as_dict(), [w.as_dict() for w in found.warnings[: service.LISTED_PROBLEMS]]
        with self._database.write() as session:
            self._member.leases.check(session, lease)
            dataset, snapshot, is_new = service.record_snapshot(
                session,
                project_id=wanted.project_id,
                name=wanted.name,
                info=info,
                report=report,
                warnings=warnings,
                problem_count=found.report.problem_count,
                problems_key=key,
            )
            values = {
                "state": "completed",
                "dataset_id": dataset.id,
                "snapshot": snapshot.hash,
                "is_new": is_new,
                "report": report,
                "problems": warnings,
                "problem_count": found.report.problem_count,
                "done": total,
                "total": total,
            }
        if key is not None and not is_new:
            self._external.delete(key)  # those of the first import of this content are kept
        return values

    def _save_problems(self, found: DatasetReading, import_id: int) -> str | None:
        """All warnings that were kept, as a table; they are this import's and no part of the content."""
        from snellen.formats.problems import problem_frame
        from snellen.formats.snapshot import parquet_bytes

        if not found.warnings:
            return None
        ids = {image.path: image_id for image_id, image in enumerate(found.content.images)}
        key = problems_key(import_id)
        self._external.put_bytes(key, parquet_bytes(problem_frame(found.warnings, ids)), PARQUET)
        return key
