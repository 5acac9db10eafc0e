"""The journal as a check reads it: stricter than a supervisor, who keeps what it can."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from snellen.contract import numbers
from snellen.contract.events import ArtifactKind, EventType
from snellen.contract.tasks import Task

KINDS = (ArtifactKind.CHECKPOINT, ArtifactKind.PLOT, ArtifactKind.FILE)
LEVELS = ("debug", "info", "warning", "error")


@dataclass(frozen=True, slots=True)
class Lines:
    """What a journal holds: the events that are as they should be.

    ``problems`` name the other lines by their number, from 1; ``cut``: the last line has no end, and it is in neither.
    """

    events: tuple[dict[str, Any], ...] = ()
    problems: tuple[str, ...] = ()
    cut: bool = False

    def of(self, kind: EventType) -> list[dict[str, Any]]:
        """The events of a kind, in order."""
        return [event for event in self.events if event["type"] == kind]


def read_journal(path: Path) -> Lines:
    """Read ``events.jsonl``; no file is no lines."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return Lines()
    whole, _, rest = data.rpartition(b"\n")
    events, problems = [], []
    for number, line in enumerate(whole.split(b"\n") if whole else (), start=1):
        try:
            event = json.loads(line, parse_constant=_refuse)
        except (ValueError, RecursionError) as error:
            problems.append(f"line {number} is no JSON ({error}): {_shown(line)}")
            continue
        wrong = _problem(event, path.parent)
        if wrong is None:
            events.append(event)
        else:
            problems.append(f"line {number}: {wrong}: {_shown(line)}")
    return Lines(tuple(events), tuple(problems), bool(rest))


def _refuse(name: str) -> float:
    raise ValueError(f'JSON has no {name}; write "{name}" as text')


def _shown(line: bytes) -> str:
    text = line.decode("utf-8", errors="replace")
    return text if len(text) <= 120 else f"{text[:119]}…"


def _problem(event: Any, folder: Path) -> str | None:
    """What is wrong with an event, as docs/reference/job-folder.md has it."""
    if not isinstance(event, dict) or event.get("type") not in set(EventType):
        return f'expected an object whose "type" is one of {", ".join(EventType)}'
    if "time" in event and not _is_whole(event["time"]):
        return "time: expected Unix milliseconds"
    wrong = _PROBLEMS[EventType(event["type"])](event)
    paths = [event.get(name) for name in ("path", "predictions_path", "results_path")]
    plots = event.get("plots") or []
    if not isinstance(plots, list) or not all(isinstance(p, dict) and isinstance(p.get("name"), str) for p in plots):
        return "plots: expected a list of {name, path}"
    for path in [*paths, *[plot.get("path", "") for plot in plots]]:
        if path is not None and not _leads_here(path, folder):
            wrong = wrong or f"{path!r}: expected the path of a file in the job's folder, relative to it"
    return wrong


def _metrics(event: Mapping[str, Any]) -> str | None:
    if not _is_whole(event.get("step")):
        return "step: expected a whole number"
    if event.get("epoch") is not None and not _is_epoch(event["epoch"]):
        return "epoch: expected a whole number from 1, or null"
    values = event.get("values")
    if not isinstance(values, dict) or not values or not all(map(_is_number, values.values())):
        return 'values: expected {key: number}; NaN and infinities are "NaN", "Infinity", "-Infinity"'
    return None


def _progress(event: Mapping[str, Any]) -> str | None:
    if not (_is_epoch(event.get("epoch")) and _is_epoch(event.get("epochs"))):
        return "epoch, epochs: expected whole numbers from 1"
    fraction = event.get("fraction")
    if isinstance(fraction, bool) or not isinstance(fraction, int | float) or not 0 <= fraction <= 1:
        return "fraction: expected a number from 0 to 1"
    return None if isinstance(event.get("phase"), str) else "phase: expected a word"


def _log(event: Mapping[str, Any]) -> str | None:
    lines = event.get("lines")
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        return "lines: expected a list of text"
    return None if event.get("level") in LEVELS else f"level: expected one of {', '.join(LEVELS)}"


def _artifact(event: Mapping[str, Any]) -> str | None:
    if event.get("kind") not in KINDS:
        return f"kind: expected one of {', '.join(KINDS)}"
    if not all(isinstance(event.get(name), str) and event[name] for name in ("name", "path")):
        return "name, path: expected text"
    if event.get("epoch") is not None and not _is_epoch(event["epoch"]):
        return "epoch: expected a whole number from 1, or null"
    return None if isinstance(event.get("metadata", {}), dict) else "metadata: expected an object"


def _validation(event: Mapping[str, Any]) -> str | None:
    if not _is_epoch(event.get("epoch")):
        return "epoch: expected a whole number from 1"
    metrics = event.get("metrics") or {}
    if not isinstance(metrics, dict) or not all(map(_is_number, metrics.values())):
        return "metrics: expected {key: number}"
    return None if event.get("task_type", Task.POSE) in set(Task) else f"task_type: expected one of {', '.join(Task)}"


def _state(event: Mapping[str, Any]) -> str | None:
    return "state is the supervisor's to write; a trainer returns, or raises"


_PROBLEMS: dict[EventType, Callable[[Mapping[str, Any]], str | None]] = {
    EventType.METRICS: _metrics,
    EventType.PROGRESS: _progress,
    EventType.LOG: _log,
    EventType.ARTIFACT: _artifact,
    EventType.VALIDATION: _validation,
    EventType.STATE: _state,
}


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_epoch(value: Any) -> bool:
    return _is_whole(value) and value >= 1


def _is_number(value: Any) -> bool:
    try:
        numbers.decode(value)
    except ValueError:
        return False
    return True


def _leads_here(path: Any, folder: Path) -> bool:
    if not isinstance(path, str) or not path or path.startswith("/") or ".." in PurePosixPath(path).parts:
        return False
    return (folder / path).is_file()
