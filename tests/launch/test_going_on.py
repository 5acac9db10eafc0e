"""Jobs that go on where they stopped, failed or were lost, and jobs that begin with another's weights."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.launch.test_supervise import ended, has_epoch, is_gone, series, trainer_of

from snellen.contract.folder import JobFolder
from snellen.launch.supervise import Supervisor
from snellen.server.jobs import watching

Eventually = Callable[..., Any]


def go(platform: Any, job_id: int, *epochs: int, attempt: int = 1) -> None:
    for epoch in epochs:
        (platform.folder(job_id, attempt).root / f"go-{epoch}").touch()


def checkpoints(platform: Any, job_id: int) -> dict[str, Any]:
    found = platform.get(f"/training/jobs/{job_id}/artifacts", kind="checkpoint")["items"]
    return {a["name"]: a for a in found}


def lines_of(platform: Any, job_id: int) -> list[str]:
    return [row["text"] for row in platform.get(f"/training/jobs/{job_id}/logs")["items"]]


def resume(platform: Any, job_id: int, eventually: Eventually) -> JobFolder:
    """Resumes the job and waits for its new folder."""
    before = platform.job(job_id)["attempt"]
    answer = platform.post(f"/training/jobs/{job_id}/resume")
    assert (answer["state"], answer["exit_reason"], answer["stop_requested"]) == ("queued", None, False)
    folder: JobFolder = platform.folder(job_id, before + 1)
    eventually(folder.spec_file.exists)
    return folder


def stopped_after(platform: Any, dataset: int, epoch: int, eventually: Eventually) -> int:
    job_id: int = platform.puppet_job(dataset, epochs=4)
    eventually(platform.folder(job_id).spec_file.exists)
    if epoch > 1:
        eventually(lambda: "last.pt" in checkpoints(platform, job_id))
    go(platform, job_id, *range(2, epoch + 1))
    eventually(lambda: has_epoch(platform, job_id, epoch))
    platform.post(f"/training/jobs/{job_id}/stop")
    job = eventually(lambda: ended(platform, job_id))
    assert (job["state"], job["last_epoch"]) == ("stopped", epoch)
    return job_id


def test_a_stopped_job_goes_on_with_the_next_epoch_on_the_same_curves(
    platform: Any, dataset: int, eventually: Eventually
) -> None:
    job_id = stopped_after(platform, dataset, 2, eventually)
    folder = resume(platform, job_id, eventually)
    go(platform, job_id, 3, 4, attempt=2)
    job = eventually(lambda: ended(platform, job_id))
    assert (job["state"], job["attempt"], job["best_epoch"], job["stop_requested"]) == ("completed", 2, 4, False)
    assert series(platform, job_id)["train/loss"] == [[e, 1 / e] for e in (1, 2, 3, 4)]
    lines = lines_of(platform, job_id)
    assert [text for text in lines if text.startswith("puppet: epoch")] == [f"puppet: epoch {e}" for e in (1, 2, 3, 4)]
    assert "puppet: goes on after 2, told {'fitness': 0.2}" in lines
    assert "going on from checkpoint last.pt of epoch 2" in lines
    assert json.loads(folder.spec_file.read_text())["resume_from"] == "weights/resume.pt"
    system = [step for step, _ in series(platform, job_id).get("system/cpu_percent", [])]
    assert system == sorted(set(system))


def test_a_failed_job_goes_on_from_its_last_checkpoint(platform: Any, dataset: int, eventually: Eventually) -> None:
    job_id = platform.puppet_job(dataset, act="raise", epochs=2)
    eventually(lambda: has_epoch(platform, job_id, 1))
    go(platform, job_id, 2)
    assert eventually(lambda: ended(platform, job_id))["state"] == "failed"
    resume(platform, job_id, eventually)
    go(platform, job_id, 2, attempt=2)
    job = eventually(lambda: ended(platform, job_id))
    assert (job["state"], job["exit_reason"], job["exit_detail"]) == ("completed", None, None)
    assert series(platform, job_id)["train/loss"] == [[1, 1.0], [2, 0.5]]


def test_a_lost_job_goes_on_from_what_was_stored(
    platform: Any, dataset: int, eventually: Eventually, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "MOST_TAKE_OVERS", 0)
    job_id = platform.puppet_job(dataset, epochs=2)
    eventually(lambda: "last.pt" in checkpoints(platform, job_id))
    trainer, (handle,) = trainer_of(platform, job_id), platform.handles()
    os.kill(handle["pid"], signal.SIGKILL)
    eventually(lambda: platform.job(job_id)["state"] == "lost")
    resume(platform, job_id, eventually)
    go(platform, job_id, 2, attempt=2)
    job = eventually(lambda: ended(platform, job_id))
    assert (job["state"], job["attempt"]) == ("completed", 2)
    assert is_gone(trainer)
    assert series(platform, job_id)["train/loss"] == [[1, 1.0], [2, 0.5]]


def test_a_checkpoint_cut_short_in_the_store_is_told_and_the_one_before_it_is_taken(
    platform: Any, dataset: int, eventually: Eventually
) -> None:
    job_id = stopped_after(platform, dataset, 3, eventually)
    kept = checkpoints(platform, job_id)
    newest = [row for row in kept.values() if row["epoch"] == 3]
    assert {row["name"] for row in newest} == {"last.pt", "best-primary.pt"}
    assert kept["previous.pt"]["epoch"] < 3
    for row in newest:
        place = platform.data_dir / "internal" / row["key"]
        place.write_bytes(place.read_bytes()[:5])
    resume(platform, job_id, eventually)
    before = kept["previous.pt"]["epoch"]
    go(platform, job_id, 2, 3, 4, attempt=2)
    job = eventually(lambda: ended(platform, job_id))
    assert (job["state"], job["attempt"]) == ("completed", 2)
    lines = lines_of(platform, job_id)
    (told, *_) = [text for text in lines if "not whole" in text]
    assert told.startswith("checkpoint last.pt of epoch 3 is not whole (got 5 bytes with SHA-256")
    assert f"going on from checkpoint previous.pt of epoch {before}" in lines
    assert series(platform, job_id)["train/loss"] == [[e, 1 / e] for e in (1, 2, 3, 4)]
    assert checkpoints(platform, job_id)["last.pt"]["epoch"] == 4


def test_without_any_whole_checkpoint_a_resume_fails_and_says_so(
    platform: Any, dataset: int, eventually: Eventually
) -> None:
    job_id = stopped_after(platform, dataset, 1, eventually)
    for row in checkpoints(platform, job_id).values():
        (platform.data_dir / "internal" / row["key"]).unlink(missing_ok=True)
    resume(platform, job_id, eventually)
    job = eventually(lambda: ended(platform, job_id))
    assert job["state"] == "failed"
    assert "no checkpoint to go on from (none of 2 is whole: last.pt of epoch 1, best-primary.pt" in job["exit_reason"]


def test_a_job_without_a_checkpoint_begins_again_and_says_so(
    platform: Any, dataset: int, eventually: Eventually
) -> None:
    job_id = platform.puppet_job(dataset, epochs=1)
    platform.post(f"/training/jobs/{job_id}/stop")
    stopped = eventually(lambda: ended(platform, job_id))
    if checkpoints(platform, job_id):
        pytest.skip("it was quicker than the request to stop")
    platform.post(f"/training/jobs/{job_id}/resume")
    job = eventually(lambda: (j := platform.job(job_id))["state"] == "completed" and j)
    assert job["attempt"] == stopped["attempt"] + 1
    if job["attempt"] > 1:
        assert "there is no checkpoint yet, so it begins at epoch 1 again" in " ".join(lines_of(platform, job_id))


def test_a_stop_at_once_drops_the_epoch_and_the_job_can_go_on(
    platform: Any, dataset: int, eventually: Eventually
) -> None:
    job_id = platform.puppet_job(dataset, epochs=2)
    eventually(lambda: has_epoch(platform, job_id, 1))
    asked = platform.post(f"/training/jobs/{job_id}/stop", {"now": True})
    assert (asked["stop_requested"], asked["stop_now"]) == (True, True)
    job = eventually(lambda: ended(platform, job_id))
    assert (job["state"], job["last_epoch"]) == ("stopped", 1)
    assert platform.folder(job_id).stop_asked_now()
    resume(platform, job_id, eventually)
    go(platform, job_id, 2, attempt=2)
    assert eventually(lambda: ended(platform, job_id))["state"] == "completed"


def test_a_trainer_that_does_not_hear_a_stop_at_once_is_ended_from_outside(
    platform: Any, dataset: int, eventually: Eventually, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "MOST_TAKE_OVERS", 0)
    job_id = platform.puppet_job(dataset, act="deaf", epochs=2)
    eventually(lambda: has_epoch(platform, job_id, 1))
    deaf = trainer_of(platform, job_id)
    os.kill(platform.handles()[0]["pid"], signal.SIGKILL)
    eventually(lambda: platform.job(job_id)["state"] == "lost" and is_gone(deaf))
    folder = platform.folder(job_id, 2)
    token = platform.supersede(job_id)
    folder.create(json_spec(platform, job_id, attempt=2))
    config = {
        "server": platform.url, "token": token, "cache": str(platform.data_dir / "cache" / "datasets"),
        "cache_bytes": 2**30, "stop_seconds": 0.5,
    }  # fmt: skip
    supervisor = Supervisor(folder, folder.spec(), config)
    running = threading.Thread(target=supervisor.run)
    running.start()
    eventually(lambda: (folder.work / "pid").exists())
    began = time.monotonic()
    platform.post(f"/training/jobs/{job_id}/stop", {"now": True})
    job = eventually(lambda: ended(platform, job_id))
    running.join(20)
    assert job["state"] == "stopped"
    assert "it did not answer the request to stop at once within 0.5 s" in job["exit_reason"]
    assert time.monotonic() - began < 20


def json_spec(platform: Any, job_id: int, *, attempt: int) -> Any:
    spec = platform.folder(job_id).spec()
    return type(spec).from_json(spec.to_json().replace('"attempt": 1', f'"attempt": {attempt}'))


def test_a_job_begins_with_the_weights_of_another_which_may_go_on_meanwhile(
    platform: Any, dataset: int, eventually: Eventually
) -> None:
    parent = stopped_after(platform, dataset, 1, eventually)
    artifact = checkpoints(platform, parent)["last.pt"]
    body = {
        "trainer": "puppet", "dataset": dataset, "task": "detection", "epochs": 1, "init_from": artifact["id"],
        "primary_metric": {"name": "val/score", "source": "reported"},
    }  # fmt: skip
    child = platform.post("/training/jobs", body)
    assert child["model"] == "wood"
    assert child["parent"] == {"job_id": parent, "checkpoint": "last.pt", "epoch": 1}
    (platform.data_dir / "internal" / artifact["key"]).unlink()
    job = eventually(lambda: ended(platform, child["id"]))
    assert job["state"] == "completed"
    assert 'puppet: begins with init.pt {"epoch": 1}' in lines_of(platform, child["id"])
    spec = json.loads(Path(platform.folder(child["id"]).spec_file).read_text())
    assert (spec["init_from"], spec["resume_from"]) == ("weights/init.pt", None)
