"""One real job for each task and trainer, on real data: the metric, the seconds, the peak of memory.

    python bench/trainers.py DATASETS [--only bccd signdigits-timm …] [--epochs-factor 1.0]

DATASETS holds the folders ``bccd``, ``dsb2018``, ``openfield`` and ``signdigits``. Each job runs through a real server,
supervisor and trainer, from scratch. Seconds are from the trainer's start to the end of the job; memory is the largest
sample of the trainer's processes together (one every 5 s). Exits with 1 unless every job completes and has learned
something: its metric at least doubles after the first epoch, or passes 0.2.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from snellen.cli.client import Client
from snellen.cli.dataset_import import run_import
from trainer_overhead import ENDED, start_server

EXAMPLE = Path(__file__).parents[1] / "examples" / "segmentation_torch" / "train.py"


@dataclass(frozen=True)
class Case:
    """A dataset's folder and the job's body."""

    dataset: str
    epochs: int
    body: dict[str, Any]


LEARNED = 0.2
YOLO = {"optimizer": "AdamW", "lr0": 0.002, "workers": 2, "seed": 1, "batch": 8, "warmup_epochs": 1.0}
LABELS = {"imgsz": 64, "optimizer": "AdamW", "lr0": 0.002, "batch": 16, "auto_augment": None, "erasing": 0.0}
CASES = {
    "bccd": Case("bccd", 20, {"model": "yolo11n.yaml", "task": "detection", "hyperparameters": {**YOLO, "imgsz": 320}}),
    "dsb2018": Case(
        "dsb2018", 30, {"model": "yolo11n-seg.yaml", "task": "segmentation", "hyperparameters": {**YOLO, "imgsz": 256}}
    ),
    "openfield": Case(
        "openfield", 40, {"model": "yolo11n-pose.yaml", "task": "pose", "hyperparameters": {**YOLO, "imgsz": 256}}
    ),
    "signdigits": Case(
        "signdigits", 8, {"model": "yolo11n-cls.yaml", "task": "classification", "hyperparameters": LABELS}
    ),
    "signdigits-timm": Case(
        "signdigits",
        8,
        {
            "trainer": "timm", "model": "resnet18", "task": "classification",
            "hyperparameters": {"img_size": 64, "batch_size": 16, "scale_min": 0.5, "hflip": 0.0},
        },
    ),
    "dsb2018-script": Case(
        "dsb2018",
        10,
        {
            "trainer": "script", "model": "unet", "task": "segmentation",
            "hyperparameters": {"command": [sys.executable, "-u", str(EXAMPLE)]},
        },
    ),
}  # fmt: skip


def main() -> int:
    """Run them one after another; print a line for each."""
    parser = argparse.ArgumentParser()
    parser.add_argument("datasets", type=Path)
    parser.add_argument("--only", nargs="+", choices=sorted(CASES), default=list(CASES))
    parser.add_argument("--epochs-factor", type=float, default=1.0)
    given = parser.parse_args()
    bad = 0
    with tempfile.TemporaryDirectory(prefix="snellen-bench-") as folder:
        server = start_server(Path(folder) / "data")
        try:
            client = Client.from_environment(Path(folder) / "data")
            ids = {
                name: run_import(client, given.datasets / name, name)["dataset_id"]
                for name in sorted({CASES[case].dataset for case in given.only})
            }
            print(f"{'job':16} {'trainer':12} {'model':18} {'epochs':>6} {'s':>6} {'GB':>5}  metric")
            for name in given.only:
                case = CASES[name]
                epochs = max(2, round(case.epochs * given.epochs_factor))
                bad += not told(client, name, {**case.body, "dataset": ids[case.dataset], "epochs": epochs})
        finally:
            server.terminate()
            server.wait(30)
    return 1 if bad else 0


def told(client: Client, name: str, body: dict[str, Any]) -> bool:
    """Run a job, print its figures; whether it completed and has learned."""
    job = client.post("/training/jobs", body)
    while job["state"] not in ENDED:
        time.sleep(1.0)
        job = client.get(f"/training/jobs/{job['id']}")
    lead = f"{name:16} {job['trainer']:12} {job['model']:18} {body['epochs']:6}"
    if job["state"] != "completed":
        print(f"{lead} {job['state']}: {job['exit_reason']}", flush=True)
        return False
    key = "system/trainer_memory_gb"
    series = client.get(f"/training/jobs/{job['id']}/metrics", keys=key)["series"]
    memory = max((point[3] for line in series for point in line["points"]), default=0.0)
    rows = client.pages(f"/validation/jobs/{job['id']}/results")
    primary = job["primary_metric"]["name"]
    first = next(row["primary_metric_value"] for row in rows if row["epoch"] == 1) or 0.0
    seconds = (job["ended_at"] - job["started_at"]) / 1000
    best = job["best_value"]
    found = f"{primary} {best:.3f} at epoch {job['best_epoch']} (epoch 1: {first:.3f})"
    print(f"{lead} {seconds:6.0f} {memory:5.2f}  {found}", flush=True)
    return bool(best > LEARNED or best > 2 * first > 0)


if __name__ == "__main__":
    sys.exit(main())
