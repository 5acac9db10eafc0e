"""Takes batches of events: each once, in order, in one transaction.

Metric points and artifacts belong to features above this one, which register what an event of theirs does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from snellen.contract import states
from snellen.contract.events import EventType, now_ms
from snellen.contract.states import ENDED, JobState
from snellen.server.jobs import service, stream
from snellen.server.jobs.schemas import EventBatch
from snellen.server.jobs.tables import Attempt, Job

#: What a feature does with all events of one type in a batch of a job, told by its id; returns what was wrong with any.
Handler = Callable[[Session, int, list[dict[str, Any]]], list[str]]

#: In the handle of an external job: whether its silence means something.
HEARTBEATS = "heartbeats"
MAX_LINE = 4000
#: Colours, titles and moves of the cursor (ECMA-48).
TERMINAL_CODES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\^_])")
#: Of one log event so many lines are kept, and told how many were not.
MOST_LINES = 2000
MOST_EPOCHS = 10_000_000


@dataclass(frozen=True, slots=True)
class Accepted:
    """What is stored for good: all events through a number, before and now. And what the sender is to do."""

    before: int
    through: int
    stop_requested: bool
    stop_now: bool


def accept(
    session: Session, *, job: Job, attempt: Attempt, batch: EventBatch, handlers: Mapping[str, Handler]
) -> Accepted:
    """Store what is new of a batch.

    A gap stops the batch before it: the answer tells the sender where to go on.
    """
    service.check_attempt(job, attempt.number)
    job.heartbeat_at = now_ms()
    if job.launcher == service.EXTERNAL and not batch.events and attempt.handle is None:
        attempt.handle = {HEARTBEATS: True}  # a supervisor is behind it, which is never silent for long
    before = attempt.accepted_through
    fresh, attempt.accepted_through = fresh_of(batch, before)
    job.newest_event_at = newest_time(fresh, job.newest_event_at)
    if job.state in {JobState.STARTING, JobState.LOST}:
        service.set_state(session, job, JobState.RUNNING)
    elif fresh:
        service.begin_external(session, job)
    _apply(session, job, fresh, handlers)
    return Accepted(before, attempt.accepted_through, job.stop_requested, job.stop_now)


def fresh_of(batch: EventBatch, through: int) -> tuple[list[dict[str, Any]], int]:
    """The events that follow on those stored `through` a number, and the number of the last one."""
    fresh: list[dict[str, Any]] = []
    for event in sorted(batch.events, key=lambda e: e.seq):
        if event.seq <= through:
            continue
        if event.seq != through + 1:
            break
        fresh.append({"type": event.type, "time": event.time or now_ms(), **(event.model_extra or {})})
        through = event.seq
    return fresh, through


def newest_time(fresh: list[dict[str, Any]], known: int | None) -> int | None:
    """The time of the newest event so far, never ahead of our clock."""
    if not fresh:
        return known
    newest: int = max(event["time"] for event in fresh)
    return max(min(now_ms(), newest), known or 0)


def _apply(session: Session, job: Job, events: list[dict[str, Any]], handlers: Mapping[str, Handler]) -> None:
    groups = _by_type(events)
    problems: list[str] = []
    lines: list[dict[str, Any]] = []
    for event in groups.pop(EventType.LOG, []):
        lines += _log_lines(event)
    if progress := groups.pop(EventType.PROGRESS, []):
        problems += _progress(session, job, progress[-1])
    problems += _announce(job, groups.pop(EventType.VALIDATION, []))
    final = groups.pop(EventType.STATE, [])
    groups.pop(EventType.ARTIFACT, None)  # arrives through its upload
    rest = [event for group in groups.values() for event in group]
    tell_problems(session, job, problems + handle(session, job.id, rest, handlers), lines)
    for event in final:
        _state(session, job, event)


def handle(session: Session, job_id: int, events: list[dict[str, Any]], handlers: Mapping[str, Handler]) -> list[str]:
    """Do what the features do with events of theirs; what was wrong with any."""
    problems: list[str] = []
    for kind, group in _by_type(events).items():
        handler = handlers.get(kind)
        problems += (
            handler(session, job_id, group) if handler else [f"unknown event type {kind!r} ({len(group)} events)"]
        )
    return problems


def tell_problems(session: Session, job: Job, problems: list[str], lines: list[dict[str, Any]]) -> None:
    """Add lines to the job's log, with each problem, which becomes a warning of the job too."""
    for problem in problems:
        lines.append(service.log_line(problem[:MAX_LINE], "warning"))
        service.warn(session, job, problem)
    service.add_log_lines(session, job, lines)


