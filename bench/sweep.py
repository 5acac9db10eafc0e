"""What early stopping spares: a sweep of 12 trials with it and without, on this machine, through a real server.

    python bench/sweep.py [--trials 12] [--epochs 24]

Both sweeps draw the same trials from the same seed: the smallest ResNet of timm's on handwritten digits, learning rate,
optimizer and label smoothing searched at random. Prints wall time, epochs trained and the best value of each, then the
ratio; docs/guides/sweeps.md has figures. Exits with 1 unless early stopping is faster and finds the best value to
within 0.01.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from snellen.cli.client import Client
from snellen.cli.dataset_import import run_import
from snellen.cli.digits import write_digits
from snellen.contract.tasks import Task
from trainer_overhead import start_server

SPACE = {
    "lr": {"type": "float", "low": 1e-5, "high": 0.3, "log": True},
    "opt": {"type": "choice", "values": ["adamw", "sgd"]},
    "smoothing": {"type": "float", "low": 0.0, "high": 0.3},
}
EARLY = {"min_epochs": 4, "reduction": 2}
JOB = {
    "trainer": "timm", "model": "test_resnet", "task": "classification",
    "hyperparameters": {
        "img_size": 32, "batch_size": 16, "hflip": 0.0, "scale_min": 0.6, "color_jitter": 0.0, "seed": 1, "workers": 0,
    },
}  # fmt: skip
#: Of top-1: what early stopping may lose.
MAY_LOSE = 0.01


def main() -> int:
    """Run both sweeps, print a line for each and the ratio."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--trials", type=int, default=12)
    parser.add_argument("--epochs", type=int, default=24)
    parser.add_argument("--images", type=int, default=128)
    given = parser.parse_args()
    # The models are tiny: threads of torch would only wait for one another.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    with tempfile.TemporaryDirectory(prefix="snellen-bench-") as folder:
        place = Path(folder)
        write_digits(place / "digits", task=Task.CLASSIFICATION, train=given.images, val=100, size=64)
        server = start_server(place / "data")
        try:
            client = Client.from_environment(place / "data")
            dataset = run_import(client, place / "digits", "digits")["dataset_id"]
            job = {**JOB, "dataset": dataset, "epochs": given.epochs}
            body = {"space": SPACE, "method": "random", "trials": given.trials, "seed": 7, "job": job}
            print(f"{given.trials} trials of {given.epochs} epochs, {JOB['model']} on {given.images} digits")
            print(f"{'early stopping':16} {'wall s':>7} {'epochs':>7} {'stopped':>8} {'best top-1':>11}  trial")
            spared = told(client, {**body, "name": "with early stopping", "early_stopping": EARLY}, "ASHA, 4 then 1/2")
            whole = told(client, {**body, "name": "without"}, "none")
        finally:
            server.terminate()
            server.wait(30)
    speed = whole["seconds"] / spared["seconds"]
    print(f"{speed:.2f} x as fast, {whole['epochs'] / spared['epochs']:.2f} x fewer epochs")
    return 0 if speed > 1 and spared["best"] >= whole["best"] - MAY_LOSE else 1


def told(client: Client, body: dict[str, Any], label: str) -> dict[str, float]:
    """Run a sweep to its end, print its figures."""
    begun = time.monotonic()
    sweep = client.post("/training/sweeps", body)
    while sweep["state"] == "running":
        time.sleep(0.5)
        sweep = client.get(f"/training/sweeps/{sweep['id']}")
    seconds = time.monotonic() - begun
    if sweep["state"] != "completed":
        raise SystemExit(f"the sweep {sweep['state']}: {sweep['reason']}")
    best = sweep["best"]
    print(
        f"{label:16} {seconds:7.0f} {sweep['epochs_trained']:7} {sweep['counts']['stopped_early']:8} "
        f"{best['value']:11.4f}  {best['number']} {best['params']}",
        flush=True,
    )
    return {"seconds": seconds, "epochs": sweep["epochs_trained"], "best": best["value"]}


if __name__ == "__main__":
    sys.exit(main())
