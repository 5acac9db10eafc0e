"""Puts a backup into a database and stores that are empty: of any kind, whatever it was made from.

Everything is verified first. Then the objects are copied, which no row names yet, and then all rows appear in one
transaction: who looks sees nothing, or everything.
"""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, delete, func, inspect, select, text, update

from snellen.contract.events import now_ms
from snellen.contract.states import ACTIVE, JobState
from snellen.errors import Conflict, ObjectMissing
from snellen.server.auth.service import TOKEN_FILE, hash_token
from snellen.server.cluster.stores import adopt_stores, mark_of
from snellen.server.db import Database, alembic_config, migrate, migrating
from snellen.server.operations.archive import Archive, BackupBroken, Manifest, Stored, checked, digest_of, object_key
from snellen.server.operations.table_files import fill, go_on_counting
from snellen.server.operations.verification import verify
from snellen.server.settings import Settings
from snellen.storage import Store

THREADS = 8
#: A database in which one of these has a row is in use.
TELLING = ("jobs", "datasets", "imports", "users")
#: Tables that say which servers and stores there were.
MARKS = "store_marks"
OF_THE_OLD_SITE = ("leases", "servers", MARKS)
REASON = "it ran when the backup was made from which this server was restored; resume it, or let its script go on"
log = logging.getLogger("snellen.restore")


class TargetInUse(Conflict):
    """What is to be restored into holds something."""

    code = "target_in_use"


def restore(
    settings: Settings,
    database: Database,
    stores: dict[str, Store],
    archive: Archive,
    *,
    name: str | None = None,
    force: bool = False,
    told: Callable[[str], None] = log.info,
) -> tuple[str, Manifest]:
    """Restore a backup, the newest without a name.

    With `force` everything in the database is removed, and objects of the same key are replaced. The caller holds the
    data directory, so that no server runs there. Raises :class:`TargetInUse`, or
    :class:`~snellen.server.operations.archive.BackupBroken` before anything is written.
    """
    told("verifying the backup")
    name, manifest, problems = verify(archive, name)
    if problems:
        raise BackupBroken(
            f"backup {name} is not whole ({len(problems)} problems); take another one",
            problems=[{"severity": "error", "code": "backup", "message": text} for text in problems[:100]],
        )
    _check_revision(database, name, manifest)
    if not force:
        _check_stores(database, stores)
        _check_unused(database)
    with tempfile.TemporaryDirectory(prefix="snellen-restore-") as folder:
        workdir = Path(folder)
        objects = archive.objects(name, manifest, workdir)
        wanted = [each for each in objects if not _is_there(stores, each, force)]
        told(f"copying {len(wanted)} of {len(objects)} objects")
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(lambda each: _copy(archive, stores, each), wanted))
        told("writing the rows")
        token = _restore_token(settings, archive, name, manifest, workdir)
        with migrating(database) as connection:
            _empty(connection)
            command.upgrade(alembic_config(connection), manifest.revision)
            _fill(connection, archive, name, manifest, workdir)
            _settle(connection, manifest, token)
    migrate(database)
    adopt_stores(database, stores)
    return name, manifest


def _check_revision(database: Database, name: str, manifest: Manifest) -> None:
    with database.engine.connect() as connection:
        script = ScriptDirectory.from_config(alembic_config(connection))
    known = {revision.revision for revision in script.walk_revisions()}
    if manifest.revision not in known:
        raise BackupBroken(
            f"backup {name} was made by Snellen {manifest.snellen} (schema {manifest.revision}), which is newer than "
            f"this one; update Snellen, then restore"
        )


def _check_stores(database: Database, stores: dict[str, Store]) -> None:
    """Not by mistake into the stores of another database; with force they become this one's."""
    with database.engine.connect() as connection:
        known: dict[str, str] = {}
        if inspect(connection).has_table(MARKS):
            found = MetaData()
            found.reflect(connection, only=[MARKS])
            marks = found.tables[MARKS]
            known = dict(connection.execute(select(marks.c.name, marks.c.mark)).tuples().all())
    for kind, store in stores.items():
        mark = mark_of(store)
        if mark is not None and mark != known.get(kind):
            raise TargetInUse(
                f"the {kind} store {store.url} belongs to another database; restore into an empty one "
                f"(SNELLEN_{kind.upper()}_STORE), or use --force if it is the one that the backup is of"
            )


