"""Processes by pid and start time: one that merely got the pid of another does not count."""

from __future__ import annotations

import psutil

#: Two readings of a start time differ by no more.
SECONDS = 1.0


def find_process(pid: int, created: float) -> psutil.Process | None:
    """The very process that was started at `created` (Unix seconds), also as a zombie; None when it is gone."""
    try:
        process = psutil.Process(pid)
        return process if abs(process.create_time() - created) < SECONDS else None
    except psutil.NoSuchProcess:
        return None


def is_running(pid: int, created: float) -> bool:
    """Whether that very process is there and no zombie."""
    process = find_process(pid, created)
    try:
        return process is not None and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
