"""Launchers beyond this machine that are away, that hang, and whose jobs nobody has heard of yet."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.conftest import wait_for
from tests.packages import put_metadata

from snellen.contract.states import JobState
from snellen.errors import DatabaseUnavailable
from snellen.server.artifacts.weights import JobWeights
from snellen.server.cluster.member import Member
from snellen.server.db import Database, migrate
from snellen.server.jobs import service, starting
from snellen.server.jobs.scheduler import Scheduler
from snellen.server.jobs.schemas import JobCreate, ResourcesIn
from snellen.server.jobs.tables import Attempt, Job
from snellen.server.jobs.watching import Watch
from snellen.server.settings import load
from snellen.storage import open_store

pytestmark = pytest.mark.db
#: Neither runs anything; files in the data directory say how the far one feels.
LAUNCHERS = """
import threading
from pathlib import Path
from snellen.errors import LauncherUnavailable
from snellen.launch.base import Launcher

class Here(Launcher):
    name = "here"

    def start(self, folder, *, data_dir, **more):
        alive = folder.root / "alive"
        alive.touch()
        return {"alive": str(alive)}

    def alive(self, handle):
        return Path(handle["alive"]).exists()

    def kill(self, handle):
        Path(handle["alive"]).unlink(missing_ok=True)

    def find(self, folder):
        alive = folder.root / "alive"
        return {"alive": str(alive)} if alive.exists() else None

    def gpus(self):
        return ("gpu-0", "gpu-1")

class Far(Here):
    name = "far"
    remote = True

    def gpus(self):
        return ()

    def __init__(self, options=None):
        self.place = Path(options["place"])

    def reach(self):
        while (self.place / "hangs").exists():
            (self.place / "asked").touch()
            threading.Event().wait(0.05)
        if (self.place / "away").exists():
            raise LauncherUnavailable("far is away")

    def start(self, folder, **more):
        self.reach()
        return super().start(folder, **more)

    def alive(self, handle):
        self.reach()
        return super().alive(handle)

    def kill(self, handle):
        self.reach()
        super().kill(handle)
"""


class Site:
    """A scheduler, its database, and what the far launcher is like."""

    def __init__(self, database: Database, place: Path) -> None:
        self.database, self.place = database, place
        settings = load(
            data_dir=place, database_url=database.url, launchers={"here": {}, "far": {"place": str(place)}}, slots=9
        )
        weights = JobWeights(database, open_store(str(place / "internal"), create=True))
        member = Member(database, data_dir=place, machine="desk")
        self.scheduler = Scheduler(settings, database, member, lambda: "http://127.0.0.1:1", weights)

    def queue(self, launcher: str) -> int:
        """A job; what is external has had its first attempt."""
        with self.database.write() as session:
            job, _, _ = service.create_job(
                session, body=JobCreate(model="m", epochs=1, launcher="external", resources=ResourcesIn(gpus=1))
            )
            job.launcher = launcher
            return job.id

    def job(self, job_id: int) -> Job:
        with self.database.read() as session:
            return service.get_job(session, job_id)

    def stop(self, job_id: int) -> None:
        with self.database.write() as session:
            service.request_stop(session, service.get_job(session, job_id, lock=True))

    def runs(self, job_id: int, attempt: int = 2) -> bool:
        return (self.place / "jobs" / str(job_id) / f"attempt-{attempt}" / "alive").exists()


@pytest.fixture
def site(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    packages = tmp_path / "packages"
    put_metadata(packages, "horizon", {"here": "horizon:Here", "far": "horizon:Far"}, group="snellen.launchers")
    (packages / "horizon.py").write_text(LAUNCHERS)
    monkeypatch.syspath_prepend(str(packages))
    importlib.invalidate_caches()
    database = Database(database_url)
    migrate(database)
    (tmp_path / "data").mkdir()
    made = Site(database, tmp_path / "data")
    yield made
    for name in ("hangs", "away"):
        (made.place / name).unlink(missing_ok=True)
    made.scheduler.stop()
    database.close()


def test_a_launcher_that_takes_no_job_is_asked_again_later(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SimpleNamespace(monotonic=lambda: clock.now, now=100.0)
    monkeypatch.setattr(starting, "time", clock)
    (site.place / "away").touch()
    job = site.queue("far")
    for _ in range(5):
        site.scheduler.tick()
        clock.now += starting.PAUSE_SECONDS / 10
    waiting = site.job(job)
    assert (waiting.state, waiting.attempt, waiting.waits_for) == (JobState.QUEUED, 2, "far is away")
    (site.place / "away").unlink()
    site.scheduler.tick()
    assert site.job(job).state == JobState.QUEUED
    clock.now += starting.PAUSE_SECONDS
    site.scheduler.tick()
    assert (site.job(job).state, site.job(job).attempt) == (JobState.STARTING, 3)
    assert site.runs(job, 3)


def test_what_waits_in_a_cluster_is_stopped_though_it_never_asks(site: Site) -> None:
    job = site.queue("far")
    site.scheduler.tick()
    assert (site.job(job).state, site.runs(job)) == (JobState.STARTING, True)
    site.stop(job)
    assert site.job(job).state == JobState.STARTING
    (site.place / "away").touch()
    site.scheduler.tick()
    stopped = site.job(job)
    assert (stopped.state, stopped.exit_reason) == (JobState.STOPPED, "stopped before attempt 2 began")
    site.scheduler.tick()
    assert site.runs(job)
    (site.place / "away").unlink()
    site.scheduler.tick()
    assert not site.runs(job)


def test_what_was_to_stop_does_not_wait_again(site: Site) -> None:
    job = site.queue("far")
    site.scheduler.tick()
    site.stop(job)
    with site.database.write() as session:
        service.back_to_queue(session, service.get_job(session, job, lock=True), "Ray found no room for it in time")
    assert (site.job(job).state, site.job(job).waits_for) == (JobState.STOPPED, None)


@pytest.mark.parametrize("launcher", ["here", "far"])
@pytest.mark.parametrize("speaks", [False, True])
def test_what_was_started_while_the_database_went_away_is_found_again(
    site: Site, monkeypatch: pytest.MonkeyPatch, launcher: str, *, speaks: bool
) -> None:
    keep, write = Watch.keep_handle, site.database.write

    @contextlib.contextmanager
    def away() -> Iterator[None]:
        raise DatabaseUnavailable("the database is away")
        yield

    def lose(*given: Any) -> None:
        monkeypatch.setattr(Watch, "keep_handle", keep)
        if speaks:  # before anybody looks
            with site.database.write() as session:
                service.set_state(session, service.get_job(session, job, lock=True), JobState.RUNNING)
        monkeypatch.setattr(site.database, "write", away)
        try:
            keep(*given)
        finally:
            monkeypatch.setattr(site.database, "write", write)

    monkeypatch.setattr(Watch, "keep_handle", lose)
    job = site.queue(launcher)
    site.scheduler.start()
    handle = wait_for(lambda: _handle(site, job))
    assert Path(handle["alive"]).exists()
    assert handle["gpus"] == (["gpu-0"] if launcher == "here" else [])
    assert site.job(job).state == (JobState.RUNNING if speaks else JobState.STARTING)
    assert site.job(job).attempt == 2


def test_a_cluster_that_hangs_holds_up_nobody_else(site: Site) -> None:
    far = site.queue("far")
    site.scheduler.tick()
    assert site.runs(far)
    (site.place / "hangs").touch()
    site.scheduler.start()
    wait_for((site.place / "asked").exists)
    here = site.queue("here")
    site.scheduler.wake()
    wait_for(lambda: site.job(here).state == JobState.STARTING and site.runs(here))
    assert (site.place / "hangs").exists()


def _handle(site: Site, job_id: int) -> dict[str, str] | None:
    with site.database.read() as session:
        attempt = session.query(Attempt).filter_by(job_id=job_id, number=2).one_or_none()
        return None if attempt is None else attempt.handle
