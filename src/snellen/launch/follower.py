"""Reads the journal from a cursor that survives a restart."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from snellen.contract.events import MOST_LINE_BYTES, EventType, now_ms, parse
from snellen.contract.folder import write_whole
from snellen.errors import FileRefused
from snellen.launch.inside import Inside

CHUNK = 1024 * 1024
log = logging.getLogger("snellen.supervise")


class Follower:
    """Whole lines of ``events.jsonl`` after a cursor; a line's number is its event's number.

    The cursor (line, byte offset and whatever its owner keeps beside them) is a file that is replaced whole.
    """

    def __init__(self, journal: Path, cursor: Path) -> None:
        self._journal = journal
        self._inside = Inside(journal.parent)
        self._cursor_file = cursor
        self._lock = threading.Lock()
        self._unsaved = False
        #: Where a line of more bytes than an event has begins, and how far its end was looked for.
        self._endless = (-1, 0)
        self.line = 0
        self._offset = 0
        #: What the owner wants to find again after a restart.
        self.notes: dict[str, Any] = {}
        self._load()

    def read(self, *, most: int = 500, most_bytes: int = 1_000_000) -> list[tuple[int, dict[str, Any], int]]:
        """New events as ``(number, event, byte offset after it)``; the cursor stays until :meth:`commit`."""
        found: list[tuple[int, dict[str, Any], int]] = []
        try:
            with self._inside.open(self._journal.name) as file:
                start, number, taken = self._offset, self.line, 0
                for event, offset in self._events(file, start):
                    taken += offset - start
                    if found and (len(found) >= most or taken > most_bytes):
                        break
                    start = offset
                    number += 1
                    found.append((number, event, offset))
        except (FileNotFoundError, FileRefused):
            return []
        return found

    def commit(self, line: int, offset: int) -> None:
        """Move the cursor behind an event, for good.

        On a full disk it moves in memory alone: who goes on from the file does again what the server takes once.
        """
        with self._lock:
            self.line, self._offset = line, offset
            text = json.dumps({"line": line, "offset": offset, "notes": self.notes})
            try:
                write_whole(self._cursor_file, text)
            except OSError as error:
                if not self._unsaved:
                    log.warning("%s can't be written: %s", self._cursor_file, error)
                self._unsaved = True
            else:
                self._unsaved = False

    def position(self) -> tuple[int, int]:
        """The cursor: line and byte offset."""
        return self.line, self._offset

    def rewind(self, line: int) -> None:
        """Move the cursor to just behind an earlier event."""
        self.line, self._offset = 0, 0
        for number, _, offset in self.read(most=line or 1, most_bytes=2**60):
            if number == line:
                self.commit(number, offset)
                return
        self.commit(0, 0)

    def is_at_end(self) -> bool:
        """Whether everything written so far has been committed."""
        try:
            return self._offset >= self._journal.lstat().st_size
        except FileNotFoundError:
            return True

    def _events(self, file: IO[bytes], start: int) -> Iterator[tuple[dict[str, Any], int]]:
        """The events of whole lines from an offset, each with the offset after it."""
        file.seek(start)
        while line := file.readline(MOST_LINE_BYTES):
            if line.endswith(b"\n"):
                start += len(line)
                yield parse(line.decode("utf-8", errors="replace")), start
            elif len(line) < MOST_LINE_BYTES or (end := self._end_of(file, start)) is None:
                return  # still being written
            else:
                yield _too_long(end - start), end
                start = end
                file.seek(start)

    def _end_of(self, file: IO[bytes], start: int) -> int | None:
        """The offset after an endless line that begins at `start`; None while it has no end."""
        at = self._endless[1] if self._endless[0] == start else start + MOST_LINE_BYTES
        file.seek(at)
        while chunk := file.read(CHUNK):
            if (found := chunk.find(b"\n")) >= 0:
                return at + found + 1
            at += len(chunk)
            self._endless = start, at
        return None

    def _load(self) -> None:
        try:
            kept = json.loads(self._cursor_file.read_text(encoding="utf-8"))
            self.line, self._offset, self.notes = int(kept["line"]), int(kept["offset"]), dict(kept["notes"])
        except (OSError, ValueError, KeyError, TypeError):
            self.line, self._offset, self.notes = 0, 0, {}


def _too_long(size: int) -> dict[str, Any]:
    text = f"events.jsonl: a line of {size} bytes is no event; expected at most {MOST_LINE_BYTES}"
    return {"type": EventType.LOG.value, "time": now_ms(), "level": "warning", "lines": [text]}
