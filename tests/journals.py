"""What a test reads of a job folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from snellen.contract.folder import JobFolder


def events(folder: JobFolder, kind: str) -> list[dict[str, Any]]:
    """The events of a kind, in order."""
    lines = folder.events.read_text(encoding="utf-8").splitlines() if folder.events.exists() else []
    return [event for event in map(json.loads, lines) if event["type"] == kind]


def curve(folder: JobFolder, key: str) -> dict[int, float]:
    """A metric's values by step."""
    return {event["step"]: event["values"][key] for event in events(folder, "metrics") if key in event["values"]}


def checkpoint_of(folder: JobFolder, epoch: int) -> Path:
    """The one file that was kept of an epoch."""
    (path,) = [folder.root / event["path"] for event in events(folder, "artifact") if event.get("epoch") == epoch]
    return path


def outcome(folder: JobFolder) -> dict[str, Any]:
    """How the trainer ended."""
    return dict(json.loads(folder.outcome.read_text(encoding="utf-8")))
