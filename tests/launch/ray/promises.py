"""The Ray launcher keeps what every launcher promises, on a real cluster."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import re
import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.ports import free_port

from snellen.contract.folder import JobFolder
from snellen.contract.spec import Resources
from snellen.contract.states import JobState
from snellen.errors import InvalidInput, LauncherUnavailable
from snellen.launch.base import Handle, Launcher
from snellen.launch.enrol import GIVES_UP
from snellen.launch.ray import RayLauncher, rest
from snellen.launch.testing import LauncherSuite, until


class TestRayLauncher(LauncherSuite):
    @pytest.fixture
    def launcher(self, options: dict[str, Any], make: Callable[..., RayLauncher]) -> RayLauncher:
        self.options, self.make = options, make
        return make()

    def again(self, launcher: Launcher) -> Launcher:
        return self.make()

    def folder_of(self, handle: Handle, job: JobFolder) -> JobFolder:
        return JobFolder(Path(self.options["node_dir"]) / "jobs" / handle["submission_id"])

    def test_only_the_code_shows_in_rays_dashboard_and_it_opens_nothing_by_itself(
        self, begin: Callable[[], Handle], job: JobFolder
    ) -> None:
        handle = begin()
        root = self.folder_of(handle, job).root
        until(lambda: (root / "outcome.json").exists())
        text = httpx.get(
            f"{self.options['address']}/api/jobs/{handle['submission_id']}",
            trust_env=False,
            headers=self.options["headers"],
            timeout=60,
        ).text
        assert "SNELLEN_ENROLMENT" in text
        assert not re.search(r"snj_[\w-]{20,}", text)
        assert not re.search(r"snj_[\w-]{20,}", "".join(p.read_text(errors="replace") for p in root.rglob("*.json*")))

    def test_a_cluster_that_is_away_says_so_and_is_not_taken_for_an_end(self, begin: Callable[[], Handle]) -> None:
        handle = begin()
        away = self.make(address=f"http://127.0.0.1:{free_port()}")
        for ask in (lambda: away.alive(handle), lambda: away.waits_for(Resources(), []), lambda: away.kill(handle)):
            with pytest.raises(LauncherUnavailable, match="can't be reached"):
                ask()

    def test_a_job_of_a_server_that_has_a_folder_of_the_same_name_is_not_taken_for_ours(
        self, launcher: Launcher, begin: Callable[[], Handle], job: JobFolder
    ) -> None:
        begin()
        until(lambda: launcher.find(job) is not None)
        spec = job.spec()
        job.spec_file.write_text(dataclasses.replace(spec, began_at=(spec.began_at or 0) + 1).to_json())
        assert launcher.find(job) is None

    def test_what_no_node_has_is_said_and_what_is_taken_is_waited_for(self, launcher: Launcher) -> None:
        waits = launcher.waits_for
        assert waits(Resources(custom={"second": 1}), []) is None
        assert "the largest has 1 CPU" in str(waits(Resources(cpus=8), []))
        assert "none has H900" in str(waits(Resources(accelerator_type="H900"), []))
        assert "the largest has" in str(waits(Resources(memory=2**49), []))
        assert "only 1 of the cluster's 3 nodes" in str(waits(Resources(nodes=2, custom={"second": 1}), []))
        assert waits(Resources(nodes=2), []) is None
        assert waits(Resources(nodes=3, min_nodes=2), []) is None
        one = (None, Resources())
        assert waits(Resources(), [one]) is None
        assert "taken by jobs that run" in str(waits(Resources(), [one, one]))
        assert "taken by jobs that run" in str(waits(Resources(nodes=2), [one]))
        growing = self.make(autoscales=True)
        assert growing.waits_for(Resources(gpus=8), []) is None

    def test_a_supervisor_that_can_not_begin_fails_with_its_log(
        self, make: Callable[..., RayLauncher], job: JobFolder
    ) -> None:
        broken = make(python="/no/such/python")
        handle = broken.start(
            job, server_url="http://127.0.0.1:9", token="x" * 30, trainer_python=Path("python"),
            data_dir=job.root, dataset_cache_bytes=0,
        )  # fmt: skip
        until(lambda: not broken.alive(handle))
        fate = broken.fate(handle, heard=False)
        assert fate is not None
        assert fate.state is JobState.FAILED
        assert re.search(r"could not begin on node [\d.]+ ", fate.reason)
        assert "exit status 127" in fate.reason
        assert "/no/such/python" in str(fate.detail)


def test_a_dashboard_that_hangs_is_not_asked_for_each_job(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rest, "TIMEOUT", httpx.Timeout(0.3))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        launcher = RayLauncher({"address": f"http://127.0.0.1:{silent.getsockname()[1]}"})
        for number in range(5):
            with pytest.raises(LauncherUnavailable, match="ReadTimeout"):
                launcher.alive({"submission_id": f"snellen-{number}"})
        silent.settimeout(0.0)
        silent.accept()[0].close()
        with pytest.raises(BlockingIOError):
            silent.accept()
        launcher.close()


class OneNodeHangs(BaseHTTPRequestHandler):
    """A dashboard whose job ran on a node that doesn't answer it."""

    over = threading.Event()

    def do_GET(self) -> None:
        if self.path.endswith("/logs"):
            self.over.wait(30)
        job = {"submission_id": "lost", "status": "FAILED", "driver_exit_code": GIVES_UP, "message": "no way home"}
        body = json.dumps(job).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(ConnectionError):
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


def test_a_node_that_hangs_is_not_taken_for_the_dashboard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rest, "TIMEOUT", httpx.Timeout(5.0))
    with ThreadingHTTPServer(("127.0.0.1", 0), OneNodeHangs) as server:
        threading.Thread(target=server.serve_forever).start()
        launcher = RayLauncher({"address": f"http://127.0.0.1:{server.server_port}"})
        handle = {"submission_id": "lost"}
        try:
            fate = launcher.fate(handle, heard=False)
            assert fate is not None
            assert (fate.state, fate.detail) == (JobState.FAILED, "no way home")
            assert not launcher.alive(handle)
        finally:
            OneNodeHangs.over.set()
            launcher.close()
            server.shutdown()


def test_a_job_that_the_cluster_forgot_is_lost(make: Callable[..., RayLauncher]) -> None:
    launcher = make()
    handle = {"submission_id": "snellen-1-1-forgotten"}
    assert not launcher.alive(handle)
    fate = launcher.fate(handle, heard=True)
    assert fate is not None
    assert (fate.state, "doesn't know it any more" in fate.reason) == (JobState.LOST, True)
    launcher.kill(handle)


def test_all_that_is_wrong_with_the_options_is_said_at_once() -> None:
    with pytest.raises(InvalidInput) as caught:
        RayLauncher({"adress": "http://x:1", "slots": -1, "headers": {"a": 1}, "autoscales": "yes"})
    for part in ("adress: unknown", "slots: got -1", "headers: got", "autoscales: got 'yes'", "address: got None"):
        assert part in caught.value.detail
    with pytest.raises(InvalidInput, match="put credentials into headers"):
        RayLauncher({"address": "http://user:secret@10.0.0.5:8265"})
