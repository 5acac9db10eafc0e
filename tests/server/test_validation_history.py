"""One image over the epochs: as every epoch's own answer counts it, at any thresholds, from that image's rows alone."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from snellen.server.validation.history import thin

pytestmark = pytest.mark.db

ExternalJob = Callable[..., tuple[int, TestClient]]


def history(api: TestClient, job_id: int, image_id: int, **params: Any) -> Any:
    return api.get(f"/api/v1/validation/jobs/{job_id}/images/{image_id}/history", params=params)


def send(client: TestClient, job_id: int, epoch: int, images: list[dict[str, Any]], **fields: Any) -> None:
    body = {"job_id": job_id, "epoch": epoch, "task_type": "detection", "class_names": ["cat", "dog"]}
    answer = client.post(f"/api/v1/validation/jobs/{job_id}/results", json=body | {"image_results": images} | fields)
    assert answer.status_code == 200, answer.text


def box(class_id: int, x: float, confidence: float | None = None, side: float = 10) -> dict[str, Any]:
    found: dict[str, Any] = {"class_id": class_id, "bbox": [x, 0, side, side]}
    return found if confidence is None else found | {"confidence": confidence}


#: Two cats and a dog; epoch by epoch one more is found, the dog first as a cat, and an invention goes away.
TRUTH = [box(0, 0), box(0, 100), box(1, 200)]
LEARNED = {
    1: [box(1, 400, 0.9)],
    2: [box(0, 2, 0.6), box(0, 200, 0.5), box(1, 400, 0.4)],
    3: [box(0, 1, 0.8), box(1, 200, 0.7)],
    4: [box(0, 0, 0.9), box(0, 100, 0.9), box(1, 200, 0.9)],
}


@pytest.fixture
def learned(external_job: ExternalJob) -> int:
    job_id, client = external_job()
    for epoch, predicted in LEARNED.items():
        images = [
            {"image_name": "a.png", "true_boxes": [box(0, 5)], "predicted_boxes": [box(0, 5, 0.3)]},
            {"image_name": "b.png", "true_boxes": TRUTH, "predicted_boxes": predicted},
            {"image_name": "c.png", "true_boxes": [], "predicted_boxes": []},
        ]
        send(client, job_id, epoch, images)
    return job_id


def test_who_may_not_read_the_job_and_what_isnt_there_get_an_error(
    api: TestClient, anonymous: TestClient, learned: int, external_job: ExternalJob
) -> None:
    assert history(anonymous, learned, 1).status_code == 401
    assert history(api, 999, 1).status_code == 404
    assert history(api, learned, 77).json()["error"] == "image_not_found"
    assert history(api, learned, 1, conf=2).status_code == 422
    assert history(api, learned, 1, most=1).status_code == 422
    other = history(api, learned, 1, object=77)
    assert other.status_code == 422
    assert "77" in other.json()["detail"]
    empty, client = external_job()
    client.post(
        f"/api/v1/validation/jobs/{empty}/results", json={"job_id": empty, "epoch": 1, "task_type": "detection"}
    )
    assert "no epoch with predictions" in history(api, empty, 0).json()["detail"]


def test_an_image_is_learned_epoch_by_epoch(api: TestClient, learned: int) -> None:
    answer = history(api, learned, 1).json()
    counts = [(row["epoch"], row["tp"], row["fp"], row["fn"]) for row in answer["items"]]
    assert counts == [(1, 0, 1, 3), (2, 1, 2, 2), (3, 2, 0, 1), (4, 3, 0, 0)]
    assert (answer["total_epochs"], answer["thinned"]) == (4, False)
    assert answer["items"][0]["mean_iou"] is None
    assert answer["items"][3]["mean_iou"] == pytest.approx(1)


def test_every_epoch_counts_as_its_own_answer_does(api: TestClient, learned: int) -> None:
    names = ("tp", "fp", "fn")
    for conf, iou in itertools.product([0.0, 0.25, 0.55, 1.0], [0.1, 0.5, 0.95]):
        at = {"conf": conf, "iou": iou}
        rows = history(api, learned, 1, **at).json()["items"]
        assert [row["epoch"] for row in rows] == list(LEARNED)
        for row in rows:
            place = f"/api/v1/validation/jobs/{learned}/results/{row['epoch']}/images/1"
            own = api.get(place, params=at).json()
            assert [row[name] for name in names] == [own[name] for name in names]
            assert row["mean_iou"] == pytest.approx(own["mean_iou"])


def test_it_is_the_same_whether_a_result_is_in_memory_or_not(api: TestClient, learned: int) -> None:
    cold = history(api, learned, 1).json()
    for epoch in LEARNED:
        api.get(f"/api/v1/validation/jobs/{learned}/results/{epoch}/images/0")
    # Another image of results that are in memory by now, and the first again, from what was kept.
    warm = history(api, learned, 0).json()
    assert [row["tp"] for row in warm["items"]] == [1, 1, 1, 1]
    assert history(api, learned, 1).json() == cold


def test_an_object_is_followed_by_its_class_its_score_and_its_place(api: TestClient, learned: int) -> None:
    place = f"/api/v1/validation/jobs/{learned}/results/1/images/1"
    cat, _, dog = (truth["object_id"] for truth in api.get(place).json()["truths"])
    of_dog = [row["object"] for row in history(api, learned, 1, object=dog).json()["items"]]
    assert [(then["outcome"], then["pred"]) for then in of_dog] == [
        ("fn", None),
        ("fn", "cat"),
        ("tp", "dog"),
        ("tp", "dog"),
    ]
    of_cat = [row["object"] for row in history(api, learned, 1, object=cat).json()["items"]]
    assert [then["iou"] for then in of_cat[1:]] == pytest.approx([8 / 12, 9 / 11, 1])
    assert [then["score"] for then in of_cat[1:]] == pytest.approx([0.6, 0.8, 0.9])


def test_an_epoch_that_did_not_evaluate_the_image_is_left_out(api: TestClient, external_job: ExternalJob) -> None:
    job_id, client = external_job()
    one = {"image_name": "a.png", "true_boxes": [box(0, 0)], "predicted_boxes": []}
    two = {"image_name": "b.png", "true_boxes": [box(0, 0)], "predicted_boxes": []}
    send(client, job_id, 1, [one, two])
    send(client, job_id, 2, [one])
    send(client, job_id, 3, [one, two])
    answer = history(api, job_id, 1).json()
    assert [(row["epoch"], row["fn"]) for row in answer["items"]] == [(1, 1), (3, 1)]
    assert answer["total_epochs"] == 3


def test_a_classified_image_tells_the_score_and_rank_of_its_true_class(
    api: TestClient, external_job: ExternalJob
) -> None:
    job_id, client = external_job(task="classification")
    tops = {
        1: [("dog", 0.7), ("cat", 0.2), ("owl", 0.1)],
        2: [("cat", 0.6), ("dog", 0.3), ("owl", 0.1)],
        3: [("owl", 1.0)],
    }
    for epoch, top in tops.items():
        label, confidence = top[0]
        image = {"image_name": "a.png", "true_label": "cat", "predicted_label": label, "confidence": confidence}
        image["top5_predictions"] = [{"label": name, "confidence": score} for name, score in top]
        send(client, job_id, epoch, [image], task_type="classification", class_names=["cat", "dog", "owl"])
    rows = history(api, job_id, 0).json()["items"]
    assert [(row["pred"], row["true_rank"]) for row in rows] == [("dog", 2), ("cat", 1), ("owl", None)]
    assert [row["true_score"] for row in rows[:2]] == pytest.approx([0.2, 0.6])
    assert [(row["tp"], row["fp"], row["fn"]) for row in rows] == [(0, 1, 1), (1, 0, 0), (0, 1, 1)]


def test_of_very_many_epochs_an_even_share_is_looked_at(api: TestClient, learned: int) -> None:
    answer = history(api, learned, 1, most=2).json()
    assert (answer["thinned"], answer["total_epochs"]) == (True, 4)
    assert {1, 4} <= {row["epoch"] for row in answer["items"]}

    class Source:
        def __init__(self, epoch: int) -> None:
            self.epoch = epoch

    sources: list[Any] = [Source(epoch) for epoch in range(1, 1001)]
    kept = [source.epoch for source in thin(sources, 100, {123})]
    assert len(kept) in (100, 101)
    assert {1, 123, 1000} <= set(kept)
    assert max(b - a for a, b in itertools.pairwise(kept)) <= 11
    assert thin(sources[:50], 100, set()) == sources[:50]
