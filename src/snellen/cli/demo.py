"""The main job, end to end: a dataset of handwritten digits, a server, a model trained from scratch."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from snellen.cli.client import Client
from snellen.cli.output import print_json, tell
from snellen.contract.states import JobState
from snellen.contract.tasks import Task
from snellen.errors import StartRefused
from snellen.sdk.server import SERVER_FILE, NoServer

if TYPE_CHECKING:
    from snellen.server.settings import Settings

IMAGE_SIZE = 160
START_SECONDS = 120.0
MIRROR_SECONDS = 90.0
#: Found by trial on two cores: mAP50 0.75 after 18 epochs of 13 s. Mirrored digits are no digits: no flips.
PARAMS: dict[str, Any] = {
    "imgsz": IMAGE_SIZE,
    "batch": 8,
    "optimizer": "AdamW",
    "lr0": 0.002,
    "warmup_epochs": 1.0,
    "fliplr": 0.0,
    "mosaic": 0.5,
    "close_mosaic": 6,
    "scale": 0.3,
}
LABEL_SIZE = 64
#: top1 0.96 after 10 epochs of 8 s. Random augmentation is more than so small a set bears.
LABEL_PARAMS: dict[str, Any] = {
    "imgsz": LABEL_SIZE,
    "batch": 16,
    "optimizer": "AdamW",
    "lr0": 0.002,
    "warmup_epochs": 1.0,
    "fliplr": 0.0,
    "erasing": 0.0,
    "auto_augment": None,
}


@dataclass(frozen=True, slots=True)
class _Plan:
    """What the demo of a task trains, on which digits, and the numbers that it tells of the best epoch."""

    dataset: str
    model: str
    epochs: int
    shown: tuple[str, ...]
    params: dict[str, Any] = field(default_factory=lambda: PARAMS)
    digits: dict[str, int] = field(default_factory=lambda: {"size": IMAGE_SIZE})


PLANS = {
    Task.DETECTION: _Plan("digits", "yolo11n.yaml", 18, ("mAP50", "mAP50-95")),
    Task.SEGMENTATION: _Plan("digits-masks", "yolo11n-seg.yaml", 18, ("mAP50", "mAP50-95", "mIoU")),
    Task.POSE: _Plan("digits-poses", "yolo11n-pose.yaml", 18, ("mAP50", "mAP50-95", "PCK")),
    Task.CLASSIFICATION: _Plan(
        "digits-labels",
        "yolo11n-cls.yaml",
        10,
        ("top1", "top5"),
        LABEL_PARAMS,
        {"size": LABEL_SIZE, "train": 2000, "val": 400},
    ),
}


def run(*, task: Task, epochs: int | None, leave: bool, as_json: bool, data_dir: Path | None, port: int | None) -> None:
    """Run the demo of a task; with `leave`, end when the job has. Exit status 1 unless it completed."""
    from snellen.server.settings import load, prepare_data_dir

    began = time.monotonic()
    # Who is ended takes the server along, as with Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    settings = load(data_dir=data_dir, port=port)
    prepare_data_dir(settings)
    server, client = _server(settings, chosen=port is not None)
    try:
        job = _train(client, settings, task, epochs or PLANS[task].epochs)
        report = _report(client, job, mirrored=settings.mlflow is not None) | {
            "seconds": round(time.monotonic() - began, 1)
        }
        if as_json:
            print_json(report)
        else:
            _say(report, PLANS[task].shown)
        if not leave and server is not None:
            tell(f"The server goes on; look around at {_login(client)}\nCtrl-C ends it.")
            server.wait()
    except KeyboardInterrupt:
        tell("")
        return
    finally:
        if server is not None:
            _end(server)
    if job["state"] != JobState.COMPLETED:
        sys.exit(1)


def _server(settings: Settings, *, chosen: bool) -> tuple[subprocess.Popen[bytes] | None, Client]:
    """The server of this data directory: the one that runs already, else a new one."""
    try:
        client = Client.from_environment(settings.data_dir)
        if client.answers():
            tell(f"Using the server that runs at {client.url}")
            return None, client
    except NoServer:
        pass
    (settings.data_dir / SERVER_FILE).unlink(missing_ok=True)
    port = settings.port if chosen or _is_free(settings.host, settings.port) else 0
    command = [sys.executable, "-m", "snellen", "serve", "--data-dir", str(settings.data_dir), "--port", str(port)]
    log_file = settings.data_dir / "server.log"
    with log_file.open("wb") as log:
        # A session of its own: Ctrl-C is for the demo, which then ends the server in order.
        process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if (settings.data_dir / SERVER_FILE).is_file():
            client = Client.from_environment(settings.data_dir)
            if client.answers():
                return process, client
        time.sleep(0.1)
    _end(process)
    said = log_file.read_text(encoding="utf-8", errors="replace").strip()
    raise StartRefused(f"the server did not start:\n{said or 'it said nothing'}")


def _train(client: Client, settings: Settings, task: Task, epochs: int) -> dict[str, Any]:
    from snellen.cli.dataset_import import run_import
    from snellen.cli.digits import write_digits
    from snellen.cli.progress import follow_job

    plan = PLANS[task]
    folder = settings.data_dir / "demo" / plan.dataset
    if not folder.is_dir():
        tell("Drawing scenes of handwritten digits …")
        write_digits(folder, task=task, **plan.digits)
    imported = run_import(client, folder, plan.dataset)
    tell(f"Dataset {plan.dataset}: snapshot {imported['snapshot'][:12]}")
    body = {
        "name": f"Digits from scratch, {epochs} epochs",
        "dataset": imported["dataset_id"],
        "model": plan.model,
        "task": str(task),
        "epochs": epochs,
        "hyperparameters": plan.params,
    }
    job = client.post("/training/jobs", body)
    tell(f"Training {plan.model} from scratch. Watch it: {_login(client)}")
    return follow_job(client, job["id"])


def _report(client: Client, job: dict[str, Any], *, mirrored: bool) -> dict[str, Any]:
    """What came of the job, as counted by the server."""
    job_id = job["id"]
    if mirrored:
        job = _wait_for_mirror(client, job)
    results = client.pages(f"/validation/jobs/{job_id}/results")
    artifacts = client.pages(f"/training/jobs/{job_id}/artifacts")
    kinds = [a["kind"] for a in artifacts]
    return {
        "url": f"{client.url}/jobs/{job_id}",
        "job_id": job_id,
        "state": job["state"],
        "epochs": job["epochs"],
        "validation_epochs": [r["epoch"] for r in results],
        "best_epoch": job["best_epoch"],
        "primary_metric": {"name": job["primary_metric"]["name"], "value": job["best_value"]},
        "plots": kinds.count("plot"),
        "prediction_sets": kinds.count("predictions"),
        "mlflow_run_id": job["mlflow_run_id"],
        "checkpoints": kinds.count("checkpoint"),
        "metrics": next((r["computed"] or {} for r in results if r["epoch"] == job["best_epoch"]), {}),
    }


def _wait_for_mirror(client: Client, job: dict[str, Any]) -> dict[str, Any]:
    """The mirror is in nobody's way, so it may be behind; give it a moment, no more."""
    deadline = time.monotonic() + MIRROR_SECONDS
    while job["mlflow_run_id"] is None and time.monotonic() < deadline:
        time.sleep(0.5)
        job = client.get(f"/training/jobs/{job['id']}")
    return job


def _say(report: dict[str, Any], shown: tuple[str, ...]) -> None:
    numbers = [f"{name} {value:.3f}" for name in shown if isinstance(value := report["metrics"].get(name), float)]
    if numbers:
        tell(f"Best epoch {report['best_epoch']}: {', '.join(numbers)}")
    tell(
        f"{len(report['validation_epochs'])} validation results, {report['prediction_sets']} prediction sets, "
        f"{report['plots']} plots, {report['checkpoints']} checkpoints in {report['seconds']:.0f} s"
    )


def _login(client: Client) -> str:
    return str(client.post("/auth/login-links")["url"])


def _is_free(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
