"""Validation results: what a plain `curl` may send, what is refused, and that a cell's images are exactly its pairs."""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from fastapi.testclient import TestClient

from snellen.evaluation.matching import MATCH_SCHEMA
from snellen.formats.predictions import write_predictions
from snellen.server.validation.tables import ValidationResult
from snellen.storage import object_keys

pytestmark = pytest.mark.db

ExternalJob = Callable[..., tuple[int, TestClient]]


def url(job_id: int, rest: str = "") -> str:
    return f"/api/v1/validation/jobs/{job_id}/results{rest}"


def send(client: TestClient, job_id: int, epoch: int = 1, **fields: Any) -> Any:
    body = {"job_id": job_id, "epoch": epoch, "task_type": "detection", **fields}
    return client.post(url(job_id), json=body)


def box(class_id: int, x: float, y: float, side: float = 10, confidence: float | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {"class_id": class_id, "bbox": [x, y, side, side]}
    return found if confidence is None else {**found, "confidence": confidence}


#: A cat that is found, a cat taken for a dog, a dog that is missed, a dog where there is nothing, a faint cat.
IMAGES = [
    {"image_name": "a.png", "true_boxes": [box(0, 0, 0)], "predicted_boxes": [box(0, 0, 0, confidence=0.9)]},
    {"image_name": "b.png", "true_boxes": [box(0, 0, 0)], "predicted_boxes": [box(1, 1, 0, confidence=0.8)]},
    {"image_name": "c.png", "true_boxes": [box(1, 0, 0)], "predicted_boxes": [box(0, 0, 0, confidence=0.1)]},
    {"image_name": "d.png", "true_boxes": [], "predicted_boxes": [box(1, 50, 50, confidence=0.6)]},
    {"image_name": "e.png", "true_boxes": [], "predicted_boxes": []},
]
NAMES = ["cat", "dog"]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"job_id": 999}, "job_id"),
        ({"epoch": 0}, "epoch"),
        ({"epoch": -3}, "epoch"),
        ({"task_type": "juggling"}, "task_type"),
        ({"metrics": {"a": "high"}}, "metrics"),
        ({"surprise": 1}, "surprise"),
        ({"class_names": {"0": "cat", "2": "dog"}}, "class_names"),
        ({"image_results": [{"image_name": "a", "predicted_boxes": [{"class_id": 0, "bbox": [1, 2]}]}]}, "bbox"),
        ({"image_results": [{"image_name": "a", "predicted_boxes": [box(0, 0, 0, confidence=1.5)]}]}, "confidence"),
        ({"image_results": [{"image_name": "a", "true_boxes": [box(7, 0, 0)]}], "class_names": ["x"]}, "class_id"),
        ({"evaluation": {"metrics": {}}}, "thresholds"),
        ({"predictions_key": "job999/predictions/epoch-000001-abc.parquet"}, "predictions_key"),
        ({"matches_key": "snapshots/x/objects.parquet"}, "matches_key"),
        ({"predictions_key": "job1/../job999/x"}, "store key"),
    ],
)
def test_what_is_wrong_with_a_result_is_named_and_nothing_is_stored(
    api: TestClient, external_job: ExternalJob, change: dict[str, Any], named: str
) -> None:
    job_id, client = external_job()
    answer = client.post(url(job_id), json={"job_id": job_id, "epoch": 1, "task_type": "detection", **change})
    assert answer.status_code == 422, answer.text
    assert named in answer.json()["detail"]
    assert api.get(url(job_id)).json()["items"] == []


def test_an_unknown_job_and_an_unknown_epoch_are_404(api: TestClient, external_job: ExternalJob) -> None:
    job_id, client = external_job()
    assert send(api, 999).status_code == 404
    assert api.get(url(job_id, "/1")).status_code == 404
    send(client, job_id)
    assert api.get(url(job_id, "/2")).json()["error"] == "result_not_found"
    answer = api.get(url(job_id, "/1/confusion-matrix"))
    assert answer.status_code == 404
    assert "without predictions" in answer.json()["detail"]


