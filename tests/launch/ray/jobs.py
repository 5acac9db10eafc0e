"""Jobs of a real server on a real cluster: they run, stop, fail, are found again, and end in order."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.conftest import wait_for
from tests.launch.conftest import Platform
from tests.leftovers import has_ended

from snellen.launch.processes import Remembered

Find = Callable[..., Path | None]
SECOND = {"custom": {"second": 1}}


def begin(platform: Platform, dataset: int, *, act: str = "train", epochs: int = 3, **more: Any) -> int:
    body = {
        "model": "wood", "epochs": epochs, "trainer": "puppet", "dataset": dataset, "task": "detection",
        "hyperparameters": {"act": act}, "primary_metric": {"name": "val/score", "source": "reported"}, **more,
    }  # fmt: skip
    return int(platform.post("/training/jobs", body)["id"])


def go(find: Find, job_id: int, *epochs: int, attempt: int = 1) -> Path:
    """Let the puppet of a job begin epochs; its folder."""
    root = wait_for(lambda: (r := find(job_id, attempt)) is not None and (r / "work").is_dir() and r, seconds=150)
    for epoch in epochs:
        (root / f"go-{epoch}").touch()
    return Path(root)


def ended(platform: Platform, job_id: int) -> Any:
    states = {"completed", "failed", "stopped", "lost"}
    return wait_for(lambda: (j := platform.job(job_id))["state"] in states and j, seconds=150)


def at_epoch(platform: Platform, job_id: int, epoch: int) -> Any:
    return wait_for(lambda: ((j := platform.job(job_id))["last_epoch"] or 0) >= epoch and j, seconds=150)


def test_a_job_runs_on_the_node_that_it_asks_for(on_ray: Platform, dataset_on_ray: int, node_folder: Find) -> None:
    job_id = begin(on_ray, dataset_on_ray, resources=SECOND)
    go(node_folder, job_id, 2, 3)
    job = ended(on_ray, job_id)
    assert (job["state"], job["launcher"], job["best_epoch"], job["attempt"]) == ("completed", "ray", 3, 1), job
    series = {each["key"]: each["points"] for each in on_ray.get(f"/training/jobs/{job_id}/metrics")["series"]}
    assert [point[0] for point in series["train/loss"]] == [1, 2, 3]
    lines = log_of(on_ray, job_id)
    assert [line for line in lines if line.startswith("puppet: epoch")] == [f"puppet: epoch {n}" for n in (1, 2, 3)]
    kept = {each["name"]: each for each in on_ray.get(f"/training/jobs/{job_id}/artifacts")["items"]}
    assert kept["last.pt"]["epoch"] == 3
    wait_for(lambda: node_folder(job_id) is None)  # all that it held is stored


def test_a_stop_and_a_failure_are_what_they_are(on_ray: Platform, dataset_on_ray: int, node_folder: Find) -> None:
    stopped, failed = begin(on_ray, dataset_on_ray), begin(on_ray, dataset_on_ray, act="raise")
    at_epoch(on_ray, stopped, 1)
    on_ray.post(f"/training/jobs/{stopped}/stop")
    go(node_folder, failed, 2)
    assert (ended(on_ray, stopped)["state"], on_ray.job(stopped)["last_epoch"]) == ("stopped", 1)
    job = ended(on_ray, failed)
    assert (job["state"], "the puppet's string tore" in job["exit_reason"]) == ("failed", True), job
    assert node_folder(failed) is not None  # for who looks what went wrong
    told = on_ray.get(f"/training/jobs/{failed}/logs/supervisor")
    assert (told["launcher"], "snellen.launch.enrol" in told["text"]) == ("ray", True), told


def test_a_server_that_was_started_anew_finds_its_jobs(
    on_ray: Platform, dataset_on_ray: int, node_folder: Find
) -> None:
    job_id = begin(on_ray, dataset_on_ray)
    at_epoch(on_ray, job_id, 1)
    on_ray.stop()
    go(node_folder, job_id, 2)
    on_ray.start()
    assert on_ray.job(job_id)["state"] == "running"
    go(node_folder, job_id, 3)
    job = ended(on_ray, job_id)
    assert (job["state"], job["attempt"], job["last_epoch"]) == ("completed", 1, 3), job


def test_a_supervisor_that_is_killed_takes_its_trainer_along_and_the_job_goes_on_by_itself(
    on_ray: Platform, dataset_on_ray: int, node_folder: Find
) -> None:
    job_id = begin(on_ray, dataset_on_ray, restarts=1)
    at_epoch(on_ray, job_id, 1)
    root = go(node_folder, job_id)
    wait_for(lambda: stored(on_ray, job_id) == 1)
    in_log(on_ray, job_id, "puppet: epoch 1")
    trainer = int((root / "work" / "pid").read_text())
    os.kill(Remembered(root / "supervisor" / "supervisor.json").pid, signal.SIGKILL)
    wait_for(lambda: has_ended(trainer))
    go(node_folder, job_id, 2, 3, attempt=2)
    job = ended(on_ray, job_id)
    assert (job["state"], job["attempt"], job["restarted"]) == ("completed", 2, 1), job
    lines = log_of(on_ray, job_id)
    assert any("ended without a word (exit status -9); it goes on by itself" in line for line in lines), lines
    assert [line for line in lines if line.startswith("puppet: epoch")] == [f"puppet: epoch {n}" for n in (1, 2, 3)]


def test_what_is_lost_without_restarts_stays_lost_until_somebody_resumes_it(
    on_ray: Platform, dataset_on_ray: int, node_folder: Find
) -> None:
    job_id = begin(on_ray, dataset_on_ray)
    at_epoch(on_ray, job_id, 1)
    root = go(node_folder, job_id)
    with contextlib.suppress(ProcessLookupError):
        os.kill(Remembered(root / "supervisor" / "supervisor.json").pid, signal.SIGKILL)
    job = ended(on_ray, job_id)
    assert (job["state"], "ended without a word" in job["exit_reason"]) == ("lost", True), job
    on_ray.post(f"/training/jobs/{job_id}/resume", {"launcher": "local"})
    local = on_ray.folder(job_id, 2).root
    wait_for(lambda: (local / "work").is_dir())
    for epoch in (2, 3):
        (local / f"go-{epoch}").touch()
    assert ended(on_ray, job_id)["state"] == "completed"


def test_twenty_short_jobs_on_two_cpus_all_end_in_order(
    on_ray: Platform, dataset_on_ray: int, node_folder: Find
) -> None:
    ids = [begin(on_ray, dataset_on_ray, epochs=1) for _ in range(20)]
    waiting = next(each for each in on_ray.get("/training/queue")["items"] if each["name"] == "ray")
    assert waiting["running_count"] + waiting["waiting_count"] >= 15
    assert [job["id"] for job in waiting["waiting"]] == sorted(job["id"] for job in waiting["waiting"])
    jobs = [wait_for(lambda i=i: (j := on_ray.job(i))["state"] == "completed" and j, seconds=200) for i in ids]
    assert {(job["state"], job["attempt"], job["last_epoch"]) for job in jobs} == {("completed", 1, 1)}
    started = [job["started_at"] for job in jobs]
    assert started == sorted(started)
    logs = [on_ray.get(f"/training/jobs/{i}/logs", limit=100)["items"] for i in ids]
    assert [sum(line["text"] == "puppet: epoch 1" for line in lines) for lines in logs] == [1] * 20


def log_of(platform: Platform, job_id: int) -> list[str]:
    """The lines of a job's log."""
    return [line["text"] for line in platform.get(f"/training/jobs/{job_id}/logs", limit=200)["items"]]


def in_log(platform: Platform, job_id: int, text: str) -> None:
    """Wait until the server has a line: those that a node or a supervisor has not sent yet die with it."""
    wait_for(lambda: text in log_of(platform, job_id))


def stored(platform: Platform, job_id: int) -> int | None:
    """The epoch of the newest checkpoint that is in the store."""
    kept = {each["name"]: each for each in platform.get(f"/training/jobs/{job_id}/artifacts")["items"]}
    return kept["last.pt"]["epoch"] if "last.pt" in kept else None
