"""Prediction sets that are sent by their key alone: evaluated on arrival, or kept with the reason why not."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from snellen.contract.tasks import Task
from snellen.formats.predictions import write_predictions

pytestmark = pytest.mark.db

Sent = Callable[..., Any]
BOX = {"x": [30.0], "y": [10.0], "w": [20.0], "h": [10.0]}


@pytest.fixture
def sent(
    api: TestClient, dataset: Callable[..., dict[str, Any]], external_job: Callable[..., Any], tmp_path: Path
) -> Sent:
    """Store a set for a job on two images and send its key; gives the result's row."""
    folder = tmp_path / "cats"
    for kind in ("images", "labels"):
        for split in ("train", "val"):
            (folder / kind / split).mkdir(parents=True)
    for split in ("train", "val"):
        Image.new("RGB", (100, 50), "red").save(folder / "images" / split / f"{split}.png")
        (folder / "labels" / split / f"{split}.txt").write_text("0 0.4 0.3 0.2 0.2\n")
    (folder / "data.yaml").write_text("train: images/train\nval: images/val\nnames: [cat, dog]\n")
    imported = dataset(folder)
    job_id, client = external_job(dataset=imported["dataset_id"], task="detection")

    def send(columns: dict[str, Any], image_ids: list[int], task: Task = Task.DETECTION, key: str | None = None) -> Any:
        path = tmp_path / "set.parquet"
        write_predictions(path, columns, image_ids=image_ids, task=task)
        stored = f"job{job_id}/predictions/epoch-000001-0123456789ab.parquet"
        api.app.state.snellen.internal.put_bytes(stored, path.read_bytes())  # type: ignore[attr-defined]
        body = {"job_id": job_id, "epoch": 1, "task_type": "detection", "metrics": {"loss": 0.5}}
        url = f"/api/v1/validation/jobs/{job_id}/results"
        answer = client.post(url, json=body | {"predictions_key": key or stored})
        assert answer.status_code == 200, answer.text
        return api.get(url).json()["items"][0], url

    return send


def columns(**changes: Any) -> dict[str, Any]:
    return {"image_id": [1], "class_id": [0], "score": [0.75], **BOX} | changes


def test_a_set_without_an_evaluation_is_evaluated_on_arrival(api: TestClient, sent: Sent) -> None:
    row, url = sent(columns(), [1])
    assert (row["evaluated"], row["evaluation_error"], row["metrics"]) == (True, None, {"loss": 0.5})
    assert row["computed"]["mAP50-95"] == pytest.approx(1.0)
    assert row["primary_metric_value"] == pytest.approx(1.0)
    matches = api.app.state.snellen.internal  # type: ignore[attr-defined]
    keys = list(matches.list("job1/evaluation/"))
    assert len(keys) == 1
    assert pl.read_parquet(io.BytesIO(matches.get_bytes(keys[0]))).height > 0
    assert api.get(f"{url}/1/confusion-matrix").json()["cells"] == [[0, 0, 1]]


@pytest.mark.parametrize(
    ("changes", "images", "task", "key", "named"),
    [
        ({"image_id": [7]}, [7], Task.DETECTION, None, "1 of 1 evaluated images are not in the job's snapshot"),
        ({"class_id": [5]}, [1], Task.DETECTION, None, "row 0: class_id is 5; expected 0 to 1"),
        ({"rank": [1]}, [1], Task.CLASSIFICATION, None, "of classification, expected one of detection"),
        ({}, [1], Task.DETECTION, "job1/predictions/nothing.parquet", "there is no object job1/predictions/nothing"),
    ],
)
def test_what_cannot_be_evaluated_keeps_its_metrics_and_says_why(
    sent: Sent, changes: dict[str, Any], images: list[int], task: Task, key: str | None, named: str
) -> None:
    row, _ = sent(columns(**changes), images, task, key)
    assert (row["evaluated"], row["metrics"], row["has_predictions"]) == (False, {"loss": 0.5}, True)
    assert named in row["evaluation_error"]