def test_three_fields_and_metrics_are_enough(api: TestClient, external_job: ExternalJob) -> None:
    job_id, client = external_job()
    answer = send(client, job_id, metrics={"mAP": 0.5, "val/loss": 1.25})
    assert answer.status_code == 200, answer.text
    row = api.get(url(job_id)).json()["items"][0]
    assert row["metrics"] == {"mAP": 0.5, "val/loss": 1.25}
    assert row["computed"] is None
    series = api.get(f"/api/v1/training/jobs/{job_id}/metrics").json()["series"]
    assert {s["key"]: s["points"][0][3] for s in series} == {"mAP": 0.5, "val/loss": 1.25}


def test_a_whole_body_as_the_design_lists_it_is_taken(api: TestClient, external_job: ExternalJob) -> None:
    job_id, client = external_job()
    answer = send(
        client,
        job_id,
        primary_metric_name="mAP50-95",
        primary_metric_value=0.31,
        overall_loss=2.5,
        metrics={"mAP50": 0.5},
        class_names=NAMES,
        visualization_urls={"confusion_matrix.png": "s3://bucket/job1/cm.png"},
        confusion_matrix=[[5, 1], [0, 4]],
        image_results=[
            {
                "image_name": "a.png",
                "image_index": 0,
                "true_boxes": [{"class_id": 0, "class_name": "cat", "bbox": [0, 0, 9, 9]}],
                "predicted_boxes": [{"class_id": 0, "class_name": "cat", "bbox": [0, 0, 9, 9], "confidence": 0.7}],
                "is_correct": True,
                "iou": 1.0,
                "extra_data": {"anything": [1, 2]},
            }
        ],
    )
    assert answer.status_code == 200, answer.text
    found = api.get(url(job_id, "/1")).json()
    assert found["visualization_urls"] == {"confusion_matrix.png": "s3://bucket/job1/cm.png"}
    assert found["reported_confusion_matrix"] == [[5, 1], [0, 4]]
    assert found["computed"]["mAP50-95"] == pytest.approx(1.0)
    assert found["overall_loss"] == 2.5


def test_nan_is_kept_as_such_and_never_best(api: TestClient, external_job: ExternalJob) -> None:
    job_id, client = external_job(primary_metric={"name": "score", "source": "reported"})
    send(client, job_id, 1, metrics={"score": 0.2})
    body = f'{{"job_id": {job_id}, "epoch": 2, "task_type": "detection", "metrics": {{"score": NaN, "x": Infinity}}}}'
    headers = {"content-type": "application/json"}
    assert client.post(url(job_id), content=body, headers=headers).status_code == 200
    page = api.get(url(job_id)).json()
    assert page["items"][1]["metrics"] == {"score": "NaN", "x": "Infinity"}
    assert page["items"][1]["primary_metric_value"] == "NaN"
    assert page["best_epoch"] == 1


def test_resending_an_epoch_replaces_it_whole(api: TestClient, external_job: ExternalJob) -> None:
    job_id, client = external_job()
    send(client, job_id, 1, metrics={"a": 1.0, "b": 2.0}, overall_loss=3.0)
    send(client, job_id, 1, metrics={"a": 5.0})
    items = api.get(url(job_id)).json()["items"]
    assert len(items) == 1
    assert items[0]["metrics"] == {"a": 5.0}
    assert items[0]["overall_loss"] is None


@pytest.mark.parametrize(("direction", "best"), [("max", 2), ("min", 3)])
def test_the_best_epoch_follows_the_direction(
    api: TestClient, external_job: ExternalJob, direction: str, best: int
) -> None:
    job_id, client = external_job(primary_metric={"name": "m", "direction": direction, "source": "reported"})
    for epoch, value in ((1, 2.0), (2, 3.0), (3, 1.0), (4, 3.0)):
        answer = send(client, job_id, epoch, metrics={"m": value})
    assert answer.json()["best_epoch"] == best
    job = api.get(f"/api/v1/training/jobs/{job_id}").json()
    assert (job["best_epoch"], job["last_epoch"]) == (best, 4)
    send(client, job_id, best, metrics={"m": 2.0})
    assert api.get(url(job_id)).json()["best_epoch"] == (4 if direction == "max" else 1)


