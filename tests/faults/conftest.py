"""A server in a process of its own that can be killed, a trainer that only talks, and what must hold afterwards."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import wait_for
from tests.imports import imported
from tests.leftovers import end_all, processes_naming
from tests.packages import put_metadata
from tests.ports import free_port

from snellen.cli.client import Client
from snellen.cli.digits import write_digits
from snellen.contract.folder import JobFolder
from snellen.launch.processes import Remembered

#: `make faults` asks for ten times as much.
FACTOR = int(os.environ.get("FAULTS", "1"))
TALKER = '''
import json, threading
from snellen.contract.tasks import Task
from snellen.sdk import Trainer

class Talker(Trainer):
    """Says of each epoch what a training would, and remembers nothing but its number."""

    name = "talker"
    tasks = (Task.DETECTION,)

    def version(self):
        return "1.0"

    def schema(self, task):
        return {"type": "object", "additionalProperties": False, "properties": {"pause": {"type": "number"}}}

    def run(self, ctx):
        done = json.loads(ctx.resume_from.read_text())["epoch"] if ctx.resume_from else 0
        for epoch in range(done + 1, ctx.job.epochs + 1):
            threading.Event().wait(ctx.params["pause"])
            while (ctx.folder.root / f"hold-{epoch}").exists():
                threading.Event().wait(0.05)
            print(f"talker: epoch {epoch}", flush=True)
            for batch in range(1, 6):
                ctx.log_metrics({"batch/loss": 1 / (epoch * 5 + batch)}, step=epoch * 5 + batch, epoch=epoch)
            ctx.log_metrics({"train/loss": 1 / epoch, "lr": 0.1}, epoch=epoch)
            plot = ctx.folder.work / "curve.svg"
            plot.write_text(f"<svg>{epoch}</svg>")
            ctx.log_plot(plot, epoch=epoch)
            ctx.log_validation(epoch, metrics={"val/score": epoch / 100})
            last = ctx.folder.work / "last.pt"
            last.write_text(json.dumps({"epoch": epoch}))
            ctx.save_checkpoint(last, epoch=epoch, metadata={"fitness": epoch / 100})
            if ctx.should_stop():
                return
'''


class Site:
    """``snellen serve`` on one port and one data directory, however often it is killed."""

    def __init__(self, data_dir: Path, python_path: Path, **settings: str) -> None:
        self.data_dir = data_dir
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        clean = {k: v for k, v in os.environ.items() if not k.startswith("SNELLEN_")}
        self.environment = {
            **clean, "PYTHONPATH": str(python_path), "SNELLEN_MLFLOW_URI": "off", "SNELLEN_SLOTS": "4",
            "SNELLEN_DATA_DIR": str(data_dir), "SNELLEN_PORT": str(self.port), **settings,
        }  # fmt: skip
        self.process: subprocess.Popen[bytes] | None = None
        #: Until the server has made its token; its health needs none.
        self.client = Client(self.url, "not-known-yet")

    def start(self) -> None:
        """Return when it answers."""
        with (self.data_dir.parent / "server.log").open("ab") as log:
            command = [sys.executable, "-m", "snellen", "serve"]
            self.process = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log)
        wait_for(self._answers, seconds=60)
        self.client.close()
        self.client = Client(self.url, (self.data_dir / "token").read_text().strip())

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, (self.data_dir.parent / "server.log").read_text()[-2000:]
        return self.client.answers()

    def kill(self) -> None:
        """As a power cut would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)
        self.client.close()

    @property
    def headers(self) -> dict[str, str]:
        """Those of the administrator."""
        return {"authorization": f"Bearer {(self.data_dir / 'token').read_text().strip()}"}

    def job(self, job_id: int) -> Any:
        return self.client.get(f"/training/jobs/{job_id}")

    def ended(self, job_id: int) -> Any:
        job = self.job(job_id)
        return job if job["state"] in {"completed", "failed", "stopped"} else None

    def talk(self, dataset: int, *, epochs: int, pause: float) -> int:
        """A job whose trainer only talks."""
        body = {
            "model": "none", "epochs": epochs, "trainer": "talker", "dataset": dataset, "task": "detection",
            "hyperparameters": {"pause": pause}, "primary_metric": {"name": "val/score", "source": "reported"},
        }  # fmt: skip
        return int(self.client.post("/training/jobs", body)["id"])

    def folder(self, job_id: int, attempt: int = 1) -> JobFolder:
        return JobFolder(self.data_dir / "jobs" / str(job_id) / f"attempt-{attempt}")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A server that runs; at the end nothing of it does."""
    packages = tmp_path / "site"
    put_metadata(packages, "talker", {"talker": "talker:Talker"})
    (packages / "talker.py").write_text(TALKER)
    found = Site(tmp_path / "data", packages)
    found.start()
    try:
        yield found
    finally:
        found.stop()
        end_all(tmp_path / "data")


@pytest.fixture
def dataset(site: Site, tmp_path: Path) -> int:
    """The id of a tiny dataset."""
    write_digits(tmp_path / "digits", train=4, val=2, size=64)
    return imported(site.client, "digits", tmp_path / "digits")


def kill(place: Path) -> bool:
    """Kill the process that a file names; whether it was there."""
    process = Remembered(place)
    if not process.runs():
        return False
    with contextlib.suppress(ProcessLookupError):
        os.kill(process.pid, signal.SIGKILL)
    return True


def check_whole(site: Site, job_id: int) -> None:
    """What the server has of an ended job is what the journals of its attempts say: all of it, once."""
    job = site.job(job_id)
    journals = [site.folder(job_id, number + 1).events for number in range(job["attempt"])]
    events = [json.loads(line) for path in journals if path.exists() for line in path.read_text().splitlines()]
    said = {kind: [e for e in events if e["type"] == kind] for kind in ("metrics", "log", "validation", "artifact")}

    points = {(key, e["step"]): value for e in said["metrics"] for key, value in e["values"].items()}
    series = site.client.get(f"/training/jobs/{job_id}/metrics", max_points=5000)["series"]
    stored = {(s["key"], step): value for s in series for step, _, _, value in s["points"]}
    # What Snellen itself counts beside the trainer's keys comes from the evaluation.
    assert {point: value for point, value in stored.items() if point in points} == points
    assert sum(len(s["points"]) for s in series) == len(stored)

    lines = site.client.pages(f"/training/jobs/{job_id}/logs", limit=5000)
    # The server's own line of a resume is in no journal.
    told = [row["text"] for row in lines if not re.match(r"attempt \d+: ", row["text"])]
    assert told == [line for e in said["log"] for line in e["lines"]]
    assert [row["line"] for row in lines] == list(range(1, len(lines) + 1))

    results = site.client.pages(f"/validation/jobs/{job_id}/results")
    assert [row["epoch"] for row in results] == sorted({e["epoch"] for e in said["validation"]})
    assert all(row["metrics"] == {"val/score": row["epoch"] / 100} for row in results)

    artifacts = site.client.pages(f"/training/jobs/{job_id}/artifacts")
    for artifact in artifacts:
        data = site.client.request("GET", artifact["url"].removeprefix("/api/v1"), follow_redirects=True).content
        assert (len(data), hashlib.sha256(data).hexdigest()) == (artifact["size"], artifact["sha256"])
        if artifact["kind"] == "checkpoint":
            assert json.loads(data) == {"epoch": artifact["epoch"]}
    plots = {row["epoch"] for row in artifacts if row["kind"] == "plot"}
    assert plots == {e["epoch"] for e in said["artifact"] if e["kind"] == "plot"}
    last = [row["epoch"] for row in artifacts if row["kind"] == "checkpoint" and row["name"] == "last.pt"]
    assert (
        last == [max(e["epoch"] for e in said["artifact"] if e["kind"] == "checkpoint")]
        if last
        else not said["artifact"]
    )


def check_quiet(site: Site, job_id: int) -> None:
    """Nothing of an ended job runs any more."""
    wait_for(lambda: not processes_naming(site.data_dir / "jobs" / str(job_id)))
