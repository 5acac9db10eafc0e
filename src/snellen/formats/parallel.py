"""The same work on many items, in processes of their own: Python's threads share one core.

A worker is an interpreter that only calls :func:`serve`: it needs nothing of the caller's ``__main__``, ends when its
caller does, and when it is killed by what it reads, that is told in words.
"""

from __future__ import annotations

import fcntl
import gc
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from queue import SimpleQueue
from typing import IO, Any, Generic, TypeVar

from snellen.errors import DatasetInvalid, SnellenError, reason_of
from snellen.formats import images

Item = TypeVar("Item")
Result = TypeVar("Result")

CHUNK = 64
MOST_WORKERS = 8
#: So many chunks a worker has been given.
AHEAD = 3


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
    with tempfile.TemporaryFile() as turn:
        team: list[_Worker[Item, Result]] = []
        try:
            team += (_Worker(work, turn) for _ in range(min(count, len(chunks))))
            for results in _in_order(team, chunks):
                yield from results
        finally:
            for worker in team:
                worker.end()


def _in_order(team: list[_Worker[Item, Result]], chunks: list[Sequence[Item]]) -> Iterator[list[Result]]:
    """Results chunk by chunk. Each worker has the next chunks waiting while it is at one, so that it never waits."""
    waiting = iter(enumerate(chunks))
    for worker, (index, chunk) in zip(team * AHEAD, waiting, strict=False):
        worker.give(index, chunk)
    done: dict[int, list[Result]] = {}
    following = 0
    while following < len(chunks):
        busy = {worker.pipe: worker for worker in team if worker.given}
        for pipe in wait(busy):
            worker = busy[pipe]  # type: ignore[index]
            index, results = worker.take()
            done[index] = results
            for index, chunk in waiting:
                worker.give(index, chunk)
                break
        while following in done:
            yield done.pop(following)
            following += 1


class _Worker(Generic[Item, Result]):
    def __init__(self, work: Callable[[Item], Result], turn: IO[bytes]) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-c", f"from {__name__} import serve; serve({theirs.fileno()}, {turn.fileno()})"],
                pass_fds=(theirs.fileno(), turn.fileno()),
                stdin=subprocess.DEVNULL,
            )
        self.pipe: Connection[Any, Any] = Connection(ours.detach())
        self.given: deque[tuple[int, Sequence[Item]]] = deque()
        self.pipe.send(work)

    def give(self, index: int, chunk: Sequence[Item]) -> None:
        self.given.append((index, chunk))
        with suppress(OSError):  # a worker that died is told of when its answer is due
            self.pipe.send(chunk)

    def take(self) -> tuple[int, list[Result]]:
        index, chunk = self.given.popleft()
        try:
            results, error = self.pipe.recv()
        except (EOFError, OSError) as gone:
            code = self._process.wait()
            how = f"ended with {code}" if code >= 0 else f"was killed by {signal.Signals(-code).name}"
            first, last = (str(item)[:200] for item in (chunk[0], chunk[-1]))
            raise DatasetInvalid(
                f"a process that read the dataset {how}, somewhere from {first} to {last}; "
                "take these files out one by one to find which"
            ) from gone
        if error is not None:
            raise error
        return index, list(results)

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        self.pipe.close()


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
    gc.disable()  # a short life without cycles
    images.large_turn = _Turn(turn_fd)
    pipe: Connection[Any, Any] = Connection(pipe_fd)
    work = pipe.recv()
    parts: SimpleQueue[Any] = SimpleQueue()
    # Chunks are taken off the pipe at once: were both ends sending, neither would read.
    threading.Thread(target=_receive, args=(pipe, parts), daemon=True).start()
    while (part := parts.get()) is not None:
        try:
            answer: tuple[list[Any], SnellenError | None] = ([work(item) for item in part], None)
        except SnellenError as error:
            answer = ([], error)
        except Exception as error:
            answer = ([], SnellenError(reason_of(error)))
        pipe.send(answer)


def _receive(pipe: Connection[Any, Any], parts: SimpleQueue[Any]) -> None:
    try:
        while True:
            parts.put(pipe.recv())
    except (EOFError, OSError):
        parts.put(None)
