"""Several schedulers on one database: no job is started twice, no slot or GPU of a machine is given out twice."""

from __future__ import annotations

import importlib
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select
from tests.packages import put_metadata

from snellen.contract.states import JobState
from snellen.server.artifacts.weights import JobWeights
from snellen.server.cluster.leases import Leases
from snellen.server.cluster.member import Member
from snellen.server.db import Database, migrate
from snellen.server.jobs import going_on
from snellen.server.jobs.scheduler import Scheduler
from snellen.server.jobs.schemas import JobCreate
from snellen.server.jobs.service import create_job, get_job
from snellen.server.jobs.tables import Attempt, Job
from snellen.server.settings import load
from snellen.storage import open_store

pytestmark = pytest.mark.db
#: Writes down what it is asked for; what it started lives until its file is removed.
LAUNCHER = """
import threading
from pathlib import Path
from snellen.launch.base import Launcher

class Diary(Launcher):
    name = "diary"
    lock = threading.Lock()

    def start(self, folder, *, gpus=(), **more):
        with self.lock, (folder.root.parents[2] / "diary").open("a") as diary:
            diary.write(f"start {folder.root.parent.name} {' '.join(gpus)}\\n")
        (folder.root / "alive").touch()
        return {"folder": str(folder.root)}

    def alive(self, handle):
        return (Path(handle["folder"]) / "alive").exists()

    def kill(self, handle):
        (Path(handle["folder"]) / "alive").unlink(missing_ok=True)

    def gpus(self):
        return ("gpu-0", "gpu-1")
"""


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    made = Database(database_url)
    migrate(made)
    yield made
    made.close()


class Site:
    """Schedulers of several servers, on machines by name."""

    def __init__(self, database: Database, place: Path) -> None:
        self.database = database
        self.place = place

    def scheduler(self, name: str, *, machine: str, slots: int = 1000) -> Scheduler:
        data_dir = self.place / name
        data_dir.mkdir(exist_ok=True)
        settings = load(
            data_dir=data_dir,
            database_url=self.database.url,
            slots=slots,
            machine=machine,
            launchers={"local": {}, "diary": {}},
        )
        member = Member(self.database, data_dir=data_dir, machine=machine)
        weights = JobWeights(self.database, open_store(str(self.place / "internal"), create=True))
        return Scheduler(settings, self.database, member, lambda: "http://127.0.0.1:1", weights)

    def queue(self, count: int, *, gpus: int = 0) -> list[int]:
        with self.database.write() as session:
            made = []
            for _ in range(count):
                body = JobCreate.model_validate(
                    {"model": "m", "epochs": 1, "launcher": "external", "resources": {"gpus": gpus}}
                )
                job, _, _ = create_job(session, body=body)
                job.launcher = "diary"
                made.append(job.id)
            return made

    def started(self) -> list[tuple[int, list[str]]]:
        lines = [line.split() for path in self.place.glob("*/diary") for line in path.read_text().splitlines()]
        return [(int(job), gpus) for _, job, *gpus in lines]

    def states(self) -> Counter[str]:
        with self.database.read() as session:
            return Counter(session.scalars(select(Job.state)))


