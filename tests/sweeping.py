"""Sweeps whose trials are played by the test: a trainer with a schema, a launcher that starts nothing, and a lab."""

from __future__ import annotations

import importlib
import os
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.conftest import wait_for
from tests.packages import put_metadata

from snellen.server.db import Database
from snellen.server.jobs.sweep_tables import Sweep
from snellen.server.jobs.tables import Job

API = "/api/v1"
SWEEPS = f"{API}/training/sweeps"
#: Learns at once: the score of an epoch is a share of what its parameters are worth.
TUNER = '''
import threading
from snellen.contract.tasks import Task
from snellen.sdk import Trainer

class Tuner(Trainer):
    """Scores by its parameters."""

    name = "tuner"
    tasks = (Task.DETECTION,)
    models = ("small", "large")

    def version(self):
        return "1.0"

    def schema(self, task):
        return {"type": "object", "additionalProperties": False, "properties": {
            "lr": {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
            "depth": {"type": "integer", "minimum": 1, "maximum": 64},
            "opt": {"enum": ["sgd", "adam"]},
            "fail": {"type": "boolean"},
            "pause": {"type": "number"},
        }}

    def run(self, ctx):
        if ctx.params.get("fail"):
            raise RuntimeError("it was told to fail")
        for epoch in range(1, ctx.job.epochs + 1):
            if ctx.should_stop():
                return
            threading.Event().wait(ctx.params.get("pause", 0))
            worth = 1 - abs(ctx.params["lr"] - 0.3)
            ctx.log_validation(epoch, metrics={"val/score": worth * epoch / ctx.job.epochs})
'''
#: Writes the token of each attempt into its folder; it lives for ever.
LEDGER = """
from snellen.launch.base import Launcher

class Ledger(Launcher):
    name = "ledger"

    def start(self, folder, *, token, **more):
        (folder.root / "token.txt").write_text(token)
        return {"folder": str(folder.root)}

    def alive(self, handle):
        return True

    def kill(self, handle):
        pass
"""
SPACE = {
    "lr": {"type": "float", "low": 0.01, "high": 1.0, "log": True},
    "opt": {"type": "choice", "values": ["sgd", "adam"]},
}


def put_sweep(database: Database, project_id: int, *, name: str = "kept") -> int:
    """A stopped sweep of one trial, which nobody has made yet."""
    with database.write() as session:
        job = {"model": "own.pt", "epochs": 1, "launcher": "external", "project": project_id}
        sweep = Sweep(
            project_id=project_id, client_id=str(uuid.uuid4()), name=name, state="stopped", job=job, space=SPACE,
            method="random", seed=1, trials=1, judged={}, primary_name="loss", primary_direction="min",
            primary_source="reported", created_at=1, since=1, ended_at=2,
        )  # fmt: skip
        session.add(sweep)
        session.flush()
        return sweep.id


