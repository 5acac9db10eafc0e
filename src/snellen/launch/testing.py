"""The conformance suite of launchers: inherit it, give a ``launcher`` fixture, and every promise is tested."""

from __future__ import annotations

import json
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from snellen.contract.folder import JobFolder
from snellen.contract.spec import JobSpec
from snellen.contract.tasks import Task, default_primary
from snellen.launch.base import Handle, Launcher

TOKEN = "a-token-that-nobody-may-see"  # noqa: S105 - it opens nothing
DEADLINE_SECONDS = 30.0


def spec_without_dataset(trainer: str = "nobody", **params: object) -> JobSpec:
    """A job whose supervisor has nothing to fetch, and a trainer that isn't there unless one is named."""
    primary = default_primary(Task.DETECTION)
    return JobSpec(1, 1, "conformance", trainer, Task.DETECTION, "any.yaml", 1, primary, params=dict(params))


class LauncherSuite:
    """Subclasses override the ``launcher`` fixture.

    The supervisors that are started here speak to a server that is away, so each waits to deliver until it is killed.
    """

    @pytest.fixture
    def launcher(self) -> Launcher:
        """A launcher as the server makes one: without arguments."""
        raise NotImplementedError("override the fixture `launcher`")

    @pytest.fixture
    def job(self, tmp_path: Path) -> JobFolder:
        """A prepared job folder."""
        folder = JobFolder(tmp_path / "jobs" / "1" / "attempt-1")
        folder.create(spec_without_dataset())
        return folder

    @pytest.fixture
    def begin(self, launcher: Launcher, job: JobFolder) -> Iterator[Callable[[], Handle]]:
        """Starts the job's supervisor; what still runs when the test ends is killed."""
        begun: list[Handle] = []
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{probe.getsockname()[1]}"

        def start() -> Handle:
            data_dir = job.root.parents[2]
            python = Path(sys.executable)
            handle = launcher.start(
                job,
                server_url=url,
                token=TOKEN,
                trainer_python=python,
                data_dir=data_dir,
                dataset_cache_bytes=10**9,
            )
            begun.append(handle)
            return handle

        yield start
        for handle in begun:
            launcher.kill(handle)

    def test_a_started_supervisor_is_alive_and_a_killed_one_is_not(
        self, launcher: Launcher, begin: Callable[[], Handle]
    ) -> None:
        handle = begin()
        assert launcher.alive(handle)
        launcher.kill(handle)
        until(lambda: not launcher.alive(handle))

    def test_what_has_ended_can_be_killed_again(self, launcher: Launcher, begin: Callable[[], Handle]) -> None:
        handle = begin()
        launcher.kill(handle)
        launcher.kill(handle)
        until(lambda: not launcher.alive(handle))
        launcher.kill(handle)

    def test_another_launcher_finds_it_again_by_a_handle_that_was_kept_as_json(
        self, launcher: Launcher, begin: Callable[[], Handle]
    ) -> None:
        kept = json.dumps(begin())
        again = type(launcher)()
        assert again.alive(json.loads(kept))
        again.kill(json.loads(kept))
        until(lambda: not launcher.alive(json.loads(kept)))

    def test_the_supervisor_runs_the_job_of_the_folder(
        self, launcher: Launcher, job: JobFolder, begin: Callable[[], Handle]
    ) -> None:
        handle = begin()
        until(lambda: (job.root / "outcome.json").exists())
        assert json.loads((job.root / "outcome.json").read_text(encoding="utf-8"))["state"] == "failed"
        assert launcher.alive(handle)

    def test_the_token_is_in_no_file_and_not_in_the_handle(self, job: JobFolder, begin: Callable[[], Handle]) -> None:
        handle = begin()
        until(lambda: (job.root / "outcome.json").exists())
        assert TOKEN not in json.dumps(handle)
        files = [path for path in job.root.rglob("*") if path.is_file()]
        assert [path for path in files if TOKEN.encode() in path.read_bytes()] == []

    def test_there_is_room_for_a_job(self, launcher: Launcher) -> None:
        assert launcher.default_slots() >= 1


def until(what: Callable[[], bool]) -> None:
    """Wait until `what` is true; fail after 30 s."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    pause = threading.Event()
    while not what():
        assert time.monotonic() < deadline, f"still not so after {DEADLINE_SECONDS} s"
        pause.wait(0.05)
