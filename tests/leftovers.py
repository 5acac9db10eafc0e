"""What a test's processes leave running."""

from __future__ import annotations

from pathlib import Path

import psutil


def processes_naming(place: Path) -> list[psutil.Process]:
    """Those that have a path in `place` among their arguments: supervisors, trainers, scripts."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        if any(word.startswith(f"{place}/") or word == str(place) for word in process.info["cmdline"] or []):
            found.append(process)
    return found


def has_ended(pid: int) -> bool:
    """Whether nothing runs by a number any more; what nobody has waited for yet has ended too."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def end_all(place: Path) -> None:
    """Kill them."""
    for process in processes_naming(place):
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
