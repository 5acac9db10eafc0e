"""Disks that are full for a while: nobody dies, what was said arrives once and in its order when there is room."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.disks import fill, small_disk
from tests.imports import imported
from tests.launch.conftest import Platform, running
from tests.packages import put_metadata

from snellen.cli.digits import write_digits
from snellen.launch.client import ServerClient
from snellen.sdk.callback import CallbackFailed

EPOCHS = 120
WRITER = '''
import pathlib, threading
from snellen.contract.tasks import Task
from snellen.sdk import Trainer

class Writer(Trainer):
    """Prints and reports, and says elsewhere how far it is."""

    name = "writer"
    tasks = (Task.DETECTION,)

    def version(self):
        return "1.0"

    def schema(self, task):
        return {"type": "object"}

    def run(self, ctx):
        elsewhere = pathlib.Path(ctx.params["elsewhere"])
        for epoch in range(1, ctx.job.epochs + 1):
            threading.Event().wait(0.02)
            print("writer: epoch", epoch, "x" * 2000)
            ctx.log_metrics({"train/loss": 1 / epoch}, epoch=epoch)
            ctx.log_validation(epoch, metrics={"val/score": epoch})
            elsewhere.write_text(str(epoch))
            while epoch == 20 and not pathlib.Path(str(elsewhere) + "-go").exists():
                threading.Event().wait(0.02)
'''


@pytest.fixture
def platform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Platform]:
    """Its job folders are on a small disk of their own."""
    site = tmp_path / "site"
    put_metadata(site, "writer", {"writer": "writer:Writer"})
    (site / "writer.py").write_text(WRITER)
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.setenv("PYTHONPATH", str(site))
    importlib.invalidate_caches()
    with small_disk(tmp_path / "data/jobs", kilobytes=2048), running(Platform(tmp_path / "data")) as found:
        yield found


def test_a_training_goes_on_while_the_disk_of_its_journal_is_full_and_all_that_it_said_arrives_once_in_order(
    platform: Platform, tmp_path: Path, eventually: Callable[..., Any]
) -> None:
    elsewhere = tmp_path / "epoch"
    write_digits(tmp_path / "digits", train=4, val=2, size=64)
    body = {
        "dataset": imported(platform, "digits", tmp_path / "digits"),
        "model": "none", "epochs": EPOCHS, "trainer": "writer", "task": "detection",
        "hyperparameters": {"elsewhere": str(elsewhere)},
    }  # fmt: skip
    job_id = int(platform.post("/training/jobs", body)["id"])

    def epoch() -> int:
        return int(elsewhere.read_text() or 0) if elsewhere.exists() else 0

    eventually(lambda: epoch() == 20)
    ballast = fill(platform.data_dir / "jobs")
    Path(f"{elsewhere}-go").touch()
    eventually(lambda: epoch() >= 90, seconds=60)
    assert platform.job(job_id)["state"] == "running"
    ballast.unlink()
    job = eventually(lambda: (j := platform.job(job_id))["state"] not in ("starting", "running") and j, seconds=60)
    assert (job["state"], job["exit_reason"]) == ("completed", None)
    (loss,) = platform.get(f"/training/jobs/{job_id}/metrics", keys="train/loss")["series"]
    assert [(step, value) for step, _, _, value in loss["points"]] == [(e, 1 / e) for e in range(1, EPOCHS + 1)]
    rows = platform.get(f"/validation/jobs/{job_id}/results", limit=500)["items"]
    assert [(row["epoch"], row["metrics"]) for row in rows] == [(e, {"val/score": e}) for e in range(1, EPOCHS + 1)]
    written = platform.folder(job_id).log.read_text().splitlines()
    told = [row["text"] for row in platform.get(f"/training/jobs/{job_id}/logs", limit=5000)["items"]]
    assert [text for text in told if text.startswith("writer")] == [
        line[:2000] for line in written if line.startswith("writer")
    ]


def test_a_server_whose_own_disk_is_full_says_so_keeps_nothing_half_and_goes_on_when_there_is_room(
    tmp_path: Path,
) -> None:
    with small_disk(tmp_path / "disk", kilobytes=260 * 1024) as disk, running(Platform(disk / "data")) as platform:
        job_id, token = platform.external_job()
        client = ServerClient(platform.url, token, job_id=job_id, attempt=1)
        file = tmp_path / "last.pt"
        file.write_bytes(b"weights" * 100_000)

        def send() -> Any:
            return client.upload(lambda: file.open("rb"), kind="checkpoint", name="last.pt", content_type="x/y")

        ballast = fill(disk)
        events = [{"seq": 1, "type": "log", "time": 1, "level": "info", "lines": ["x" * 1000] * 500}]
        answer = httpx.post(
            f"{platform.url}/api/v1/training/jobs/{job_id}/events",
            json={"attempt": 1, "events": events},
            headers={"authorization": f"Bearer {token}"},
            trust_env=False,
            timeout=60,
        )
        assert (answer.status_code, answer.json()["error"]) == (507, "disk_full")
        assert "make room" in answer.json()["detail"]
        with pytest.raises(CallbackFailed, match="full"):
            send()
        ballast.unlink()
        assert platform.get(f"/training/jobs/{job_id}/logs")["items"] == []
        assert platform.get(f"/training/jobs/{job_id}/artifacts")["items"] == []
        assert client.post_events(events)["accepted_through"] == 1
        assert send()["size"] == file.stat().st_size
        assert len(platform.get(f"/training/jobs/{job_id}/logs", limit=1000)["items"]) == 500
        client.close()
