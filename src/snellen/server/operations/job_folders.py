"""Makes room on the disk of the data directory: of jobs that ended long ago the folders lose all but their records."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from snellen.contract.events import now_ms
from snellen.contract.folder import JobFolder
from snellen.contract.states import ENDED
from snellen.server.db import Database
from snellen.server.jobs import service as jobs
from snellen.server.jobs.tables import Attempt, Job

DAY_MS = 86_400_000
log = logging.getLogger("snellen.housekeeping")


def clear_job_folders(database: Database, root: Path, *, days: float) -> int:
    """Clear the folders below `root` of jobs that ended `days` ago; returns how many bytes were freed.

    Files at the top stay (journal, log, spec, outcome) and the supervisor's records; what other folders held is in the
    store. A folder that may
    hold something which has not arrived is left alone: of a lost job, or with lines that the server has not got.
    """
    freed = 0
    with database.read() as session:
        found = list(_ended(session, before=now_ms() - int(days * DAY_MS)))
    for job_id, folder, through in found:
        if not folder.is_relative_to(root) or not folder.is_dir() or _lines(JobFolder(folder).events) > through:
            continue
        freed += _clear(database, job_id, folder)
    return freed


def _ended(session: Session, *, before: int) -> Iterator[tuple[int, Path, int]]:
    query = (
        select(Job.id, Attempt.folder, Attempt.accepted_through)
        .join(Attempt, and_(Attempt.job_id == Job.id, Attempt.folder.is_not(None)))
        .where(Job.state.in_(ENDED), Job.ended_at < before)
    )
    for job_id, folder, through in session.execute(query):
        yield job_id, Path(str(folder)), through


def _lines(journal: Path) -> int:
    try:
        with journal.open("rb") as file:
            return sum(1 for _ in file)
    except FileNotFoundError:
        return 0


def _clear(database: Database, job_id: int, folder: Path) -> int:
    kept = JobFolder(folder).supervisor.name
    inside = [entry for entry in os.scandir(folder) if entry.is_dir(follow_symlinks=False) and entry.name != kept]
    if not inside:
        return 0
    size = sum(_size(Path(entry.path)) for entry in inside)
    for entry in inside:
        shutil.rmtree(entry.path, ignore_errors=True)
    text = f"housekeeping: {size:,} bytes of {folder.name} removed from the server's disk; its records stay"
    with database.write() as session:
        job = jobs.get_job(session, job_id, lock=True)
        jobs.add_log_lines(session, job, [jobs.log_line(text)])
    log.info("job %d: %s", job_id, text, extra={"about": {"job": job_id}})
    return size


def _size(folder: Path) -> int:
    total = 0
    for here, _, names in os.walk(folder):
        for name in names:
            path = Path(here, name)
            if not path.is_symlink():
                total += path.stat().st_size
    return total
