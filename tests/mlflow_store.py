"""A real MLflow with runs in it: what its own client wrote, and its own server over that."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from tests.ports import free_port

#: Run by a process of its own, as a notebook would; prints the ids of what it made.
FILL = r"""
import json, math, sys
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag
client = MlflowClient(tracking_uri=sys.argv[1])
made = {}
def run(experiment, name, started, metrics=(), params=(), tags=(), status="FINISHED"):
    found = client.create_run(experiment, start_time=started, run_name=name).info.run_id
    for start in range(0, len(metrics), 1000):
        client.log_batch(found, metrics=[Metric(*each) for each in metrics[start:start + 1000]])
    client.log_batch(found, params=[Param(*each) for each in params], tags=[RunTag(*each) for each in tags])
    if status != "RUNNING":
        client.set_terminated(found, status, started + 60_000)
    made[name] = found
notebook, other = client.create_experiment("Notebook"), client.create_experiment("Other 100%")
spike = [("train/loss", 99.0 if n == 1234 else 1 / n, 1_700_000_000_000 + n, n) for n in range(1, 5001)]
few = [("val_loss", 0.5, 1_700_000_000_000, 1), ("val_loss", math.nan, 1_700_000_000_001, 2),
       ("val_loss", math.inf, 1_700_000_000_002, 3), ("val_loss", -math.inf, 1_700_000_000_003, 4)]
run(notebook, "first try", 1_700_000_000_000, spike + few, [("lr0", "0.01"), ("long", "x" * 450)], [("team", "eyes")])
run(notebook, "it's second", 1_700_000_100_000, [("loss", 2.0, 1_700_000_100_000, 0)], status="FAILED")
run(other, "first elsewhere", 1_700_000_200_000, status="RUNNING")
run(other, "forged", 1_700_000_300_000, tags=[("snellen.job_id", "1")])
print(json.dumps({"runs": made, "experiments": {"Notebook": notebook, "Other 100%": other}}))
"""
ENVIRONMENT = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}


def run_with_mlflow(code: str, *arguments: str) -> str:
    """What a script that uses MLflow's client printed last."""
    command = [sys.executable, "-W", "ignore", "-c", code, *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=240, check=False, env={**os.environ, **ENVIRONMENT}
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


@contextmanager
def served(uri: str, log: Path, eventually: Callable[..., Any]) -> Iterator[str]:
    """The address of MLflow's own server over a store, while it runs."""
    port = free_port()
    command = [sys.executable, "-W", "ignore", "-m", "mlflow", "server", "--backend-store-uri", uri]
    command += ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    command += ["--default-artifact-root", str(log.parent / "mlartifacts")]
    with log.open("w") as said:
        process = subprocess.Popen(
            command, stdout=said, stderr=said, env={**os.environ, **ENVIRONMENT}, start_new_session=True
        )
    address = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        assert process.poll() is None, log.read_text()
        try:
            return httpx.get(f"{address}/health", timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    try:
        eventually(answers, seconds=120)
        yield address
    finally:
        # With the workers that it started.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=30)
