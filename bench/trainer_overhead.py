"""What a Snellen job costs over plain Ultralytics: the same training, interleaved, in one run.

A: ``python -c`` with Ultralytics' own trainer and the same overrides on the same folder. B: the same as a Snellen job:
a real server, the job created through the API, supervisor and trainer as they always are. Measured of both is the
training's own process from its start to its end, imports included; of B also its whole time from the request to the
state `completed`, and the CPU seconds of the supervisor. Runs go A B A B …; A against A of the same run is the control
that says how much of a difference is noise.

    python bench/trainer_overhead.py [--rounds 3] [--train 200] [--val 50] [--epochs 3] [--size 160]

Exit status 1 when the median ratio of wall time is over the limit.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import select
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from snellen.cli.client import SERVER_FILE, Client
from snellen.cli.dataset_import import run_import
from snellen.cli.digits import write_digits

LIMIT = 1.05
ENDED = {"completed", "failed", "stopped", "lost"}
PLAIN = """
import json, sys
from ultralytics.models import yolo
from ultralytics.utils import callbacks
callbacks.add_integration_callbacks = lambda instance: None
yolo.detect.DetectionTrainer(overrides=json.loads(sys.argv[1])).train()
"""


@dataclass(frozen=True)
class Run:
    """Seconds of one training: of its process, and of all that it took."""

    wall: float
    cpu: float
    total: float = 0.0
    beside_cpu: float = 0.0


class Watch(threading.Thread):
    """When a process ends, to the millisecond, and the CPU seconds of it and its children; a light look."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._process = psutil.Process(pid)
        self.began = self._process.create_time()
        self.ended = self.began
        self._seen: dict[int, float] = {}

    def run(self) -> None:
        """Look twice a second until the process is gone."""
        end = os.pidfd_open(self._process.pid)
        poll = select.poll()
        poll.register(end, select.POLLIN)
        while not poll.poll(500):
            try:
                for each in [self._process, *self._process.children(recursive=True)]:
                    self._look(each)
            except psutil.Error:
                continue
        self.ended = time.time()
        os.close(end)

    def _look(self, process: psutil.Process) -> None:
        try:
            times = process.cpu_times()
            self._seen[process.pid] = times.user + times.system
        except psutil.Error:
            return

    @property
    def cpu(self) -> float:
        """User and system seconds of all that was seen."""
        return sum(self._seen.values())


def main() -> int:
    """Run it; print the ratios."""
    parser = argparse.ArgumentParser()
    for name, default in (("rounds", 3), ("train", 200), ("val", 50), ("epochs", 3), ("size", 160)):
        parser.add_argument(f"--{name}", type=int, default=default)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="snellen-bench-") as folder:
        root = Path(folder)
        server = start_server(root / "data")
        try:
            client = Client.from_environment(root / "data")
            write_digits(root / "digits", train=given.train, val=given.val, size=given.size)
            dataset = run_import(client, root / "digits", "digits")["dataset_id"]
            params = {"imgsz": given.size, "batch": 8, "optimizer": "AdamW", "lr0": 0.002, "workers": 2, "seed": 1}
            return measure(root, client, dataset, params, given)
        finally:
            server.terminate()
            server.wait(30)


def measure(root: Path, client: Client, dataset: int, params: dict[str, Any], given: Any) -> int:
    """A B A B … A, after one of each that only warms up files and caches."""
    job = snellen(root, client, dataset, params, given.epochs)[1]
    data = root / "data" / "jobs" / str(job) / "attempt-1" / "dataset"
    plain(root, data, params, given.epochs)
    ours: list[Run] = []
    theirs = [plain(root, data, params, given.epochs)]
    tell("A", theirs[-1])
    for _ in range(given.rounds):
        ours.append(snellen(root, client, dataset, params, given.epochs)[0])
        tell("B", ours[-1])
        theirs.append(plain(root, data, params, given.epochs))
        tell("A", theirs[-1])
    return report(ours, theirs)


def plain(root: Path, data: Path, params: dict[str, Any], epochs: int) -> Run:
    """Ultralytics alone, on its own copy of the folder, as it is on the first day: without its label cache."""
    place = root / "plain"
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(data, place / "dataset", ignore=shutil.ignore_patterns("*.cache"), copy_function=os.link)
    text = (place / "dataset" / "data.yaml").read_text().replace(str(data), str(place / "dataset"))
    (place / "data.yaml").write_text(text)
    overrides = {
        **params, "task": "detect", "mode": "train", "model": "yolo11n.yaml", "data": str(place / "data.yaml"),
        "epochs": epochs, "project": str(place), "name": "run", "exist_ok": True, "save": True, "val": True,
        "plots": True, "device": "cpu",
    }  # fmt: skip
    variables = {**os.environ, "YOLO_CONFIG_DIR": str(place / "settings"), "MPLBACKEND": "Agg"}
    (place / "settings").mkdir()
    command = [sys.executable, "-u", "-c", PLAIN, json.dumps(overrides)]
    with (place / "log.txt").open("wb") as log:
        process = subprocess.Popen(command, cwd=place, env=variables, stdout=log, stderr=log)
        watch = Watch(process.pid)
        watch.start()
        status = process.wait()
        ended = time.time()
    watch.join()
    if status != 0:
        raise SystemExit((place / "log.txt").read_text()[-2000:])
    return Run(ended - watch.began, watch.cpu)


