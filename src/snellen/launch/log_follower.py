"""Turns the trainer's output into log events: whole lines, plain text, at a bounded rate."""

from __future__ import annotations

import re
import threading
import time
from pathlib import Path

from snellen.contract.events import EventType, Journal

EVERY_SECONDS = 0.5
LINES_A_SECOND = 50.0
BURST = 1000.0
MAX_LINE = 2000
READ_BYTES = 1 << 20
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07]*\x07|[@-Z\\-_])")


class LogFollower:
    """Follows ``log.txt``. A progress bar that redraws itself with carriage returns counts as its last state."""

    def __init__(self, path: Path, journal: Journal) -> None:
        self._path = path
        self._journal = journal
        self._offset = 0
        self._rest = b""
        self._allowance = BURST
        self._at = time.monotonic()
        self._dropped = 0

    def follow(self, ended: threading.Event) -> None:
        """Follow until `ended`, then to the end of the file."""
        while not ended.wait(EVERY_SECONDS):
            self.step()
        while self.step():
            continue
        self.step(last=True)

    def step(self, *, last: bool = False) -> bool:
        """Write what is new; whether there was anything."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                data = file.read(READ_BYTES)
        except FileNotFoundError:
            return False
        self._offset += len(data)
        *whole, self._rest = (self._rest + data).split(b"\n")
        if last and self._rest:
            whole, self._rest = [*whole, self._rest], b""
        # Without any line end for long, what there is counts as a line.
        if len(self._rest) > READ_BYTES:
            self._rest = self._rest[-MAX_LINE:]
        lines = [text for line in whole if (text := clean(line))]
        self._tell(self._bounded(lines))
        return bool(data)

    def _bounded(self, lines: list[str]) -> list[str]:
        now = time.monotonic()
        self._allowance = min(BURST, self._allowance + (now - self._at) * LINES_A_SECOND)
        self._at = now
        room = int(self._allowance)
        kept = lines[:room]
        self._allowance -= len(kept)
        self._dropped += len(lines) - len(kept)
        if self._dropped and len(kept) == len(lines):
            kept = [*kept, f"… {self._dropped} lines left out here; the job folder's log.txt has them all"]
            self._dropped = 0
        return kept

    def _tell(self, lines: list[str]) -> None:
        for start in range(0, len(lines), 200):
            try:
                self._journal.append(EventType.LOG, level="info", lines=lines[start : start + 200])
            except OSError:
                return  # a full disk; log.txt is on it too


def clean(line: bytes) -> str:
    """One line without colours and cursor movements; of several states after carriage returns the last.

    >>> clean(b"\\x1b[1mepoch 1\\x1b[0m\\r"), clean(b" 10%\\r100%")
    ('epoch 1', '100%')
    """
    text = _ANSI.sub("", line.decode("utf-8", errors="replace"))
    states = [part for part in text.split("\r") if part.strip()]
    return states[-1].rstrip()[:MAX_LINE] if states else ""
