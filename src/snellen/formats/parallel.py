"""The same work on many items, in processes of their own: Python's threads share one core.

A worker is an interpreter that only calls :func:`serve`: it needs nothing of the caller's ``__main__``, ends when its
caller does, and when it is killed by what it reads, that is told in words.
"""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import IO, Any, Generic, TypeVar

from snellen.errors import DatasetInvalid, SnellenError, reason_of
from snellen.formats import images

Item = TypeVar("Item")
Result = TypeVar("Result")

CHUNK = 64
MOST_WORKERS = 8


def worker_count() -> int:
    """One a core that this process may use, up to eight."""
    return min(MOST_WORKERS, len(os.sched_getaffinity(0)))


def for_each(
    work: Callable[[Item], Result], items: Sequence[Item], *, workers: int | None = None, chunk: int = CHUNK
) -> Iterator[Result]:
    """``work(item)`` for each item, in order. `work` and the items travel to processes, so they must pickle.

    Few items are worked on here. What `work` raises is raised here; a process that dies raises
    :class:`~snellen.errors.DatasetInvalid`.
    """
    count = worker_count() if workers is None else workers
    chunks = [items[start : start + chunk] for start in range(0, len(items), chunk)]
    if count < 2 or len(chunks) < 2:
        yield from map(work, items)
        return
    with tempfile.TemporaryFile() as turn, ThreadPoolExecutor(count) as pool:
        team = [_Worker(work, turn) for _ in range(min(count, len(chunks)))]
        idle: SimpleQueue[_Worker[Item, Result]] = SimpleQueue()
        for worker in team:
            idle.put(worker)

        def run(part: Sequence[Item]) -> list[Result]:
            worker = idle.get()
            try:
                return worker.run(part)
            finally:
                idle.put(worker)

        try:
            for results in pool.map(run, chunks):
                yield from results
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            for worker in team:
                worker.end()


class _Worker(Generic[Item, Result]):
    def __init__(self, work: Callable[[Item], Result], turn: IO[bytes]) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-c", f"from {__name__} import serve; serve({theirs.fileno()}, {turn.fileno()})"],
                pass_fds=(theirs.fileno(), turn.fileno()),
                stdin=subprocess.DEVNULL,
            )
        self._pipe: Connection[Any, Any] = Connection(ours.detach())
        self._pipe.send(work)

    def run(self, part: Sequence[Item]) -> list[Result]:
        try:
            self._pipe.send(part)
            results, error = self._pipe.recv()
        except (EOFError, OSError) as gone:
            code = self._process.wait()
            how = f"ended with {code}" if code >= 0 else f"was killed by {signal.Signals(-code).name}"
            raise DatasetInvalid(
                f"a process that read the dataset {how}, somewhere from {part[0]!r} to {part[-1]!r}; "
                "import again, with fewer files to find the one"
            ) from gone
        if error is not None:
            raise error
        return list(results)

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        self._pipe.close()


class _Turn:
    """A lock between processes; a record lock is the process's own although the file is inherited."""

    def __init__(self, file: int) -> None:
        self._file = file

    def __enter__(self) -> None:
        fcntl.lockf(self._file, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        fcntl.lockf(self._file, fcntl.LOCK_UN)


def serve(pipe_fd: int, turn_fd: int) -> None:
    """A worker's life: until the other end of the pipe is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who is interrupted ends its workers
    images.large_turn = _Turn(turn_fd)
    pipe: Connection[Any, Any] = Connection(pipe_fd)
    work = pipe.recv()
    while True:
        try:
            part = pipe.recv()
        except EOFError:
            return
        try:
            answer: tuple[list[Any], SnellenError | None] = ([work(item) for item in part], None)
        except SnellenError as error:
            answer = ([], error)
        except Exception as error:
            answer = ([], SnellenError(reason_of(error)))
        pipe.send(answer)
