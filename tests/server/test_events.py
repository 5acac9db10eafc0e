"""The callback of supervisors: each event once, in order, in one transaction."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

pytestmark = pytest.mark.db

ExternalJob = Callable[..., tuple[int, TestClient]]


def post(client: TestClient, job_id: int, *events: dict[str, Any], attempt: int = 1) -> Any:
    return client.post(f"/api/v1/training/jobs/{job_id}/events", json={"attempt": attempt, "events": list(events)})


def metrics(seq: int, step: int, **values: Any) -> dict[str, Any]:
    return {"seq": seq, "type": "metrics", "time": 1000 + seq, "step": step, "epoch": step, "values": values}


def series(api: TestClient, job_id: int) -> dict[str, Any]:
    found = api.get(f"/api/v1/training/jobs/{job_id}/metrics").json()["series"]
    return {s["key"]: s["points"] for s in found}


def test_a_superseded_attempt_is_refused(external_job: ExternalJob) -> None:
    job_id, client = external_job()
    answer = post(client, job_id, attempt=2)
    assert answer.status_code == 409
    assert answer.json()["error"] == "attempt_superseded"


def test_a_body_over_the_limit_is_refused_whole(api: TestClient, external_job: ExternalJob) -> None:
    job_id, client = external_job()
    answer = post(client, job_id, {"seq": 1, "type": "log", "lines": ["x" * 300_000]})
    assert answer.status_code == 413
    assert answer.json()["error"] == "too_large"
    assert api.get(f"/api/v1/training/jobs/{job_id}/logs").json()["items"] == []


def test_a_body_over_the_limit_without_a_length_is_refused_too(external_job: ExternalJob) -> None:
    job_id, client = external_job()
    chunks = (b"x" * 50_000 for _ in range(10))
    answer = client.post(f"/api/v1/training/jobs/{job_id}/events", content=chunks)
    assert answer.status_code == 413


def test_events_are_stored_and_acknowledged(api: TestClient, external_job: ExternalJob) -> None:
    job_id, client = external_job()
    answer = post(client, job_id, metrics(1, 1, loss=2.0), metrics(2, 2, loss=1.0))
    assert answer.json() == {"accepted_through": 2, "stop_requested": False, "stop_now": False}
    assert series(api, job_id) == {"loss": [[1, 1, 1001, 2.0], [2, 2, 1002, 1.0]]}
    assert api.get(f"/api/v1/training/jobs/{job_id}").json()["state"] == "running"


def test_a_resent_event_changes_nothing(api: TestClient, external_job: ExternalJob) -> None:
    job_id, client = external_job()
    lines = {"seq": 1, "type": "log", "lines": ["once"]}
    post(client, job_id, lines)
    assert post(client, job_id, lines).json()["accepted_through"] == 1
    assert [i["text"] for i in api.get(f"/api/v1/training/jobs/{job_id}/logs").json()["items"]] == ["once"]


def test_what_follows_a_gap_waits(api: TestClient, external_job: ExternalJob) -> None:
    job_id, client = external_job()
    answer = post(client, job_id, metrics(1, 1, a=1), metrics(3, 3, a=3))
    assert answer.json()["accepted_through"] == 1
    assert post(client, job_id, metrics(2, 2, a=2), metrics(3, 3, a=3)).json()["accepted_through"] == 3
    assert [p[0] for p in series(api, job_id)["a"]] == [1, 2, 3]


def test_nan_and_infinities_are_kept_as_such(api: TestClient, external_job: ExternalJob) -> None:
    job_id, client = external_job()
    answer = post(client, job_id, metrics(1, 1, a="NaN", b="Infinity", c="-Infinity", d=1))
    assert answer.status_code == 200
    assert {k: p[0][3] for k, p in series(api, job_id).items()} == {
        "a": "NaN",
        "b": "Infinity",
        "c": "-Infinity",
        "d": 1.0,
    }


def test_a_bare_nan_as_python_writes_it_is_kept_too(api: TestClient, external_job: ExternalJob) -> None:
    job_id, client = external_job()
    event = '{"seq": 1, "type": "metrics", "step": 1, "epoch": 1, "values": {"a": NaN, "b": -Infinity}}'
    body = '{"attempt": 1, "events": [' + event + "]}"
    answer = client.post(
        f"/api/v1/training/jobs/{job_id}/events", content=body, headers={"content-type": "application/json"}
    )
    assert answer.status_code == 200
    assert {k: p[0][3] for k, p in series(api, job_id).items()} == {"a": "NaN", "b": "-Infinity"}


@pytest.mark.parametrize(
    "event",
    [
        {"type": "metrics", "step": "one", "values": {}},
        {"type": "metrics", "step": 1, "values": {"a": "high"}},
        {"type": "metrics", "step": 1, "values": {"": 1.0}},
        {"type": "metrics", "step": 1, "values": {"x" * 400: 1.0}},
        {"type": "metrics", "step": -1, "values": {"a": 1.0}},
        {"type": "progress", "epoch": 0},
        {"type": "progress", "epoch": 1, "fraction": "NaN"},
        {"type": "validation", "epoch": 0},
        {"type": "state", "state": "dancing"},
        {"type": "state", "state": "queued"},
        {"type": "surprise"},
        {"type": "log", "lines": {"a": 1}},
    ],
)
def test_an_event_that_makes_no_sense_is_told_and_stops_nothing(
    api: TestClient, external_job: ExternalJob, event: dict[str, Any]
) -> None:
    job_id, client = external_job()
    answer = post(client, job_id, {"seq": 1, **event}, metrics(2, 1, good=1.0))
    assert answer.status_code == 200, answer.text
    assert answer.json()["accepted_through"] == 2
    assert "good" in series(api, job_id)
    job = api.get(f"/api/v1/training/jobs/{job_id}").json()
    assert job["warnings"] or event["type"] == "log"
    assert job["state"] == "running"


def test_a_later_point_of_the_same_step_replaces(api: TestClient, external_job: ExternalJob) -> None:
    job_id, client = external_job()
    post(client, job_id, metrics(1, 1, a=1.0), metrics(2, 1, a=5.0))
    post(client, job_id, metrics(3, 1, a=7.0))
    assert [p[3] for p in series(api, job_id)["a"]] == [7.0]


def test_progress_counts_the_whole_job(api: TestClient, external_job: ExternalJob) -> None:
    job_id, client = external_job(epochs=10)
    post(
        client,
        job_id,
        {"seq": 1, "type": "progress", "time": 1_000, "epoch": 1, "epochs": 10, "fraction": 0.0, "phase": "train"},
        {"seq": 2, "type": "progress", "time": 11_000, "epoch": 3, "epochs": 10, "fraction": 0.5, "phase": "train"},
    )
    progress = api.get(f"/api/v1/training/jobs/{job_id}").json()["progress"]
    assert progress["fraction"] == pytest.approx(0.25)
    assert progress["epoch"] == 3


def test_a_stop_request_travels_with_the_answer(api: TestClient, external_job: ExternalJob) -> None:
    job_id, client = external_job()
    post(client, job_id, metrics(1, 1, a=1.0))
    api.post(f"/api/v1/training/jobs/{job_id}/stop")
    assert post(client, job_id).json()["stop_requested"] is True


def test_a_failure_leaves_its_reason_and_traceback_on_the_job(api: TestClient, external_job: ExternalJob) -> None:
    job_id, client = external_job()
    post(
        client,
        job_id,
        {
            "seq": 1,
            "type": "state",
            "state": "failed",
            "reason": "ValueError: bad",
            "detail": "Traceback …\nValueError: bad",
        },
    )
    job = api.get(f"/api/v1/training/jobs/{job_id}").json()
    assert (job["state"], job["exit_reason"]) == ("failed", "ValueError: bad")
    assert job["exit_detail"].endswith("ValueError: bad")
    assert job["ended_at"] is not None


def test_an_ended_job_does_not_start_again_by_a_late_event(api: TestClient, external_job: ExternalJob) -> None:
    job_id, client = external_job()
    post(client, job_id, {"seq": 1, "type": "state", "state": "completed"})
    post(client, job_id, {"seq": 2, "type": "state", "state": "running"}, metrics(3, 1, late=1.0))
    assert api.get(f"/api/v1/training/jobs/{job_id}").json()["state"] == "completed"
    assert "late" in series(api, job_id)


@pytest.mark.parametrize(
    "event",
    [
        {"type": "metrics", "step": 1, "values": {"a": 10**400}},
        {"type": "validation", "epoch": 2**70},
        {"type": "progress", "epoch": 10**20, "epochs": 10**20},
        {"type": "log", "lines": ["\ud800"]},
        {"type": "state", "state": "failed", "reason": "\ud800"},
    ],
)
def test_what_no_column_can_hold_is_never_a_server_error(external_job: ExternalJob, event: dict[str, Any]) -> None:
    """A supervisor retries a 5xx for ever; what is refused as invalid it replaces, and goes on."""
    job_id, client = external_job()
    body = json.dumps({"attempt": 1, "events": [{"seq": 1, **event}]})
    headers = {"content-type": "application/json"}
    answer = client.post(f"/api/v1/training/jobs/{job_id}/events", content=body, headers=headers)
    assert answer.status_code in {200, 422}, answer.text
    assert client.get(f"/api/v1/training/jobs/{2**70}/dataset").status_code in {403, 422}


def test_a_flood_of_lines_in_one_event_is_bounded_and_said(api: TestClient, external_job: ExternalJob) -> None:
    job_id, client = external_job()
    post(client, job_id, {"seq": 1, "type": "log", "lines": ["a"] * 30_000})
    lines = api.get(f"/api/v1/training/jobs/{job_id}/logs", params={"tail": 5000}).json()["items"]
    assert len(lines) == 2001
    assert "28000 more lines" in lines[-1]["text"]


def test_a_running_jobs_metrics_are_stored_in_order_whatever_else_its_batches_hold(
    api: TestClient, external_job: ExternalJob
) -> None:
    job_id, client = external_job()
    post(client, job_id, {"seq": 1, "type": "log", "lines": ["begun"]}, metrics(2, 1, a=1, b=1))
    post(client, job_id, metrics(3, 2, a=2, b="NaN"), metrics(4, 2, a=3))
    post(client, job_id, metrics(3, 2, a=99), metrics(5, 3, a="much", b=3), metrics(7, 9, a=9))
    answer = post(client, job_id, metrics(6, 4, a=4), {"seq": 7, "type": "log", "lines": ["more"]})
    assert answer.json()["accepted_through"] == 7
    assert [(p[0], p[3]) for p in series(api, job_id)["a"]] == [(1, 1.0), (2, 3.0), (4, 4.0)]
    assert [(p[0], p[3]) for p in series(api, job_id)["b"]] == [(1, 1.0), (2, "NaN"), (3, 3.0)]
    lines = [i["text"] for i in api.get(f"/api/v1/training/jobs/{job_id}/logs").json()["items"]]
    assert lines[0] == "begun"
    assert "'a' at step 3" in lines[1]
    assert lines[2] == "more"
    assert any("'a' at step 3" in warning for warning in api.get(f"/api/v1/training/jobs/{job_id}").json()["warnings"])


def test_a_batch_of_metrics_alone_brings_the_request_to_stop_and_its_refusal(
    api: TestClient, external_job: ExternalJob
) -> None:
    job_id, client = external_job()
    post(client, job_id, metrics(1, 1, a=1))
    api.post(f"/api/v1/training/jobs/{job_id}/stop", json={"now": True})
    answer = post(client, job_id, metrics(2, 2, a=2)).json()
    assert answer == {"accepted_through": 2, "stop_requested": True, "stop_now": True}
    assert post(client, job_id, metrics(3, 3, a=3), attempt=2).status_code == 409
    assert [p[0] for p in series(api, job_id)["a"]] == [1, 2]
