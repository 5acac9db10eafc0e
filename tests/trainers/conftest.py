"""Job folders with a real dataset, and one short training that several tests look at."""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from snellen.cli.digits import write_digits
from snellen.contract.folder import JobFolder
from snellen.contract.spec import DatasetRef, JobSpec, Resources
from snellen.contract.tasks import Task, default_primary
from snellen.formats import load_snapshot, read_folder, save_snapshot
from snellen.formats.export_yolo import export_yolo
from snellen.formats.snapshot import Snapshot
from snellen.sdk.runner import run_folder
from snellen.storage import open_store
from snellen.trainers.ultralytics import UltralyticsTrainer

#: Two steps an epoch: without nbs the framework would gather 64 images for one step.
PARAMS = {"imgsz": 96, "batch": 8, "nbs": 8, "optimizer": "AdamW", "lr0": 0.002, "warmup_epochs": 0.0, "workers": 0}


@dataclass(frozen=True)
class Bench:
    """A snapshot of small scenes and its files."""

    snapshot: Snapshot
    files: dict[str, Path]

    def job(self, root: Path, **fields: Any) -> JobFolder:
        info = self.snapshot.info
        spec: dict[str, Any] = {
            "job_id": 1, "attempt": 1, "name": "short", "trainer": "ultralytics", "task": Task.DETECTION,
            "model": "yolo11n.yaml", "epochs": 2, "primary_metric": default_primary(Task.DETECTION),
            "dataset": DatasetRef(1, "digits", info.hash, tuple(info.class_names)), "params": PARAMS, **fields,
        }  # fmt: skip
        if isinstance(spec.get("resources"), dict):
            spec["resources"] = Resources(**spec["resources"])
        folder = JobFolder(root)
        folder.create(JobSpec(**spec))
        export_yolo(self.snapshot, folder.dataset, self._fetch)
        return folder

    def _fetch(self, wanted: list[tuple[str, Path]]) -> None:
        for sha256, target in wanted:
            shutil.copyfile(self.files[sha256], target)


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """16 and 6 scenes; of those for validation half are not square, and one has nothing on it."""
    from PIL import Image

    root = tmp_path_factory.mktemp("scenes")
    write_digits(root / "digits", train=16, val=6, size=160)
    for number, box in enumerate([(0, 0, 160, 100), (0, 0, 100, 160), (0, 0, 160, 70)]):
        path = root / "digits" / "images" / "val" / f"{number:05d}.png"
        with Image.open(path) as image:
            cut = image.crop(box)
        cut.save(path)
    content = read_folder(root / "digits").content
    store = open_store(str(root / "store"), create=True)
    info = save_snapshot(content, store)
    files = {p.name.split(".")[0]: p for p in (root / "store" / "files").rglob("*") if p.is_file()}
    return Bench(load_snapshot(store, info.hash), files)


@pytest.fixture(scope="session")
def run_job(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs a job folder in a process of its own, as a supervisor does."""
    home = tmp_path_factory.mktemp("home")

    def run(folder: JobFolder, **environment: str) -> subprocess.CompletedProcess[str]:
        variables = {**os.environ, "HOME": str(home), "YOLO_OFFLINE": "1", **environment}
        command = [sys.executable, "-m", "snellen.sdk", str(folder.root)]
        return subprocess.run(
            command, cwd=folder.work, env=variables, capture_output=True, text=True, timeout=200, check=False
        )

    return run


@pytest.fixture(scope="session")
def run_here() -> Callable[..., list[str]]:
    """Runs a job folder in this process, which has Ultralytics already; what that logs comes back.

    Without plots, which take three quarters of the time of an epoch on so few images.
    """
    told = UltralyticsTrainer.overrides

    def run(folder: JobFolder, *, plots: bool = False) -> list[str]:
        heard = _Heard()
        logger, environment = logging.getLogger("ultralytics"), dict(os.environ)
        logger.addHandler(heard)
        os.environ["YOLO_OFFLINE"] = "1"
        try:
            with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
                warnings.simplefilter("ignore")
                patch.setattr(UltralyticsTrainer, "overrides", lambda self, ctx: {**told(self, ctx), "plots": plots})
                run_folder(folder.root)
        finally:
            logger.removeHandler(heard)
            os.environ.clear()
            os.environ.update(environment)
        return heard.lines

    return run


class _Heard(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@pytest.fixture(scope="session")
def events_of() -> Callable[[JobFolder], list[dict[str, Any]]]:
    """The journal of a folder."""

    def read(folder: JobFolder) -> list[dict[str, Any]]:
        return [json.loads(line) for line in folder.events.read_text(encoding="utf-8").splitlines()]

    return read


@pytest.fixture(scope="session")
def trained(
    bench: Bench, run_job: Callable[..., subprocess.CompletedProcess[str]], tmp_path_factory: pytest.TempPathFactory
) -> JobFolder:
    """A folder in which two epochs were trained."""
    folder = bench.job(tmp_path_factory.mktemp("trained") / "job")
    done = run_job(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder
