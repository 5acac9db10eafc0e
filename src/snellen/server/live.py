"""Wakes live streams when a job has changed. What changed is in the database, so a stream misses nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable


class Bus:
    """Counts changes per job; a stream waits for the count to move."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._changed: asyncio.Condition | None = None
        self._versions: dict[int, int] = {}
        #: How often everybody was woken.
        self._wakes = 0
        self.closed = False

    def attach(self) -> None:
        """Bind to the running loop."""
        self._loop = asyncio.get_running_loop()
        self._changed = asyncio.Condition()

    def notify(self, job_ids: Iterable[int]) -> None:
        """Tell that jobs have changed; from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            ids = list(job_ids)
            self._loop.call_soon_threadsafe(lambda: asyncio.ensure_future(self._bump(ids)))

    def wake_all(self) -> None:
        """Tell that any job may have changed; from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(lambda: asyncio.ensure_future(self._bump([], everybody=True)))

    def version(self, job_id: int) -> int:
        """The number of changes seen so far."""
        return self._versions.get(job_id, 0) + self._wakes

    async def wait(self, job_id: int, seen: int, *, seconds: float) -> None:
        """Return when the job has changed since version `seen`, when the bus closes, or after `seconds`."""
        assert self._changed is not None  # noqa: S101 - attach() comes first
        async with self._changed:
            try:
                await asyncio.wait_for(
                    self._changed.wait_for(lambda: self.closed or self.version(job_id) != seen), seconds
                )
            except TimeoutError:
                return

    async def close(self) -> None:
        """End all streams."""
        self.closed = True
        await self._bump([])

    async def _bump(self, job_ids: list[int], *, everybody: bool = False) -> None:
        if self._changed is None:
            return
        async with self._changed:
            self._wakes += everybody
            for job_id in job_ids:
                self._versions[job_id] = self._versions.get(job_id, 0) + 1
            self._changed.notify_all()
