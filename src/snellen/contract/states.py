"""The states of a job and the only table of its legal transitions."""

from __future__ import annotations

from enum import StrEnum

from snellen.errors import IllegalTransition


class JobState(StrEnum):
    """Where a job stands. ``lost`` means that nothing is known of it since its heartbeats ceased."""

    QUEUED = "queued"
    STARTING = "starting"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    STOPPED = "stopped"
    LOST = "lost"


S = JobState
ENDED = frozenset({S.COMPLETED, S.FAILED, S.STOPPED})
#: States in which something of the job may be running.
ACTIVE = frozenset({S.STARTING, S.RUNNING})

TRANSITIONS: dict[JobState, frozenset[JobState]] = {
    S.QUEUED: frozenset({S.STARTING, S.STOPPED, S.FAILED}),
    S.STARTING: frozenset({S.RUNNING, S.COMPLETED, S.FAILED, S.STOPPED, S.LOST}),
    S.RUNNING: frozenset({S.COMPLETED, S.FAILED, S.STOPPED, S.LOST}),
    # A lost job whose supervisor speaks again was only out of sight.
    S.LOST: frozenset({S.STARTING, S.RUNNING, S.COMPLETED, S.FAILED, S.STOPPED, S.QUEUED}),
    # A resume queues the job again.
    S.STOPPED: frozenset({S.QUEUED}),
    S.FAILED: frozenset({S.QUEUED}),
    S.COMPLETED: frozenset(),
}


def may_become(current: JobState, wanted: JobState) -> bool:
    """Whether the table allows the step; staying is always allowed."""
    return current == wanted or wanted in TRANSITIONS[current]


def check(current: JobState, wanted: JobState) -> None:
    """Raise :class:`~snellen.errors.IllegalTransition` unless the table allows the step."""
    if not may_become(current, wanted):
        allowed = ", ".join(sorted(TRANSITIONS[current])) or "nothing"
        raise IllegalTransition(f"a {current} job can't become {wanted}; from {current} it can become: {allowed}")
