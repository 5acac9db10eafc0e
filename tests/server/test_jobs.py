"""Jobs: create, list, read, stop."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

pytestmark = pytest.mark.db

URL = "/api/v1/training/jobs"
EXTERNAL = {"model": "own.pt", "epochs": 3, "launcher": "external"}


def test_an_unknown_job_is_404(api: TestClient) -> None:
    for path in ("", "/metrics", "/logs", "/stream", "/artifacts"):
        answer = api.get(f"{URL}/77{path}")
        assert answer.status_code == 404
        assert answer.json()["error"] == "job_not_found"
    assert api.get("/api/v1/validation/jobs/77/results").status_code == 404


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"epochs": 0}, "epochs"),
        ({"epochs": None}, "epochs"),
        ({"task": "juggling"}, "task"),
        ({"model": ""}, "model"),
        ({"surprise": 1}, "surprise"),
        ({"client_id": "no uuid"}, "client_id"),
        ({"resources": {"gpus": -1}}, "gpus"),
        ({"primary_metric": {"name": "loss2000", "source": "computed"}}, "primary_metric"),
        ({"launcher": "moon"}, "launcher"),
        ({"launcher": "local", "dataset": None}, "dataset"),
    ],
)
def test_what_is_wrong_with_a_new_job_is_named(api: TestClient, change: dict[str, Any], named: str) -> None:
    answer = api.post(URL, json={**EXTERNAL, **change})
    assert answer.status_code == 422
    assert named in answer.json()["detail"]
    assert api.get(URL).json()["items"] == []


def test_an_unknown_dataset_is_404(api: TestClient) -> None:
    answer = api.post(URL, json={**EXTERNAL, "dataset": "nowhere"})
    assert answer.status_code == 404
    assert "nowhere" in answer.json()["detail"]


def test_an_unknown_hyperparameter_is_named_with_the_nearest_known_one(api: TestClient) -> None:
    body = {"model": "yolo11n.yaml", "epochs": 1, "dataset": 1, "hyperparameters": {"lr00": 0.1, "imgsz": "big"}}
    answer = api.post(URL, json=body)
    assert answer.status_code == 422
    assert answer.json()["error"] == "hyperparameter_invalid"
    assert "'lr00'" in answer.json()["detail"]
    assert "'lr0'" in answer.json()["detail"]
    assert "imgsz" in answer.json()["detail"]


def test_a_repeated_request_makes_one_job(api: TestClient) -> None:
    body = {**EXTERNAL, "client_id": str(uuid.uuid4())}
    first, second = api.post(URL, json=body), api.post(URL, json=body)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["id"] == second.json()["id"]
    first_token, token = first.json()["job_token"], second.json()["job_token"]
    assert first_token
    assert token not in (None, first_token)
    # Who asks again has not heard the first answer: only the second token is good.
    job_id, batch = first.json()["id"], {"attempt": 2, "events": [{"seq": 1, "type": "log", "lines": ["hello"]}]}
    for bearer, status in ((first_token, 409), (token, 200)):
        headers = {"authorization": f"Bearer {bearer}"}
        assert api.post(f"{URL}/{job_id}/events", json=batch, headers=headers).status_code == status
    # Somebody reports with it now: no third one takes that away.
    assert api.post(URL, json=body).json()["job_token"] is None


def test_jobs_are_listed_newest_first_and_paged(api: TestClient) -> None:
    ids = [api.post(URL, json=EXTERNAL).json()["id"] for _ in range(5)]
    first = api.get(URL, params={"limit": 2}).json()
    second = api.get(URL, params={"limit": 2, "cursor": first["next_cursor"]}).json()
    third = api.get(URL, params={"limit": 2, "cursor": second["next_cursor"]}).json()
    assert [j["id"] for page in (first, second, third) for j in page["items"]] == ids[::-1]
    assert third["next_cursor"] is None


def test_a_cursor_that_we_never_gave_is_refused(api: TestClient) -> None:
    for cursor in ("%%%", "zzzz", "MTIz!"):
        assert api.get(URL, params={"cursor": cursor}).status_code == 422


def test_a_waiting_job_is_stopped_at_once(api: TestClient, external_job: Callable[..., tuple[int, TestClient]]) -> None:
    job_id, _ = external_job()
    assert api.post(f"{URL}/{job_id}/stop").json()["state"] == "stopped"
    assert api.get(URL, params={"state": "stopped"}).json()["items"][0]["id"] == job_id
    assert api.get(URL, params={"state": "running"}).json()["items"] == []


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (None, {"name": "mAP50-95", "direction": "max", "source": "computed"}),
        ("mAP50", {"name": "mAP50", "direction": "max", "source": "computed"}),
        ("snellen/mAP50", {"name": "mAP50", "direction": "max", "source": "computed"}),
        ("val/box_loss", {"name": "val/box_loss", "direction": "min", "source": "reported"}),
        ({"name": "score", "direction": "min"}, {"name": "score", "direction": "min", "source": "reported"}),
    ],
)
def test_the_primary_metric_has_a_direction_and_a_source(api: TestClient, asked: Any, expected: dict[str, str]) -> None:
    assert api.post(URL, json={**EXTERNAL, "primary_metric": asked}).json()["primary_metric"] == expected
