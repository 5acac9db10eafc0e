"""Reads a whole backup and says what of it is not as it was made."""

from __future__ import annotations

import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from snellen.errors import ObjectMissing, reason_of
from snellen.server.operations.archive import Archive, BackupBroken, Manifest, Stored, digest_of, object_key

THREADS = 8


def verify(archive: Archive, name: str | None = None) -> tuple[str, Manifest, list[str]]:
    """The name of a backup (the newest without one), its manifest, and what is wrong with it: nothing, it is hoped."""
    name, manifest = archive.read(name)
    problems: list[str] = []
    with tempfile.TemporaryDirectory(prefix="snellen-verify-") as folder:
        workdir = Path(folder)
        files = {f"tables/{table}.jsonl.gz": held for table, held in manifest.tables.items()} | manifest.secrets
        for relative, held in files.items():
            try:
                archive.fetch(name, relative, held, workdir / "file")
            except BackupBroken as error:
                problems.append(error.detail)
        try:
            objects = archive.objects(name, manifest, workdir)
        except BackupBroken as error:
            return name, manifest, [*problems, error.detail]
    unique = {each.sha256: each for each in objects}.values()
    with ThreadPoolExecutor(THREADS) as pool:
        problems += [problem for problem in pool.map(lambda each: _problem(archive, each), unique) if problem]
    return name, manifest, problems


def _problem(archive: Archive, each: Stored) -> str | None:
    what = f"{each.store}: {each.key}"
    try:
        found, _ = digest_of(archive.store.stream(object_key(each.sha256)))
    except ObjectMissing:
        return f"{what} is gone from the backup ({object_key(each.sha256)})"
    except Exception as error:
        return f"{what} can't be read: {reason_of(error)}"
    return None if found == each.sha256 else f"{what} holds other bytes than when the backup was made"
