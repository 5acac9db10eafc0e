"""Supervisors that are killed, and what goes on in their place."""

from __future__ import annotations

import json
import os
import shutil
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.imports import imported
from tests.launch.conftest import Platform, install_puppet, running
from tests.launch.test_supervise import ended, has_epoch, is_gone, series, trainer_of

from snellen.contract.events import EventType, Journal
from snellen.launch.log_follower import LogFollower, logged_through
from snellen.server.jobs.tables import Attempt

Eventually = Callable[..., Any]
WHOLE = [[1, 1.0], [2, 0.5], [3, 1 / 3]]
SAID = [f"puppet: epoch {epoch}" for epoch in (1, 2, 3)]


def training(platform: Any, dataset: int, eventually: Eventually) -> int:
    """A job whose first epoch is stored; it waits before the second."""
    job_id: int = platform.puppet_job(dataset)
    eventually(lambda: has_epoch(platform, job_id, 1))
    return job_id


def lines_of(platform: Any, job_id: int) -> list[str]:
    items = platform.get(f"/training/jobs/{job_id}/logs", limit=5000)["items"]
    return [row["text"] for row in items if row["text"].startswith("puppet")]


def kill_supervisor(platform: Any, eventually: Eventually) -> int:
    """Kill the one that there is; its pid. Another one has come when this returns."""
    (handle,) = platform.handles()
    os.kill(handle["pid"], signal.SIGKILL)
    eventually(lambda: platform.handles()[0]["pid"] != handle["pid"])
    return int(handle["pid"])


def test_a_training_whose_supervisor_is_killed_goes_on_with_another(
    platform: Any, dataset: int, eventually: Eventually
) -> None:
    job_id = platform.puppet_job(dataset)
    root = platform.folder(job_id).root
    for epoch in (2, 3):
        eventually(lambda e=epoch: has_epoch(platform, job_id, e - 1))
        trainer = trainer_of(platform, job_id)
        kill_supervisor(platform, eventually)
        assert not is_gone(trainer)
        (root / f"go-{epoch}").touch()
    job = eventually(lambda: ended(platform, job_id))
    assert (job["state"], job["exit_reason"], job["attempt"], job["best_epoch"]) == ("completed", None, 1, 3)
    assert series(platform, job_id)["train/loss"] == WHOLE
    assert lines_of(platform, job_id) == SAID
    eventually(lambda: not (root / "dataset").exists())


def test_what_was_written_before_everything_was_killed_arrives_and_the_job_can_go_on(
    platform: Any, dataset: int, eventually: Eventually
) -> None:
    job_id = training(platform, dataset, eventually)
    root = platform.folder(job_id).root
    trainer, (handle,) = trainer_of(platform, job_id), platform.handles()
    platform.stop()
    (root / "go-2").touch()
    # The checkpoint is the last that is said of an epoch.
    eventually(lambda: (root / "events.jsonl").read_text().count('"type":"artifact"') == 2)
    for pid in (handle["pid"], trainer.pid):
        os.kill(pid, signal.SIGKILL)
    platform.start()
    job = eventually(lambda: ended(platform, job_id))
    assert job["state"] == "failed"
    assert "the trainer and its supervisor were ended from outside" in job["exit_reason"]
    assert series(platform, job_id)["train/loss"] == WHOLE[:2]
    assert has_epoch(platform, job_id, 2)
    platform.post(f"/training/jobs/{job_id}/resume")
    second = platform.folder(job_id, attempt=2).root
    eventually((second / "work").is_dir)
    (second / "go-3").touch()
    job = eventually(lambda: ended(platform, job_id))
    assert (job["state"], job["attempt"]) == ("completed", 2)
    assert series(platform, job_id)["train/loss"] == WHOLE


def test_a_trainer_that_ended_while_nobody_looked_has_ended_as_it_said(
    platform: Any, dataset: int, eventually: Eventually
) -> None:
    job_id = training(platform, dataset, eventually)
    root = platform.folder(job_id).root
    trainer, (handle,) = trainer_of(platform, job_id), platform.handles()
    platform.stop()
    os.kill(handle["pid"], signal.SIGKILL)
    for epoch in (2, 3):
        (root / f"go-{epoch}").touch()
    eventually(lambda: is_gone(trainer))
    platform.start()
    job = eventually(lambda: ended(platform, job_id))
    assert (job["state"], job["exit_reason"]) == ("completed", None)
    assert series(platform, job_id)["train/loss"] == WHOLE
    assert lines_of(platform, job_id) == SAID


def test_a_trainer_that_is_killed_after_it_was_taken_over_has_failed(
    platform: Any, dataset: int, eventually: Eventually
) -> None:
    job_id = training(platform, dataset, eventually)
    kill_supervisor(platform, eventually)
    eventually(lambda: "taking over" in platform.folder(job_id).supervisor_log.read_text())
    os.kill(trainer_of(platform, job_id).pid, signal.SIGKILL)
    job = eventually(lambda: ended(platform, job_id))
    assert job["state"] == "failed"
    assert "its exit status went with its first supervisor" in job["exit_reason"]
    assert "puppet: epoch 1" in job["exit_detail"]


