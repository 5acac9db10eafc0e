"""Takes batches of events: each once, in order, in one transaction.

Metric points and artifacts belong to features above this one, which register what an event of theirs does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy.orm import Session

from snellen.contract import states
from snellen.contract.events import EventType, now_ms
from snellen.contract.states import ENDED, JobState
from snellen.server.jobs import service, stream
from snellen.server.jobs.schemas import EventBatch
from snellen.server.jobs.tables import Attempt, Job

#: What a feature does with all events of one type in a batch; returns what was wrong with any.
Handler = Callable[[Session, Job, list[dict[str, Any]]], list[str]]

#: In the handle of an external job: whether its silence means something.
HEARTBEATS = "heartbeats"
MAX_LINE = 4000
#: Of one log event so many lines are kept, and told how many were not.
MOST_LINES = 2000
MOST_EPOCHS = 10_000_000


def accept(session: Session, *, job: Job, attempt: Attempt, batch: EventBatch, handlers: Mapping[str, Handler]) -> int:
    """Store what is new of a batch; returns the number through which everything is stored.

    A gap stops the batch before it: the answer tells the sender where to go on.
    """
    service.check_attempt(job, attempt.number)
    job.heartbeat_at = now_ms()
    if job.launcher == service.EXTERNAL and not batch.events and attempt.handle is None:
        attempt.handle = {HEARTBEATS: True}  # a supervisor is behind it, which is never silent for long
    fresh: list[dict[str, Any]] = []
    through = attempt.accepted_through
    for event in sorted(batch.events, key=lambda e: e.seq):
        if event.seq <= through:
            continue
        if event.seq != through + 1:
            break
        fresh.append({"type": event.type, "time": event.time or now_ms(), **(event.model_extra or {})})
        through = event.seq
    attempt.accepted_through = through
    if fresh:
        newest = min(now_ms(), max(event["time"] for event in fresh))
        job.newest_event_at = max(newest, job.newest_event_at or 0)
    if job.state in {JobState.STARTING, JobState.LOST}:
        service.set_state(session, job, JobState.RUNNING)
    elif fresh:
        service.begin_external(session, job)
    _apply(session, job, fresh, handlers)
    return through


def _apply(session: Session, job: Job, events: list[dict[str, Any]], handlers: Mapping[str, Handler]) -> None:
    groups: dict[str, list[dict[str, Any]]] = {}
    for event in events:
        groups.setdefault(event["type"], []).append(event)
    problems: list[str] = []
    lines: list[dict[str, Any]] = []
    for event in groups.pop(EventType.LOG, []):
        lines += _log_lines(event)
    if progress := groups.pop(EventType.PROGRESS, []):
        problems += _progress(session, job, progress[-1])
    problems += _announce(job, groups.pop(EventType.VALIDATION, []))
    final = groups.pop(EventType.STATE, [])
    groups.pop(EventType.ARTIFACT, None)  # arrives through its upload
    for kind, group in groups.items():
        handler = handlers.get(kind)
        problems += handler(session, job, group) if handler else [f"unknown event type {kind!r} ({len(group)} events)"]
    for problem in problems:
        lines.append(service.log_line(problem[:MAX_LINE], "warning"))
        service.warn(session, job, problem)
    service.add_log_lines(session, job, lines)
    for event in final:
        _state(session, job, event)


def _log_lines(event: dict[str, Any]) -> list[dict[str, Any]]:
    level = str(event.get("level", "info"))
    texts = event.get("lines")
    if isinstance(texts, str):
        texts = [texts]
    if not isinstance(texts, list):
        texts = [str(event.get("text", ""))]
    if len(texts) > MOST_LINES:
        texts = [*texts[:MOST_LINES], f"… {len(texts) - MOST_LINES} more lines of this event were left out"]
    # NUL is the one character that PostgreSQL's text can't hold.
    return [
        {"time": event["time"], "level": level[:10], "text": str(t)[:MAX_LINE].replace("\x00", "\ufffd")} for t in texts
    ]


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
