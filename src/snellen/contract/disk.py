"""Full disks: what can't be written now is tried again, since somebody may make room."""

from __future__ import annotations

import errno
import logging
import re
import threading
import time
from collections.abc import Callable
from typing import TypeVar

#: So long room is waited for, unless the caller knows better.
SECONDS = 600.0
PAUSE_SECONDS = 1.0
#: How libraries say it that keep no error number.
_SAID = re.compile(r"os error (28|122)\b|No space left|disk is full|disk quota exceeded", re.IGNORECASE)
Result = TypeVar("Result")
log = logging.getLogger("snellen.disk")


def is_full(error: BaseException) -> bool:
    """Whether an error says that a disk, or what one may take of it, is full."""
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    return _SAID.search(str(error)) is not None


def when_there_is_room(
    action: Callable[[], Result],
    *,
    what: str,
    seconds: float = SECONDS,
    ending: threading.Event | None = None,
    pause: float = PAUSE_SECONDS,
) -> Result:
    """Call `action` until the disk has room for it, told once; after `seconds`, or when `ending` is set, what it raised
    goes through, as does any other error."""
    deadline = time.monotonic() + seconds
    waiting = ending or threading.Event()
    told = False
    while True:
        try:
            result = action()
        except Exception as error:
            if not is_full(error) or time.monotonic() > deadline:
                raise
            if not told:
                log.warning("the disk is full; %s waits for room: %s", what, error)
            told = True
            if waiting.wait(pause):
                raise
            continue
        if told:
            log.info("%s found room", what)
        return result
