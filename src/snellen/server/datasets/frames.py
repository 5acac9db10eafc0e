"""Snapshots' tables, read from the external store once and kept while they are in use."""

from __future__ import annotations

import io
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any, TypeVar, cast

from snellen.errors import ObjectMissing
from snellen.storage import Store

if TYPE_CHECKING:
    import polars as pl

    from snellen.formats import Snapshot
    from snellen.formats.compare import Comparison

KEEP = 4
T = TypeVar("T")


class Kept:
    """The last few values by key; what is asked for while it is made is made twice rather than waited for."""

    def __init__(self, most: int = KEEP) -> None:
        self._most = most
        self._values: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value of a key, made if it isn't there."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return cast(T, self._values[key])
        made = make()
        with self._lock:
            self._values[key] = made
            while len(self._values) > self._most:
                self._values.popitem(last=False)
        return made

    def forget(self, concerned: Callable[[Hashable], bool]) -> None:
        """Drop the values of keys that something concerns."""
        with self._lock:
            for key in [key for key in self._values if concerned(key)]:
                del self._values[key]


class SnapshotFrames:
    """The last few snapshots' tables in memory; they are immutable, so they never grow stale."""

    def __init__(self, external: Store) -> None:
        self._external = external
        self._snapshots, self._tables, self._comparisons = Kept(), Kept(), Kept()
        self._files: dict[str, frozenset[str]] = {}

    def get(self, snapshot_hash: str) -> Snapshot:
        """The tables; :class:`~snellen.errors.SnapshotNotFound` when the store lost them."""
        from snellen.formats import load_snapshot

        return self._snapshots.get(snapshot_hash, lambda: load_snapshot(self._external, snapshot_hash))

    def forget(self, snapshot_hash: str) -> None:
        """Drop what is kept of a snapshot that has been deleted."""
        self._files.pop(snapshot_hash, None)
        for kept in (self._snapshots, self._tables, self._comparisons):
            kept.forget(lambda key: key == snapshot_hash or (isinstance(key, tuple) and snapshot_hash in key))

    def has_file(self, snapshot_hash: str, sha256: str) -> bool:
        """Whether an image file belongs to the snapshot."""
        if snapshot_hash not in self._files:
            files = frozenset(self.get(snapshot_hash).images["sha256"].to_list())
            self._files = {snapshot_hash: files}  # the supervisor of one job asks for thousands in a row
        return sha256 in self._files[snapshot_hash]

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
