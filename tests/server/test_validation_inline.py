"""`image_results` of every task: evaluated and stored whole, or refused and not stored at all."""

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
from snellen.formats.predictions import read_predictions
from snellen.server.validation.tables import ValidationResult
from snellen.storage import object_keys

pytestmark = pytest.mark.db

ExternalJob = Callable[..., tuple[int, TestClient]]
NAMES = ["cat", "dog"]

BOX = {"bbox": [0, 0, 9, 9]}
#: 10 x 6 pixels, the first or the second half of the columns.
LEFT, RIGHT = ({"size": [6, 10], "counts": runs} for runs in ([0, 30, 30], [30, 30]))
POSE = [[10, 10, 2], [30, 50, 1], [0, 0, 0]]
FOUND = [[10, 10, 0.5], [30, 50, 0.5], [3, 3, 0.5]]

#: By task: what is hit in the first image, what is missed in the second, and what the primary metric comes to.
BODIES: dict[str, tuple[list[dict[str, Any]], str, float]] = {
    "detection": (
        [
            {"true_boxes": [{"class_id": 0, **BOX}], "predicted_boxes": [{"class_id": 0, **BOX}]},
            {"true_boxes": [{"class_id": 1, **BOX}]},
        ],
        "mAP50-95",
        0.5,
    ),
    "segmentation": (
        [
            {"true_mask": LEFT, "predicted_mask": {"class_id": 0, "segmentation": LEFT}},
            {"true_mask": [RIGHT], "true_boxes": [{"class_id": 1, "bbox": [5, 0, 5, 6]}]},
            {"true_mask": [], "predicted_mask": []},
        ],
        "mAP50-95",
        0.5,
    ),
    "pose": (
        [
            {"true_keypoints": [POSE], "predicted_keypoints": [{"keypoints": FOUND, "confidence": 0.75}]},
            {"true_keypoints": [{"class_id": 1, "keypoints": POSE}]},
        ],
        "mAP50-95",
        0.5,
    ),
    "classification": (
        [
            {"true_label": "cat", "predicted_label": "cat", "confidence": 0.75},
            {"true_label_id": 1, "top5_predictions": [[0, 0.5], {"label": "dog", "score": 0.25}]},
        ],
        "top1",
        0.5,
    ),
}  # fmt: skip


def url(job_id: int, rest: str = "") -> str:
    return f"/api/v1/validation/jobs/{job_id}/results{rest}"


def send(client: TestClient, job_id: int, task: str, results: list[dict[str, Any]], **fields: Any) -> Any:
    named = [{"image_name": f"{i}.png", **result} for i, result in enumerate(results)]
    body = {"job_id": job_id, "epoch": 1, "task_type": task, "image_results": named, **fields}
    return client.post(url(job_id), json=body)


def row_of(api: TestClient, job_id: int) -> ValidationResult:
    with api.app.state.snellen.database.read() as session:  # type: ignore[attr-defined]
        return session.get_one(ValidationResult, (job_id, 1))  # type: ignore[no-any-return]


def stored(api: TestClient, key: str | None) -> bytes:
    assert key is not None
    data: bytes = api.app.state.snellen.internal.get_bytes(key)  # type: ignore[attr-defined]
    return data


