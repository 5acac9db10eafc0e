"""Snapshots' tables, read from the external store once and kept while they are in use."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

from snellen.storage import Store

if TYPE_CHECKING:
    from snellen.formats import Snapshot

KEEP = 4


class SnapshotFrames:
    """The last few snapshots' tables in memory; they are immutable, so they never grow stale."""

    def __init__(self, external: Store) -> None:
        self._external = external
        self._kept: OrderedDict[str, Snapshot] = OrderedDict()
        self._files: dict[str, frozenset[str]] = {}
        self._lock = threading.Lock()

    def get(self, snapshot_hash: str) -> Snapshot:
        """The tables; :class:`~snellen.errors.SnapshotNotFound` when the store lost them."""
        with self._lock:
            if snapshot_hash in self._kept:
                self._kept.move_to_end(snapshot_hash)
                return self._kept[snapshot_hash]
        from snellen.formats import load_snapshot

        loaded = load_snapshot(self._external, snapshot_hash)
        with self._lock:
            self._kept[snapshot_hash] = loaded
            while len(self._kept) > KEEP:
                self._kept.popitem(last=False)
        return loaded

    def has_file(self, snapshot_hash: str, sha256: str) -> bool:
        """Whether an image file belongs to the snapshot."""
        if snapshot_hash not in self._files:
            files = frozenset(self.get(snapshot_hash).images["sha256"].to_list())
            self._files = {snapshot_hash: files}  # the supervisor of one job asks for thousands in a row
        return sha256 in self._files[snapshot_hash]