def _check_unused(database: Database) -> None:
    with database.engine.connect() as connection:
        found = MetaData()
        found.reflect(connection)
        for table in (found.tables[name] for name in TELLING if name in found.tables):
            count = connection.scalar(select(func.count()).select_from(table)) or 0
            if count:
                raise TargetInUse(
                    f"the database holds {count} {table.name}; restore into an empty one (SNELLEN_DATABASE_URL, "
                    "--data-dir), or use --force to remove everything that is there"
                )


def _is_there(stores: dict[str, Store], each: Stored, force: bool) -> bool:
    """Whether the very object is in its store already; another one under its key is an error unless forced."""
    store = stores[each.store]
    try:
        if store.size(each.key) == each.size and digest_of(store.stream(each.key))[0] == each.sha256:
            return True
    except ObjectMissing:
        return False
    if not force:
        raise TargetInUse(
            f"the {each.store} store {store.url} holds another object {each.key}; restore into an empty store, "
            "or use --force to replace it"
        )
    return False


def _copy(archive: Archive, stores: dict[str, Store], each: Stored) -> None:
    source = archive.store.stream(object_key(each.sha256))
    stores[each.store].put_chunks(each.key, checked(source, each.sha256, f"the backup's {each.key}"))


def _empty(connection: Connection) -> None:
    found = MetaData()
    found.reflect(connection)
    found.drop_all(connection)


def _fill(connection: Connection, archive: Archive, name: str, manifest: Manifest, workdir: Path) -> None:
    found = MetaData()
    found.reflect(connection)
    unknown = sorted(set(manifest.tables) - set(found.tables))
    if unknown:
        raise BackupBroken(f"backup {name} has tables that its schema {manifest.revision} has not: {unknown}")
    for table in found.sorted_tables:
        held = manifest.tables.get(table.name)
        if held is not None:
            path = archive.fetch(name, f"tables/{table.name}.jsonl.gz", held, workdir / "rows")
            fill(connection, table, held.columns, path)
            go_on_counting(connection, table)


def _settle(connection: Connection, manifest: Manifest, token: str | None) -> None:
    """What was true of the old site alone: what ran, what MLflow had, whose token opens the server."""
    found = MetaData()
    found.reflect(connection, only=[n for n in ("jobs", "attempts", "api_tokens") if inspect(connection).has_table(n)])
    jobs, attempts, tokens = (found.tables[name] for name in ("jobs", "attempts", "api_tokens"))
    lost = {"state": JobState.LOST.value, "exit_reason": REASON, "ended_at": now_ms()}
    connection.execute(update(jobs).where(jobs.c.state.in_(_states(ACTIVE))).values(**lost))
    connection.execute(update(attempts).values(handle=None))
    connection.execute(update(jobs).values(mlflow_run_id=None, mirrored_through=0))
    for name in OF_THE_OLD_SITE:
        if inspect(connection).has_table(name):
            connection.execute(text(f"DELETE FROM {name}"))  # noqa: S608 - names of our own
    if "place" in tokens.c:
        # That of another machine must not open this one.
        others = [] if token is None else [tokens.c.token_hash != hash_token(token)]
        connection.execute(delete(tokens).where(tokens.c.place.is_not(None), *others))


def _states(states: Sequence[JobState] | frozenset[JobState]) -> list[str]:
    return [state.value for state in states]


def _restore_token(settings: Settings, archive: Archive, name: str, manifest: Manifest, workdir: Path) -> str | None:
    """The old site's token, unless this data directory has one of its own."""
    path = settings.data_dir / TOKEN_FILE
    if not path.is_file() and TOKEN_FILE in manifest.secrets:
        source = archive.fetch(name, TOKEN_FILE, manifest.secrets[TOKEN_FILE], workdir / TOKEN_FILE)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(source.read_bytes())
    return path.read_text(encoding="utf-8").strip() if path.is_file() else None
