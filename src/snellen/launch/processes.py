"""Processes by pid and start time: one that merely got the pid of another does not count."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time
from pathlib import Path

import psutil

from snellen.contract.folder import write_whole

#: Two readings of a start time differ by no more.
SECONDS = 1.0
#: Between looks for what is still to be killed.
KILL_PAUSES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 1.0, 1.0)


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


def created_of(pid: int) -> float:
    """When a process was started, in Unix seconds; 0 when it is gone."""
    try:
        return psutil.Process(pid).create_time()
    except psutil.Error:
        return 0.0


def processes_of_group(group: int) -> list[int]:
    """The pids of all that live and have a supplementary group; zombies don't count."""
    return [int(name) for name in os.listdir("/proc") if name.isdecimal() and group in _groups_of(name)]


def end_group(group: int) -> bool:
    """Kill every process that has a supplementary group, also those that are born meanwhile; False if some stay."""
    for pause in KILL_PAUSES:
        found = processes_of_group(group)
        if not found:
            return True
        # Stopped first, so that none can start another while the others are killed.
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for pid in found:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
        time.sleep(pause)
    return not processes_of_group(group)


def _groups_of(pid: str) -> list[int]:
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    lines = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    if lines.get("State", "").split()[:1] == ["Z"]:
        return []
    return [int(group) for group in lines.get("Groups", "").split()]


class Remembered:
    """A process that a file names by pid and start time, so that whoever comes later finds it again."""

    def __init__(self, record: Path) -> None:
        self._record = record
        self.pid, self.created = 0, 0.0
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            known = json.loads(record.read_text(encoding="utf-8"))
            self.pid, self.created = int(known["pid"]), float(known["created"])

    def remember(self, pid: int) -> None:
        """Name another one; one that is gone already stays named, and does not run."""
        self.pid, self.created = pid, created_of(pid)
        write_whole(self._record, json.dumps({"pid": self.pid, "created": self.created}))

    @property
    def is_known(self) -> bool:
        """Whether the file names one."""
        return self.pid != 0

    def runs(self) -> bool:
        """Whether that very process is there."""
        return self.is_known and is_running(self.pid, self.created)
