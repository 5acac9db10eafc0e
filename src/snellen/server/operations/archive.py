"""How a backup lies in its place, a folder or a bucket, which holds as many as one makes.

::

    backups/2026-11-27T010203Z/manifest.json      written last: without it there is no backup
                               tables/jobs.jsonl.gz, …
                               objects.jsonl.gz   [store, key, sha256, size] of each object
                               token, snellen.toml
    objects/01/<sha256>                           each once, whatever the number of backups
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from snellen.errors import InvalidInput, ObjectMissing, SnellenError
from snellen.storage import Store

FORMAT = 1
MANIFEST, OBJECTS = "manifest.json", "objects.jsonl.gz"


class BackupBroken(SnellenError):
    """A backup that isn't whole, or isn't what its manifest says."""

    status, code = 422, "backup_broken"


@dataclass(frozen=True, slots=True)
class Held:
    """One file of a backup: its size in bytes and its SHA-256; of a table also its columns and rows."""

    size: int
    sha256: str
    rows: int = 0
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stored:
    """One object of a store: where it was, and what it holds."""

    store: str
    key: str
    sha256: str
    size: int


@dataclass(slots=True)
class Manifest:
    """What a backup holds."""

    made_at: int
    snellen: str
    #: The revision of the schema that the tables are of.
    revision: str
    dialect: str
    tables: dict[str, Held] = field(default_factory=dict)
    objects: Held | None = None
    #: Whether the objects of the stores are in it.
    with_objects: bool = True
    object_count: int = 0
    object_bytes: int = 0
    #: Files of the data directory, which are secret.
    secrets: dict[str, Held] = field(default_factory=dict)
    #: Objects that rows name and the stores had not, or held other bytes of: ``[store, key, why]``.
    missing: list[list[str]] = field(default_factory=list)
    format: int = FORMAT


class Archive:
    """The backups of one place."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def names(self) -> list[str]:
        """Those that are whole, the oldest first."""
        keys = self.store.list("backups/")
        return sorted(key.split("/")[1] for key in keys if key.endswith(f"/{MANIFEST}") and key.count("/") == 2)

    def read(self, name: str | None) -> tuple[str, Manifest]:
        """A backup by name, the newest without one. Raises :class:`BackupBroken` when there is none."""
        names = self.names()
        name = name or (names[-1] if names else None)
        if name is None or name not in names:
            listed = ", ".join(names[-10:]) or "none"
            raise BackupBroken(f"{self.store.url} holds no backup {name or ''}; there are: {listed}")
        told = json.loads(self.store.get_bytes(f"backups/{name}/{MANIFEST}"))
        if told.get("format") != FORMAT:
            raise BackupBroken(f"backup {name} has format {told.get('format')}, this Snellen reads {FORMAT}: update it")
        told["tables"] = {key: _held(value) for key, value in told["tables"].items()}
        told["secrets"] = {key: _held(value) for key, value in told["secrets"].items()}
        told["objects"] = None if told["objects"] is None else _held(told["objects"])
        return name, Manifest(**told)

    def write(self, name: str, manifest: Manifest) -> None:
        """From now on the backup is there."""
        text = json.dumps(asdict(manifest), ensure_ascii=False, indent=1)
        self.store.put_bytes(f"backups/{name}/{MANIFEST}", text.encode(), "application/json")

    def put_file(self, name: str, relative: str, path: Path, *, rows: int = 0, columns: tuple[str, ...] = ()) -> Held:
        """Keep a file of a backup."""
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        self.store.put_file(f"backups/{name}/{relative}", path)
        return Held(path.stat().st_size, digest, rows, columns)

    def fetch(self, name: str, relative: str, held: Held, target: Path) -> Path:
        """Bring a file of a backup here; :class:`BackupBroken` when it isn't what the manifest says."""
        try:
            self.store.download(f"backups/{name}/{relative}", target)
        except ObjectMissing as error:
            raise BackupBroken(f"backup {name}: {relative} is gone") from error
        with target.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if digest != held.sha256:
            raise BackupBroken(f"backup {name}: {relative} holds other bytes than when it was made; take another one")
        return target

    def objects(self, name: str, manifest: Manifest, workdir: Path) -> list[Stored]:
        """The objects of a backup."""
        if manifest.objects is None:
            return []
        path = self.fetch(name, OBJECTS, manifest.objects, workdir / OBJECTS)
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            return [Stored(*json.loads(line)) for line in lines]

    def has(self, sha256: str, size: int) -> bool:
        """Whether an object is there already."""
        try:
            return self.store.size(object_key(sha256)) == size
        except ObjectMissing:
            return False


def object_key(sha256: str) -> str:
    """``objects/01/<sha256>``."""
    return f"objects/{sha256[:2]}/{sha256}"


def digest_of(chunks: Iterator[bytes]) -> tuple[str, int]:
    """SHA-256 and size of what comes."""
    digest, size = hashlib.sha256(), 0
    for chunk in chunks:
        digest.update(chunk)
        size += len(chunk)
    return digest.hexdigest(), size


def checked(chunks: Iterator[bytes], sha256: str, what: str) -> Iterator[bytes]:
    """The same chunks; with another hash it raises before its end, so that nothing is stored."""
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
        yield chunk
    if digest.hexdigest() != sha256:
        raise InvalidInput(f"{what} holds other bytes than {sha256[:12]}…")


def _held(told: dict[str, object]) -> Held:
    return Held(**{**told, "columns": tuple(told["columns"])})  # type: ignore[arg-type]