def install(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put trainer and launcher where this process and those that it starts find them."""
    put_metadata(site, "tuner", {"tuner": "tuner:Tuner"})
    put_metadata(site, "ledger", {"ledger": "ledger:Ledger"}, group="snellen.launchers")
    (site / "tuner.py").write_text(TUNER)
    (site / "ledger.py").write_text(LEDGER)
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(site), os.environ.get("PYTHONPATH")])))
    importlib.invalidate_caches()


class Lab:
    """Makes sweeps on a server and plays their trials."""

    def __init__(self, api: TestClient, data_dirs: list[Path], dataset: int) -> None:
        self.api = api
        self.dataset = dataset
        self._data_dirs = data_dirs
        self._seen: dict[tuple[int, int], int] = {}

    def body(self, **fields: Any) -> dict[str, Any]:
        job = {
            "trainer": "tuner", "model": "small", "task": "detection", "dataset": self.dataset, "epochs": 9,
            "launcher": "ledger", "primary_metric": {"name": "val/score", "source": "reported"},
            **fields.pop("job", {}),
        }  # fmt: skip
        return {"name": "search", "job": job, "space": SPACE, "method": "random", "trials": 4, "seed": 5, **fields}

    def make(self, **fields: Any) -> dict[str, Any]:
        answer = self.api.post(SWEEPS, json=self.body(**fields))
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def get(self, sweep: dict[str, Any]) -> dict[str, Any]:
        return dict(self.api.get(f"{SWEEPS}/{sweep['id']}").json())

    def wait(self, sweep: dict[str, Any], state: str) -> dict[str, Any]:
        """The sweep, once it is in a state."""
        return dict(wait_for(lambda: (found := self.get(sweep))["state"] == state and found))

    def trials(self, sweep: dict[str, Any], number: int) -> list[dict[str, Any]]:
        """So many trials, as soon as they are there."""
        return list(
            wait_for(lambda: (t := self.get(sweep)["items"]) if len(self.get(sweep)["items"]) >= number else None)
        )

    def reporter(self, job_id: int, *, attempt: int = 1) -> tuple[TestClient, int]:
        """Who speaks for a job's newest attempt, once it has been started; that one or a later."""

        def started() -> Any:
            for data_dir in self._data_dirs:
                job = self.api.get(f"{API}/training/jobs/{job_id}").json()
                file = data_dir / "jobs" / str(job_id) / f"attempt-{job['attempt']}" / "token.txt"
                if job["attempt"] >= attempt and job["state"] != "queued" and file.is_file() and file.read_text():
                    return file.read_text(), job["attempt"]
            return None

        token, number = wait_for(started)
        headers = {"authorization": f"Bearer {token}"}
        return TestClient(self.api.app, base_url="http://127.0.0.1:8080", headers=headers), number

    def epoch(self, job_id: int, epoch: int, value: Any) -> None:
        """The validation of an epoch through the real callback."""
        client, _ = self.reporter(job_id)
        body = {"job_id": job_id, "epoch": epoch, "task_type": "detection", "metrics": {"val/score": value}}
        answer = client.post(f"{API}/validation/jobs/{job_id}/results", json=body)
        assert answer.status_code == 200, answer.text

    def events(self, job_id: int, *events: dict[str, Any]) -> dict[str, Any]:
        client, attempt = self.reporter(job_id)
        first = self._seen.get((job_id, attempt), 0) + 1
        numbered = [{"seq": first + n, **event} for n, event in enumerate(events)]
        self._seen[job_id, attempt] = first + len(events) - 1
        answer = client.post(f"{API}/training/jobs/{job_id}/events", json={"attempt": attempt, "events": numbered})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def end(self, job_id: int, state: str, **more: Any) -> None:
        self.events(job_id)  # it runs
        self.events(job_id, {"type": "state", "state": state, **more})

    def asked_to_stop(self, job_id: int) -> bool:
        return bool(self.events(job_id)["stop_requested"])

    def judged(self, sweep: dict[str, Any], number: int, rungs: int) -> None:
        """Wait until a trial has been judged at so many rungs."""
        from snellen.server.sweeps.service import get_sweep

        def look() -> bool:
            with self.api.app.state.snellen.database.read() as session:  # type: ignore[attr-defined]
                return get_sweep(session, sweep["id"]).judged.get(str(number), 0) >= rungs

        wait_for(look)

    def play(
        self, sweep: dict[str, Any], worth: Callable[[dict[str, Any]], float], *, until: int | None = None
    ) -> None:
        """Each trial, one after another, to its end or until it is asked to stop."""
        done: set[int] = set()
        while len(done) < (until or sweep["trials"]):
            trial = wait_for(lambda: next((t for t in self.get(sweep)["items"] if t["number"] not in done), None))
            if trial["state"] not in {"completed", "stopped", "failed"}:
                self.epoch(trial["job_id"], 1, worth(trial["params"]))
                self.end(trial["job_id"], "completed")
            done.add(trial["number"])

    def count(self, sweep: dict[str, Any]) -> int:
        with self.api.app.state.snellen.database.read() as session:  # type: ignore[attr-defined]
            return int(session.query(Job).filter_by(sweep_id=sweep["id"]).count())