def test_an_external_job_takes_its_primary_metric_from_its_first_result(
    api: TestClient, external_job: ExternalJob
) -> None:
    job_id, client = external_job()
    send(client, job_id, 1, primary_metric_name="val/loss", primary_metric_value=2.0)
    send(client, job_id, 2, primary_metric_name="val/loss", primary_metric_value=1.0)
    page = api.get(url(job_id)).json()
    assert page["primary_metric"] == {"name": "val/loss", "direction": "min", "source": "reported"}
    assert page["best_epoch"] == 2


def test_many_at_once_leave_one_whole_row(api: TestClient, external_job: ExternalJob) -> None:
    job_id, client = external_job()
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda n: send(client, job_id, 1, metrics={"a": n, "b": n}), range(32)))
    assert {a.status_code for a in answers} == {200}
    items = api.get(url(job_id)).json()["items"]
    assert len(items) == 1
    assert items[0]["metrics"]["a"] == items[0]["metrics"]["b"]


@pytest.fixture
def evaluated(external_job: ExternalJob) -> int:
    job_id, client = external_job()
    answer = send(client, job_id, class_names=NAMES, image_results=IMAGES)
    assert answer.status_code == 200, answer.text
    return job_id


def test_the_matrix_counts_the_pairs_background_included(api: TestClient, evaluated: int) -> None:
    matrix = api.get(url(evaluated, "/1/confusion-matrix")).json()
    assert matrix["labels"] == ["cat", "dog", "background"]
    assert sorted(map(tuple, matrix["cells"])) == [(0, 0, 1), (0, 1, 1), (1, 2, 1), (2, 1, 1)]
    lower = api.get(url(evaluated, "/1/confusion-matrix"), params={"conf": 0.05}).json()
    assert (1, 0, 1) in set(map(tuple, lower["cells"]))


def test_a_cells_images_are_exactly_those_with_such_a_pair(api: TestClient, evaluated: int) -> None:
    expected = {(0, 0): ["a.png"], (0, 1): ["b.png"], (1, 2): ["c.png"], (2, 1): ["d.png"], (1, 1): []}
    for (true, pred), names in expected.items():
        page = api.get(url(evaluated, "/1/images"), params={"true": true, "pred": pred}).json()
        assert [i["path"] for i in page["items"]] == names
        assert page["total_images"] == page["total_pairs"] == len(names)
        if names:
            assert page["items"][0]["pairs"] == 1
            kinds = {h["kind"] for h in page["items"][0]["highlights"]}
            assert kinds == ({"truth"} if pred == 2 else {"prediction"} if true == 2 else {"truth", "prediction"})


def test_the_count_in_every_cell_is_the_number_of_pairs_listed_at_every_threshold(
    api: TestClient, evaluated: int
) -> None:
    for conf in (0.0, 0.1, 0.25, 0.7, 0.95):
        for iou in (0.1, 0.5, 0.8, 0.85, 0.95):
            at = {"conf": conf, "iou": iou}
            for true, pred, count in api.get(url(evaluated, "/1/confusion-matrix"), params=at).json()["cells"]:
                page = api.get(url(evaluated, "/1/images"), params={**at, "true": true, "pred": pred}).json()
                assert page["total_pairs"] == count == sum(i["pairs"] for i in page["items"])


def test_images_can_be_asked_for_by_outcome_and_class_and_are_paged(api: TestClient, evaluated: int) -> None:
    def paths(**params: Any) -> list[str]:
        return [i["path"] for i in api.get(url(evaluated, "/1/images"), params=params).json()["items"]]

    assert sorted(paths()) == ["a.png", "b.png", "c.png", "d.png", "e.png"]
    assert paths(outcome="tp") == ["a.png"]
    assert sorted(paths(outcome="fn")) == ["b.png", "c.png"]
    assert sorted(paths(outcome="fp")) == ["b.png", "d.png"]
    assert "c.png" in paths(**{"class": 1, "outcome": "fn"})
    assert paths(sort="name") == ["a.png", "b.png", "c.png", "d.png", "e.png"]
    first = api.get(url(evaluated, "/1/images"), params={"limit": 2, "sort": "name"}).json()
    second = api.get(
        url(evaluated, "/1/images"), params={"limit": 2, "sort": "name", "cursor": first["next_cursor"]}
    ).json()
    assert [i["path"] for i in second["items"]] == ["c.png", "d.png"]
    assert api.get(url(evaluated, "/1/images"), params={"true": 9}).status_code == 422


