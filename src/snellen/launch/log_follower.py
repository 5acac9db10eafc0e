"""Turns the trainer's output into log events: whole lines, plain text, at a bounded rate."""

from __future__ import annotations

import re
import threading
import time
from pathlib import Path

from snellen.contract.events import MOST_LINE_BYTES, EventType, Journal, parse
from snellen.errors import FileRefused
from snellen.launch.inside import Inside

EVERY_SECONDS = 0.5
LINES_A_SECOND = 50.0
BURST = 1000.0
MAX_LINE = 2000
READ_BYTES = 1 << 20
#: In an event of log lines: how many bytes of the log are told with it.
THROUGH = "log_through"
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07]*\x07|[@-Z\\-_])")


class LogFollower:
    """Follows ``log.txt``. A progress bar that redraws itself with carriage returns counts as its last state."""

    def __init__(self, path: Path, journal: Journal, *, offset: int = 0) -> None:
        """What is in the file before `offset` (bytes) has been told."""
        self._path = path
        self._inside = Inside(path.parent)
        self._journal = journal
        self._offset = offset
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
            with self._inside.open(self._path.name) as file:
                file.seek(self._offset)
                data = file.read(READ_BYTES)
        except (FileNotFoundError, FileRefused):
            return False
        at = self._offset - len(self._rest)
        self._offset += len(data)
        *whole, self._rest = (self._rest + data).split(b"\n")
        if last and self._rest:
            whole, self._rest = [*whole, self._rest], b""
        # Without any line end for long, what there is counts as a line.
        if len(self._rest) > READ_BYTES:
            self._rest = self._rest[-MAX_LINE:]
        lines = []
        for line in whole:
            at += len(line) + 1
            if text := clean(line):
                lines.append((text, at))
        self._tell(self._bounded(lines))
        return bool(data)

    def _bounded(self, lines: list[tuple[str, int]]) -> list[tuple[str, int]]:
        now = time.monotonic()
        self._allowance = min(BURST, self._allowance + (now - self._at) * LINES_A_SECOND)
        self._at = now
        room = int(self._allowance)
        kept = lines[:room]
        self._allowance -= len(kept)
        self._dropped += len(lines) - len(kept)
        if self._dropped and len(kept) == len(lines):
            told = f"… {self._dropped} lines left out here; the job folder's log.txt has them all"
            kept = [*kept, (told, kept[-1][1] if kept else self._offset)]
            self._dropped = 0
        return kept

    def _tell(self, lines: list[tuple[str, int]]) -> None:
        for start in range(0, len(lines), 200):
            part = lines[start : start + 200]
            try:
                self._journal.append(
                    EventType.LOG, level="info", lines=[text for text, _ in part], **{THROUGH: part[-1][1]}
                )
            except OSError:
                return  # a full disk; log.txt is on it too


def logged_through(events: Path) -> int:
    """How many bytes of the log the journal has told, by whichever supervisor."""
    found = 0
    try:
        with Inside(events.parent).open(events.name) as file:
            while line := file.readline(MOST_LINE_BYTES):
                if THROUGH.encode() in line:
                    told = parse(line.decode(errors="replace")).get(THROUGH)
                    found = max(found, told) if isinstance(told, int) else found
    except (FileNotFoundError, FileRefused):
        return 0
    return found


def clean(line: bytes) -> str:
    """One line without colours and cursor movements; of several states after carriage returns the last.

    >>> clean(b"\\x1b[1mepoch 1\\x1b[0m\\r"), clean(b" 10%\\r100%")
    ('epoch 1', '100%')
    """
    text = _ANSI.sub("", line.decode("utf-8", errors="replace"))
    states = [part for part in text.split("\r") if part.strip()]
    return states[-1].rstrip()[:MAX_LINE] if states else ""
