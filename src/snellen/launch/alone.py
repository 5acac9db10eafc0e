"""One supervisor a job folder: a lock that ends with its process, and a note of who has it."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
from collections.abc import Iterator

from snellen.contract.folder import JobFolder
from snellen.launch.processes import Remembered

log = logging.getLogger("snellen.supervise")


def supervisor_of(folder: JobFolder) -> Remembered:
    """The process that has, or had, the folder."""
    return Remembered(folder.supervisor / "supervisor.json")


@contextlib.contextmanager
def alone(folder: JobFolder) -> Iterator[bool]:
    """Whether this process has the folder to itself, for as long as the block lasts."""
    folder.make_supervisor_place()
    with (folder.supervisor / "supervisor.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            log.error("%s has a supervisor already", folder.root)
            yield False
            return
        supervisor_of(folder).remember(os.getpid())
        yield True
