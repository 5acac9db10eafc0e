"""Collects objects that no row names and none will: of imports and uploads whose server was killed.

Only keys of ours, only after days, and, in the external store, never beside an import: one may just have found there
the very file that it needs.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable

from snellen.errors import ObjectMissing
from snellen.server.db import Database
from snellen.server.operations.named_objects import EXTERNAL, INTERNAL, hashes_of, named_by_rows, snapshot_hashes
from snellen.storage import Store
from snellen.storage.object_keys import file_key

DAY_SECONDS = 86_400.0
FILES = re.compile(r"files/[0-9a-f]{2}/[0-9a-f]{64}")
SNAPSHOTS = re.compile(r"(?:snapshots/[0-9a-f]{64}|imports/\d+)/.+")
OF_JOBS = re.compile(r"job\d+/(?:validation|plots|predictions|evaluation|checkpoints|files)/.+")
BATCH = 500
log = logging.getLogger("snellen.housekeeping")


class ListMissing(Exception):
    """Which files a snapshot needs is not known."""


def collect_external(database: Database, store: Store, *, days: float, go_on: Callable[[], None]) -> int:
    """Remove what no snapshot names; returns how many objects. Call it where no import runs meanwhile.

    Nothing is removed while the list of files of any snapshot can't be read.
    """
    old = _older(store, days, FILES, SNAPSHOTS)
    with database.read() as session:
        snapshots = snapshot_hashes(session)
        named = {each.key for each in named_by_rows(session) if each.store == EXTERNAL}
    for snapshot in snapshots:
        go_on()
        named |= {file_key(sha256) for sha256 in _needed(store, snapshot)}
    return _remove(store, [key for key in old if key not in named], go_on)


def collect_internal(database: Database, store: Store, *, days: float, go_on: Callable[[], None]) -> int:
    """Remove what no row of a job names; returns how many objects.

    What is published meanwhile has a row by the time that rows are read, or is too young.
    """
    old = _older(store, days, OF_JOBS)
    with database.read() as session:
        named = {each.key for each in named_by_rows(session) if each.store == INTERNAL}
    return _remove(store, [key for key in old if key not in named], go_on)


def _older(store: Store, days: float, *kinds: re.Pattern[str]) -> list[str]:
    border = time.time() - days * DAY_SECONDS
    return [key for key, at in store.changed() if at < border and any(kind.fullmatch(key) for kind in kinds)]


def _needed(store: Store, snapshot: str) -> set[str]:
    found = hashes_of(store, snapshot)
    if not found:
        raise ObjectMissing(f"the list of files of snapshot {snapshot[:12]} is gone; nothing is collected")
    return found


def _remove(store: Store, keys: list[str], go_on: Callable[[], None]) -> int:
    for start in range(0, len(keys), BATCH):
        go_on()
        store.delete(*keys[start : start + BATCH])
    if keys:
        log.info("the store %s: %d objects removed that no row named", store.url, len(keys))
    return len(keys)
