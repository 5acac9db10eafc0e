"""The example in plain PyTorch, run by the real trainer: masks, checkpoints, resume and stop through the SDK."""

from __future__ import annotations

import math
import runpy
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw
from tests.journals import events, outcome
from tests.stores import fetch_from

from snellen.contract.folder import JobFolder
from snellen.contract.spec import DatasetRef, JobSpec
from snellen.contract.tasks import Task, default_primary
from snellen.errors import CheckpointBroken
from snellen.formats import load_snapshot, read_folder, save_snapshot
from snellen.formats.export_yolo import export_yolo
from snellen.formats.predictions import read_raw
from snellen.formats.snapshot import Snapshot
from snellen.launch.evaluate import Evaluator
from snellen.storage import Store, open_store

Run = Callable[..., subprocess.CompletedProcess[str]]
MakeJob = Callable[..., JobFolder]
PROGRAM = Path(__file__).parents[2] / "examples" / "segmentation_torch" / "train.py"
PARAMS = {
    "command": ["python", str(PROGRAM)], "environment": {"OMP_NUM_THREADS": "1"},
    "img_size": 32, "width": 4, "batch_size": 4, "lr": 0.03,
}  # fmt: skip


@pytest.fixture(scope="module")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Snapshot, Store]:
    """On black, red squares and green triangles, one of each in an image; images are not square."""
    root = tmp_path_factory.mktemp("shapes")
    generator = np.random.default_rng(0)
    for split, count in (("train", 16), ("val", 3)):
        for number in range(count):
            image, lines = Image.new("RGB", (72, 48)), []
            draw = ImageDraw.Draw(image)
            for kind, left in ((0, 2), (1, 38)):
                x, y = left + int(generator.integers(0, 12)), int(generator.integers(2, 22))
                outline = [(x, y), (x + 18, y), (x + 18, y + 20), (x, y + 20)][: 4 - kind]
                draw.polygon(outline, fill=((255, 0, 0), (0, 255, 0))[kind])
                lines.append(" ".join([str(kind), *(f"{px / 72} {py / 48}" for px, py in outline)]))
            for part, write in (("images", image.save), ("labels", None)):
                folder = root / "shapes" / part / split
                folder.mkdir(parents=True, exist_ok=True)
                if write is not None:
                    write(folder / f"{number}.png")
                else:
                    (folder / f"{number}.txt").write_text("\n".join(lines))
    (root / "shapes" / "data.yaml").write_text("train: images/train\nval: images/val\nnames: [square, triangle]\n")
    store = open_store(str(root / "store"), create=True)
    content = read_folder(root / "shapes", task=Task.SEGMENTATION).content
    return load_snapshot(store, save_snapshot(content, store).hash), store


@pytest.fixture
def job(tmp_path: Path, shapes: tuple[Snapshot, Store]) -> MakeJob:
    snapshot, store = shapes

    def make(name: str = "job", **fields: Any) -> JobFolder:
        spec: dict[str, Any] = {
            "job_id": 1, "attempt": 1, "name": "shapes", "trainer": "script", "task": Task.SEGMENTATION,
            "model": "unet", "epochs": 4, "primary_metric": default_primary(Task.SEGMENTATION), "params": PARAMS,
            "dataset": DatasetRef(1, "shapes", snapshot.info.hash, tuple(snapshot.info.class_names)), **fields,
        }  # fmt: skip
        folder = JobFolder(tmp_path / name)
        folder.create(JobSpec(**spec))

        export_yolo(snapshot, folder.dataset, fetch_from(store))
        return folder

    return make


@pytest.mark.train
def test_it_stops_goes_on_with_all_that_it_had_and_learns_the_shapes(job: MakeJob, run_job: Run) -> None:
    first = job("first")
    first.ask_stop()
    done = run_job(first)
    assert done.returncode == 0, done.stdout + done.stderr
    assert outcome(first)["state"] == "stopped"
    (kept,) = events(first, "artifact")
    second = job("second", resume_from="weights/resume.pt")
    second.weights.mkdir()
    shutil.copy(first.root / kept["path"], second.weights / "resume.pt")
    done = run_job(second)
    assert done.returncode == 0, done.stdout + done.stderr
    assert outcome(second)["state"] == "completed"
    assert events(first, "log") == events(second, "log") == []
    rates = {e["step"]: e["values"]["lr"] for folder in (first, second) for e in events(folder, "metrics")}
    cosine = {epoch: 0.03 * (1 + math.cos(math.pi * (epoch - 1) / 4)) / 2 for epoch in (1, 2, 3, 4)}
    assert rates == pytest.approx(cosine)
    # Four batches in each of four epochs: the optimizer went on, it did not begin anew.
    state = torch.load(second.root / events(second, "artifact")[-1]["path"], weights_only=True)
    assert {one["step"].item() for one in state["optimizer"]["state"].values()} == {16.0}
    results = [e for folder in (first, second) for e in events(folder, "validation")]
    assert results[-1]["metrics"]["val/loss"] < results[0]["metrics"]["val/loss"]
    assert read_raw(second.predictions_file(4)).images == tuple(f"images/val/{n}.png" for n in range(3))
    evaluator = Evaluator(second.spec(), second.dataset, second.supervisor)
    computed = evaluator.evaluate(second.predictions_file(4).read_bytes(), 4).evaluation
    assert computed["metrics"]["mIoU"] > 0.3


def test_a_checkpoint_that_is_cut_short_is_refused_by_name(tmp_path: Path) -> None:
    example = runpy.run_path(str(PROGRAM))
    parts = {"model": example["UNet"](2, 4)}
    torch.save({"model": parts["model"].state_dict(), "epoch": 3}, tmp_path / "resume.pt")
    assert example["load"](tmp_path / "resume.pt", parts, torch.device("cpu")) == 3
    more = parts | {"optimizer": torch.optim.AdamW(parts["model"].parameters())}
    with pytest.raises(CheckpointBroken, match=r"resume\.pt is not whole or not of this .*KeyError: 'optimizer'"):
        example["load"](tmp_path / "resume.pt", more, torch.device("cpu"))
    (tmp_path / "resume.pt").write_bytes((tmp_path / "resume.pt").read_bytes()[:3000])
    with pytest.raises(CheckpointBroken, match=r"resume\.pt is not whole"):
        example["load"](tmp_path / "resume.pt", parts, torch.device("cpu"))