@pytest.fixture
def site(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    packages = tmp_path / "packages"
    put_metadata(packages, "diary", {"diary": "diary:Diary"}, group="snellen.launchers")
    (packages / "diary.py").write_text(LAUNCHER)
    monkeypatch.syspath_prepend(str(packages))
    importlib.invalidate_caches()
    place = tmp_path / "servers"
    place.mkdir()
    return Site(database, place)


def test_schedulers_of_several_machines_start_each_job_once(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    # A thread that waits for its turn for long is no server that died.
    monkeypatch.setitem(Leases.take.__kwdefaults__, "seconds", 600.0)
    jobs = site.queue(60)
    machines = [site.scheduler(f"server-{n}", machine=f"machine-{n // 2}") for n in range(6)]
    problems: list[BaseException] = []

    def work(scheduler: Scheduler) -> None:
        try:
            until = time.monotonic() + 200
            while site.states()[JobState.QUEUED] and time.monotonic() < until:
                scheduler.tick()
        except BaseException as error:
            problems.append(error)

    threads = [threading.Thread(target=work, args=(each,)) for each in machines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert sorted(job for job, _ in site.started()) == jobs
    with site.database.read() as session:
        # The first attempt is the one with which the test made an external job.
        attempts = session.execute(select(Attempt.job_id, func.max(Attempt.number)).group_by(Attempt.job_id)).all()
    assert [tuple(row) for row in sorted(attempts)] == [(job, 2) for job in jobs]


def test_two_servers_of_a_machine_share_its_slots_and_its_gpus(site: Site) -> None:
    site.queue(4, gpus=1)
    one, two = site.scheduler("one", machine="here", slots=3), site.scheduler("two", machine="here", slots=3)
    for _ in range(3):
        one.tick()
        two.tick()
    assert site.states() == {JobState.STARTING: 2, JobState.QUEUED: 2}  # as many as there are GPUs
    assert sorted(gpus for _, gpus in site.started()) == [["gpu-0"], ["gpu-1"]]
    site.scheduler("three", machine="elsewhere", slots=1).tick()
    assert site.states() == {JobState.STARTING: 3, JobState.QUEUED: 1}


def test_another_server_of_the_machine_watches_the_jobs_of_one_that_ended(site: Site) -> None:
    (job_id,) = site.queue(1)
    one, two = site.scheduler("one", machine="here"), site.scheduler("two", machine="here")
    one.tick()
    two.tick()
    one.stop()
    (folder,) = site.place.glob(f"one/jobs/{job_id}/attempt-*")
    (folder / "alive").unlink()
    two.tick()
    assert len(site.started()) == 2  # another supervisor goes on in the same folder
    assert (folder / "alive").exists()
    with site.database.read() as session:
        assert get_job(session, job_id).state == JobState.STARTING


def test_what_a_resumed_job_left_on_another_machine_is_ended_there(site: Site) -> None:
    (job_id,) = site.queue(1)
    one, two = site.scheduler("one", machine="here"), site.scheduler("two", machine="there")
    one.tick()
    (folder,) = site.place.glob(f"one/jobs/{job_id}/attempt-*")
    with site.database.write() as session:
        job = get_job(session, job_id, lock=True)
        job.state = JobState.LOST
        going_on.resume(session, job)
    two.tick()
    assert (folder / "alive").exists()  # nobody there may touch it
    assert site.states() == {JobState.STARTING: 1}
    one.tick()
    assert not (folder / "alive").exists()
    (other,) = site.place.glob(f"two/jobs/{job_id}/attempt-*")
    assert (other / "alive").exists()


def test_a_scheduler_that_was_overtaken_while_it_started_a_job_ends_what_it_started(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (job_id,) = site.queue(1)
    one, two = site.scheduler("one", machine="here"), site.scheduler("two", machine="here")
    launchers = one._launchers
    started = type(launchers).supervise

    def slow(*args: object, **more: object) -> object:
        handle = started(*args, **more)  # type: ignore[arg-type]
        # As if this process had been stopped for longer than its lease holds.
        Leases(site.database, one._member.id).release(one._at[0].lease_name)
        one._member.leases.release(one._at[0].lease_name)
        (site.place / "one" / "jobs" / str(job_id)).rename(site.place / "hidden")
        monkeypatch.setattr(type(launchers), "supervise", started)
        two.tick()
        (site.place / "hidden").rename(site.place / "one" / "jobs" / str(job_id))
        return handle

    monkeypatch.setattr(type(launchers), "supervise", slow)
    one.tick()
    assert "another server holds the lease" in caplog.text
    (first,) = site.place.glob(f"one/jobs/{job_id}/attempt-*")
    (second,) = site.place.glob(f"two/jobs/{job_id}/attempt-*")
    assert not (first / "alive").exists()
    assert (second / "alive").exists()
