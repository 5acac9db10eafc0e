"""Requests are numbered, and told in the log without what is secret."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from snellen.contract.events import now_ms
from snellen.server.settings import Settings


def test_an_answer_says_the_number_that_was_given_or_one_of_its_own(api: TestClient) -> None:
    given = api.get("/api/v1/auth/me", headers={"x-request-id": "proxy-1.a:b"})
    assert given.headers["x-request-id"] == "proxy-1.a:b"
    numbers = {api.get("/api/v1/auth/me").headers["x-request-id"] for _ in range(3)}
    assert len(numbers) == 3


@pytest.mark.parametrize("bad", ["", "a b", "x" * 101, "-a", "a\tb", 'a"b', "ä".encode("latin-1")])
def test_a_number_that_could_break_a_log_is_replaced(api: TestClient, bad: str | bytes) -> None:
    answer = api.get("/api/v1/auth/me", headers={"x-request-id": bad})
    assert answer.headers["x-request-id"] not in {bad, ""}
    assert answer.headers["x-request-id"].isalnum()


def test_refusals_have_a_number_too(anonymous: TestClient) -> None:
    assert anonymous.get("/api/v1/auth/me").headers["x-request-id"]
    assert anonymous.get("/api/v1/auth/me", headers={"host": "evil.example"}).headers["x-request-id"]


def test_what_nobody_caught_is_an_error_of_the_api_with_its_number(
    api: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("snellen.server.jobs.listing.list_jobs", None)
    answer = api.get("/api/v1/training/jobs", headers={"x-request-id": "r-500"})
    assert (answer.status_code, answer.json()["error"], answer.json()["request_id"]) == (500, "internal", "r-500")
    assert "NoneType" not in answer.text
    assert "TypeError" in caplog.text


def test_the_access_log_says_who_and_what_without_the_query(
    api: TestClient, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    token = (settings.data_dir / "token").read_text().strip()
    with caplog.at_level(logging.INFO, logger="snellen.access"):
        api.get(f"/login?token={token}", follow_redirects=False)
        api.get("/api/v1/training/jobs?limit=3")
    messages = [record.getMessage() for record in caplog.records if record.name == "snellen.access"]
    assert messages == ["GET /login", "GET /api/v1/training/jobs"]
    told = caplog.records[-1].about  # type: ignore[attr-defined]
    assert told["status"] == 200
    assert told["ms"] > 0
    assert token not in caplog.text


def test_what_is_asked_all_the_time_is_told_for_debugging_only(
    api: TestClient, external_job: Callable[..., tuple[int, TestClient]], caplog: pytest.LogCaptureFixture
) -> None:
    job_id, client = external_job()
    body = {"attempt": 1, "events": [{"seq": 1, "type": "log", "lines": ["x"], "time": now_ms()}]}
    with caplog.at_level(logging.DEBUG, logger="snellen.access"):
        assert api.get("/health").status_code == 200
        assert client.post(f"/api/v1/training/jobs/{job_id}/events", json=body).status_code == 200
        assert client.post(f"/api/v1/training/jobs/{job_id}/events", json={"attempt": 9}).status_code == 409
    assert [record.levelname for record in caplog.records if record.name == "snellen.access"] == [
        "DEBUG", "DEBUG", "INFO",
    ]  # fmt: skip
