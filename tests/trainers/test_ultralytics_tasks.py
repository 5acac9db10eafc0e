"""A short training of each task: its prediction sets are whole, and evaluated they say what the framework says."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from snellen.cli.digits import write_digits
from snellen.contract.folder import JobFolder
from snellen.contract.spec import DatasetRef, JobSpec
from snellen.contract.tasks import Task, default_primary
from snellen.formats import load_snapshot, read_folder, save_snapshot
from snellen.formats.export_yolo import export_yolo
from snellen.formats.predictions import read_raw
from snellen.launch.evaluate import Evaluator
from snellen.storage import open_store
from snellen.storage.object_keys import file_key

pytestmark = pytest.mark.train
Run = Callable[..., subprocess.CompletedProcess[str]]
MODELS = {
    Task.SEGMENTATION: "yolo11n-seg.yaml",
    Task.POSE: "yolo11n-pose.yaml",
    Task.CLASSIFICATION: "yolo11n-cls.yaml",
}


def job(root: Path, task: Task, **params: Any) -> JobFolder:
    """A job folder of two epochs on a few digits."""
    write_digits(root / "digits", task=task, train=24, val=8, size=96)
    store = open_store(str(root / "store"), create=True)
    info = save_snapshot(read_folder(root / "digits").content, store)
    snapshot = load_snapshot(store, info.hash)
    folder = JobFolder(root / "job")
    folder.create(
        JobSpec(
            job_id=1,
            attempt=1,
            name=str(task),
            trainer="ultralytics",
            task=task,
            model=MODELS[task],
            epochs=2,
            primary_metric=default_primary(task),
            dataset=DatasetRef(1, "digits", info.hash, tuple(info.class_names)),
            params={"imgsz": 64, "batch": 8, "nbs": 8, "warmup_epochs": 0.0, "workers": 0, **params},
        )
    )

    def fetch(wanted: list[tuple[str, Path]]) -> None:
        for sha256, target in wanted:
            source = root / "store" / file_key(sha256)
            shutil.copyfile(source, target)

    export_yolo(snapshot, folder.dataset, fetch)
    return folder


@pytest.mark.parametrize("task", list(MODELS))
def test_each_epoch_leaves_a_set_that_can_be_evaluated(tmp_path: Path, run_job: Run, task: Task) -> None:
    folder = job(tmp_path, task)
    done = run_job(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads((folder.root / "outcome.json").read_text())["state"] == "completed"
    events = [json.loads(line) for line in folder.events.read_text(encoding="utf-8").splitlines()]
    assert [e for e in events if e["type"] == "log" and e["level"] == "warning"] == []
    validations = [e for e in events if e["type"] == "validation"]
    assert [e["epoch"] for e in validations] == [1, 2]
    evaluator = Evaluator(folder.spec(), folder.dataset, folder.supervisor)
    for event in validations:
        raw = read_raw(folder.root / event["predictions_path"])
        assert (raw.task, len(raw.images)) == (task, 8)
        assert all((folder.dataset / name).is_file() for name in raw.images)
        sent = (folder.root / event["predictions_path"]).read_bytes()
        computed = evaluator.evaluate(sent, event["epoch"]).evaluation["metrics"]
        reported = event["metrics"]
        if task is Task.CLASSIFICATION:
            assert computed["top1"] == pytest.approx(reported["metrics/accuracy_top1"], abs=1e-4)
            assert computed["top5"] == pytest.approx(reported["metrics/accuracy_top5"], abs=1e-4)
            assert raw.frame.group_by("image").agg(pl.col("score").sum())["score"].max() <= 1.001
        elif task is Task.POSE:
            assert raw.frame["keypoints"].list.len().unique().to_list() == [4]
            assert "metrics/mAP50-95(P)" in reported
        else:
            assert raw.metadata["min_score"] == "0.05"
            assert "metrics/mAP50-95(M)" in reported
        assert event["overall_loss"] is None or event["overall_loss"] > 0
