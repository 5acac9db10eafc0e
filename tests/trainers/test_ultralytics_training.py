"""Two short epochs of a real detector, and all that they leave in the job's folder."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from snellen.contract.folder import JobFolder
from snellen.formats.predictions import read_raw

pytestmark = pytest.mark.train
Events = Callable[[JobFolder], list[dict[str, Any]]]
Run = Callable[..., subprocess.CompletedProcess[str]]


def of_type(events: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [e for e in events if e["type"] == kind]


def test_each_epoch_is_validated_once_and_the_closing_validation_is_no_epoch(
    trained: JobFolder, events_of: Events
) -> None:
    assert json.loads((trained.root / "outcome.json").read_text())["state"] == "completed"
    events = events_of(trained)
    assert [e["epoch"] for e in of_type(events, "validation")] == [1, 2]
    assert [e["step"] for e in of_type(events, "metrics")] == [1, 2]
    keys = set(of_type(events, "metrics")[0]["values"])
    assert {"train/box_loss", "val/box_loss", "lr/pg0", "metrics/mAP50-95(B)", "metrics/precision(B)"} <= keys
    assert of_type(events, "validation")[0]["overall_loss"] > 0
    assert [e for e in of_type(events, "log") if e["level"] == "warning"] == []


def test_the_epochs_predicted_differently(trained: JobFolder) -> None:
    first, second = (read_raw(trained.predictions_file(e)).frame for e in (1, 2))
    assert first.height > 0
    assert second.height > 0
    assert not first.equals(second)


def test_every_validation_image_is_named_as_in_the_dataset(trained: JobFolder) -> None:
    for epoch in (1, 2):
        found = read_raw(trained.predictions_file(epoch))
        assert sorted(found.images) == [f"images/val/{n:05d}.png" for n in range(6)]
        assert set(found.frame["image"]) <= set(found.images)
        assert all((trained.dataset / name).is_file() for name in found.images)


def test_boxes_are_in_pixels_of_the_original_image(trained: JobFolder) -> None:
    found = read_raw(trained.predictions_file(2)).frame
    for name in found["image"].unique():
        with Image.open(trained.dataset / name) as image:
            width, height = image.size
        rows = found.filter(found["image"] == name)
        right, bottom = rows["x"] + rows["w"], rows["y"] + rows["h"]
        assert rows["x"].min() >= 0
        assert rows["y"].min() >= 0
        assert right.max() <= width + 1e-3
        assert bottom.max() <= height + 1e-3
        # Boxes in pixels of the network's input (96) would not reach the far side of any image here.
        assert right.max() > 96 or width <= 100


def test_a_second_inference_of_the_same_weights_finds_the_same_boxes(
    trained: JobFolder, events_of: Events, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = [e for e in of_type(events_of(trained), "artifact") if e["name"] == "last.pt"][-1]
    code = f"""
from ultralytics import YOLO
YOLO({str(trained.root / kept["path"])!r}).val(
    data={str(trained.dataset / "data.yaml")!r}, imgsz=96, batch=16, conf=0.001, save_json=True, plots=False,
    project={str(tmp_path)!r}, name="second", device="cpu", workers=0, verbose=False)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    second = json.loads((tmp_path / "second" / "predictions.json").read_text())
    ours = read_raw(trained.predictions_file(2)).frame
    compared = 0
    for name in ours["image"].unique():
        mine = ours.filter(ours["image"] == name).sort("score", descending=True)
        theirs = [p for p in second if Path(p["file_name"]).stem == Path(name).stem]
        boxes = np.array([p["bbox"] for p in theirs])
        for row in mine.head(20).iter_rows(named=True):
            near = np.abs(boxes - [row["x"], row["y"], row["w"], row["h"]]).max(axis=1)
            # Checkpoints hold 16-bit weights, the training validated 32-bit ones.
            assert near.min() < 1.0
            compared += 1
    assert compared > 20


