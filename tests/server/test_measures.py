"""What Prometheus reads is what was done; denials first."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families
from tests.leftovers import end_all

from snellen.contract.events import now_ms
from snellen.server.app import create_app
from snellen.server.jobs.tables import Job
from snellen.server.operations import gauges
from snellen.server.settings import Settings, load

BASE = "http://127.0.0.1:8080"
TOKEN = "prometheus-reads-with-this"
Read = Callable[..., dict[tuple[str, tuple[tuple[str, str], ...]], float]]


@pytest.fixture
def guarded(settings: Settings) -> Iterator[TestClient]:
    """A server with a token for its figures."""
    with TestClient(create_app(settings.model_copy(update={"metrics_token": TOKEN})), base_url=BASE) as client:
        yield client
    end_all(settings.data_dir)


@pytest.fixture
def read(api: TestClient, monkeypatch: pytest.MonkeyPatch) -> Read:
    """The figures by name and labels."""
    monkeypatch.setattr(gauges, "CACHE_SECONDS", -1.0)

    def run() -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
        answer = api.get("/metrics")
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/plain")
        families = text_string_to_metric_families(answer.text)
        return {(s.name, tuple(sorted(s.labels.items()))): s.value for f in families for s in f.samples}

    return run


def test_a_token_is_asked_for_where_one_is_set(guarded: TestClient, settings: Settings) -> None:
    assert guarded.get("/metrics").status_code == 401
    wrong = guarded.get("/metrics", headers={"authorization": f"Bearer {TOKEN}x"})
    assert wrong.status_code == 401
    assert guarded.get("/metrics", headers={"authorization": f"Bearer {TOKEN}"}).status_code == 200
    own = (settings.data_dir / "token").read_text().strip()
    assert guarded.get("/metrics", headers={"authorization": f"Bearer {own}"}).status_code == 200
    elsewhere = guarded.get("/api/v1/training/jobs", headers={"authorization": f"Bearer {TOKEN}"})
    assert elsewhere.status_code == 401, "the token for the figures opens nothing else"


def test_a_job_token_reads_no_figures(external_job: Callable[..., tuple[int, TestClient]]) -> None:
    _, client = external_job()
    assert client.get("/metrics").status_code == 401


def test_a_server_that_others_reach_tells_its_figures_to_nobody_without_a_token(settings: Settings) -> None:
    public = settings.model_copy(update={"public_url": "https://snellen.example"})
    with TestClient(create_app(public), base_url="https://snellen.example") as client:
        assert client.get("/metrics").status_code == 401


def test_where_people_log_in_they_are_open_to_nobody(settings: Settings) -> None:
    several = settings.model_copy(update={"auth": "users", "allow_shared_user": True})
    with TestClient(create_app(several), base_url=BASE) as client:
        assert client.get("/metrics").status_code == 401


def test_on_loopback_they_are_open(anonymous: TestClient) -> None:
    assert anonymous.get("/metrics").status_code == 200


def test_requests_are_counted_by_template_and_never_by_path(api: TestClient, read: Read) -> None:
    for job_id in (1, 2, 3):
        api.get(f"/api/v1/training/jobs/{job_id}")
    api.get("/api/v1/nothing/here")
    api.get("/some/page")
    found = read()
    template = "/api/v1/training/jobs/{job_id}"
    assert found["snellen_http_requests_total", (("method", "GET"), ("route", template), ("status", "404"))] == 3
    assert found["snellen_http_request_duration_seconds_count", (("method", "GET"), ("route", template))] == 3
    routes = {dict(labels).get("route") for _, labels in found}
    assert not any("jobs/1" in route or "nothing" in route for route in routes if route)
    assert found["snellen_http_requests_in_flight", ()] == 1, "the one that asks"


def test_events_points_and_lag_are_those_of_what_was_sent(
    read: Read, external_job: Callable[..., tuple[int, TestClient]]
) -> None:
    job_id, client = external_job()
    url = f"/api/v1/training/jobs/{job_id}/events"
    assert client.post(url, json={"attempt": 1, "events": []}).status_code == 200  # a supervisor is behind it
    old = now_ms() - 41_000  # more than below, should the clock be set back
    events = [
        {"seq": 1, "type": "metrics", "step": 1, "values": {"a": 1, "b": 2}, "time": old},
        {"seq": 2, "type": "log", "lines": ["x", "y"], "time": old},
        {"seq": 3, "type": "validation", "epoch": 2, "time": old},
        {"seq": 4, "type": "what-is-this", "time": old},
    ]
    for _ in range(2):  # sent twice, counted once
        assert client.post(url, json={"attempt": 1, "events": events}).json()["accepted_through"] == 4
    found = read()
    assert found["snellen_event_batches_total", ()] == 3
    assert found["snellen_metric_points_total", ()] == 2
    kinds = {dict(labels)["type"]: value for (name, labels), value in found.items() if name == "snellen_events_total"}
    assert kinds == {"metrics": 1, "log": 1, "validation": 1, "other": 1}
    assert found["snellen_event_delay_seconds_count", ()] == 1
    assert 40 <= found["snellen_event_delay_seconds_sum", ()] < 100
    assert found["snellen_jobs", (("state", "running"),)] == 1
    assert 40 <= found["snellen_ingest_lag_seconds", (("quantile", "1"),)] < 100
    assert found["snellen_evaluation_lag_epochs", ()] == 2
    result = {"job_id": job_id, "epoch": 2, "task_type": "detection", "metrics": {"m": 1}}
    assert client.post(f"/api/v1/validation/jobs/{job_id}/results", json=result).status_code == 200
    after = read()
    assert after["snellen_evaluation_lag_epochs", ()] == 0
    assert after["snellen_evaluation_lag_seconds", ()] == 0
    assert after["snellen_validation_results_total", (("task", "detection"),)] == 1


def test_a_clock_that_is_ahead_makes_no_negative_lag(
    read: Read, external_job: Callable[..., tuple[int, TestClient]]
) -> None:
    job_id, client = external_job()
    url = f"/api/v1/training/jobs/{job_id}/events"
    client.post(url, json={"attempt": 1, "events": []})
    ahead = {"seq": 1, "type": "log", "lines": ["x"], "time": now_ms() + 3_600_000}
    client.post(url, json={"attempt": 1, "events": [ahead]})
    assert 0 <= read()["snellen_ingest_lag_seconds", (("quantile", "1"),)] < 30


@pytest.mark.db
def test_the_queue_uploads_stores_and_connections_are_there(
    api: TestClient, read: Read, external_job: Callable[..., tuple[int, TestClient]]
) -> None:
    job_id, client = external_job()
    base = f"/api/v1/training/jobs/{job_id}/uploads"
    body = {"kind": "file", "name": "a.txt", "size": 3, "content_type": "text/plain"}
    body["sha256"] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # of abc
    upload = client.post(base, json=body).json()["upload_id"]
    assert read()["snellen_uploads_open", ()] == 1
    client.put(f"{base}/{upload}/content", content=b"abc")
    assert client.post(f"{base}/{upload}/complete").status_code == 200
    found = read()
    assert found["snellen_uploads_open", ()] == 0
    assert found["snellen_uploads_completed_total", (("kind", "file"),)] == 1
    assert found["snellen_upload_bytes_total", ()] == 3
    put = (("operation", "put"), ("store", "internal"))
    assert found["snellen_store_operation_duration_seconds_count", put] >= 1
    assert not any(name == "snellen_store_errors_total" for name, _ in found)
    assert found["snellen_database_up", ()] == 1
    assert found["snellen_data_dir_free_bytes", ()] > 0
    assert found["snellen_jobs", (("state", "queued"),)] == 1


@pytest.mark.db
def test_news_that_mlflow_has_not_got_are_counted_with_their_age(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gauges, "CACHE_SECONDS", -1.0)
    monkeypatch.setattr("snellen.server.mirror.keeper.TICK_SECONDS", 3600.0)
    mirrored = load(data_dir=settings.data_dir, database_url=settings.database_url)
    with TestClient(create_app(mirrored), base_url=BASE) as client:
        token = (settings.data_dir / "token").read_text().strip()
        client.headers["authorization"] = f"Bearer {token}"
        client.post("/api/v1/training/jobs", json={"model": "m", "epochs": 1, "launcher": "external"})
        assert "snellen_mirror_lag_jobs 1.0" in client.get("/metrics").text
        with client.app.state.snellen.database.write() as session:  # type: ignore[attr-defined]
            session.query(Job).one().mirrored_through = 10**6
        text = client.get("/metrics").text
        assert "snellen_mirror_lag_jobs 0.0" in text
        assert "snellen_mirror_lag_seconds 0.0" in text


def test_no_secret_is_among_the_figures(api: TestClient, settings: Settings) -> None:
    token = (settings.data_dir / "token").read_text().strip()
    assert token not in api.get("/metrics").text
