"""The lines of ``events.jsonl``, as written by a trainer in any language.

Every event is a JSON object with ``type`` and ``time`` (Unix milliseconds). Its number is the number of
its line, from 1, so events are numbered without holes whoever wrote them. The types:

``metrics``     ``step``, ``epoch`` (or null), ``values`` {key: number, or "NaN", "Infinity", "-Infinity"}
``progress``    ``epoch``, ``epochs``, ``fraction`` of the epoch from 0 to 1, ``phase`` (any word), ``message``?
``log``         ``level`` (debug, info, warning, error), ``lines`` [text, ...]
``artifact``    ``kind`` (checkpoint, plot, file), ``name``, ``path`` in the job folder, ``epoch``?, ``content_type``?,
                ``metadata``? {..}
``validation``  ``epoch`` and what ``POST /validation/jobs/{id}/results`` takes, plus ``predictions_path`` (a prediction
                set) and ``plots`` [{name, path}], both in the job folder; or, with ``epoch`` alone, ``results_path``:
                a JSON file with the whole body
``state``       ``state`` (running, completed, failed, stopped), ``reason``?, ``detail``? (text of a traceback)
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import stat
import threading
import time
from collections import deque
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

from snellen.contract.disk import is_full

#: A line of more bytes is no event, nor is one whose lists and objects lie deeper in one another.
MOST_LINE_BYTES = 32 * 1024**2
MOST_DEPTH = 32
#: So much is held in memory for a disk that is full.
MOST_HELD_BYTES = 16 * 1024**2


class EventType(StrEnum):
    """The kinds of event; an unknown one is kept as a log line, never dropped."""

    METRICS = "metrics"
    PROGRESS = "progress"
    LOG = "log"
    ARTIFACT = "artifact"
    VALIDATION = "validation"
    STATE = "state"


class ArtifactKind(StrEnum):
    """What an artifact is; each kind has its own folder in the internal store."""

    CHECKPOINT = "checkpoint"
    PLOT = "plot"
    PREDICTIONS = "predictions"
    EVALUATION = "evaluation"
    FILE = "file"


def now_ms() -> int:
    """Unix milliseconds."""
    return time.time_ns() // 1_000_000


#: A line of which nothing more comes for so long is a part of one.
STILL_SECONDS = 0.1


class Journal:
    """Appends events to ``events.jsonl``.

    Each event is one ``write`` to a file opened with ``O_APPEND``, so the supervisor and the trainer can
    share the journal without a lock. On a full disk events are held, in their order, and written before the next one
    that has room; :meth:`flush` tries at once.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None
        self._held: deque[bytes] = deque()
        self._held_bytes = 0
        #: The size of the file when its last line was known to be a part.
        self._broken_at: int | None = None
        self._lock = threading.RLock()

    def append(self, event_type: EventType | str, **fields: Any) -> None:
        """Write one event, or hold it until there is room.

        Raises ``OSError`` when the disk does for another reason, or when more is held than :data:`MOST_HELD_BYTES`;
        ``ValueError`` for NaN that was not encoded.
        """
        event: Mapping[str, Any] = {"type": str(event_type), "time": now_ms(), **fields}
        line = json.dumps(event, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n"
        # A lone surrogate is in no UTF-8; one odd character must not cost the event.
        data = line.encode("utf-8", errors="replace")
        if not self._held:
            try:
                self._write(data)
                return
            except OSError as error:
                if not is_full(error):
                    raise
        with self._lock:
            if self._held_bytes + len(data) > MOST_HELD_BYTES:
                self.flush()
            self._held.append(data)
            self._held_bytes += len(data)
            with contextlib.suppress(OSError):
                self.flush()

    def flush(self) -> None:
        """Write what is held. Raises ``OSError`` while there is no room for all of it."""
        with self._lock:
            while self._held:
                self._write(self._held[0])
                self._held_bytes -= len(self._held.popleft())

    def _write(self, data: bytes) -> None:
        if self._descriptor is None:
            self._descriptor = _open(self._path)
        if self._is_broken():
            data = b"\n" + data
        written = os.write(self._descriptor, data)
        if written != len(data):
            raise OSError(errno.ENOSPC, f"{written} of {len(data)} bytes written; is the disk full?", str(self._path))

    def _is_broken(self) -> bool:
        """Whether the last line is a part of one, which a full disk took: the next event gets a line of its own.

        A line that another process is writing at this moment looks the same, but doesn't stay so.
        """
        size = self._size_within_line()
        if size is None or size == self._broken_at:
            return size is not None
        until = time.monotonic() + STILL_SECONDS
        while time.monotonic() < until:
            time.sleep(STILL_SECONDS / 50)
            before, size = size, self._size_within_line()
            if size is None:
                return False
            if size != before:
                until = time.monotonic() + STILL_SECONDS
        self._broken_at = size
        return True

    def _size_within_line(self) -> int | None:
        """The size of a file that ends in the middle of a line; None for one that doesn't."""
        assert self._descriptor is not None  # noqa: S101 - for mypy
        size = os.fstat(self._descriptor).st_size
        return size if size > 0 and os.pread(self._descriptor, 1, size - 1) != b"\n" else None

    def close(self) -> None:
        """Close the file; a later append opens it again. What is held and still has no room is lost."""
        with contextlib.suppress(OSError):
            self.flush()
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _open(path: Path) -> int:
    """To append to; nothing but a plain file, since who shares the folder may have put a link or a pipe there."""
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    descriptor = os.open(path, flags, 0o600)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "no plain file", str(path))
    return descriptor


def check_depth(value: Any) -> None:
    """``ValueError`` for lists and objects that lie more than :data:`MOST_DEPTH` deep in one another."""
    level = [value]
    for _ in range(MOST_DEPTH):
        level = [
            each
            for one in level
            if isinstance(one, dict | list)
            for each in (one.values() if isinstance(one, dict) else one)
            if isinstance(each, dict | list)
        ]
        if not level:
            return
    raise ValueError(f"lists and objects lie more than {MOST_DEPTH} deep in one another")


def parse(line: str) -> dict[str, Any]:
    """One event of the journal; a line that isn't one becomes a ``log`` event that says so, so no number is lost."""
    try:
        event = json.loads(line)
        if not isinstance(event, dict) or not isinstance(event.get("type"), str):
            raise ValueError('expected a JSON object with "type"')
        check_depth(event)
        event.setdefault("time", now_ms())
        return event
    except (ValueError, RecursionError) as error:
        text = f"events.jsonl: a line is no event ({error}): {line[:200]}"
        return {"type": EventType.LOG.value, "time": now_ms(), "level": "warning", "lines": [text]}
