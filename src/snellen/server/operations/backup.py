"""Makes a backup while the server runs: rows as of one moment, and every object that they name.

Objects are removed by the server only after no row names them, and never change. So most are copied before the rows
are read, and what is new after: if one of those is gone by then, a newer row has taken its place, and the rows are
read once more. What is still missing then is missing from the store.
"""

from __future__ import annotations

import gzip
import json
import logging
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from snellen import __version__
from snellen.contract.events import now_ms
from snellen.errors import InvalidInput, ObjectMissing
from snellen.server.db import Database
from snellen.server.operations.archive import OBJECTS, Archive, Held, Manifest, Stored, checked, digest_of, object_key
from snellen.server.operations.named_objects import Named, files_of, named_by_rows, snapshot_hashes
from snellen.server.operations.table_files import LEFT_OUT, dump
from snellen.server.settings import CONFIG_NAME, Settings
from snellen.server.tables import metadata
from snellen.storage import Store

#: Rows are read again at most so often because an object went away meanwhile.
ROUNDS = 4
THREADS = 8
SECRET_FILES = ("token", CONFIG_NAME)
Told = Callable[[str], None]
log = logging.getLogger("snellen.backup")


class Backup:
    """One backup of one site."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        stores: dict[str, Store],
        archive: Archive,
        *,
        with_objects: bool = True,
        with_secrets: bool = True,
        told: Told = log.info,
    ) -> None:
        self._settings = settings
        self._database = database
        self._stores = stores
        self._archive = archive
        self._with_objects = with_objects
        self._with_secrets = with_secrets
        self._told = told
        #: What is in the archive already, by where it is in the stores.
        self._known: dict[tuple[str, str], Stored] = {}
        self._missing: dict[tuple[str, str], str] = {}

    def make(self) -> tuple[str, Manifest]:
        """Make it; returns its name and what it holds."""
        with tempfile.TemporaryDirectory(prefix="snellen-backup-") as folder:
            workdir = Path(folder)
            self._remember_last(workdir)
            if self._with_objects:
                with self._database.read() as session:
                    wanted, snapshots = named_by_rows(session), snapshot_hashes(session)
                self._copy(wanted, snapshots)
            for number in range(1, ROUNDS + 1):
                name = _name(self._archive)
                manifest, stored, gone = self._round(name, workdir)
                if not gone or gone == set(self._missing) or number == ROUNDS:
                    break
                self._told("objects were replaced meanwhile: reading the rows once more")
                self._missing = dict.fromkeys(gone, "")
            self._finish(name, manifest, stored, workdir)
        return name, manifest

    def _round(self, name: str, workdir: Path) -> tuple[Manifest, list[Stored], set[tuple[str, str]]]:
        """Rows of one moment, and what they name; also what could not be copied."""
        with self._moment() as connection:
            manifest = self._dump_tables(connection, name, workdir)
            with Session(connection) as session:
                wanted, snapshots = named_by_rows(session), snapshot_hashes(session)
        if not self._with_objects:
            manifest.with_objects = False
            return manifest, [], set()
        stored, missing = self._copy(wanted, snapshots)
        manifest.missing = [[*place, why] for place, why in sorted(missing.items())]
        return manifest, stored, set(missing)

    @contextmanager
    def _moment(self) -> Iterator[Connection]:
        engine = self._database.engine
        if engine.dialect.name == "postgresql":
            engine = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with engine.connect() as connection:  # on SQLite the journal gives every reader one moment
            yield connection
            connection.rollback()

    def _dump_tables(self, connection: Connection, name: str, workdir: Path) -> Manifest:
        revision = connection.scalar(text("SELECT version_num FROM alembic_version"))
        manifest = Manifest(now_ms(), __version__, str(revision), connection.dialect.name)
        path = workdir / "rows"
        for table in metadata.sorted_tables:
            if table.name not in LEFT_OUT:
                rows = dump(connection, table, path)
                columns = tuple(table.columns.keys())
                place = f"tables/{table.name}.jsonl.gz"
                manifest.tables[table.name] = self._archive.put_file(name, place, path, rows=rows, columns=columns)
        return manifest

    def _copy(self, wanted: list[Named], snapshots: list[str]) -> tuple[list[Stored], dict[tuple[str, str], str]]:
        """Copy what is wanted and not there yet; what is there, and why the rest is not."""
        files = list(files_of(self._stores["external"], snapshots))
        stored: list[Stored] = []
        missing: dict[tuple[str, str], str] = {}
        with ThreadPoolExecutor(THREADS) as pool:
            for named, found in zip([*wanted, *files], pool.map(self._copy_one, [*wanted, *files]), strict=True):
                if isinstance(found, Stored):
                    stored.append(found)
                else:
                    missing[named.store, named.key] = found
        return stored, missing

    def _copy_one(self, named: Named) -> Stored | str:
        place = named.store, named.key
        known = self._known.get(place)
        if known is not None and named.immutable and named.sha256 in (None, known.sha256):
            return known
        store = self._stores[named.store]
        try:
            sha256, size = (named.sha256, store.size(named.key)) if named.sha256 else digest_of(store.stream(named.key))
            if not self._archive.has(sha256, size):
                self._archive.store.put_chunks(
                    object_key(sha256), checked(store.stream(named.key), sha256, f"{named.store}: {named.key}")
                )
        except ObjectMissing:
            return "it is not in the store"
        except InvalidInput as error:
            return error.detail
        self._known[place] = Stored(named.store, named.key, sha256, size)
        return self._known[place]

    def _remember_last(self, workdir: Path) -> None:
        """Objects of the backup before need not be read again, if they are still there."""
        names = self._archive.names()
        if names:
            name, manifest = self._archive.read(names[-1])
            here = self._archive.store.sizes("objects/")
            for each in self._archive.objects(name, manifest, workdir):
                if here.get(object_key(each.sha256)) == each.size:
                    self._known[each.store, each.key] = each

    def _finish(self, name: str, manifest: Manifest, stored: list[Stored], workdir: Path) -> None:
        path = workdir / "list"
        with gzip.open(path, "wt", encoding="utf-8") as file:
            for each in stored:
                file.write(json.dumps([each.store, each.key, each.sha256, each.size], ensure_ascii=False) + "\n")
        manifest.objects = replace(self._archive.put_file(name, OBJECTS, path), rows=len(stored))
        manifest.object_count = len(stored)
        manifest.object_bytes = sum({each.sha256: each.size for each in stored}.values())
        if self._with_secrets:
            manifest.secrets = dict(self._secrets(name))
        self._archive.write(name, manifest)

    def _secrets(self, name: str) -> Iterator[tuple[str, Held]]:
        for file in SECRET_FILES:
            path = self._settings.data_dir / file
            if path.is_file():
                yield file, self._archive.put_file(name, file, path)


def _name(archive: Archive) -> str:
    """After the moment; one that is taken gets a number."""
    name = first = datetime.now(UTC).strftime("%Y-%m-%dT%H%M%SZ")
    taken, number = set(archive.names()), 1
    while name in taken:
        number += 1
        name = f"{first}-{number}"
    return name
