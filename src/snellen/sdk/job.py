"""A script's door to the job that it was started for."""

from __future__ import annotations

import os
from pathlib import Path

from snellen.contract.folder import JobFolder
from snellen.errors import InvalidInput
from snellen.sdk.context import JobContext

JOB_FOLDER = "SNELLEN_JOB_FOLDER"


def open_job(folder: Path | str | None = None) -> JobContext:
    """The job of ``SNELLEN_JOB_FOLDER``, as its trainer sees it; or that of a `folder` which is named.

    The trainer ``script`` sets the variable. Raises :class:`~snellen.errors.InvalidInput` when it is missing or names
    no job folder. Each of several processes (one a GPU) may open the job; it is enough that one of them reports.
    """
    place = os.environ.get(JOB_FOLDER, "") if folder is None else str(folder)
    if not place:
        raise InvalidInput(
            f"{JOB_FOLDER} is not set: expected the path of a job folder. Snellen sets it for a job of the trainer "
            f"script; by hand: {JOB_FOLDER}=/path/to/folder python train.py. A script that makes its own job calls "
            "snellen.init() instead"
        )
    root = Path(place).resolve()
    if not root.is_dir():
        raise InvalidInput(f"{JOB_FOLDER}: {place} is no folder; expected that of a job, with a job.json in it")
    return JobContext(JobFolder(root))
