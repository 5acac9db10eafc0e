"""Whole jobs, with processes that break, are killed, and servers that go away."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any

import psutil

Eventually = Callable[..., Any]


def trainer_of(platform: Any, job_id: int) -> psutil.Process:
    return psutil.Process(int((platform.folder(job_id).work / "pid").read_text()))


def is_gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def ended(platform: Any, job_id: int) -> Any:
    job = platform.job(job_id)
    return job if job["state"] in {"completed", "failed", "stopped"} else None


def has_epoch(platform: Any, job_id: int, epoch: int) -> bool:
    return epoch in [row["epoch"] for row in platform.get(f"/validation/jobs/{job_id}/results")["items"]]


def series(platform: Any, job_id: int) -> dict[str, list[list[Any]]]:
    found = platform.get(f"/training/jobs/{job_id}/metrics")["series"]
    return {s["key"]: [[step, value] for step, _, _, value in s["points"]] for s in found}


def test_a_third_partys_trainer_runs_to_its_end(platform: Any, dataset: int, eventually: Eventually) -> None:
    job_id = platform.puppet_job(dataset)
    for epoch in (2, 3):
        eventually(lambda e=epoch: has_epoch(platform, job_id, e - 1))
        (platform.folder(job_id).root / f"go-{epoch}").touch()
    job = eventually(lambda: ended(platform, job_id))
    assert (job["state"], job["exit_reason"], job["best_epoch"]) == ("completed", None, 3)
    assert series(platform, job_id)["train/loss"] == [[1, 1.0], [2, 0.5], [3, 1 / 3]]
    lines = [row["text"] for row in platform.get(f"/training/jobs/{job_id}/logs")["items"]]
    assert [text for text in lines if text.startswith("puppet")] == [f"puppet: epoch {e}" for e in (1, 2, 3)]


def test_a_trainer_that_raises_leaves_its_traceback_on_the_job(
    platform: Any, dataset: int, eventually: Eventually
) -> None:
    job_id = platform.puppet_job(dataset, act="raise")
    eventually(lambda: has_epoch(platform, job_id, 1))
    (platform.folder(job_id).root / "go-2").touch()
    job = eventually(lambda: ended(platform, job_id))
    assert (job["state"], job["exit_reason"]) == ("failed", "RuntimeError: the puppet's string tore")
    assert job["exit_detail"].splitlines()[-1] == "RuntimeError: the puppet's string tore"
    assert 'raise RuntimeError("the puppet' in job["exit_detail"]
    assert series(platform, job_id)["train/loss"] == [[1, 1.0]]


def test_a_trainer_that_is_killed_from_outside_has_failed_by_that_signal(
    platform: Any, dataset: int, eventually: Eventually
) -> None:
    job_id = platform.puppet_job(dataset)
    eventually(lambda: has_epoch(platform, job_id, 1))
    os.kill(trainer_of(platform, job_id).pid, signal.SIGKILL)
    job = eventually(lambda: ended(platform, job_id))
    assert job["state"] == "failed"
    assert "signal 9 (SIGKILL)" in job["exit_reason"]
    assert "puppet: epoch 1" in job["exit_detail"]


def test_a_restart_of_the_server_loses_nothing_and_doubles_nothing(
    platform: Any, dataset: int, eventually: Eventually
) -> None:
    job_id = platform.puppet_job(dataset)
    root = platform.folder(job_id).root
    eventually(lambda: has_epoch(platform, job_id, 1))
    trainer = trainer_of(platform, job_id)
    platform.stop()
    (root / "go-2").touch()
    eventually(lambda: '"epoch":2' in (root / "events.jsonl").read_text())
    assert trainer.is_running()
    platform.start()
    eventually(lambda: has_epoch(platform, job_id, 2))
    (root / "go-3").touch()
    job = eventually(lambda: ended(platform, job_id))
    assert (job["state"], job["attempt"]) == ("completed", 1)
    assert series(platform, job_id)["train/loss"] == [[1, 1.0], [2, 0.5], [3, 1 / 3]]
    lines = [row["text"] for row in platform.get(f"/training/jobs/{job_id}/logs")["items"]]
    assert [text for text in lines if text.startswith("puppet")] == [f"puppet: epoch {e}" for e in (1, 2, 3)]


def test_a_stop_request_takes_hold_at_the_next_epoch(platform: Any, dataset: int, eventually: Eventually) -> None:
    job_id = platform.puppet_job(dataset)
    eventually(lambda: has_epoch(platform, job_id, 1))
    assert platform.post(f"/training/jobs/{job_id}/stop")["stop_requested"]
    job = eventually(lambda: ended(platform, job_id))
    assert (job["state"], job["last_epoch"]) == ("stopped", 1)


def test_a_superseded_attempt_ends_with_its_trainer_and_says_nothing_more(
    platform: Any, dataset: int, eventually: Eventually
) -> None:
    job_id = platform.puppet_job(dataset)
    eventually(lambda: has_epoch(platform, job_id, 1))
    trainer, (handle,) = trainer_of(platform, job_id), platform.handles()
    platform.supersede(job_id)
    eventually(lambda: is_gone(trainer) and not platform.state.parts["scheduler"].launcher("local").alive(handle))
    assert platform.job(job_id)["state"] == "running"
    assert "superseded" in platform.folder(job_id).supervisor_log.read_text()
