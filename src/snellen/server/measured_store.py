"""A store whose operations are counted and timed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from snellen.errors import InvalidInput, ObjectMissing
from snellen.server.measures import Measures
from snellen.storage import Store

BYTES = "application/octet-stream"


class MeasuredStore(Store):
    """The same store. An object that isn't there, or a key that can't be one, is an answer and no failure."""

    def __init__(self, store: Store, name: str, measures: Measures) -> None:
        super().__init__(store._backend, url=store.url, folder=store.folder)
        self._name = name
        self._measures = measures

    def put_file(self, key: str, path: Path, content_type: str = BYTES) -> None:
        """See :class:`~snellen.storage.Store`, here and below."""
        with self._measured("put"):
            super().put_file(key, path, content_type)

    def put_bytes(self, key: str, data: bytes, content_type: str = BYTES, *, disposition: str | None = None) -> None:
        with self._measured("put"):
            super().put_bytes(key, data, content_type, disposition=disposition)

    def put_chunks(
        self, key: str, chunks: Iterator[bytes], content_type: str = BYTES, *, disposition: str | None = None
    ) -> None:
        with self._measured("put"):
            super().put_chunks(key, chunks, content_type, disposition=disposition)

    def get_bytes(self, key: str) -> bytes:
        with self._measured("get"):
            return super().get_bytes(key)

    def stream(self, key: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        with self._measured("get"):
            return super().stream(key, start, end)

    def copy(self, key: str, to: str) -> None:
        with self._measured("copy"):
            super().copy(key, to)

    def size(self, key: str) -> int:
        with self._measured("head"):
            return super().size(key)

    def sizes(self, prefix: str) -> dict[str, int]:
        with self._measured("list"):
            return super().sizes(prefix)

    def delete(self, *keys: str) -> None:
        if keys:
            with self._measured("delete"):
                super().delete(*keys)

    def presign(self, method: Literal["GET", "PUT"], key: str, seconds: int) -> str | None:
        with self._measured("presign"):
            return super().presign(method, key, seconds)

    @contextmanager
    def _measured(self, operation: str) -> Iterator[None]:
        began = time.perf_counter()
        try:
            yield
        except (ObjectMissing, InvalidInput):
            raise
        except Exception:
            self._measures.store_errors.labels(self._name, operation).inc()
            raise
        self._measures.store_seconds.labels(self._name, operation).observe(time.perf_counter() - began)
