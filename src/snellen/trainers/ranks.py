"""What trainers share that train one job in several processes, each of which is a rank."""

from __future__ import annotations

import ctypes
import os
import select
import signal
import sys
import threading

from snellen.errors import ProcessFailed

_PARENT_DIES = 1


class RanksFailed(ProcessFailed):
    """One of the processes of a training failed: its reason, and as ``output`` its traceback."""

    code = "ranks_failed"


def die_with(pid: int) -> None:
    """Have this process end at once when that one is gone, which may have started it by way of others. Linux only."""
    if sys.platform != "linux":
        return
    try:
        there = os.pidfd_open(pid)
    except ProcessLookupError as error:
        raise SystemExit(f"process {pid}, for which this one works, is gone") from error
    threading.Thread(target=_await_end, args=(there,), name="die-with", daemon=True).start()


def _await_end(pidfd: int) -> None:
    select.select([pidfd], [], [])
    os.kill(os.getpid(), signal.SIGKILL)


def die_with_parent(number: signal.Signals = signal.SIGTERM, *, parent: int | None = None) -> None:
    """Have this process end by the signal when the one that started it is gone, killed or not. Linux only.

    `parent` is the id of that one, where it is known: should it be gone already, this process ends here.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PARENT_DIES, number)
    if parent is not None and os.getppid() != parent:
        raise SystemExit("the process that started this one is gone")
