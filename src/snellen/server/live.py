"""Wakes live streams when a job has changed. What changed is in the database, so a stream misses nothing."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Iterable


class Bus:
    """Counts changes per job; a stream waits for the count to move. What nobody waits for costs little."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()
        self._versions: Counter[int] = Counter()
        #: How often everybody was woken.
        self._wakes = 0
        self._waiting: dict[int, set[asyncio.Future[None]]] = {}
        self.closed = False

    def attach(self) -> None:
        """Bind to the running loop."""
        self._loop = asyncio.get_running_loop()

    def notify(self, job_ids: Iterable[int]) -> None:
        """Tell that jobs have changed; from any thread."""
        with self._lock:
            self._versions.update(ids := set(job_ids))
            waited_for = ids & self._waiting.keys()
        if waited_for:
            self._wake(waited_for)

    def wake_all(self) -> None:
        """Tell that any job may have changed; from any thread."""
        with self._lock:
            self._wakes += 1
            everybody = set(self._waiting)
        self._wake(everybody)

    def version(self, job_id: int) -> int:
        """The number of changes seen so far."""
        return self._versions[job_id] + self._wakes

    async def wait(self, job_id: int, seen: int, *, seconds: float) -> None:
        """Return when the job has changed since version `seen`, when the bus closes, or after `seconds`."""
        changed = asyncio.get_running_loop().create_future()
        with self._lock:
            if self.closed or self.version(job_id) != seen:
                return
            self._waiting.setdefault(job_id, set()).add(changed)
        try:
            await asyncio.wait_for(changed, seconds)
        except TimeoutError:
            return
        finally:
            with self._lock:
                self._waiting[job_id].discard(changed)
                if not self._waiting[job_id]:
                    del self._waiting[job_id]

    async def close(self) -> None:
        """End all streams."""
        self.closed = True
        self.wake_all()

    def _wake(self, job_ids: set[int]) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._end_waiting, job_ids)

    def _end_waiting(self, job_ids: set[int]) -> None:
        with self._lock:
            ended = [each for job_id in job_ids for each in self._waiting.get(job_id, ())]
        for each in ended:
            if not each.done():
                each.set_result(None)
