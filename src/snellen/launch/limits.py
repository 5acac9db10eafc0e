"""Bounds what a trainer that floods its journal sends on; the journal itself keeps everything."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from snellen.contract.events import EventType

#: Beyond the burst so many a second go on; by the events' own time, so that an outage is no flood.
POINTS_A_SECOND, POINTS_BURST = 2_000.0, 200_000.0
LINES_A_SECOND, LINES_BURST = 200.0, 10_000.0
#: A flood is told again after so many events that were left out.
TELL_EVERY = 10_000


@dataclass(slots=True)
class Allowance:
    """A bucket that fills with time."""

    rate: float
    burst: float
    left: float = field(default=0.0)
    at: float | None = None

    def takes(self, amount: int, now: float) -> bool:
        """Whether there is room for so many at a time in seconds; takes it if so."""
        if self.at is None:
            self.left = self.burst
        else:
            self.left = min(self.burst, self.left + max(0.0, now - self.at) * self.rate)
        self.at = now if self.at is None else max(self.at, now)
        if amount > self.left:
            return False
        self.left -= amount
        return True


class EventLimits:
    """Replaces what is too much by an empty log event of its number, and says so.

    An event is judged once: a batch that is sent again is the same batch.
    """

    def __init__(self) -> None:
        self._points = Allowance(POINTS_A_SECOND, POINTS_BURST)
        self._lines = Allowance(LINES_A_SECOND, LINES_BURST)
        self._judged = 0
        self._left_out: set[int] = set()
        self._counts = {EventType.METRICS: 0, EventType.LOG: 0}
        self._told: dict[int, str] = {}

    def bounded(self, number: int, event: dict[str, Any]) -> dict[str, Any]:
        """The event, or what is sent in its place."""
        if number > self._judged:
            self._judge(number, event)
            self._judged = number
        if number not in self._left_out:
            return event
        text = self._told.get(number)
        lines = [] if text is None else [text]
        return {"type": EventType.LOG.value, "time": event.get("time"), "level": "warning", "lines": lines}

    def forget_through(self, number: int) -> None:
        """Events through this number are at the server for good."""
        self._left_out = {n for n in self._left_out if n > number}
        self._told = {n: text for n, text in self._told.items() if n > number}

    def _judge(self, number: int, event: dict[str, Any]) -> None:
        kind, time = event.get("type"), event.get("time")
        seconds = time / 1000 if isinstance(time, int | float) else 0.0
        if kind == EventType.METRICS:
            values = event.get("values")
            fits = self._points.takes(len(values) if isinstance(values, dict) else 1, seconds)
        elif kind == EventType.LOG:
            lines = event.get("lines")
            fits = self._lines.takes(len(lines) if isinstance(lines, list) else 1, seconds)
        else:
            return
        if fits:
            return
        self._left_out.add(number)
        which = EventType(kind)
        self._counts[which] += 1
        if self._counts[which] % TELL_EVERY == 1:
            what, most = ("metric points", POINTS_A_SECOND) if kind == EventType.METRICS else ("lines", LINES_A_SECOND)
            self._told[number] = (
                f"the trainer reports more than {most:g} {what} a second: {self._counts[which]} events left out so "
                "far; the job folder's events.jsonl has them all"
            )