def _by_type(events: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for event in events:
        groups.setdefault(event["type"], []).append(event)
    return groups


def _log_lines(event: dict[str, Any]) -> list[dict[str, Any]]:
    level = str(event.get("level", "info"))
    texts = event.get("lines")
    if isinstance(texts, str):
        texts = [texts]
    if not isinstance(texts, list):
        texts = [str(event.get("text", ""))]
    if len(texts) > MOST_LINES:
        texts = [*texts[:MOST_LINES], f"… {len(texts) - MOST_LINES} more lines of this event were left out"]
    return [{"time": event["time"], "level": level[:10], "text": _plain(str(text))} for text in texts]


def _plain(text: str) -> str:
    """Without the terminal's colours; NUL is the one character that PostgreSQL's text can't hold."""
    return TERMINAL_CODES.sub("", text)[:MAX_LINE].replace("\x00", "\ufffd")


def _progress(session: Session, job: Job, event: dict[str, Any]) -> list[str]:
    try:
        epoch = int(event["epoch"])
        epochs = int(event.get("epochs") or job.epochs)
        inner = float(event.get("fraction", 0.0))
        if not (1 <= epoch <= max(epochs, 1) * 10) or not 0.0 <= inner <= 1.0:
            raise ValueError(f"epoch {epoch} of {epochs}, fraction {inner}")
        if epochs > MOST_EPOCHS:
            raise ValueError(f"{epochs} epochs")
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        return [f"a progress event was not understood ({error}); expected epoch from 1, epochs, fraction from 0 to 1"]
    whole = min(1.0, (epoch - 1 + inner) / max(epochs, 1))
    if job.training_since is None:
        # A resumed job has a part behind it that took no time of this attempt's.
        job.training_since, job.training_from = event["time"], (epoch - 1) / max(epochs, 1)
    spent = max(0, event["time"] - job.training_since) / 1000
    done = whole - job.training_from
    job.progress = {
        "epoch": epoch,
        "epochs": epochs,
        "fraction": whole,
        "phase": str(event.get("phase", ""))[:50],
        "message": str(event["message"])[:500] if event.get("message") else None,
        "eta_seconds": round(spent * (1 - whole) / done, 1) if done > 0.01 else None,
    }
    stream.tell(session, job.id, "job")
    return []


def _announce(job: Job, events: list[dict[str, Any]]) -> list[str]:
    for event in events:
        epoch = event.get("epoch")
        if not isinstance(epoch, int) or not 1 <= epoch <= MOST_EPOCHS:
            return [f"a validation event has epoch {epoch!r}; epochs are counted from 1"]
        job.announced_epoch = max(job.announced_epoch, epoch)
        if job.announced_epoch > (job.last_epoch or 0):
            job.waiting_since = job.waiting_since or now_ms()
    return []


def _state(session: Session, job: Job, event: dict[str, Any]) -> None:
    try:
        wanted = JobState(str(event.get("state")))
    except ValueError:
        service.warn(session, job, f"a state event names {event.get('state')!r}; expected one of {', '.join(JobState)}")
        return
    if job.state == wanted and wanted in ENDED:
        return
    if wanted not in {JobState.RUNNING, *ENDED} or not states.may_become(JobState(job.state), wanted):
        service.warn(session, job, f"a {job.state} job was told to become {wanted}; ignored")
        return
    reason = event.get("reason")
    service.set_state(
        session,
        job,
        wanted,
        reason=str(reason)[:2000] if reason else None,
        detail=str(event["detail"])[-20_000:] if event.get("detail") else None,
    )
