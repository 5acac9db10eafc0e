"""The smaller parts: patience, the trainer's end in words, samples of the machine."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.leftovers import has_ended

from snellen.contract.events import Journal
from snellen.contract.folder import JobFolder
from snellen.contract.states import JobState
from snellen.launch import patience, system
from snellen.launch.gpus import sample_gpus, visible_gpus
from snellen.launch.patience import GivenUp, until_done
from snellen.launch.system import sample_forever
from snellen.launch.testing import spec_without_dataset
from snellen.launch.trainer_process import Ending, end_trainer, ending_of, start_trainer
from snellen.sdk.callback import CallbackFailed


@pytest.fixture
def folder(tmp_path: Path) -> JobFolder:
    found = JobFolder(tmp_path / "job")
    found.create(spec_without_dataset())
    return found


def test_it_is_tried_until_it_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "QUICK", (0.0, 0.0, 0.0))
    left = [CallbackFailed("away")] * 3

    def action() -> str:
        if left:
            raise left.pop()
        return "done"

    assert until_done(action, ending=threading.Event(), what="it") == "done"


def test_an_outage_of_an_hour_is_told_once_with_pauses_that_are_bounded(caplog: pytest.LogCaptureFixture) -> None:
    """Time is the sum of the pauses that were asked for."""
    asked: list[float] = []

    class Clock(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            asked.append(timeout or 0.0)
            return False

    def action() -> str:
        if sum(asked) < 3600:
            raise CallbackFailed("away")
        return "done"

    with caplog.at_level("INFO"):
        assert until_done(action, ending=Clock(), what="sending events") == "done"
    assert asked[:4] == [0.5, 1.0, 2.0, 4.0]
    assert max(asked) == patience.LONGEST
    assert len(asked) < 3600 / patience.LONGEST + 10
    assert [record.message.split(",")[0] for record in caplog.records] == [
        "sending events fails", f"sending events works again after {len(asked) + 1} tries"
    ]  # fmt: skip


def test_an_error_that_no_retry_mends_goes_through_and_an_end_is_an_end() -> None:
    def fail() -> None:
        raise CallbackFailed("away")

    ending = threading.Event()
    ending.set()
    with pytest.raises(GivenUp):
        until_done(fail, ending=ending, what="it")
    with pytest.raises(ZeroDivisionError):
        until_done(lambda: 1 / 0, ending=threading.Event(), what="it")


def test_what_the_runner_wrote_counts_before_the_exit_status(folder: JobFolder) -> None:
    (folder.root / "outcome.json").write_text('{"state": "stopped", "reason": "asked", "detail": null}')
    assert ending_of(folder, -11) == Ending(JobState.STOPPED, "asked", None)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"state": "running"}', '{"state": "happy"}', "null"])
def test_an_outcome_that_is_none_leaves_the_exit_status_and_the_log(folder: JobFolder, text: str) -> None:
    (folder.root / "outcome.json").write_text(text)
    folder.log.write_text("\n".join(f"line {i}" for i in range(100)))
    found = ending_of(folder, 5)
    assert (found.state, found.reason) == (JobState.FAILED, "the trainer ended with exit status 5 and without a word")
    assert found.detail is not None
    assert found.detail.splitlines() == [f"line {i}" for i in range(60, 100)]


@pytest.mark.parametrize(("number", "name"), [(9, "SIGKILL"), (11, "SIGSEGV"), (15, "SIGTERM")])
def test_a_signal_is_named(folder: JobFolder, number: int, name: str) -> None:
    assert f"signal {number} ({name})" in str(ending_of(folder, -number).reason)


def test_a_trainer_sees_neither_settings_nor_tokens(folder: JobFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNELLEN_TOKEN", "secret")
    code = f"#!{sys.executable}\nimport json, os\nprint(json.dumps([dict(os.environ), os.getcwd()]))\n"
    python = folder.root / "python"
    python.write_text(code)
    python.chmod(0o700)
    assert start_trainer(folder, str(python)).wait(30) == 0
    environment, place = json.loads(folder.log.read_text())
    assert [key for key in environment if key.startswith("SNELLEN_")] == []
    assert place == str(folder.work)


def test_a_trainer_is_ended_with_what_it_started(tmp_path: Path, eventually: Callable[..., Any]) -> None:
    code = "import subprocess, sys; print(subprocess.Popen(['sleep', '60']).pid, flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE, process_group=0) as process:
        assert process.stdout is not None
        child = int(process.stdout.readline())
        end_trainer(process)
        assert process.returncode == -signal.SIGTERM

    eventually(lambda: has_ended(child))


def test_the_machine_is_sampled_while_the_trainer_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, eventually: Callable[..., Any]
) -> None:
    monkeypatch.setattr(system, "EVERY_SECONDS", 0.01)
    ended = threading.Event()
    journal = Journal(tmp_path / "events.jsonl")
    thread = threading.Thread(target=sample_forever, args=(journal, os.getpid(), ended))
    thread.start()
    eventually(lambda: (tmp_path / "events.jsonl").exists())
    ended.set()
    thread.join()
    journal.close()
    event = json.loads((tmp_path / "events.jsonl").read_text().splitlines()[0])
    assert {"system/cpu_percent", "system/memory_percent", "system/trainer_memory_gb"} <= set(event["values"])
    assert event["values"]["system/trainer_memory_gb"] > 0


def test_gpus_are_those_that_the_driver_tells() -> None:
    assert set(sample_gpus()) == {
        f"system/gpu{i}_{what}"
        for i in range(len(visible_gpus()))
        for what in ("percent", "memory_gb", "memory_percent", "celsius")
    }