def test_one_image_tells_truth_predictions_and_their_matches(api: TestClient, evaluated: int) -> None:
    ids = {i["path"]: i["image_id"] for i in api.get(url(evaluated, "/1/images")).json()["items"]}
    taken = api.get(url(evaluated, f"/1/images/{ids['b.png']}")).json()
    (truth,), (prediction,) = taken["truths"], taken["predictions"]
    assert (truth["class_name"], truth["outcome"], truth["prediction_id"]) == ("cat", "fn", prediction["prediction_id"])
    assert (prediction["class_name"], prediction["outcome"]) == ("dog", "fp")
    assert prediction["iou"] == pytest.approx(90 / 110, abs=1e-6)
    missed = api.get(url(evaluated, f"/1/images/{ids['c.png']}")).json()
    assert missed["predictions"] == []
    assert missed["truths"][0]["outcome"] == "fn"
    assert api.get(url(evaluated, "/1/images/77")).status_code == 404


def test_curves_have_101_points_and_gaps_where_nothing_is_defined(api: TestClient, evaluated: int) -> None:
    found = api.get(url(evaluated, "/1/curves")).json()
    assert len(found["scores"]) == len(found["precision"]) == len(found["pr"]["precision"]) == 101
    assert found["recall"][0] is not None
    assert all(v is None or math.isfinite(v) for v in found["precision"])
    assert api.get(url(evaluated, "/1/curves"), params={"class": 2}).status_code == 422


@pytest.mark.parametrize("params", [{"conf": 1.5}, {"conf": "nan"}, {"iou": 0.99}, {"iou": -1}, {"conf": "x"}])
def test_thresholds_out_of_range_are_refused(api: TestClient, evaluated: int, params: dict[str, Any]) -> None:
    assert api.get(url(evaluated, "/1/confusion-matrix"), params=params).status_code == 422


def test_computed_and_reported_numbers_are_kept_apart(api: TestClient, external_job: ExternalJob) -> None:
    job_id, client = external_job()
    send(client, job_id, class_names=NAMES, image_results=IMAGES, metrics={"mAP50": 0.123})
    found = api.get(url(job_id, "/1")).json()
    assert found["metrics"] == {"mAP50": 0.123}
    assert found["computed"]["mAP50"] != 0.123
    assert found["thresholds"] == {"score": 0.25, "iou": 0.5}
    keys = {s["key"] for s in api.get(f"/api/v1/training/jobs/{job_id}/metrics").json()["series"]}
    assert {"mAP50", "snellen/mAP50", "snellen/mAP50-95"} <= keys


