"""A job can't stay running with nothing behind it, and one job's trouble is not the others'."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from snellen.contract.states import JobState
from snellen.server.artifacts.weights import JobWeights
from snellen.server.cluster.member import Member
from snellen.server.db import Database, migrate
from snellen.server.jobs.scheduler import Scheduler
from snellen.server.jobs.schemas import JobCreate
from snellen.server.jobs.service import create_job, get_job
from snellen.server.jobs.tables import Attempt
from snellen.server.settings import load
from snellen.storage import open_store

pytestmark = pytest.mark.db


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    made = Database(database_url)
    migrate(made)
    yield made
    made.close()


def running_job(database: Database, *, launcher: str, handle: dict[str, object] | None) -> int:
    with database.write() as session:
        job, _, _ = create_job(session, body=JobCreate(model="m", epochs=1, launcher="external"))
        job.launcher, job.state, job.heartbeat_at = launcher, JobState.RUNNING, 1
        session.query(Attempt).filter_by(job_id=job.id).one().handle = handle
        return job.id


def test_a_silent_job_without_a_handle_and_one_behind_a_job_of_a_lost_launcher_are_noticed(
    database: Database, tmp_path: Path
) -> None:
    gone = running_job(database, launcher="uninstalled", handle={"pid": 1})
    handleless = running_job(database, launcher="local", handle=None)
    ended = running_job(database, launcher="local", handle={"pid": 2**22 + 5, "created": 1.0, "folder": str(tmp_path)})
    settings = load(data_dir=tmp_path / "data", database_url=database.url, lost_after_seconds=1e-6)
    settings.data_dir.mkdir()
    member = Member(database, data_dir=settings.data_dir)
    with database.write() as session:
        session.execute(update(Attempt).values(machine=member.machine))
    weights = JobWeights(database, open_store(settings.internal, create=True))
    scheduler = Scheduler(settings, database, member, lambda: "http://127.0.0.1:1", weights)
    scheduler.tick()
    with database.read() as session:
        jobs = [get_job(session, job) for job in (gone, handleless, ended)]
        assert [job.state for job in jobs] == [JobState.LOST] * 3
        # Nobody can look behind the first any more: its silence alone tells.
        assert "no heartbeat" in (jobs[0].exit_reason or ""), jobs[0].exit_reason
