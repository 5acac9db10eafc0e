"""Runs a job folder to its end and writes how it ended into ``outcome.json``."""

from __future__ import annotations

import json
import logging
import sys
import traceback
from pathlib import Path

from snellen.contract.folder import JobFolder, write_whole
from snellen.contract.states import JobState
from snellen.errors import SnellenError
from snellen.sdk.context import JobContext
from snellen.sdk.registry import load_trainer

OUTCOME = "outcome.json"
TRACEBACK_LINES = 40
log = logging.getLogger("snellen.sdk")


def run_folder(root: Path) -> int:
    """Train the job of a folder; the exit status is 0 unless it failed."""
    folder = JobFolder(root.resolve())
    try:
        spec = folder.spec()
        ctx = JobContext(folder, spec)
        load_trainer(spec.trainer).run(ctx)
    except Exception as error:
        text = traceback.format_exc()
        sys.stderr.write(text)
        lines = text.rstrip().splitlines()[-TRACEBACK_LINES:]
        reason = error.detail if isinstance(error, SnellenError) else f"{type(error).__name__}: {error}"
        _write(folder, JobState.FAILED, reason, "\n".join(lines))
        return 1
    state = JobState.STOPPED if ctx.stopped else JobState.COMPLETED
    ctx.close()
    _write(folder, state, ctx.note, None)
    return 0


def _write(folder: JobFolder, state: JobState, reason: str | None, detail: str | None) -> None:
    outcome = {"state": state, "reason": (reason or "")[:2000] or None, "detail": detail}
    try:
        write_whole(folder.root / OUTCOME, json.dumps(outcome, ensure_ascii=False))
    except OSError as error:
        log.warning("the outcome could not be written: %s", error)
