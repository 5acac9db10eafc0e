"""Finds the framework's plots as it registers them, none by name, and takes only those that are whole."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

#: How long to wait for the framework's drawing threads where there is no next look.
SETTLE_SECONDS = 5.0
#: How each format ends; a file that is still being written does not.
_ENDS = {".jpg": b"\xff\xd9", ".jpeg": b"\xff\xd9", ".png": b"IEND\xaeB`\x82"}
#: A file of another format counts as whole when nobody has written to it for so long.
QUIET_SECONDS = 0.2


class PlotFinder:
    """Remembers what it gave out: each drawing is given once, a new drawing over an old file is given again."""

    def __init__(self) -> None:
        self._given: dict[Path, float] = {}

    def new(self, plots: dict[Path, dict[str, Any]], *, wait: bool = False) -> list[Path]:
        """Whole plots drawn since the last look, of a framework's ``{path: {"timestamp": …}}``.

        What is still being drawn comes with the next look; with `wait` there is none, so up to 5 s are spent on it.
        """
        deadline = time.monotonic() + (SETTLE_SECONDS if wait else 0.0)
        if wait:
            _join_drawing_threads(deadline)
        found = []
        for path, entry in list(plots.items()):
            if self._given.get(path) == entry["timestamp"]:
                continue
            while not (whole := is_whole(path)) and time.monotonic() < deadline:
                time.sleep(0.05)
            if whole:
                self._given[path] = entry["timestamp"]
                found.append(Path(path))
        return found


def is_whole(path: Path) -> bool:
    """Whether a picture is there to its last byte."""
    try:
        status = path.stat()
        end = _ENDS.get(path.suffix.lower())
        if end is None:
            return status.st_size > 0 and time.time() - status.st_mtime > QUIET_SECONDS
        with path.open("rb") as file:
            file.seek(max(0, status.st_size - len(end)))
            return file.read() == end
    except OSError:
        return False


def _join_drawing_threads(deadline: float) -> None:
    """The framework draws pictures in threads that are named after ``plot_images``."""
    for thread in threading.enumerate():
        if "plot" in thread.name and thread is not threading.current_thread():
            thread.join(max(0.0, deadline - time.monotonic()))
