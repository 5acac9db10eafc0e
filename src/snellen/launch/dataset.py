"""Brings the job's snapshot: once a machine, checked by hash; the job gets links in the format its trainer wants."""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from snellen.contract.events import EventType, Journal
from snellen.errors import UploadMismatch
from snellen.formats import export_yolo, load_snapshot
from snellen.formats.export_yolo import write_data_yaml
from snellen.launch.client import ServerClient
from snellen.launch.patience import until_done
from snellen.storage.object_keys import SNAPSHOT_FILES

THREADS = 8
log = logging.getLogger("snellen.supervise")


def prepare_dataset(client: ServerClient, target: Path, cache: Path, journal: Journal, ending: threading.Event) -> None:
    """Fill the job's ``dataset/`` from the machine's cache, which is filled from the server where it has holes."""
    info = until_done(client.dataset, ending=ending, what="asking for the dataset")
    home = cache / info["snapshot"]
    with _locked(cache, info["snapshot"]):
        if not (home / "complete").is_file():
            _fill(client, info, home, journal, ending)
    snapshot = load_snapshot(home)
    part = target.with_name(f".{target.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    export_yolo(snapshot, part, lambda files: _link(home / "files", files))
    shutil.rmtree(target, ignore_errors=True)
    part.replace(target)
    write_data_yaml(snapshot, target)  # the place that it names is this one, not the part's


def _fill(client: ServerClient, info: dict[str, Any], home: Path, journal: Journal, ending: threading.Event) -> None:
    files = home / "files"
    files.mkdir(parents=True, exist_ok=True)
    for name, file_name in SNAPSHOT_FILES.items():
        url = info["tables"][name]
        data = until_done(lambda url=url: client.read(url), ending=ending, what="reading the dataset")  # type: ignore[misc]
        (home / file_name).write_bytes(data)
    wanted = sorted(set(load_snapshot(home).images["sha256"].to_list()))

    def fetch(sha256: str) -> None:
        target = files / sha256
        if target.is_file():
            return
        url = info["file_url"].replace("{sha256}", sha256)
        data = until_done(lambda: client.read(url), ending=ending, what="reading the dataset")
        if hashlib.sha256(data).hexdigest() != sha256:
            raise UploadMismatch(f"the file {sha256} of the dataset arrived with other bytes; run the job again")
        part = files / f".{sha256}.{os.getpid()}"
        part.write_bytes(data)
        part.replace(target)

    with ThreadPoolExecutor(THREADS) as pool:
        for done, _ in enumerate(pool.map(fetch, wanted), 1):
            if done % 500 == 0 or done == len(wanted):
                text = f"dataset: {done} of {len(wanted)} files fetched"
                journal.append(EventType.LOG, level="info", lines=[text])
    (home / "complete").touch()


def _link(source: Path, files: list[tuple[str, Path]]) -> None:
    for sha256, target in files:
        try:
            os.link(source / sha256, target)
        except OSError:  # another file system, or too many links
            shutil.copyfile(source / sha256, target)


@contextmanager
def _locked(cache: Path, name: str) -> Iterator[None]:
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / f"{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