def test_a_trainer_that_was_taken_over_is_stopped_and_ended_like_any_other(
    platform: Any, dataset: int, eventually: Eventually
) -> None:
    job_id = training(platform, dataset, eventually)
    kill_supervisor(platform, eventually)
    platform.post(f"/training/jobs/{job_id}/stop")
    assert eventually(lambda: ended(platform, job_id))["state"] == "stopped"

    job_id = training(platform, dataset, eventually)
    trainer, handle = trainer_of(platform, job_id), platform.handles()[-1]
    os.kill(handle["pid"], signal.SIGKILL)
    eventually(lambda: platform.handles()[-1]["pid"] != handle["pid"])
    platform.supersede(job_id)
    eventually(lambda: is_gone(trainer))


def test_a_job_that_was_lost_by_silence_is_taken_over_when_its_supervisor_dies(
    tmp_path: Path, digits: Path, monkeypatch: pytest.MonkeyPatch, eventually: Eventually
) -> None:
    install_puppet(tmp_path / "site", monkeypatch)
    with running(Platform(tmp_path / "data", lost_after_seconds=3.0)) as platform:
        job_id = training(platform, imported(platform, "digits", digits), eventually)
        (handle,) = platform.handles()
        os.kill(handle["pid"], signal.SIGSTOP)
        job = eventually(lambda: (j := platform.job(job_id))["state"] == "lost" and j)
        assert "no heartbeat" in job["exit_reason"]
        for epoch in (2, 3):
            (platform.folder(job_id).root / f"go-{epoch}").touch()
        os.kill(handle["pid"], signal.SIGKILL)
        job = eventually(lambda: ended(platform, job_id), seconds=60)
        assert (job["state"], job["attempt"]) == ("completed", 1)
        assert series(platform, job_id)["train/loss"] == WHOLE
        assert lines_of(platform, job_id) == SAID


def test_a_supervisor_that_is_killed_again_and_again_is_given_up_and_leaves_nothing_running(
    platform: Any, dataset: int, eventually: Eventually
) -> None:
    job_id = training(platform, dataset, eventually)
    trainer = trainer_of(platform, job_id)
    pids = {kill_supervisor(platform, eventually) for _ in range(5)}
    assert len(pids) == 5
    (handle,) = platform.handles()
    os.kill(handle["pid"], signal.SIGKILL)
    job = eventually(lambda: (j := platform.job(job_id))["state"] == "lost" and j)
    assert "again and again" in job["exit_reason"]
    eventually(lambda: is_gone(trainer))


def test_a_server_that_died_before_it_could_note_a_supervisor_finds_it_by_its_folder(
    platform: Any, dataset: int, eventually: Eventually
) -> None:
    job_id = training(platform, dataset, eventually)
    (handle,) = platform.handles()
    launcher = platform.state.parts["scheduler"].launcher("local")
    found = launcher.find(platform.folder(job_id))
    assert {key: found[key] for key in ("pid", "folder")} == {key: handle[key] for key in ("pid", "folder")}
    # As if it had died when it put a second one in the place of a first.
    dead = {**handle, "pid": 2**22 + 1, "created": 1.0}
    with platform.state.database.write() as session:
        session.query(Attempt).filter_by(job_id=job_id, number=1).one().handle = dead
    eventually(lambda: platform.handles()[0]["pid"] == handle["pid"])
    for epoch in (2, 3):
        (platform.folder(job_id).root / f"go-{epoch}").touch()
    job = eventually(lambda: ended(platform, job_id))
    assert (job["state"], job["attempt"]) == ("completed", 1)
    eventually(lambda: not launcher.alive(handle))


def test_a_successor_that_cant_fetch_the_dataset_again_says_so_and_delivers_the_rest(
    platform: Any, dataset: int, eventually: Eventually
) -> None:
    job_id = training(platform, dataset, eventually)
    folder, (handle,) = platform.folder(job_id), platform.handles()
    platform.stop()
    os.kill(handle["pid"], signal.SIGKILL)
    shutil.rmtree(folder.dataset)
    for name in ("files", "snapshots"):
        shutil.rmtree(platform.data_dir / "external" / name)
    shutil.rmtree(platform.data_dir / "cache" / "datasets")
    platform.start()
    for epoch in (2, 3):
        (folder.root / f"go-{epoch}").touch()
    job = eventually(lambda: ended(platform, job_id))
    assert (job["state"], job["attempt"]) == ("completed", 1)
    text = "\n".join(row["text"] for row in platform.get(f"/training/jobs/{job_id}/logs")["items"])
    assert text.count("the dataset could not be fetched again") == 1
    assert series(platform, job_id)["train/loss"] == WHOLE


def test_the_log_is_followed_from_where_another_left_off(tmp_path: Any) -> None:
    events, log = tmp_path / "events.jsonl", tmp_path / "log.txt"
    journal = Journal(events)
    log.write_bytes(b"one\n\x1b[1m\x1b[0m\ntwo\nthr")
    LogFollower(log, journal).step()
    journal.append(EventType.LOG, level="info", lines=["of the trainer's own"])
    journal.close()
    assert logged_through(events) == len(b"one\n\x1b[1m\x1b[0m\ntwo\n")
    with log.open("ab") as file:
        file.write(b"ee\nfour")
    journal = Journal(events)
    over = threading.Event()
    over.set()
    LogFollower(log, journal, offset=logged_through(events)).follow(over)
    journal.close()
    told = [line for row in events.read_text().splitlines() for line in json.loads(row)["lines"]]
    assert told == ["one", "two", "of the trainer's own", "three", "four"]