def test_checkpoints_can_be_resumed_and_say_whose_they_are(trained: JobFolder, events_of: Events) -> None:
    import torch

    kept = [e for e in of_type(events_of(trained), "artifact") if e["kind"] == "checkpoint"]
    assert [e["epoch"] for e in kept if e["name"] == "last.pt"] == [1, 2]
    assert {"best.pt", "last.pt"} == {e["name"] for e in kept}
    last = next(e for e in reversed(kept) if e["name"] == "last.pt")
    assert isinstance(last["metadata"]["fitness"], float)
    content = torch.load(trained.root / last["path"], map_location="cpu", weights_only=False)
    assert content["optimizer"] is not None
    assert content["epoch"] == 1  # the framework counts from 0
    assert content["ema"] is not None


def test_plots_are_discovered_kept_whole_and_belong_to_their_epoch(trained: JobFolder, events_of: Events) -> None:
    events = events_of(trained)
    plots = [e for e in of_type(events, "artifact") if e["kind"] == "plot"]
    epochs = {p["name"]: p["epoch"] for p in plots}
    best = [e["epoch"] for e in of_type(events, "artifact") if e["name"] == "best.pt"][-1]
    of_the_job = {"labels.jpg", "results.png", "train_batch0.jpg"}
    of_the_best_epoch = {"confusion_matrix.png", "BoxPR_curve.png", "val_batch0_pred.jpg", "val_batch0_labels.jpg"}
    assert {epochs.get(name, "missing") for name in of_the_job} == {None}
    assert {epochs.get(name, "missing") for name in of_the_best_epoch} == {best}
    for plot in plots:
        with Image.open(trained.root / plot["path"]) as image:
            image.load()


def test_progress_goes_from_nothing_to_all_in_each_epoch(trained: JobFolder, events_of: Events) -> None:
    told = of_type(events_of(trained), "progress")
    assert all(e["epochs"] == 2 for e in told)
    for epoch in (1, 2):
        fractions = [e["fraction"] for e in told if e["epoch"] == epoch]
        assert (fractions[0], fractions[-1]) == (0.0, 1.0)
        assert fractions == sorted(fractions)
        assert {e["phase"] for e in told if e["epoch"] == epoch} == {"train", "validate"}


def test_the_framework_writes_only_into_the_jobs_folder(trained: JobFolder) -> None:
    home = Path(json.loads((trained.work / "ultralytics" / "Ultralytics" / "settings.json").read_text())["runs_dir"])
    assert not home.exists()
    assert (trained.work / "run" / "weights" / "last.pt").is_file()


def test_a_stop_file_stops_it_after_the_epoch(
    bench: Any, run_here: Callable[..., list[str]], events_of: Events, tmp_path: Path
) -> None:
    folder = bench.job(tmp_path / "job", epochs=50)
    folder.stop_file.touch()
    run_here(folder)
    assert json.loads((folder.root / "outcome.json").read_text())["state"] == "stopped"
    events = events_of(folder)
    assert [e["epoch"] for e in of_type(events, "validation")] == [1]
    (last,) = [e for e in of_type(events, "artifact") if e["name"] == "last.pt"]
    assert last["epoch"] == 1
    import torch

    kept, theirs = (
        torch.load(path, map_location="cpu", weights_only=False)
        for path in (folder.root / last["path"], folder.work / "run" / "weights" / "last.pt")
    )
    # The framework strips its own after the stop; what was kept goes on.
    assert (theirs["optimizer"], theirs["epoch"]) == (None, -1)
    assert kept["optimizer"] is not None
    assert kept["epoch"] == 0


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"model": "yolo11n.pt"}, ["yolo11n.pt", "YOLO_OFFLINE", "path of a file"]),
        ({"resources": {"gpus": 2}}, ["gpus: got 2", "sees", "CPU"]),
        ({"task": "pose"}, ["yolo11n.yaml is not for pose", "yolo11n-pose.yaml"]),
    ],
)
def test_a_job_that_can_not_be_trained_fails_with_what_to_do(
    bench: Any, run_job: Run, tmp_path: Path, fields: dict[str, Any], said: list[str]
) -> None:
    folder = bench.job(tmp_path / "job", **fields)
    assert run_job(folder).returncode == 1
    found = json.loads((folder.root / "outcome.json").read_text())
    assert found["state"] == "failed"
    assert [part for part in said if part not in found["reason"]] == []
