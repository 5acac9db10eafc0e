"""Snapshots' tables, read from the external store once and kept while they are in use."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

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


class SnapshotFrames:
    """The last few snapshots' tables in memory; they are immutable, so they never grow stale."""

    def __init__(self, external: Store) -> None:
        self._external = external
        self._snapshots: Kept[str, Snapshot] = Kept(KEEP, weigh=_bytes, most_weight=KEEP_BYTES)
        self._tables: Kept[tuple[str, str | None], tuple[pl.DataFrame, pl.DataFrame]] = Kept(KEEP)
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

    def problems(self, snapshot_hash: str, key: str | None) -> pl.DataFrame:
        """What the import found odd: ``severity, code, message, file, line, image_id``."""
        return self._with_problems(snapshot_hash, key)[1]

    def images(self, snapshot_hash: str, key: str | None) -> pl.DataFrame:
        """The images with their objects counted and the codes of their problems."""
        return self._with_problems(snapshot_hash, key)[0]

    def comparison(self, base: str, head: str) -> Comparison:
        """What differs between two snapshots."""
        from snellen.formats.compare import compare

        return self._comparisons.get((base, head), lambda: compare(self.get(base), self.get(head)))

    def _with_problems(self, snapshot_hash: str, key: str | None) -> tuple[pl.DataFrame, pl.DataFrame]:
        def make() -> tuple[pl.DataFrame, pl.DataFrame]:
            from snellen.formats.listing import image_table

            found, snapshot = self._read_problems(key), self.get(snapshot_hash)
            return image_table(snapshot.images, snapshot.objects, found), found

        return self._tables.get((snapshot_hash, key), make)

    def _read_problems(self, key: str | None) -> pl.DataFrame:
        import polars as pl

        from snellen.formats.problems import problem_frame

        if key is not None:
            try:
                return pl.read_parquet(io.BytesIO(self._external.get_bytes(key)))
            except ObjectMissing:
                pass  # the first hundred are in the database; the pages work without the rest
        return problem_frame([], {})


def _bytes(snapshot: Snapshot) -> int:
    return int(snapshot.images.estimated_size() + snapshot.objects.estimated_size())
