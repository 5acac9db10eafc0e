"""Samples the machine and the trainer's processes."""

from __future__ import annotations

import threading
import time

import psutil

from snellen.contract.events import EventType, Journal, now_ms
from snellen.launch.gpus import sample_gpus

EVERY_SECONDS = 5.0


def sample_forever(journal: Journal, pid: int, ended: threading.Event, began_at: int | None = None) -> None:
    """Write ``system/…`` metrics until the trainer has ended.

    Their step is whole seconds since `began_at` (Unix milliseconds), when the job's first attempt began.
    """
    began = time.monotonic()
    if began_at is not None:
        began -= max(0.0, (now_ms() - began_at) / 1000)
    psutil.cpu_percent()
    while not ended.wait(EVERY_SECONDS):
        values = {
            "system/cpu_percent": psutil.cpu_percent(),
            "system/memory_percent": psutil.virtual_memory().percent,
            "system/trainer_memory_gb": _memory_of(pid) / 2**30,
            **sample_gpus(),
        }
        try:
            journal.append(EventType.METRICS, step=int(time.monotonic() - began), epoch=None, values=values)
        except OSError:
            continue  # a full disk: the next sample may find room


def _memory_of(pid: int) -> float:
    total = 0.0
    try:
        process = psutil.Process(pid)
        for each in [process, *process.children(recursive=True)]:
            total += each.memory_info().rss
    except psutil.Error:
        return total
    return total
