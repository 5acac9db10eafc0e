"""What callbacks of frameworks share, and how a failure is told."""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Iterator
from typing import TYPE_CHECKING

from snellen.errors import reason_of

if TYPE_CHECKING:
    from snellen.sdk.context import JobContext

TRACEBACK_LINES = 40


@contextlib.contextmanager
def telling(job: JobContext, what: str) -> Iterator[None]:
    """What goes wrong with reporting is told on the job, and raises nothing into its training."""
    try:
        yield
    except Exception as error:
        job.log(f"{what} could not be told: {reason_of(error)}", level="warning")


def failure_of(error: BaseException, *, on_exit: str) -> str:
    """Why a program failed, in one line; `on_exit` is what is said of a ``SystemExit``, with ``{code}`` in it."""
    if isinstance(error, SystemExit):
        return on_exit.format(code=repr(error.code))
    if isinstance(error, KeyboardInterrupt):
        return "interrupted (Ctrl-C, or the signal SIGINT)"
    return reason_of(error)


def last_lines(text: str) -> str:
    """The end of a traceback, as it is kept with a job."""
    return "\n".join(text.rstrip().splitlines()[-TRACEBACK_LINES:])


def traceback_of(error: BaseException) -> str:
    """The end of an error's traceback."""
    return last_lines("".join(traceback.format_exception(error)))
