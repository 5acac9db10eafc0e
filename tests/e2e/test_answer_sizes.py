"""No answer that a page asks for has more than 1 MB, whatever a job has sent."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

MOST_BYTES = 1_000_000
CLASSES, KEYS, POINTS = 1_000, 60, 400


@pytest.fixture(scope="module")
def http(site: Any) -> Iterator[httpx.Client]:
    headers = {"authorization": f"Bearer {site.token}"}
    with httpx.Client(base_url=f"{site.url}/api/v1", headers=headers, timeout=60, trust_env=False) as client:
        yield client


def post(http: httpx.Client, job: dict[str, Any], path: str, body: dict[str, Any]) -> None:
    answer = http.post(path, json=body, headers={"authorization": f"Bearer {job['job_token']}"})
    assert answer.is_success, answer.text[:500]


def new_job(http: httpx.Client, **fields: Any) -> dict[str, Any]:
    answer = http.post("/training/jobs", json={"model": "own.pt", "epochs": 500, "launcher": "external", **fields})
    return dict(answer.json())


def small(http: httpx.Client, path: str) -> Any:
    """The answer, which must not be large."""
    answer = http.get(path)
    assert answer.is_success, answer.text[:500]
    assert len(answer.content) <= MOST_BYTES, f"{path}: {len(answer.content):,} bytes"
    return answer.json()


def all_pages(http: httpx.Client, path: str) -> list[Any]:
    items, cursor = [], ""
    while True:
        page = small(http, f"{path}{cursor}")
        items += page["items"]
        if page["next_cursor"] is None:
            return items
        cursor = f"&cursor={page['next_cursor']}"


def test_sixty_keys_of_the_longest_numbers(http: httpx.Client) -> None:
    """More points than an answer may have, of all digits that a float can have."""
    job, shake = new_job(http), random.Random(0)
    keys = [f"train/a_rather_long_name_of_a_metric_{n:02d}" for n in range(KEYS)]
    events = [
        {
            "seq": n + 1, "type": "metrics", "time": 1_795_000_000_000 + n * 1000, "step": n * 1000 + 999_000,
            "epoch": n + 1, "values": {key: -shake.random() * 1e-5 for key in keys},
        }
        for n in range(POINTS)
    ]  # fmt: skip
    post(http, job, f"/training/jobs/{job['id']}/events", {"attempt": 1, "events": events})
    for most in (2000, 15_000):
        series = small(http, f"/training/jobs/{job['id']}/metrics?max_points={most}")["series"]
        assert len(series) == KEYS
        assert all(one["points"][-1][0] == events[-1]["step"] for one in series)


def test_all_epochs_however_many_numbers_each_has(http: httpx.Client) -> None:
    """A page ends where there is no more room; the pages together are everything."""
    job = new_job(http)
    metrics = {f"metrics/a_rather_long_name_{n:04d}": 1 / 3 + n for n in range(1500)}
    for epoch in range(1, 31):
        body = {"job_id": job["id"], "epoch": epoch, "task_type": "detection", "metrics": metrics}
        post(http, job, f"/validation/jobs/{job['id']}/results", body)
    rows = all_pages(http, f"/validation/jobs/{job['id']}/results?limit=500")
    assert [row["epoch"] for row in rows] == list(range(1, 31))
    assert rows[-1]["metrics"] == metrics
    assert len(json.dumps(rows)) > MOST_BYTES, "else one page would do"


@pytest.fixture(scope="module")
def wide(http: httpx.Client) -> dict[str, Any]:
    """A job with 1,000 classes of long names, most of them taken for others, and full images."""
    job, shake = new_job(http), random.Random(0)
    names = [f"a class of a rather long name {n:04d}" for n in range(CLASSES)]
    images = []
    for image in range(60):
        boxes = [[shake.uniform(0, 4000), shake.uniform(0, 3000), 20 / 3, 20 / 3] for _ in range(300)]
        images.append(
            {
                "image_name": f"a/rather/long/folder/and/name/of/an/image/{image:06d}.jpg",
                "true_boxes": [{"class_id": shake.randrange(CLASSES), "bbox": box} for box in boxes],
                "predicted_boxes": [
                    {"class_id": shake.randrange(CLASSES), "bbox": box, "confidence": shake.uniform(0.3, 1)}
                    for box in boxes
                ],
            }
        )
    body = {
        "job_id": job["id"], "epoch": 1, "task_type": "detection", "class_names": names, "image_results": images,
        "confusion_matrix": [[n] * CLASSES for n in range(CLASSES)],
    }  # fmt: skip
    post(http, job, f"/validation/jobs/{job['id']}/results", body)
    return job


def test_a_result_of_a_thousand_classes(http: httpx.Client, wide: dict[str, Any]) -> None:
    path = f"/validation/jobs/{wide['id']}/results/1"
    found = small(http, path)
    assert found["evaluated"], found["evaluation_error"]
    assert len(found["class_names"]) == CLASSES
    assert found["reported_confusion_matrix"] is None
    asked = http.get(f"{path}?reported=true").json()
    assert asked["reported_confusion_matrix"][-1] == [CLASSES - 1] * CLASSES
    matrix = small(http, f"{path}/confusion-matrix?conf=0.25")
    assert len(matrix["cells"]) > 5_000
    for what in ("curves", "curves?class=7", "operating-points", "calibration?bins=100", "errors"):
        small(http, f"{path}/{what}")


def test_the_images_of_a_result_and_one_that_is_full(http: httpx.Client, wide: dict[str, Any]) -> None:
    path = f"/validation/jobs/{wide['id']}/results/1/images"
    for filters in ("", "&outcome=fp", "&outcome=fn", "&sort=name"):
        page = small(http, f"{path}?limit=500&conf=0{filters}")
        assert page["total_images"] == 60
    image = page["items"][0]["image_id"]
    detail = small(http, f"{path}/{image}?conf=0")
    assert len(detail["predictions"]) == len(detail["truths"]) == 300


def test_many_files_with_much_said_of_each(http: httpx.Client) -> None:
    """What a page of 500 takes can be told from 30: a page ends where there is no more room."""
    job = new_job(http)
    token = {"authorization": f"Bearer {job['job_token']}"}
    for n in range(30):
        data = f"file {n}".encode()
        body = {
            "kind": "file", "name": f"a rather long name of a file {n:04d}.txt", "size": len(data),
            "sha256": hashlib.sha256(data).hexdigest(), "metadata": {"note": "x" * 50_000},
        }  # fmt: skip
        upload = http.post(f"/training/jobs/{job['id']}/uploads", json=body, headers=token).json()
        assert http.put(upload["url"].removeprefix("/api/v1"), content=data, headers=token).is_success
        done = http.post(f"/training/jobs/{job['id']}/uploads/{upload['upload_id']}/complete", headers=token)
        assert done.is_success, done.text
    assert len(all_pages(http, f"/training/jobs/{job['id']}/artifacts?limit=500")) == 30


def test_jobs_in_a_list_say_little_of_what_they_were_given(http: httpx.Client) -> None:
    """200 of a page, each with as much as a row can have."""
    for _ in range(3):
        new_job(http, name="n" * 200, model="m" * 1000, hyperparameters={f"p{n}": "x" * 500 for n in range(200)})
    page = http.get("/training/jobs?limit=3")
    assert len(page.content) / 3 * 200 <= MOST_BYTES, f"{len(page.content):,} bytes of 3 jobs"


def test_the_images_of_a_dataset(http: httpx.Client, site: Any) -> None:
    """500 of a page, at what one takes here with a path as long as they get."""
    page = small(http, f"/datasets/{site.dataset_id}/images?limit=10")
    row = max(len(json.dumps(each)) for each in page["items"])
    assert (row + 500) * 500 <= MOST_BYTES, f"{row} bytes of one image"
