"""Which objects of the stores the rows name: what a backup holds, and what a collector must leave alone."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from snellen.errors import ObjectMissing
from snellen.server.artifacts.tables import Artifact
from snellen.server.datasets.tables import Snapshot
from snellen.server.jobs.tables import Job
from snellen.server.validation.tables import ValidationResult
from snellen.storage import Store, object_keys

EXTERNAL, INTERNAL = "external", "internal"
#: Keys that end with the beginning of their own hash never hold other bytes.
HASHED = re.compile(r"-([0-9a-f]{12})(?:\.\w+)?$")


@dataclass(frozen=True, slots=True)
class Named:
    """An object that a row names, and its SHA-256 where it is known beforehand."""

    store: str
    key: str
    sha256: str | None = None

    @property
    def immutable(self) -> bool:
        """Whether the key never holds other bytes."""
        return self.sha256 is not None or HASHED.search(self.key) is not None or self.key.startswith("snapshots/")


def named_by_rows(session: Session) -> list[Named]:
    """All but the files of snapshots, which :func:`files_of` gives."""
    found = {Named(INTERNAL, key, sha) for key, sha in session.execute(select(Artifact.key, Artifact.sha256)).tuples()}
    known = {each.key for each in found}
    found |= {Named(INTERNAL, key) for key in _keys_of_results(session) if key not in known}
    for initial in session.scalars(select(Job.initial).where(Job.initial.is_not(None))):
        if initial and initial["key"] not in known:
            found.add(Named(INTERNAL, initial["key"], initial["sha256"]))
    for digest, problems in session.execute(select(Snapshot.hash, Snapshot.problems_key)):
        found |= {Named(EXTERNAL, object_keys.snapshot_prefix(digest) + name) for name in SNAPSHOT_NAMES}
        if problems is not None:
            found.add(Named(EXTERNAL, problems))
    return sorted(found, key=lambda each: (each.store, each.key, each.sha256 or ""))


def snapshot_hashes(session: Session) -> list[str]:
    """The hashes of all snapshots."""
    return sorted(set(session.scalars(select(Snapshot.hash))))


def files_of(external: Store, snapshots: Iterable[str]) -> Iterator[Named]:
    """The files that snapshots are made of, each once; a snapshot whose list is gone has none."""
    seen: set[str] = set()
    for snapshot in snapshots:
        for sha256 in hashes_of(external, snapshot) - seen:
            seen.add(sha256)
            yield Named(EXTERNAL, object_keys.file_key(sha256), sha256)


def hashes_of(external: Store, snapshot: str) -> set[str]:
    """The hashes of a snapshot's files."""
    import polars as pl

    key = object_keys.snapshot_prefix(snapshot) + object_keys.SNAPSHOT_FILES["images"]
    try:
        data = external.get_bytes(key)
    except ObjectMissing:
        return set()
    return set(pl.read_parquet(io.BytesIO(data), columns=["sha256"])["sha256"].to_list())


SNAPSHOT_NAMES = tuple(object_keys.SNAPSHOT_FILES.values())


def _keys_of_results(session: Session) -> Iterator[str]:
    r = ValidationResult
    for predictions, matches, truth in session.execute(select(r.predictions_key, r.matches_key, r.truth_key)):
        yield from (key for key in (predictions, matches) if key)
        if truth:
            yield from object_keys.truth_keys(truth)
