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


def end_all(place: Path) -> None:
    """Kill them."""
    for process in processes_naming(place):
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