def snellen(root: Path, client: Client, dataset: int, params: dict[str, Any], epochs: int) -> tuple[Run, int]:
    """The same as a job; its run and its id."""
    began = time.time()
    body = {
        "dataset": dataset,
        "model": "yolo11n.yaml",
        "task": "detection",
        "epochs": epochs,
        "hyperparameters": params,
    }
    job_id = client.post("/training/jobs", body)["id"]
    folder = str(root / "data" / "jobs" / str(job_id) / "attempt-1")
    watches = [find(module, folder) for module in ("snellen.launch.supervise", "snellen.sdk")]
    beside, trainer = watches
    while client.get(f"/training/jobs/{job_id}")["state"] not in ENDED:
        time.sleep(0.25)
    total = time.time() - began
    job = client.get(f"/training/jobs/{job_id}")
    if job["state"] != "completed":
        raise SystemExit(f"the job is {job['state']}: {job['exit_reason']}\n{job['exit_detail']}")
    for watch in watches:
        watch.join()
    # The supervisor's watch saw its children too.
    return Run(trainer.ended - trainer.began, trainer.cpu, total, beside.cpu - trainer.cpu), job_id


def find(module: str, folder: str) -> Watch:
    """Watches the process that runs `module` on the folder, as soon as it is there."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for process in psutil.process_iter(["cmdline"]):
            words = process.info["cmdline"] or []
            if module in words and folder in words:
                watch = Watch(process.pid)
                watch.start()
                return watch
        time.sleep(0.02)
    raise SystemExit(f"{module} did not start")


def start_server(data_dir: Path) -> subprocess.Popen[bytes]:
    """``snellen serve`` on a free port."""
    data_dir.mkdir()
    command = [sys.executable, "-m", "snellen", "serve", "--data-dir", str(data_dir), "--port", "0"]
    variables = {k: v for k, v in os.environ.items() if not k.startswith("SNELLEN_")}
    with (data_dir / "server.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=variables)
    deadline = time.monotonic() + 60
    while not ((data_dir / SERVER_FILE).is_file() and Client.from_environment(data_dir).answers()):
        if time.monotonic() > deadline or process.poll() is not None:
            raise SystemExit((data_dir / "server.log").read_text())
        time.sleep(0.1)
    return process


def tell(name: str, run: Run) -> None:
    """One line a run."""
    more = f", from request to completed {run.total:.1f} s, supervisor CPU {run.beside_cpu:.1f} s" if run.total else ""
    print(f"  {name}: wall {run.wall:.2f} s, CPU {run.cpu:.1f} s{more}", flush=True)


def report(ours: list[Run], theirs: list[Run]) -> int:
    """Each B against the mean of the two A beside it; each A against the A before it."""
    beside = list(itertools.pairwise(theirs))
    wall = statistics.median(b.wall / ((x.wall + y.wall) / 2) for b, (x, y) in zip(ours, beside, strict=True))
    cpu = statistics.median(b.cpu / ((x.cpu + y.cpu) / 2) for b, (x, y) in zip(ours, beside, strict=True))
    with_supervisor = statistics.median(
        (b.cpu + b.beside_cpu) / ((x.cpu + y.cpu) / 2) for b, (x, y) in zip(ours, beside, strict=True)
    )
    control = [y.wall / x.wall for x, y in beside]
    least = min(b.wall for b in ours) / min(a.wall for a in theirs)
    passed = wall <= LIMIT
    print(f"wall, Snellen / plain, median of {len(ours)}: {wall:.3f}")
    print(f"wall, plain / plain (control): {statistics.median(control):.3f} ({min(control):.3f} to {max(control):.3f})")
    print(f"wall, the quickest of each (others' load only adds): {least:.3f}")
    print(f"CPU of the training's process, Snellen / plain: {cpu:.3f}; with the supervisor: {with_supervisor:.3f}")
    total, alone = statistics.median(b.total for b in ours), statistics.median(a.wall for a in theirs)
    print(f"from request to completed: {total:.1f} s; plain: {alone:.1f} s; ratio {total / alone:.3f} (no limit)")
    print(f"limit {LIMIT}: {'within' if passed else 'OVER'}")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
