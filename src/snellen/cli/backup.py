"""``snellen backup`` and ``snellen restore``: on the server's machine, with its settings."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from snellen.cli.output import JsonFlag, print_json, say, table, tell

if TYPE_CHECKING:
    from snellen.server.db import Database
    from snellen.server.operations.archive import Archive, Manifest
    from snellen.server.settings import Settings
    from snellen.storage import Store


class _MakesOne(TyperGroup):
    """``snellen backup DEST`` is ``snellen backup make DEST``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] != "--help":
            args = ["make", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(cls=_MakesOne, no_args_is_help=True)

DataDir = Annotated[Path | None, typer.Option("--data-dir", help="The server's data directory (SNELLEN_DATA_DIR).")]
Name = Annotated[str | None, typer.Option("--name", help="Which backup; the newest without it.")]
Place = Annotated[str, typer.Argument(help="A folder, or the URL of a bucket (s3://, gs://, az://).")]


@app.command()
def make(
    destination: Place,
    objects: Annotated[bool, typer.Option(help="Whether files of the stores are in it.")] = True,
    secrets: Annotated[bool, typer.Option(help="Whether the server's token and snellen.toml are in it.")] = True,
    data_dir: DataDir = None,
    as_json: JsonFlag = False,
) -> None:
    """Make a backup while the server runs; a place that holds earlier ones gets only what is new."""
    from snellen.server.operations.backup import Backup

    with site_of(data_dir) as (settings, database, stores):
        _check_schema(database)
        archive = _archive(settings, destination, stores, create=True)
        backup = Backup(settings, database, stores, archive, with_objects=objects, with_secrets=secrets, told=tell)
        name, manifest = backup.make()
    if as_json:
        print_json(_told(name, manifest, manifest.missing))
    else:
        say(_sentence(name, manifest))
    for store, key, why in manifest.missing[:100]:
        tell(f"not in the backup: {store}: {key}: {why}")
    if manifest.missing:
        raise typer.Exit(1)


@app.command()
def verify(source: Place, name: Name = None, data_dir: DataDir = None, as_json: JsonFlag = False) -> None:
    """Read a whole backup and say what of it is not as it was made; status 1 if anything isn't."""
    from snellen.server.operations.verification import verify as verified
    from snellen.server.settings import load

    name, manifest, problems = verified(_archive(load(data_dir=data_dir), source, {}), name)
    if as_json:
        print_json(_told(name, manifest, manifest.missing) | {"problems": problems})
    else:
        say(f"backup {name} is {'whole' if not problems else 'broken'}")
        for problem in problems[:100]:
            tell(f"  {problem}")
    if problems:
        raise typer.Exit(1)


@app.command("list")
def list_backups(source: Place, data_dir: DataDir = None, as_json: JsonFlag = False) -> None:
    """The backups of a place, the newest first."""
    from snellen.server.settings import load

    archive = _archive(load(data_dir=data_dir), source, {})
    found = [archive.read(name) for name in reversed(archive.names())]
    if as_json:
        print_json([_told(name, manifest, manifest.missing) for name, manifest in found])
        return
    rows = [
        [name, manifest.snellen, str(_rows(manifest)), str(manifest.object_count), f"{manifest.object_bytes:,}"]
        for name, manifest in found
    ]
    table(["Backup", "Snellen", "Rows", "Objects", "Bytes"], rows)


def restore(
    source: Place,
    name: Name = None,
    force: Annotated[bool, typer.Option("--force", help="Remove everything that the database holds.")] = False,
    data_dir: DataDir = None,
    as_json: JsonFlag = False,
) -> None:
    """Put a backup into the database and the stores of the settings; no server may run meanwhile."""
    from snellen.server.operations import restore as restoring
    from snellen.server.settings import lock_data_dir, prepare_data_dir

    with site_of(data_dir, create=True) as (settings, database, stores):
        prepare_data_dir(settings)
        lock = lock_data_dir(settings)
        try:
            archive = _archive(settings, source, stores)
            name, manifest = restoring.restore(settings, database, stores, archive, name=name, force=force, told=tell)
        finally:
            lock.close()
    if as_json:
        print_json(_told(name, manifest, manifest.missing))
    else:
        say(f"restored {_sentence(name, manifest)}; start it with `snellen serve`")


@contextmanager
def site_of(data_dir: Path | None, *, create: bool = False) -> Iterator[tuple[Settings, Database, dict[str, Store]]]:
    """The database and the stores of the settings, without a server."""
    from snellen.server.db import Database
    from snellen.server.settings import load
    from snellen.storage import open_store

    settings = load(data_dir=data_dir)
    if create:
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    database = Database(settings.database)
    stores = {
        "external": open_store(settings.external, settings.external_store_options, create=create),
        "internal": open_store(settings.internal, settings.internal_store_options, create=create),
    }
    try:
        yield settings, database, stores
    finally:
        database.close()


def _archive(settings: Settings, place: str, stores: dict[str, Store], *, create: bool = False) -> Archive:
    """Opens a place of backups: for its owner's eyes alone, since there are secrets in it."""
    from snellen.errors import InvalidInput
    from snellen.server.operations.archive import Archive
    from snellen.storage import open_store

    if "://" not in place:
        folder = Path(place).expanduser().resolve()
        if any(s.folder is not None and folder.is_relative_to(s.folder) for s in stores.values()):
            raise InvalidInput(f"{folder} is inside a store of the server; choose a place on another disk")
        if create:
            os.umask(0o077)
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        elif not folder.is_dir():
            raise InvalidInput(f"there is no folder {folder}")
    return Archive(open_store(place, settings.backup_store_options))


def _check_schema(database: Database) -> None:
    from sqlalchemy import inspect, text

    from snellen.errors import StartRefused
    from snellen.server.db import newest_revision

    with database.engine.connect() as connection:
        known = inspect(connection).has_table("alembic_version")
        held = connection.scalar(text("SELECT version_num FROM alembic_version")) if known else None
    if held != newest_revision():
        raise StartRefused(
            f"the database {database.engine.url!r} has the schema {held or 'of nobody'}, this Snellen works with "
            f"{newest_revision()}; run the command with the settings and the version of the server"
        )


def _rows(manifest: Manifest) -> int:
    return sum(held.rows for held in manifest.tables.values())


def _sentence(name: str, manifest: Manifest) -> str:
    files = f"{manifest.object_count:,} objects of {manifest.object_bytes:,} bytes"
    secret = f"; secrets in it: {', '.join(manifest.secrets)}" if manifest.secrets else ""
    return f"backup {name}: {_rows(manifest):,} rows, {files if manifest.with_objects else 'no objects'}{secret}"


def _told(name: str, manifest: Manifest, missing: list[list[str]]) -> dict[str, Any]:
    return {
        "name": name,
        "made_at": manifest.made_at,
        "snellen": manifest.snellen,
        "revision": manifest.revision,
        "rows": {table: held.rows for table, held in manifest.tables.items()},
        "objects": manifest.object_count,
        "bytes": manifest.object_bytes,
        "with_objects": manifest.with_objects,
        "secrets": sorted(manifest.secrets),
        "missing": missing,
    }
