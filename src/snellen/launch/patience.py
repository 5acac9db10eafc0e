"""How to keep trying: three quick tries, then with growing pauses for as long as it takes."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TypeVar

from snellen.sdk.callback import CallbackFailed

QUICK = (0.5, 1.0, 2.0)
LONGEST = 15.0
Result = TypeVar("Result")
log = logging.getLogger("snellen.supervise")


class GivenUp(Exception):
    """The supervisor is ending: nobody waits any more."""


def until_done(action: Callable[[], Result], *, ending: threading.Event, what: str) -> Result:
    """Call `action` until it no longer raises :class:`CallbackFailed`; any other error goes through.

    Raises :class:`GivenUp` when `ending` is set meanwhile.
    """
    tries = 0
    while True:
        try:
            result = action()
        except CallbackFailed as error:
            pause = QUICK[tries] if tries < len(QUICK) else min(LONGEST, QUICK[-1] * 2 ** (tries - len(QUICK) + 1))
            tries += 1
            if tries == len(QUICK) + 1:
                # Once, when it is no hiccup: an outage of hours fills no log.
                log.warning("%s fails, going on trying every %g s at most: %s", what, LONGEST, error)
            if ending.wait(pause):
                raise GivenUp(what) from error
            continue
        if tries > len(QUICK):
            log.info("%s works again after %d tries", what, tries + 1)
        return result
