"""The conformance suite of launchers: inherit it, give a ``launcher`` fixture, and every promise is tested."""

from __future__ import annotations

import json
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from snellen.contract.folder import JobFolder
from snellen.contract.spec import JobSpec, Resources
from snellen.contract.states import JobState
from snellen.contract.tasks import Task, default_primary
from snellen.errors import InvalidInput
from snellen.launch.base import Handle, Launcher

TOKEN = "a-token-that-nobody-may-see"  # noqa: S105 - it opens nothing
DEADLINE_SECONDS = 120.0


def spec_without_dataset(trainer: str = "nobody", **params: object) -> JobSpec:
    """A job whose supervisor has nothing to fetch, and a trainer that isn't there unless one is named."""
    primary = default_primary(Task.DETECTION)
    return JobSpec(1, 1, "conformance", trainer, Task.DETECTION, "any.yaml", 1, primary, params=dict(params))


class LauncherSuite:
    """Subclasses override the ``launcher`` fixture, and where they need it ``again`` and ``folder_of``.

    The supervisors that are started here speak to a server that lets them enrol, and takes nothing else: each waits to
    deliver until it is killed.
    """

    @pytest.fixture
    def launcher(self) -> Launcher:
        """A launcher as the server makes one, with its options."""
        raise NotImplementedError("override the fixture `launcher`")

    def again(self, launcher: Launcher) -> Launcher:
        """Another one with the same options, as a server makes it that was started anew."""
        return type(launcher)()

    def folder_of(self, handle: Handle, job: JobFolder) -> JobFolder:
        """Where the supervisor works: in the server's own folder of the job, unless it runs elsewhere."""
        return job

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

        def start() -> Handle:
            handle = launcher.start(
                job,
                server_url=url,
                token=TOKEN,
                trainer_python=Path(sys.executable),
                data_dir=job.root.parents[2],
                dataset_cache_bytes=10**9,
            )
            begun.append(handle)
            return handle

        with only_enrolling(job) as url:
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
        again = self.again(launcher)
        assert again.alive(json.loads(kept))
        again.kill(json.loads(kept))
        until(lambda: not launcher.alive(json.loads(kept)))

    def test_another_launcher_finds_it_again_by_its_folder_alone(
        self, launcher: Launcher, job: JobFolder, begin: Callable[[], Handle]
    ) -> None:
        assert launcher.find(job) is None
        handle = begin()
        until(lambda: (self.folder_of(handle, job).root / "outcome.json").exists())
        found = self.again(launcher).find(job)
        assert found is not None
        assert self.again(launcher).alive(found)
        self.again(launcher).kill(found)
        until(lambda: not launcher.alive(handle))
        until(lambda: launcher.find(job) is None)

    def test_the_supervisor_runs_the_job_of_the_folder(
        self, launcher: Launcher, job: JobFolder, begin: Callable[[], Handle]
    ) -> None:
        handle = begin()
        outcome = self.folder_of(handle, job).root / "outcome.json"
        until(outcome.exists)
        assert json.loads(outcome.read_text(encoding="utf-8"))["state"] == "failed"
        assert launcher.alive(handle)

    def test_the_token_is_in_no_file_and_not_in_the_handle(self, job: JobFolder, begin: Callable[[], Handle]) -> None:
        handle = begin()
        there = self.folder_of(handle, job)
        until(lambda: (there.root / "outcome.json").exists())
        assert TOKEN not in json.dumps(handle)
        held = {path: content_of(path) for root in {job.root, there.root} for path in root.rglob("*")}
        assert any(held.values())
        assert [path for path, content in held.items() if TOKEN.encode() in content] == []

    def test_a_supervisor_that_ended_is_followed_by_another_or_has_a_fate(
        self, launcher: Launcher, begin: Callable[[], Handle]
    ) -> None:
        handle = begin()
        launcher.kill(handle)
        until(lambda: not launcher.alive(handle))
        fate = launcher.fate(handle, heard=True)
        assert fate is None or (fate.state is JobState.LOST and fate.reason)

    def test_what_can_never_be_given_is_refused_by_name(self, launcher: Launcher) -> None:
        launcher.check(Resources(gpus=1))
        with pytest.raises(InvalidInput, match="min_nodes"):
            launcher.check(Resources(nodes=2, min_nodes=3)) if launcher.remote else launcher.check(
                Resources(min_nodes=1)
            )

    def test_there_is_room_for_a_job(self, launcher: Launcher) -> None:
        assert launcher.default_slots() >= 1
        assert launcher.waits_for(Resources(), []) is None


@contextmanager
def only_enrolling(job: JobFolder) -> Iterator[str]:
    """The URL of a server that lets supervisors enrol with the code :data:`TOKEN`, and is away for all else."""

    class Desk(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])) or b"{}")
            told = {"spec": job.spec().to_json(), "config": {}}
            enrols = re.fullmatch(r"/api/v1/training/jobs/\d+/enrol", self.path) and body.get("code") == TOKEN
            text = json.dumps(told if enrols else {"error": "away", "detail": "nobody is here"}).encode()
            self.send_response(200 if enrols else 503)
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: object) -> None:
            """A test's output is its own."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Desk)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def content_of(path: Path) -> bytes:
    """Of a file; nothing of what is none, or is one no more."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, IsADirectoryError):
        return b""


def until(what: Callable[[], bool]) -> None:
    """Wait until `what` is true; fail after two minutes."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    pause = threading.Event()
    while not what():
        assert time.monotonic() < deadline, f"still not so after {DEADLINE_SECONDS} s"
        pause.wait(0.05)
