"""Runs a job folder to its end and writes how it ended into ``outcome.json``."""

from __future__ import annotations

import logging
import sys
import traceback
from pathlib import Path

from snellen.contract.disk import when_there_is_room
from snellen.contract.folder import JobFolder
from snellen.contract.states import JobState
from snellen.errors import ProcessFailed
from snellen.sdk.context import JobContext
from snellen.sdk.registry import load_trainer
from snellen.sdk.reporting import failure_of, last_lines

log = logging.getLogger("snellen.sdk")


def run_folder(root: Path) -> int:
    """Train the job of a folder; the exit status is 0 unless it failed.

    Only a trainer that returns has completed: ``sys.exit(0)`` and Ctrl-C are failures that say what they were.
    """
    folder = JobFolder(root.resolve())
    ctx: JobContext | None = None
    try:
        spec = folder.spec()
        ctx = JobContext(folder, spec)
        load_trainer(spec.trainer).run(ctx)
    except BaseException as error:
        # Where a program has failed, what it said is of use, and not where we heard of it.
        text = error.output if isinstance(error, ProcessFailed) else traceback.format_exc()
        shown = error.detail + "\n" if isinstance(error, ProcessFailed) else text
        sys.stderr.write(shown.encode("utf-8", errors="replace").decode())
        reason = failure_of(error, on_exit="the trainer called sys.exit({code}) instead of returning")
        _write(folder, JobState.FAILED, reason, last_lines(text))
        if ctx is not None:
            ctx.close()
        return 130 if isinstance(error, KeyboardInterrupt) else 1
    state = JobState.STOPPED if ctx.stopped else JobState.COMPLETED
    ctx.close()
    _write(folder, state, ctx.note, None)
    return 0


def _write(folder: JobFolder, state: JobState, reason: str | None, detail: str | None) -> None:
    try:
        when_there_is_room(lambda: folder.end(state, reason, detail), what="how the training ended")
    except OSError as error:
        log.warning("the outcome could not be written: %s", error)
