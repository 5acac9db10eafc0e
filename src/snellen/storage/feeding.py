"""Hands chunks from one thread to another: obstore can't be called from within an iterator that it reads itself."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator

WAITING = 8
POLL_SECONDS = 0.5


class Feed:
    """Iterates over `chunks`, which are made in a thread of their own, a few ahead; used as a context."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._queue: queue.Queue[bytes | None] = queue.Queue(WAITING)
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="feed", daemon=True)
        #: What making the chunks raised.
        self.error: Exception | None = None

    def __enter__(self) -> Iterator[bytes]:
        self._thread.start()
        return self._read()

    def __exit__(self, *_: object) -> None:
        self._closed.set()
        self._thread.join()

    def _read(self) -> Iterator[bytes]:
        while (chunk := self._queue.get()) is not None:
            yield chunk
        if self.error is not None:
            raise self.error

    def _run(self) -> None:
        try:
            for chunk in self._chunks:
                if not self._offer(chunk):
                    return
        except Exception as error:
            self.error = error
        self._offer(None)

    def _offer(self, chunk: bytes | None) -> bool:
        while not self._closed.is_set():
            try:
                self._queue.put(chunk, timeout=POLL_SECONDS)
            except queue.Full:
                continue
            return True
        return False
