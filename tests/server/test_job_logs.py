"""A job's log: pages both ways, levels, where a text is, and the whole of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

pytestmark = pytest.mark.db

ExternalJob = Callable[..., tuple[int, TestClient]]


def send(client: TestClient, job_id: int, *events: dict[str, Any]) -> None:
    numbered = [{"seq": seq, "type": "log", **event} for seq, event in enumerate(events, 1)]
    answer = client.post(f"/api/v1/training/jobs/{job_id}/events", json={"attempt": 1, "events": numbered})
    assert answer.status_code == 200, answer.text


def log(api: TestClient, job_id: int, path: str = "", **params: Any) -> Any:
    answer = api.get(f"/api/v1/training/jobs/{job_id}/logs{path}", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def numbers(page: dict[str, Any]) -> list[int]:
    return [item["line"] for item in page["items"]]


@pytest.mark.parametrize("path", ["/matches", "/download"])
def test_a_log_that_is_not_there_is_not_found(api: TestClient, anonymous: TestClient, path: str) -> None:
    assert api.get(f"/api/v1/training/jobs/999/logs{path}").status_code == 404
    assert anonymous.get(f"/api/v1/training/jobs/1/logs{path}").status_code == 401


def test_pages_go_both_ways_and_say_how_long_the_log_is(api: TestClient, external_job: ExternalJob) -> None:
    job_id, client = external_job()
    send(client, job_id, {"lines": [f"line {n}" for n in range(1, 101)]})
    page = log(api, job_id, before=50, limit=10)
    assert (numbers(page), page["total"]) == (list(range(40, 50)), 100)
    assert numbers(log(api, job_id, before=5, limit=10)) == [1, 2, 3, 4]
    assert numbers(log(api, job_id, after=95)) == [96, 97, 98, 99, 100]
    assert numbers(log(api, job_id, tail=3)) == [98, 99, 100]


def test_an_answer_stays_small_and_the_next_page_goes_on_behind_it(api: TestClient, external_job: ExternalJob) -> None:
    job_id, client = external_job()
    for seq in range(1, 21):
        event = {"seq": seq, "type": "log", "lines": [f"{n}" + "가" * 3990 for n in range(10)]}
        sent = client.post(f"/api/v1/training/jobs/{job_id}/events", json={"attempt": 1, "events": [event]})
        assert sent.status_code == 200, sent.text
    seen: list[int] = []
    params: dict[str, Any] = {"limit": 500}
    while True:
        answer = api.get(f"/api/v1/training/jobs/{job_id}/logs", params=params)
        assert len(answer.content) < 1_000_000
        seen += numbers(answer.json())
        if answer.json()["next_cursor"] is None:
            break
        params["cursor"] = answer.json()["next_cursor"]
    assert seen == list(range(1, 201))
    tail = numbers(log(api, job_id, tail=500))
    assert tail == list(range(tail[0], 201))
    assert len(tail) < 200


def test_a_text_is_found_whatever_its_case_and_means_itself_alone(api: TestClient, external_job: ExternalJob) -> None:
    job_id, client = external_job()
    send(client, job_id, {"lines": ["Loss 0.5", "100% done", "LOSS 0.4", "a_b", "axb", "정확도 0.9"]})
    assert log(api, job_id, "/matches", search="loss") == {"total": 2, "lines": [1, 3]}
    assert log(api, job_id, "/matches", search="0%")["lines"] == [2]
    assert log(api, job_id, "/matches", search="a_b")["lines"] == [4]
    assert log(api, job_id, "/matches", search="정확")["lines"] == [6]
    assert log(api, job_id, "/matches", search="nowhere") == {"total": 0, "lines": []}


def test_levels_are_from_one_on(api: TestClient, external_job: ExternalJob) -> None:
    job_id, client = external_job()
    levels = ("debug", "info", "warning", "error", "critical", "odd")
    send(client, job_id, *({"level": level, "lines": [f"said {level}"]} for level in levels))
    assert numbers(log(api, job_id, level="info")) == [2, 3, 4, 5, 6]
    assert numbers(log(api, job_id, level="warning")) == [3, 4, 5]
    assert numbers(log(api, job_id, tail=10, level="error")) == [4, 5]
    assert log(api, job_id, "/matches", search="said", level="error") == {"total": 2, "lines": [4, 5]}
    assert api.get(f"/api/v1/training/jobs/{job_id}/logs", params={"level": "loud"}).status_code == 422


def test_the_whole_log_can_be_had_as_text(api: TestClient, external_job: ExternalJob) -> None:
    job_id, client = external_job()
    lines = [f"line {n}" for n in range(1900)]
    send(client, job_id, *({"lines": lines} for _ in range(4)))
    answer = api.get(f"/api/v1/training/jobs/{job_id}/logs/download")
    assert answer.headers["content-disposition"] == f"attachment; filename=job-{job_id}.log"
    assert answer.text == "".join(f"{line}\n" for line in lines) * 4


def test_the_terminals_colours_are_taken_out(api: TestClient, external_job: ExternalJob) -> None:
    job_id, client = external_job()
    text = "\x1b[1;31mError\x1b[0m in \x1b]8;;file:///x\x1b\\model\x1b]8;;\x07.py \x1b[K[3]"
    send(client, job_id, {"lines": [text]})
    assert log(api, job_id)["items"][0]["text"] == "Error in model.py [3]"
