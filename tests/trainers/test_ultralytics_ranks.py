"""Several processes train one job: each image is predicted once in its set, rank 0 alone tells, the end is told right.

The framework forms groups of GPUs only; ``cpu_ranks.py`` beside this file forms one of two processes of the CPU, real
in all else. What only GPUs show (NCCL, several devices) is not shown here.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from tests.conftest import wait_for

from snellen.cli.digits import write_digits
from snellen.contract.folder import JobFolder
from snellen.contract.spec import JobSpec
from snellen.contract.tasks import Task, default_primary
from snellen.formats.predictions import read_raw
from snellen.sdk import JobContext
from snellen.trainers.ultralytics.ranks import RanksFailed, merge_parts, tell_end, train_in_ranks, write_part
from snellen.trainers.ultralytics.stopping import StopNow

pytestmark = pytest.mark.train
Events = Callable[[JobFolder], list[dict[str, Any]]]


def context(root: Path, task: Task, *, epochs: int = 1, **fields: Any) -> JobContext:
    folder = JobFolder(root)
    spec = JobSpec(1, 1, "ranks", "ultralytics", task, "yolo11n-cls.yaml", epochs, default_primary(task), **fields)
    folder.create(spec)
    return JobContext(folder)


def boxes(images: list[str], scores: list[float]) -> dict[str, Any]:
    whole = np.full(len(images), 8.0)
    classes = np.arange(len(images))
    return {"image": images, "class_id": classes, "score": np.array(scores), **dict.fromkeys("xywh", whole)}


def test_parts_become_one_set_in_which_no_image_is_twice(tmp_path: Path) -> None:
    ctx = context(tmp_path / "job", Task.DETECTION)
    write_part(ctx, 3, 0, boxes(["a.png", "b.png", "b.png"], [0.9, 0.8, 0.7]), ["a.png", "b.png", "empty.png"], 0.001)
    write_part(ctx, 3, 1, boxes(["c.png", "a.png"], [0.6, 0.9]), ["c.png", "a.png"], 0.001)
    frame, images = merge_parts(ctx, 3, 2)
    assert images == ["a.png", "b.png", "empty.png", "c.png"]
    assert frame is not None
    assert frame["image"].to_list() == ["a.png", "b.png", "b.png", "c.png"]
    assert list((ctx.folder.work / "parts").iterdir()) == []
    assert not ctx.folder.events.exists()


def test_masks_and_poses_are_merged_too(tmp_path: Path) -> None:
    poses = context(tmp_path / "poses", Task.POSE)
    for rank, image in enumerate(["a.png", "b.png"]):
        columns = {**boxes([image], [0.5]), "keypoints": np.full((1, 4, 3), float(rank))}
        write_part(poses, 1, rank, columns, [image], 0.001)
    frame, _ = merge_parts(poses, 1, 2)
    assert frame is not None
    assert [rows[0].to_list() for rows in frame["keypoints"]] == [[0.0] * 3, [1.0] * 3]
    masks = context(tmp_path / "masks", Task.SEGMENTATION)
    write_part(masks, 1, 0, {**boxes([], []), "rle": []}, ["a.png"], 0.05)
    write_part(masks, 1, 1, {**boxes(["b.png"], [0.5]), "rle": ["04"]}, ["b.png"], 0.05)
    frame, images = merge_parts(masks, 1, 2)
    assert frame is not None
    assert (frame["rle"].to_list(), images) == (["04"], ["a.png", "b.png"])


def test_a_part_that_is_missing_is_told_and_stops_nothing(tmp_path: Path, events_of: Events) -> None:
    ctx = context(tmp_path / "job", Task.DETECTION)
    write_part(ctx, 1, 0, boxes(["a.png"], [0.9]), ["a.png"], 0.001)
    write_part(ctx, 1, 1, {"image": ["b.png"]}, ["b.png"], 0.001)
    frame, images = merge_parts(ctx, 1, 2)
    assert frame is not None
    assert images == ["a.png"]
    told = [(e["level"], e["lines"][0]) for e in events_of(ctx.folder)]
    assert [level for level, _ in told] == ["warning", "warning"]
    assert "rank 1 could not keep its predictions" in told[0][1]
    assert "the predictions of rank 1 are missing" in told[1][1]


class Launcher:
    """In the place of the framework's trainer: processes that ended as they say."""

    def __init__(self, ctx: JobContext, ends: dict[int, BaseException | None], status: int) -> None:
        self.ctx, self.ends, self.status = ctx, ends, status

    def train(self) -> None:
        for rank, error in self.ends.items():
            there = JobContext(self.ctx.folder)
            there.stopped = isinstance(error, StopNow)
            tell_end(there, rank, error)
        if self.status:
            raise subprocess.CalledProcessError(self.status, "torch.distributed.run")


