"""The mirror to MLflow: real MLflow, one way; MLflow down delays the mirror and nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from snellen.server.app import create_app
from snellen.server.mirror.keeper import MirrorKeeper
from snellen.server.settings import Settings, load

ExternalJob = Callable[..., tuple[int, TestClient]]
pytest.importorskip("mlflow")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load(data_dir=tmp_path / "data", max_body_bytes=200_000)


def run_of(settings: Settings, run_id: str) -> Any:
    """Read with MLflow in a process of its own, as a notebook would."""
    code = (
        "import json, sys; from mlflow import MlflowClient; c = MlflowClient(tracking_uri=sys.argv[1]);"
        "r = c.get_run(sys.argv[2]);"
        "h = {k: [(m.step, repr(m.value)) for m in c.get_metric_history(sys.argv[2], k)] for k in r.data.metrics};"
        "print(json.dumps({'name': r.info.run_name, 'status': r.info.status, 'params': r.data.params,"
        " 'tags': r.data.tags, 'history': h}))"
    )
    command = [sys.executable, "-W", "ignore", "-c", code, str(settings.mlflow), run_id]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return json.loads(answer.stdout.splitlines()[-1])


def test_a_job_becomes_a_run_with_all_its_points(
    api: TestClient, settings: Settings, external_job: ExternalJob, eventually: Callable[..., Any]
) -> None:
    job_id, client = external_job(name="mirrored", hyperparameters={"lr0": 0.01})
    events = [
        {"seq": n, "type": "metrics", "time": n, "step": n, "epoch": n, "values": {"metrics/mAP50(B)": n / 10}}
        for n in range(1, 6)
    ]
    events.append(
        {"seq": 6, "type": "metrics", "time": 6, "step": 6, "epoch": 6, "values": {"metrics/mAP50(B)": "NaN"}}
    )
    events.append({"seq": 7, "type": "state", "state": "completed"})
    client.post(f"/api/v1/training/jobs/{job_id}/events", json={"attempt": 1, "events": events})
    keeper: MirrorKeeper = api.app.state.snellen.parts["mirror"]  # type: ignore[attr-defined]
    eventually(lambda: keeper.lag() == 0, seconds=240)
    job = api.get(f"/api/v1/training/jobs/{job_id}").json()
    run = run_of(settings, job["mlflow_run_id"])
    assert run["name"] == "mirrored"
    assert run["status"] == "FINISHED"
    assert run["params"]["lr0"] == "0.01"
    assert run["tags"]["snellen.job_id"] == str(job_id)
    expected = [[n, repr(n / 10)] for n in range(1, 6)] + [[6, "nan"]]
    assert run["history"]["metrics/mAP50B"] == expected


def test_a_tracker_that_is_down_is_in_nobodys_way(tmp_path: Path, eventually: Callable[..., Any]) -> None:
    settings = load(data_dir=tmp_path / "data", mlflow_uri="http://127.0.0.1:9")
    with TestClient(create_app(settings), base_url="http://127.0.0.1:8080") as client:
        token = (settings.data_dir / "token").read_text().strip()
        client.headers["authorization"] = f"Bearer {token}"
        body = {"model": "m", "epochs": 1, "launcher": "external"}
        job = client.post("/api/v1/training/jobs", json=body).json()
        keeper: MirrorKeeper = client.app.state.snellen.parts["mirror"]  # type: ignore[attr-defined]
        eventually(lambda: keeper.failures > 0, seconds=240)
        result = {"job_id": job["id"], "epoch": 1, "task_type": "detection", "metrics": {"a": 1}}
        headers = {"authorization": f"Bearer {job['job_token']}"}
        answer = client.post(f"/api/v1/validation/jobs/{job['id']}/results", json=result, headers=headers)
        assert answer.status_code == 200
        assert keeper.lag() == 1
