"""What a Snellen job costs over the framework alone, for each trainer: the same training, interleaved, in one run.

A: a script in ``bench/plain/`` that knows nothing of Snellen (Ultralytics' own trainer with the same overrides; a loop
of timm's parts as its users write it; a small network of one's own) on the same folder. B: the same as a Snellen job: a
real server, the job created through the API, supervisor and trainer as they always are, with a prediction set and a
checkpoint an epoch. Measured of both is the training's own process from its start to its end, imports included; of B
also its whole time from the request to the state `completed`, and the CPU seconds of the supervisor. Runs go A B A B …;
A against A of the same run is the control that says how much of a difference is noise.

    python bench/trainer_overhead.py [--trainer ultralytics timm script] [--rounds 3]

Exit status 1 when the median ratio of wall time of any trainer is over the limit.
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
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from snellen.cli.client import Client
from snellen.cli.dataset_import import run_import
from snellen.cli.digits import write_digits
from snellen.contract.tasks import Task
from snellen.sdk.server import SERVER_FILE

LIMIT = 1.05
ENDED = {"completed", "failed", "stopped", "lost"}
PLAIN = Path(__file__).parent / "plain"


@dataclass(frozen=True)
class Case:
    """The same training twice: as a job, and as the arguments of a script of ``bench/plain/``."""

    digits: dict[str, Any]
    body: dict[str, Any]
    script: str
    #: The script's settings, given the dataset's folder and one to write into.
    settings: Callable[[Path, Path], dict[str, Any]]


def cases() -> dict[str, Case]:
    """By trainer; each long enough that a start of Python is a small part."""
    yolo = {"imgsz": 160, "batch": 8, "optimizer": "AdamW", "lr0": 0.002, "workers": 2, "seed": 1}
    label = {"img_size": 64, "batch_size": 32, "lr": 0.001, "weight_decay": 0.05, "workers": 2, "seed": 1}
    own = {"epochs": 8, "lr": 0.002}
    labels = {"task": Task.CLASSIFICATION, "train": 1000, "val": 300, "size": 64}
    return {
        "ultralytics": Case(
            {"train": 200, "val": 50, "size": 160},
            {"model": "yolo11n.yaml", "task": "detection", "epochs": 3, "hyperparameters": yolo},
            "ultralytics_detector.py",
            lambda data, out: {
                **yolo, "task": "detect", "mode": "train", "model": "yolo11n.yaml", "data": str(out / "data.yaml"),
                "epochs": 3, "project": str(out), "name": "run", "exist_ok": True, "save": True, "val": True,
                "plots": True, "device": "cpu",
            },
        ),
        "timm": Case(
            labels,
            {"trainer": "timm", "model": "resnet18", "task": "classification", "epochs": 3, "hyperparameters": label},
            "timm_classifier.py",
            lambda data, out: {**label, "model": "resnet18", "epochs": 3, "data": str(data), "out": str(out)},
        ),
        "script": Case(
            labels,
            {
                "trainer": "script", "model": "own", "task": "classification", "epochs": 8,
                "hyperparameters": {
                    "command": [sys.executable, "-u", str(PLAIN / "own_script.py"), json.dumps(own)]
                },
            },
            "own_script.py",
            lambda data, out: {**own, "data": str(data), "out": str(out)},
        ),
    }  # fmt: skip


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
    known = cases()
    parser.add_argument("--trainer", nargs="+", choices=sorted(known), default=list(known))
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    failed = 0
    with tempfile.TemporaryDirectory(prefix="snellen-bench-") as folder:
        root = Path(folder)
        server = start_server(root / "data")
        try:
            client = Client.from_environment(root / "data")
            for name in given.trainer:
                print(f"{name}:", flush=True)
                failed += measure(root, client, name, known[name], given.rounds)
        finally:
            server.terminate()
            server.wait(30)
    return 1 if failed else 0


def measure(root: Path, client: Client, name: str, case: Case, rounds: int) -> int:
    """A B A B … A, after one of each that only warms up files and caches."""
    write_digits(root / name, **case.digits)
    dataset = run_import(client, root / name, name)["dataset_id"]
    data = root / "dataset" / name
    snellen(root, client, dataset, case, keep=data)
    plain(root, data, case)
    ours: list[Run] = []
    theirs = [plain(root, data, case)]
    tell("A", theirs[-1])
    for _ in range(rounds):
        ours.append(snellen(root, client, dataset, case))
        tell("B", ours[-1])
        theirs.append(plain(root, data, case))
        tell("A", theirs[-1])
    return report(ours, theirs)


def plain(root: Path, data: Path, case: Case) -> Run:
    """The framework alone, on its own copy of the folder, as it is on the first day: without its label cache."""
    place = root / "plain"
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(data, place / "dataset", ignore=shutil.ignore_patterns("*.cache"), copy_function=os.link)
    if (data / "data.yaml").is_file():
        text = (place / "dataset" / "data.yaml").read_text()
        where = next(line for line in text.splitlines() if line.startswith("path:"))
        (place / "data.yaml").write_text(text.replace(where, f"path: {place / 'dataset'}"))
    variables = {**os.environ, "YOLO_CONFIG_DIR": str(place / "settings"), "MPLBACKEND": "Agg"}
    (place / "settings").mkdir()
    settings = json.dumps(case.settings(place / "dataset", place))
    command = [sys.executable, "-u", str(PLAIN / case.script), settings]
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


def snellen(root: Path, client: Client, dataset: int, case: Case, *, keep: Path | None = None) -> Run:
    """The same as a job; with `keep`, its dataset is copied there while it trains."""
    began = time.time()
    job_id = client.post("/training/jobs", {**case.body, "dataset": dataset})["id"]
    folder = root / "data" / "jobs" / str(job_id) / "attempt-1"
    watches = [find(module, str(folder)) for module in ("snellen.launch.supervise", "snellen.sdk")]
    beside, trainer = watches
    if keep is not None:
        shutil.copytree(folder / "dataset", keep, copy_function=os.link)
    trainer.join()  # asking the server meanwhile would take the time that is measured
    while client.get(f"/training/jobs/{job_id}")["state"] not in ENDED:
        time.sleep(0.25)
    total = time.time() - began
    job = client.get(f"/training/jobs/{job_id}")
    if job["state"] != "completed":
        raise SystemExit(f"the job is {job['state']}: {job['exit_reason']}\n{job['exit_detail']}")
    for watch in watches:
        watch.join()
    # The supervisor's watch saw its children too.
    return Run(trainer.ended - trainer.began, trainer.cpu, total, beside.cpu - trainer.cpu)


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