def test_how_the_processes_ended_is_how_the_job_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNELLEN_JOB_FOLDER", "")
    ctx = context(tmp_path / "job", Task.DETECTION)
    train_in_ranks(Launcher(ctx, {0: None, 1: None}, 0), ctx)
    assert not ctx.stopped
    train_in_ranks(Launcher(ctx, {0: StopNow("now")}, 1), ctx)
    assert ctx.stopped
    ctx.stopped = False
    with pytest.raises(RanksFailed, match=r"^rank-1: ValueError: no such class$"):
        train_in_ranks(Launcher(ctx, {1: ValueError("no such class")}, 1), ctx)
    with pytest.raises(RanksFailed, match=r"without a word \(exit status 9"):
        train_in_ranks(Launcher(ctx, {}, 9), ctx)


def test_no_process_of_a_training_outlives_the_one_that_the_platform_started(tmp_path: Path) -> None:
    write_digits(tmp_path / "digits", task=Task.CLASSIFICATION, train=24, val=8, size=64)
    params = {"imgsz": 32, "batch": 8, "nbs": 8, "workers": 0}
    ctx = context(tmp_path / "job", Task.CLASSIFICATION, params=params, epochs=10_000)
    shutil.copytree(tmp_path / "digits", ctx.folder.dataset)
    driver = Path(__file__).parent / "cpu_ranks.py"
    with (tmp_path / "log.txt").open("wb") as log:
        process = psutil.Popen(
            [sys.executable, str(driver), str(ctx.folder.root)], cwd=ctx.folder.work, stdout=log, stderr=log,
            env=os.environ | {"PYTHONPATH": str(driver.parent)}, start_new_session=True,
        )  # fmt: skip
        try:
            wait_for(lambda: ctx.folder.predictions_file(1).exists(), seconds=120)
            below = process.children(recursive=True)
            assert len(below) >= 3  # the framework's launcher and two ranks
        finally:
            process.kill()
            process.wait(10)
        _, alive = psutil.wait_procs(below, timeout=20)
        for each in alive:
            each.kill()
    assert [each.cmdline() for each in alive] == []


def test_two_processes_train_a_classifier_and_every_image_is_predicted_once(tmp_path: Path, events_of: Events) -> None:
    write_digits(tmp_path / "digits", task=Task.CLASSIFICATION, train=24, val=7, size=64)
    params = {"imgsz": 32, "batch": 8, "nbs": 8, "workers": 0}
    ctx = context(tmp_path / "job", Task.CLASSIFICATION, params=params)
    folder = ctx.folder
    shutil.copytree(tmp_path / "digits", folder.dataset)
    driver = Path(__file__).parent / "cpu_ranks.py"
    command, environment = (
        [sys.executable, str(driver), str(folder.root)],
        os.environ | {"PYTHONPATH": str(driver.parent)},
    )
    done = subprocess.run(command, cwd=folder.work, env=environment, capture_output=True, text=True, check=False)
    assert json.loads(folder.outcome.read_text())["state"] == "completed", done.stdout + done.stderr
    events = events_of(folder)
    assert [e["epoch"] for e in events if e["type"] == "metrics"] == [1]
    assert [e["epoch"] for e in events if e["type"] == "validation"] == [1]
    kept = [(e["name"], e["epoch"]) for e in events if e["type"] == "artifact" and e["kind"] == "checkpoint"]
    assert kept == [("last.pt", 1), ("best.pt", 1)]
    found = read_raw(folder.predictions_file(1))
    there = sorted(p.relative_to(folder.dataset).as_posix() for p in folder.dataset.glob("val/*/*.png"))
    assert (len(there), sorted(found.images)) == (7, there)
    assert found.frame.height == 7 * 5
    assert found.frame.group_by("image").len()["len"].to_list() == [5] * 7
    assert list((folder.work / "parts").iterdir()) == []
