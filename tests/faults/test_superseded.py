"""A supervisor that was out of sight while its job went on elsewhere, and comes back: it ends, quietly."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from tests.faults.conftest import FACTOR
from tests.imports import imported
from tests.launch.conftest import Platform, install_puppet, running
from tests.launch.test_supervise import is_gone, trainer_of

from snellen.cli.digits import write_digits
from snellen.launch.client import ServerClient

SEED = int(os.environ.get("SEED", "6"))


@pytest.fixture
def platform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Platform]:
    install_puppet(tmp_path / "site", monkeypatch)
    with running(Platform(tmp_path / "data")) as found:
        yield found


def test_a_superseded_supervisor_that_comes_back_ends_with_its_trainer_and_changes_nothing(
    platform: Platform, tmp_path: Path, eventually: Callable[..., Any]
) -> None:
    write_digits(tmp_path / "digits", train=4, val=2, size=64)
    dataset, chance = imported(platform, "digits", tmp_path / "digits"), random.Random(SEED)
    for _ in range(3 * FACTOR):
        job_id = platform.puppet_job(dataset, epochs=40)
        folder = platform.folder(job_id)
        eventually(folder.work.is_dir)
        (folder.root / "go-2").touch()
        eventually(lambda f=folder: f.events.read_text().count('"type":"metrics"') > 0 if f.events.exists() else False)
        pause = chance.uniform(0.0, 1.5)
        _wait(pause)
        trainer = trainer_of(platform, job_id)
        supervisor = psutil.Process(platform.handles()[-1]["pid"])
        supervisor.send_signal(signal.SIGSTOP)
        token = platform.supersede(job_id)
        for epoch in range(3, 41):
            (folder.root / f"go-{epoch}").touch()
        client = ServerClient(platform.url, token, job_id=job_id, attempt=2)
        metrics = [
            {"seq": e, "type": "metrics", "time": e, "step": e, "epoch": e, "values": {"second/loss": 1 / e}}
            for e in range(1, 6)
        ]
        assert client.post_events(metrics)["accepted_through"] == 5
        before = stored(platform, job_id)
        supervisor.send_signal(signal.SIGCONT)
        story = f"seed {SEED}, job {job_id}, stopped after {pause:.2f} s"
        eventually(lambda s=supervisor, t=trainer: is_gone(s) and is_gone(t))
        assert stored(platform, job_id) == before, story
        assert platform.job(job_id)["state"] == "running", story
        said = folder.supervisor_log.read_text()
        assert "superseded" in said, story
        assert "Traceback" not in said, story
        client.post_events([{"seq": 6, "type": "state", "time": 7, "state": "completed"}])
        assert platform.job(job_id)["state"] == "completed", story
        client.close()


def stored(platform: Platform, job_id: int) -> Any:
    """What the server holds of a job."""
    lists = ("metrics?max_points=5000", "logs?limit=5000", "artifacts")
    return [platform.get(f"/training/jobs/{job_id}/{name}") for name in lists] + [
        platform.get(f"/validation/jobs/{job_id}/results")["items"]
    ]


def _wait(seconds: float) -> None:
    import threading

    threading.Event().wait(seconds)