def files_of(api: TestClient) -> list[str]:
    """Everything in the internal store that belongs to a job."""
    folder = Path(api.app.state.snellen.settings.data_dir) / "internal"  # type: ignore[attr-defined]
    return [str(path) for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("task", "wrong", "named"),
    [
        ("segmentation", {"true_mask": [{"class_id": 0, "segmentation": {"size": [6, 10], "counts": [5]}}]}, "counts"),
        ("pose", {"true_keypoints": [[[1, 2, 7]]]}, "true_keypoints[0][0]"),
        ("classification", {"true_label": "cow", "predicted_label": "cat"}, "true_label"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_stored(
    api: TestClient, external_job: ExternalJob, task: str, wrong: dict[str, Any], named: str
) -> None:
    job_id, client = external_job(task=task)
    before = files_of(api)
    answer = send(client, job_id, task, [*BODIES[task][0], wrong], class_names=NAMES)
    assert answer.status_code == 422, answer.text
    assert f"image_results[{len(BODIES[task][0])}]" in answer.json()["detail"]
    assert named in answer.json()["detail"]
    assert api.get(url(job_id)).json()["items"] == []
    assert files_of(api) == before


def test_results_of_another_task_than_the_jobs_are_refused_with_both(
    api: TestClient, external_job: ExternalJob
) -> None:
    job_id, client = external_job(task="pose")
    answer = send(client, job_id, "detection", BODIES["detection"][0])
    assert answer.status_code == 422
    assert "got detection" in answer.json()["detail"]
    assert "is for pose" in answer.json()["detail"]
    assert api.get(url(job_id)).json()["items"] == []


@pytest.mark.parametrize("task", BODIES)
def test_every_task_is_evaluated_and_its_set_its_truth_and_its_matches_are_kept(
    api: TestClient, external_job: ExternalJob, task: str
) -> None:
    job_id, client = external_job(task=task)
    results, metric, value = BODIES[task]
    answer = send(client, job_id, task, results, class_names=NAMES)
    assert answer.status_code == 200, answer.text
    found = api.get(url(job_id, "/1")).json()
    assert found["computed"][metric] == pytest.approx(value)
    assert (found["evaluated"], found["evaluation_error"], found["class_names"]) == (True, None, NAMES)
    assert api.get(url(job_id)).json()["items"][0]["primary_metric_value"] == pytest.approx(value)

    row = row_of(api, job_id)
    kept = read_predictions(stored(api, row.predictions_key), task=Task(task), class_count=2)
    assert kept.image_ids == tuple(range(len(results)))
    assert kept.metadata["max_per_image"] == "300"
    matches = pl.read_parquet(io.BytesIO(stored(api, row.matches_key)))
    assert set(matches["prediction_id"]) <= set(range(kept.frame.height))
    assert matches.height
    images, objects = (
        pl.read_parquet(io.BytesIO(stored(api, key))) for key in object_keys.truth_keys(row.truth_key or "")
    )
    assert images["path"].to_list() == [f"{i}.png" for i in range(len(results))]
    assert objects["class_id"].to_list() == [0, 1]

    matrix = api.get(url(job_id, "/1/confusion-matrix"), params={"iou": 0.5}).json()
    missed = (1, 0, 1) if task == "classification" else (1, 2, 1)
    assert sorted(map(tuple, matrix["cells"])) == [(0, 0, 1), missed]


def test_masks_give_the_images_their_size(api: TestClient, external_job: ExternalJob) -> None:
    job_id, client = external_job(task="segmentation")
    send(client, job_id, "segmentation", BODIES["segmentation"][0], class_names=NAMES)
    items = api.get(url(job_id, "/1/images"), params={"sort": "name"}).json()["items"]
    assert [(item["width"], item["height"]) for item in items] == [(10, 6), (10, 6), (None, None)]


@pytest.mark.parametrize("task", BODIES)
def test_predictions_without_any_truth_are_kept_and_the_result_says_so(
    api: TestClient, external_job: ExternalJob, task: str
) -> None:
    job_id, client = external_job(task=task)
    (first, *_), _, _ = BODIES[task]
    answer = send(client, job_id, task, [{name: v for name, v in first.items() if not name.startswith("true_")}])
    assert answer.status_code == 200, answer.text
    found = api.get(url(job_id, "/1")).json()
    assert (found["evaluated"], found["has_predictions"]) == (False, True)
    assert "neither the job nor image_results has truth" in found["evaluation_error"]
    assert row_of(api, job_id).matches_key is None


@pytest.mark.parametrize("field", ["true_boxes", "true_keypoints", "true_mask"])
def test_a_truth_without_anything_in_it_has_no_classes(api: TestClient, external_job: ExternalJob, field: str) -> None:
    task = {"true_boxes": "detection", "true_keypoints": "pose", "true_mask": "segmentation"}[field]
    job_id, client = external_job(task=task)
    assert send(client, job_id, task, [{field: []}]).status_code == 200
    assert "no class is known" in api.get(url(job_id, "/1")).json()["evaluation_error"]
    assert send(client, job_id, task, [{field: []}], class_names=NAMES).status_code == 200
    assert api.get(url(job_id, "/1")).json()["evaluation_error"] is None


def test_resending_leaves_no_files_behind(api: TestClient, external_job: ExternalJob) -> None:
    job_id, client = external_job(task="pose")
    results = BODIES["pose"][0]
    send(client, job_id, "pose", results)
    before = files_of(api)
    send(client, job_id, "pose", results)
    assert sorted(files_of(api)) == sorted(before)
    send(client, job_id, "pose", results[:1])
    assert len(files_of(api)) == len(before)


#: By task, a label file's line in Ultralytics' format, for images of 40 x 20.
LABELS = {"segmentation": "1 0.25 0 0.5 0 0.5 0.5 0.25 0.5\n", "pose": "1 0.5 0.5 0.5 0.5 0.25 0.25 2 0.75 0.75 1\n"}


#: The mask of that line.
HELD = {"size": [20, 40], "counts": [200, 10] + [10, 10] * 9 + [410]}


@pytest.fixture
def pinned(
    api: TestClient, external_job: ExternalJob, dataset: Callable[..., dict[str, Any]], tmp_path: Path
) -> Callable[[str], tuple[int, TestClient]]:
    """Makes a job of a task on a dataset of two images."""

    def make(task: str) -> tuple[int, TestClient]:
        for n, split in enumerate(("train", "val")):
            for kind in ("images", "labels"):
                (tmp_path / "d" / kind / split).mkdir(parents=True)
            Image.new("RGB", (40, 20), (n * 60, 0, 0)).save(tmp_path / f"d/images/{split}/{n}.png")
            (tmp_path / f"d/labels/{split}/{n}.txt").write_text(LABELS[task])
        shape = "kpt_shape: [2, 3]\n" if task == "pose" else ""
        (tmp_path / "d/data.yaml").write_text(f"train: images/train\nval: images/val\nnames: [cat, dog]\n{shape}")
        dataset(tmp_path / "d", task=task)
        return external_job(task=task, dataset="pets")

    return make


@pytest.mark.parametrize(
    ("task", "hit", "wrong", "said"),
    [
        (
            "segmentation",
            {"predicted_mask": {"class_id": 1, "segmentation": HELD}},
            {"predicted_mask": LEFT},
            "got [6, 10], expected [20, 40]",
        ),
        (
            "pose",
            {"predicted_keypoints": [{"class_id": 1, "keypoints": [[10, 5, 0.5], [30, 15, 0.5]]}]},
            {"predicted_keypoints": [FOUND]},
            "got 3 keypoints, expected 2",
        ),
    ],
)  # fmt: skip
def test_without_truth_in_the_json_the_jobs_dataset_is_the_truth(
    api: TestClient, pinned: Any, task: str, hit: dict[str, Any], wrong: dict[str, Any], said: str
) -> None:
    job_id, client = pinned(task)
    refused = send(client, job_id, task, [{"image_name": "images/val/1.png", **wrong}])
    assert refused.status_code == 422
    assert said in refused.json()["detail"]
    unknown = send(client, job_id, task, [hit])
    assert "not in the dataset, the first '0.png'" in unknown.json()["detail"]

    answer = send(client, job_id, task, [{"image_name": "images/val/1.png", **hit}])
    assert answer.status_code == 200, answer.text
    found = api.get(url(job_id, "/1")).json()
    assert found["computed"]["recall"] == 1.0
    assert row_of(api, job_id).truth_key is None
    (item,) = api.get(url(job_id, "/1/images")).json()["items"]
    assert (item["path"], item["width"], item["height"]) == ("images/val/1.png", 40, 20)


def test_a_truth_of_its_own_shows_the_datasets_pictures_where_the_names_are_those(api: TestClient, pinned: Any) -> None:
    job_id, client = pinned("pose")
    keypoints = {"true_keypoints": [[[1, 1, 2], [9, 9, 2]]], "predicted_keypoints": []}
    results = [{"image_name": "images/val/1.png", **keypoints}, {"image_name": "elsewhere.png", **keypoints}]
    assert send(client, job_id, "pose", results).status_code == 200
    items = {i["path"]: i for i in api.get(url(job_id, "/1/images")).json()["items"]}
    assert api.get(items["images/val/1.png"]["url"]).status_code == 200
    other = items["elsewhere.png"]["url"]
    assert other is None or api.get(other).status_code == 404
