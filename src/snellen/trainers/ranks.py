"""What trainers share that train one job in several processes, each of which is a rank."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import threading
import time

import psutil

from snellen.errors import ProcessFailed

_PARENT_DIES = 1
LOOK_SECONDS = 0.5


class RanksFailed(ProcessFailed):
    """One of the processes of a training failed: its reason, and as ``output`` its traceback."""

    code = "ranks_failed"


def die_with(pid: int) -> None:
    """Have this process end within a second when that one is gone, which may have started it by way of others."""
    try:
        process = psutil.Process(pid)
    except psutil.NoSuchProcess as error:
        raise SystemExit(f"process {pid}, for which this one works, is gone") from error
    threading.Thread(target=_end_with, args=(process,), name="die-with", daemon=True).start()


def _end_with(process: psutil.Process) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            time.sleep(LOOK_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)


def die_with_parent(number: signal.Signals = signal.SIGTERM, *, parent: int | None = None) -> None:
    """Have this process end by the signal when the one that started it is gone, killed or not. Linux only.

    `parent` is the id of that one, where it is known: should it be gone already, this process ends here.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PARENT_DIES, number)
    if parent is not None and os.getppid() != parent:
        raise SystemExit("the process that started this one is gone")
