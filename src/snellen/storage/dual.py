"""The two stores as one interface, for whoever holds their keys."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from snellen.errors import UploadMismatch
from snellen.storage import object_keys
from snellen.storage.opening import open_store
from snellen.storage.store import Store

THREADS = 8


@dataclass(frozen=True, slots=True)
class Stored:
    """What was stored: its key, size in bytes, SHA-256 in hex and content type."""

    key: str
    size: int
    sha256: str
    content_type: str


class DualStorage:
    """Datasets come from the external store; checkpoints, plots and prediction sets go to the internal one."""

    def __init__(self, external: Store, internal: Store) -> None:
        self.external = external
        self.internal = internal

    @classmethod
    def from_urls(
        cls,
        external: str,
        internal: str,
        *,
        external_options: Mapping[str, str] | None = None,
        internal_options: Mapping[str, str] | None = None,
    ) -> DualStorage:
        """Open both stores by URL; see :func:`~snellen.storage.open_store`."""
        return cls(
            open_store(external, external_options, create=True), open_store(internal, internal_options, create=True)
        )

    def download_dataset(
        self, snapshot_hash: str, folder: Path, *, progress: Callable[[int, int], None] | None = None
    ) -> None:
        """Bring a snapshot's tables and files (``files/<sha256>``) into `folder`; every file is checked by its hash.

        Files that are there already are kept if their bytes are right. Raises
        :class:`~snellen.errors.ObjectMissing` for an unknown snapshot and
        :class:`~snellen.errors.UploadMismatch` for bytes that are not what their name says.
        """
        files = folder / "files"
        files.mkdir(parents=True, exist_ok=True)
        prefix = object_keys.snapshot_prefix(snapshot_hash)
        for name in object_keys.SNAPSHOT_FILES.values():
            self.external.download(prefix + name, folder / name)
        wanted = _hashes_of(folder)
        with ThreadPoolExecutor(THREADS) as pool:
            for done, _ in enumerate(pool.map(lambda sha256: self._fetch(sha256, files / sha256), wanted), 1):
                if progress is not None:
                    progress(done, len(wanted))

    def upload_checkpoint(self, job_id: int, path: Path, *, epoch: int | None, name: str = "last") -> Stored:
        """Store a checkpoint under ``job{id}/checkpoints/``."""
        size, digest = _measure(path)
        key = object_keys.checkpoint_key(job_id, name + path.suffix, epoch, digest)
        return self._upload(path, Stored(key, size, digest, "application/octet-stream"))

    def upload_plot(
        self, job_id: int, path: Path, *, epoch: int | None, name: str | None = None, content_type: str = "image/png"
    ) -> Stored:
        """Store a picture under ``job{id}/validation/epoch-000012/``; beside one of that name with other bytes."""
        size, digest = _measure(path)
        key = object_keys.plot_key(job_id, epoch, name or path.name)
        if self.internal.exists(key) and hashlib.sha256(self.internal.get_bytes(key)).hexdigest() != digest:
            key = object_keys.with_hash(key, digest)
        return self._upload(path, Stored(key, size, digest, content_type))

    def upload_predictions(self, job_id: int, path: Path, *, epoch: int) -> Stored:
        """Store a prediction set under ``job{id}/predictions/``."""
        size, digest = _measure(path)
        key = object_keys.predictions_key(job_id, epoch, digest)
        return self._upload(path, Stored(key, size, digest, object_keys.PARQUET))

    def _upload(self, path: Path, wanted: Stored) -> Stored:
        self.internal.put_file(wanted.key, path, wanted.content_type)
        held = self.internal.size(wanted.key)
        if held != wanted.size:
            raise UploadMismatch(
                f"{path}: {wanted.size} bytes were read, the store holds {held} under {wanted.key}; send it again"
            )
        return wanted

    def _fetch(self, sha256: str, target: Path) -> None:
        if target.is_file() and _measure(target)[1] == sha256:
            return
        self.external.download(object_keys.file_key(sha256), target)
        if (got := _measure(target)[1]) != sha256:
            target.unlink()
            raise UploadMismatch(f"{self.external.url}: the file {sha256} holds other bytes (SHA-256 {got})")


def _measure(path: Path) -> tuple[int, str]:
    """Size and SHA-256, both of the same bytes."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return file.tell(), digest


def _hashes_of(folder: Path) -> list[str]:
    import polars as pl

    json.loads((folder / "snapshot.json").read_text(encoding="utf-8"))  # a snapshot without it is not whole
    return sorted(
        set(pl.read_parquet(folder / object_keys.SNAPSHOT_FILES["images"], columns=["sha256"])["sha256"].to_list())
    )
