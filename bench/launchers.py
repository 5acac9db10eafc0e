"""How long a job takes from its submission to the trainer's first event: on this machine, and on a Ray cluster here.

Prints the medians, the ratio, and what Ray alone takes to start an empty job, which no launcher can be faster than.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.leftovers import end_all  # noqa: E402
from tests.ray_cluster import RayCluster, free_port, ray_cluster  # noqa: E402

#: The first event of a script that does nothing else.
PROGRAM = "import snellen; run = snellen.init(); run.log_metrics({'train/loss': 1.0}, epoch=1)"


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder, ray_cluster(Path(folder)) as cluster:
        cluster.start(cpus=2)
        took = measure(Path(folder), cluster, rounds)
        bare = [empty_job(cluster, n) for n in range(rounds)]
    for name, seconds in {**took, "an empty job of Ray's": bare}.items():
        low, high = min(seconds), max(seconds)
        print(f"{name:24} median {statistics.median(seconds):5.2f} s ({low:.2f} to {high:.2f})")
    ratio = statistics.median(took["ray"]) / statistics.median(took["local"])
    print(f"ray / local: {ratio:.2f}")


def measure(folder: Path, cluster: RayCluster, rounds: int) -> dict[str, list[float]]:
    """Seconds by launcher, in turn, so that what else the machine does is shared."""
    port, data = free_port(), folder / "data"
    ray = {"address": cluster.address, "headers": cluster.headers, "python": sys.executable}
    launchers = json.dumps({"local": {}, "ray": {**ray, "node_dir": str(folder / "node")}})
    environment = {"SNELLEN_DATA_DIR": str(data), "SNELLEN_PORT": str(port), "SNELLEN_MLFLOW_URI": "off"}
    environment |= {"SNELLEN_LAUNCHERS": launchers, "PATH": "/usr/bin:/bin", "HOME": str(folder)}
    server = subprocess.Popen(
        [sys.executable, "-m", "snellen", "serve"],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}/api/v1", timeout=30, trust_env=False) as client:
            wait_ready(client)
            client.headers["authorization"] = f"Bearer {(data / 'token').read_text().strip()}"
            dataset = import_digits(client, folder)
            took: dict[str, list[float]] = {"local": [], "ray": []}
            for number in range(rounds + 1):
                for launcher, seconds in took.items():
                    found = first_event(client, launcher, dataset)
                    if number:  # the first fills caches
                        seconds.append(found)
            return took
    finally:
        server.terminate()
        server.wait(20)
        end_all(folder)


def wait_ready(client: httpx.Client) -> None:
    """Until the server answers."""
    for _ in range(300):
        try:
            client.get("/openapi.json")
            return
        except httpx.HTTPError:
            time.sleep(0.1)
    raise SystemExit("the server did not start")


def import_digits(client: httpx.Client, folder: Path) -> int:
    """A handful of pictures."""
    from snellen.cli.digits import write_digits

    write_digits(folder / "digits", train=4, val=2, size=64)
    begun = client.post("/datasets", json={"name": "digits", "source": str(folder / "digits")}).json()
    while (state := client.get(f"/datasets/imports/{begun['id']}").json())["state"] == "running":
        time.sleep(0.05)
    return int(state["dataset_id"])


def first_event(client: httpx.Client, launcher: str, dataset: int) -> float:
    """Seconds from the request to when the first metric is stored; then the job is waited for."""
    body: dict[str, Any] = {
        "model": "nothing", "trainer": "script", "task": "detection", "epochs": 1, "dataset": dataset,
        "launcher": launcher, "hyperparameters": {"command": [sys.executable, "-c", PROGRAM]},
    }  # fmt: skip
    began = time.monotonic()
    job = client.post("/training/jobs", json=body).json()["id"]
    took = None
    while True:
        state = client.get(f"/training/jobs/{job}").json()
        if took is None and client.get(f"/training/jobs/{job}/metrics").json()["series"]:
            took = time.monotonic() - began
        if state["state"] in {"completed", "failed", "lost", "stopped"}:
            break
        time.sleep(0.02)
    if took is None or state["state"] != "completed":
        raise SystemExit(f"job {job} on {launcher}: {state['state']}: {state['exit_reason']}\n{state['exit_detail']}")
    return took


def empty_job(cluster: RayCluster, number: int) -> float:
    """Seconds until Ray says that a job which does nothing has succeeded."""
    began = time.monotonic()
    name = f"empty-{number}"
    body = {"entrypoint": "true", "submission_id": name, "entrypoint_num_cpus": 1}
    httpx.post(
        f"{cluster.address}/api/jobs/", json=body, trust_env=False, timeout=60, headers=cluster.headers
    ).raise_for_status()
    while (
        httpx.get(f"{cluster.address}/api/jobs/{name}", trust_env=False, headers=cluster.headers).json()["status"]
        != "SUCCEEDED"
    ):
        time.sleep(0.02)
    return time.monotonic() - began


if __name__ == "__main__":
    main()
