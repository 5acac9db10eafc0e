"""Brings the job's snapshot: once a machine, checked by hash; the job gets links in the format its trainer wants."""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from snellen.contract.events import EventType, Journal
from snellen.contract.folder import JobFolder
from snellen.contract.tasks import Task
from snellen.errors import SnapshotNotFound
from snellen.formats import Snapshot, load_snapshot
from snellen.formats.export_yolo import export_yolo, write_data_yaml
from snellen.launch.client import ServerClient
from snellen.launch.dataset_cache import DatasetCache
from snellen.launch.patience import until_done
from snellen.storage.object_keys import SNAPSHOT_FILES

THREADS = 8
log = logging.getLogger("snellen.supervise")


def prepare_dataset(
    client: ServerClient, folder: JobFolder, cache: DatasetCache, journal: Journal, ending: threading.Event
) -> None:
    """Fill the job's ``dataset/`` from the machine's cache, which is filled from the server where it has holes."""

    def read(url: str) -> bytes:
        return until_done(lambda: client.read(url), ending=ending, what="reading the dataset")

    info = until_done(client.dataset, ending=ending, what="asking for the dataset")
    with cache.using(info["snapshot"]) as home:
        holes = cache.missing(_tables(info, home, read).images)
    if holes:
        cache.make_room(for_snapshot=info["snapshot"])
    with cache.using(info["snapshot"]) as home:
        snapshot = _tables(info, home, read)
        missing = cache.missing(snapshot.images)

        def fetch(sha256: str) -> None:
            cache.put(sha256, read(info["file_url"].replace("{sha256}", sha256)))

        with ThreadPoolExecutor(THREADS) as pool:
            for done, _ in enumerate(pool.map(fetch, missing), 1):
                if done % 500 == 0 or done == len(missing):
                    text = f"dataset: {done} of {len(missing)} files fetched"
                    journal.append(EventType.LOG, level="info", lines=[text])
        _export(snapshot, Task(info["task"]), folder, cache)
    cache.make_room()


def _export(snapshot: Snapshot, task: Task, folder: JobFolder, cache: DatasetCache) -> None:
    target, part = folder.dataset, folder.dataset_part
    folder.make_supervisor_place()
    shutil.rmtree(part, ignore_errors=True)
    export_yolo(snapshot, part, cache.link, task=task)
    shutil.rmtree(target, ignore_errors=True)
    part.replace(target)
    write_data_yaml(snapshot, target, task)  # the place that it names is this one, not the part's


def _tables(info: dict[str, Any], home: Path, read: Callable[[str], bytes]) -> Snapshot:
    """The snapshot from its tables, which are fetched (again) unless they are there and can be read."""
    import polars as pl

    try:
        found = load_snapshot(home)
        if found.info.hash == info["snapshot"] and found.info.images == found.images.height:
            return found
    except (SnapshotNotFound, ValueError, TypeError, OSError, pl.exceptions.PolarsError):
        pass
    for name in ("images", "objects", "snapshot"):
        part = home / f".{name}.part"
        part.write_bytes(read(info["tables"][name]))
        part.replace(home / SNAPSHOT_FILES[name])
    return load_snapshot(home)
