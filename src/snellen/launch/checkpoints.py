"""Checkpoints on their way to the store: of each name the newest, seldom while the training goes on."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path
from typing import Any

from snellen.contract import numbers
from snellen.contract.tasks import PrimaryMetric
from snellen.errors import SnellenError
from snellen.launch.inside import Inside

#: While training goes on, a checkpoint of one name is uploaded at most so often; the newest always at the end.
CHECKPOINT_SECONDS = 60.0
BEST_PRIMARY = "best-primary"
#: While training goes on, a checkpoint waits so long for the result of its epoch, which a script's trainer may tell
#: after it; where a new one comes all the time, so long in all.
RESULT_SECONDS, RESULTS_SECONDS = 1.0, 5.0


class Checkpoints:
    """What waits for its upload. `notes` survive a restart of the supervisor with the cursor of the journal."""

    def __init__(self, notes: dict[str, Any], primary: PrimaryMetric, inside: Inside) -> None:
        self._notes = notes
        self._primary = primary
        self._inside = inside
        self._waiting: dict[str, dict[str, Any]] = notes.setdefault("waiting", {})
        self._uploaded_at: dict[str, float] = {}
        self._added_at: dict[str, float] = {}
        self._since: dict[str, float] = {}

    def best(self, epoch: int, value: float | None) -> None:
        """This epoch is the job's best by its own primary metric: its weights are to be kept."""
        self._notes.update(best_epoch=epoch, best_value=None if value is None else numbers.encode(value))
        for name, event in list(self._waiting.items()):
            self._keep_if_best(name, event)

    def add(self, number: int, event: dict[str, Any]) -> None:
        """Event `number` of the journal announces a checkpoint."""
        name = str(event["name"])
        event = {**event, "number": number}
        self._put(name, event)
        self._keep_if_best(name, event)

    def due(self, *, everything: bool) -> list[tuple[str, dict[str, Any]]]:
        """Names and events of those whose turn it is."""
        now = time.monotonic()
        found = [
            (name, event)
            for name, event in self._waiting.items()
            if everything or (self._is_settled(name, now) and self._is_turn(name, now))
        ]
        for name, _ in found:
            self._uploaded_at[name] = now
        return found

    def done(self, name: str) -> None:
        """It is stored, or told why not."""
        event = self._waiting.pop(name)
        self._since.pop(name, None)
        self._drop(event["path"])

    def _is_turn(self, name: str, now: float) -> bool:
        return now - self._uploaded_at.get(name, -CHECKPOINT_SECONDS) >= CHECKPOINT_SECONDS

    def _is_settled(self, name: str, now: float) -> bool:
        added, since = self._added_at.get(name, -RESULT_SECONDS), self._since.get(name, -RESULTS_SECONDS)
        return now - added >= RESULT_SECONDS or now - since >= RESULTS_SECONDS

    def _keep_if_best(self, name: str, event: dict[str, Any]) -> None:
        if name.startswith("last") and event.get("epoch") == self._notes.get("best_epoch", -1):
            metadata = {
                **event.get("metadata", {}),
                "chosen_by": f"{self._primary.name} ({self._primary.source})",
                "value": self._notes.get("best_value"),
            }
            self._put(BEST_PRIMARY + Path(name).suffix, {**event, "metadata": metadata})

    def _put(self, name: str, event: dict[str, Any]) -> None:
        replaced = self._waiting.get(name)
        self._waiting[name] = event
        self._added_at[name] = time.monotonic()
        self._since.setdefault(name, self._added_at[name])
        if replaced is not None:
            self._drop(replaced["path"])

    def _drop(self, relative: str) -> None:
        """Remove a local copy that nothing waits for any more."""
        if all(event["path"] != relative for event in self._waiting.values()):
            with contextlib.suppress(OSError, SnellenError):
                self._inside.remove(relative)
