"""Reads the journal from a cursor that survives a restart."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

from snellen.contract.events import parse
from snellen.contract.folder import write_whole


class Follower:
    """Whole lines of ``events.jsonl`` after a cursor; a line's number is its event's number.

    The cursor (line, byte offset and whatever its owner keeps beside them) is a file that is replaced whole.
    """

    def __init__(self, journal: Path, cursor: Path) -> None:
        self._journal = journal
        self._cursor_file = cursor
        self._lock = threading.Lock()
        self.line = 0
        self._offset = 0
        #: What the owner wants to find again after a restart.
        self.notes: dict[str, Any] = {}
        self._load()

    def read(self, *, most: int = 500, most_bytes: int = 1_000_000) -> list[tuple[int, dict[str, Any], int]]:
        """New events as ``(number, event, byte offset after it)``; the cursor stays until :meth:`commit`."""
        found: list[tuple[int, dict[str, Any], int]] = []
        try:
            with self._journal.open("rb") as file:
                file.seek(self._offset)
                offset, number, taken = self._offset, self.line, 0
                for line in file:
                    if not line.endswith(b"\n"):
                        break  # still being written
                    taken += len(line)
                    if found and (len(found) >= most or taken > most_bytes):
                        break
                    offset += len(line)
                    number += 1
                    found.append((number, parse(line.decode("utf-8", errors="replace")), offset))
        except FileNotFoundError:
            return []
        return found

    def commit(self, line: int, offset: int) -> None:
        """Move the cursor behind an event, for good."""
        with self._lock:
            self.line, self._offset = line, offset
            text = json.dumps({"line": line, "offset": offset, "notes": self.notes})
            write_whole(self._cursor_file, text)

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
            return self._offset >= self._journal.stat().st_size
        except FileNotFoundError:
            return True

    def _load(self) -> None:
        try:
            kept = json.loads(self._cursor_file.read_text(encoding="utf-8"))
            self.line, self._offset, self.notes = int(kept["line"]), int(kept["offset"]), dict(kept["notes"])
        except (OSError, ValueError, KeyError, TypeError):
            self.line, self._offset, self.notes = 0, 0, {}
