"""Snapshots' tables, read from the external store once and kept while they are in use."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, NamedTuple

from snellen.errors import ObjectMissing
from snellen.server.kept import Kept
from snellen.storage import Store

if TYPE_CHECKING:
    import polars as pl

    from snellen.formats import Snapshot
    from snellen.formats.compare import Comparison

KEEP = 4
#: What the tables of snapshots may take in memory together; a million boxes are about 80 MB, masks are more.
KEEP_BYTES = 512 * 1024**2


class FoundProblems(NamedTuple):
    """Where the problems of a dataset's snapshot are: all in a table, or the first of them here.

    Snapshots of earlier versions have no table.
    """

    snapshot_id: int
    key: str | None
    first: list[dict[str, Any]]


class SnapshotFrames:
    """The last few snapshots' tables in memory; they are immutable, so they never grow stale."""

    def __init__(self, external: Store) -> None:
        self._external = external
        self._snapshots: Kept[str, Snapshot] = Kept(KEEP, weigh=_bytes, most_weight=KEEP_BYTES)
        self._tables: Kept[tuple[str, int, str | None], tuple[pl.DataFrame, pl.DataFrame]] = Kept(KEEP)
        self._comparisons: Kept[tuple[str, str], Comparison] = Kept(KEEP)
        #: One only: the supervisor of a job asks for thousands of files of one snapshot in a row.
        self._files: Kept[str, frozenset[str]] = Kept(1)

    def get(self, snapshot_hash: str) -> Snapshot:
        """The tables; :class:`~snellen.errors.SnapshotNotFound` when the store lost them."""
        from snellen.formats import load_snapshot

        return self._snapshots.get(snapshot_hash, lambda: load_snapshot(self._external, snapshot_hash))

    def peek(self, snapshot_hash: str) -> Snapshot | None:
        """The tables if they are in memory."""
        return self._snapshots.peek(snapshot_hash)

    def forget(self, snapshot_hash: str) -> None:
        """Drop what is kept of a snapshot that has been deleted."""
        for by_hash in (self._snapshots, self._files):
            by_hash.forget(lambda key: key == snapshot_hash)
        for by_several in (self._tables, self._comparisons):
            by_several.forget(lambda key: snapshot_hash in key)

    def has_file(self, snapshot_hash: str, sha256: str) -> bool:
        """Whether an image file belongs to the snapshot."""
        made = lambda: frozenset(self.get(snapshot_hash).images["sha256"].to_list())  # noqa: E731
        return sha256 in self._files.get(snapshot_hash, made)

    def problems(self, snapshot_hash: str, found: FoundProblems) -> pl.DataFrame:
        """What the import found odd: ``severity, code, message, file, line, image_id``."""
        return self._with_problems(snapshot_hash, found)[1]

    def images(self, snapshot_hash: str, found: FoundProblems) -> pl.DataFrame:
        """The images with their objects counted and the codes of their problems."""
        return self._with_problems(snapshot_hash, found)[0]

    def comparison(self, base: str, head: str) -> Comparison:
        """What differs between two snapshots."""
        from snellen.formats.compare import compare

        return self._comparisons.get((base, head), lambda: compare(self.get(base), self.get(head)))

    def _with_problems(self, snapshot_hash: str, found: FoundProblems) -> tuple[pl.DataFrame, pl.DataFrame]:
        def make() -> tuple[pl.DataFrame, pl.DataFrame]:
            from snellen.formats.listing import image_table

            snapshot = self.get(snapshot_hash)
            problems = self._read_problems(snapshot, found)
            return image_table(snapshot.images, snapshot.objects, problems), problems

        return self._tables.get((snapshot_hash, found.snapshot_id, found.key), make)

    def _read_problems(self, snapshot: Snapshot, found: FoundProblems) -> pl.DataFrame:
        import polars as pl

        from snellen.formats.problems import Problem, problem_frame

        if found.key is not None:
            try:
                return pl.read_parquet(io.BytesIO(self._external.get_bytes(found.key)))
            except ObjectMissing:
                pass  # the first hundred are in the database
        ids = dict(snapshot.images.select("path", "image_id").iter_rows()) if found.first else {}
        return problem_frame([Problem(**each) for each in found.first], ids)


def _bytes(snapshot: Snapshot) -> int:
    return int(snapshot.images.estimated_size() + snapshot.objects.estimated_size())