def test_a_table_that_holds_no_matches_is_told_and_never_a_server_error(
    api: TestClient, external_job: ExternalJob
) -> None:
    job_id, client = external_job()
    send(client, job_id, class_names=NAMES, image_results=IMAGES)
    send(client, job_id, class_names=NAMES, image_results=IMAGES, epoch=2)
    with api.app.state.snellen.database.write() as session:  # type: ignore[attr-defined]
        row = session.get_one(ValidationResult, (job_id, 1))
        row.matches_key = row.predictions_key
        session.get_one(ValidationResult, (job_id, 2)).class_names = ["cat"]
    for epoch in (1, 2):
        for rest in ("/confusion-matrix", "/images", "/curves", "/images/0"):
            answer = api.get(url(job_id, f"/{epoch}{rest}"))
            assert answer.status_code == 422
            assert answer.json()["error"] == "predictions_invalid"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"object_id": [None]}, "object_id is of type Int64 with 1 nulls"),
        ({"prediction_id": ["first"]}, "prediction_id is of type String"),
    ],
)
def test_a_match_table_of_other_values_is_told_and_never_a_server_error(
    api: TestClient, evaluated: int, change: dict[str, Any], named: str
) -> None:
    row = {"iou_index": [8], "prediction_id": [0], "object_id": [0], "iou": [1.0], "ignored": [False]}
    schema = {name: kind for name, kind in MATCH_SCHEMA.items() if change.get(name) in (None, [None])}
    file = io.BytesIO()
    pl.DataFrame({**row, **change}, schema_overrides=schema).write_parquet(file)
    keep_in_place_of(api, evaluated, "matches_key", file.getvalue())
    for rest in ("/confusion-matrix", "/images", "/curves", "/images/0", "/errors"):
        answer = api.get(url(evaluated, f"/1{rest}"))
        assert (answer.status_code, answer.json()["error"]) == (422, "predictions_invalid")
        assert named in answer.json()["detail"]


@pytest.mark.parametrize("evaluated_images", [[0, 77], [0, 1, 2, 3, 77], [0, 2**40]])
def test_predictions_of_images_without_truth_are_told_and_never_a_server_error(
    api: TestClient, evaluated: int, tmp_path: Path, evaluated_images: list[int]
) -> None:
    row = {"image_id": evaluated_images[-1], "class_id": 0, "score": 0.5, "x": 0.0, "y": 0.0, "w": 9.0, "h": 9.0}
    write_predictions(tmp_path / "set", pl.DataFrame([row]), image_ids=evaluated_images)
    keep_in_place_of(api, evaluated, "predictions_key", (tmp_path / "set").read_bytes())
    for rest in ("/confusion-matrix", "/images", "/curves", "/images/0", "/errors"):
        answer = api.get(url(evaluated, f"/1{rest}"))
        assert (answer.status_code, answer.json()["error"]) == (422, "predictions_invalid")
        assert f"of {len(evaluated_images)} images" in answer.json()["detail"]


def keep_in_place_of(api: TestClient, job_id: int, name: str, data: bytes) -> None:
    """A file that somebody uploaded, where the result has the one that Snellen made."""
    state = api.app.state.snellen  # type: ignore[attr-defined]
    state.internal.put_bytes(f"job{job_id}/foreign.parquet", data, object_keys.PARQUET)
    with state.database.write() as session:
        setattr(session.get_one(ValidationResult, (job_id, 1)), name, f"job{job_id}/foreign.parquet")


def test_the_misses_of_a_class_are_listed_where_nothing_at_all_was_predicted(
    api: TestClient, external_job: ExternalJob
) -> None:
    job_id, client = external_job()
    results = [{"image_name": "a.png", "true_boxes": [box(0, 0, 0), box(1, 20, 20)], "predicted_boxes": []}]
    assert send(client, job_id, class_names=NAMES, image_results=results).status_code == 200
    for class_id in (0, 1):
        page = api.get(url(job_id, "/1/images"), params={"error": "Miss", "class": class_id}).json()
        assert (page["total_pairs"], len(page["items"][0]["highlights"])) == (1, 1)
    assert api.get(url(job_id, "/1/images"), params={"error": "Bkg", "class": 0}).json()["total_pairs"] == 0


def test_a_key_too_many_or_too_long_loses_nothing_else(
    api: TestClient, external_job: ExternalJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    from snellen.server.metrics import service

    monkeypatch.setattr(service, "MAX_KEYS", 3)
    job_id, client = external_job()
    answer = send(client, job_id, metrics={"a": 1, "b": 2, "x" * 301: 3})
    assert answer.status_code == 200
    assert send(client, job_id, epoch=2, metrics={"a": 2, "c": 1, "d": 1}).status_code == 200
    series = {s["key"]: len(s["points"]) for s in api.get(f"/api/v1/training/jobs/{job_id}/metrics").json()["series"]}
    assert series == {"a": 2, "b": 1, "c": 1}
    assert len(api.get(f"/api/v1/training/jobs/{job_id}").json()["warnings"]) == 2
