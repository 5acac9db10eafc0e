"""A job is pinned to a snapshot whose truth fits its task."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from PIL import Image

URL = "/api/v1/training/jobs"
pytestmark = pytest.mark.db


def make(folder: Path, label: str) -> Path:
    for n, split in enumerate(("train", "val")):
        for kind in ("images", "labels"):
            (folder / kind / split).mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (40, 20), (n * 60, 0, 0)).save(folder / f"images/{split}/{n}.png")
        (folder / f"labels/{split}/{n}.txt").write_text(label)
    (folder / "data.yaml").write_text("train: images/train\nval: images/val\nnames: [cat, dog]\n")
    return folder


def create(api: TestClient, **more: Any) -> Any:
    return api.post(URL, json={"model": "own.pt", "epochs": 3, "launcher": "external", "dataset": "pets", **more})


def test_a_task_that_the_truth_can_not_judge_is_refused(
    api: TestClient, dataset: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    dataset(make(tmp_path / "d", "0 0.5 0.5 0.2 0.2\n"))
    for task in ("segmentation", "pose", "classification"):
        answer = create(api, task=task)
        assert answer.status_code == 422
        assert "is for detection" in answer.json()["detail"]
    assert create(api, task="detection").status_code == 201


def test_without_a_task_it_is_that_of_the_dataset_unless_there_are_boxes_to_detect(
    api: TestClient, dataset: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    dataset(make(tmp_path / "d", "0 0.2 0.2 0.6 0.2 0.6 0.6\n"))
    assert create(api).json()["task"] == "detection"
    for n, name in enumerate(("train/cat", "train/dog", "val/cat", "val/dog")):
        (tmp_path / "classes" / name).mkdir(parents=True)
        Image.new("RGB", (40, 20), (n * 60, 0, 0)).save(tmp_path / "classes" / name / "0.png")
    dataset(tmp_path / "classes")
    job = create(api).json()
    assert (job["task"], job["primary_metric"]["name"]) == ("classification", "top1")
    assert create(api, task="detection").status_code == 422


def test_masks_have_boxes_too(api: TestClient, dataset: Callable[..., dict[str, Any]], tmp_path: Path) -> None:
    dataset(make(tmp_path / "d", "0 0.2 0.2 0.6 0.2 0.6 0.6\n"))
    assert create(api, task="detection").status_code == 201
    assert create(api, task="segmentation").status_code == 201
    assert create(api, task="pose").status_code == 422


def test_an_older_snapshot_can_be_named(
    api: TestClient, dataset: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    folder = make(tmp_path / "d", "0 0.5 0.5 0.2 0.2\n")
    first = dataset(folder)["snapshot"]
    (folder / "labels/val/1.txt").write_text("")
    second = dataset(folder)["snapshot"]
    assert create(api).json()["dataset"]["snapshot"] == second
    assert create(api, snapshot=first).json()["dataset"]["snapshot"] == first
    assert create(api, snapshot="0" * 64).status_code == 404
    assert create(api, snapshot="short").status_code == 422
    assert create(api, snapshot=first, dataset=None).status_code == 422
