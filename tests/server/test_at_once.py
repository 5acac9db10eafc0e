"""32 clients say the same at once, to a real server on each database: it is stored once, and whole."""

from __future__ import annotations

import hashlib
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select
from tests.launch.conftest import Platform, running

from snellen.server.artifacts.tables import Artifact
from snellen.server.jobs.tables import Attempt, Job, LogLine
from snellen.server.metrics.tables import MetricKey, MetricPoint
from snellen.server.projects.tables import Project
from snellen.server.validation.tables import ValidationResult

pytestmark = pytest.mark.db
CLIENTS = 32


@pytest.fixture
def platform(tmp_path: Path, database_url: str) -> Iterator[Platform]:
    with running(Platform(tmp_path / "data", database_url=database_url)) as found:
        yield found


@pytest.fixture
def token(platform: Platform) -> str:
    return (platform.data_dir / "token").read_text().strip()


def at_once(
    platform: Platform, token: str, send: Callable[[httpx.Client, int], httpx.Response]
) -> list[httpx.Response]:
    """What 32 clients are answered that all wait for one another before they send."""
    ready = threading.Barrier(CLIENTS)
    answers: list[httpx.Response] = []

    def client(number: int) -> None:
        headers = {"authorization": f"Bearer {token}"}
        with httpx.Client(base_url=f"{platform.url}/api/v1", headers=headers, timeout=60, trust_env=False) as http:
            http.get("/health")
            ready.wait()
            answers.append(send(http, number))

    threads = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def count(platform: Platform, table: Any, *where: Any) -> int:
    with platform.state.database.read() as session:
        return session.scalar(select(func.count()).select_from(table).where(*where)) or 0


def test_one_epoch_from_32_clients_is_one_row_that_one_of_them_sent_whole(platform: Platform) -> None:
    job_id, token = platform.external_job(task="classification")

    def result(http: httpx.Client, number: int) -> httpx.Response:
        images = [{"image_name": f"{number}.png", "true_label": "a", "predicted_label": "b", "confidence": 0.5}]
        body = {
            "job_id": job_id, "epoch": 3, "task_type": "classification", "overall_loss": number,
            "metrics": {f"m{key}": number for key in range(20)}, "class_names": ["a", "b"], "image_results": images,
        }  # fmt: skip
        return http.post(f"/validation/jobs/{job_id}/results", json=body)

    answers = at_once(platform, token, result)
    assert Counter(a.status_code for a in answers) == {200: CLIENTS}, [a.text for a in answers if not a.is_success]
    (row,) = platform.get(f"/validation/jobs/{job_id}/results")["items"]
    winner = row["overall_loss"]
    assert row["metrics"] == {f"m{key}": winner for key in range(20)}
    series = platform.get(f"/training/jobs/{job_id}/metrics")["series"]
    assert {s["key"]: s["points"][0][3] for s in series if s["key"].startswith("m")} == row["metrics"]
    assert count(platform, ValidationResult) == 1
    assert count(platform, MetricKey, MetricKey.key == "m0") == 1
    page = platform.get(f"/validation/jobs/{job_id}/results/3/images")
    assert [image["path"] for image in page["items"]] == [f"{winner:g}.png"]


def test_one_batch_of_events_from_32_clients_is_taken_once(platform: Platform) -> None:
    job_id, token = platform.external_job()
    events = [
        {"seq": 1, "type": "log", "lines": [f"line {n}" for n in range(50)]},
        {"seq": 2, "type": "metrics", "step": 1, "values": {f"m{key}": key for key in range(30)}},
        {"seq": 3, "type": "progress", "epoch": 1, "epochs": 10},
        {"seq": 4, "type": "log", "lines": ["last"]},
    ]
    answers = at_once(
        platform,
        token,
        lambda http, _: http.post(f"/training/jobs/{job_id}/events", json={"attempt": 1, "events": events}),
    )
    assert [(a.status_code, a.json()["accepted_through"]) for a in answers] == [(200, 4)] * CLIENTS
    lines = platform.get(f"/training/jobs/{job_id}/logs")["items"]
    assert [row["text"] for row in lines] == [*(f"line {n}" for n in range(50)), "last"]
    assert (count(platform, LogLine), count(platform, MetricPoint), count(platform, MetricKey)) == (51, 30, 30)


def test_one_client_id_from_32_clients_makes_one_job_and_one_project(platform: Platform, token: str) -> None:
    body = {"model": "m", "epochs": 1, "launcher": "external", "client_id": str(uuid.uuid4())}
    answers = at_once(platform, token, lambda http, _: http.post("/training/jobs", json=body))
    assert Counter(a.status_code for a in answers) == {201: 1, 200: CLIENTS - 1}
    assert len({a.json()["id"] for a in answers}) == 1
    assert (count(platform, Job), count(platform, Project)) == (1, 1)
    # The token that was given last is the one that opens the job.
    assert count(platform, Attempt) == CLIENTS
    newest = max(answers, key=lambda a: a.json()["attempt"]).json()
    sent = httpx.post(
        f"{platform.url}/api/v1/training/jobs/{newest['id']}/events",
        json={"attempt": newest["attempt"], "events": []},
        headers={"authorization": f"Bearer {newest['job_token']}"},
        trust_env=False,
        timeout=60,
    )
    assert sent.is_success, sent.text


def test_one_file_from_32_clients_is_one_artifact(platform: Platform) -> None:
    job_id, token = platform.external_job()
    body = {
        "attempt": 1, "kind": "checkpoint", "name": "last.pt", "size": 3, "epoch": 1, "metadata": {},
        "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "content_type": "application/octet-stream",
    }  # fmt: skip
    uploads = f"/training/jobs/{job_id}/uploads"

    def send(http: httpx.Client, _number: int) -> httpx.Response:
        for _ in range(100):  # as a supervisor: another one's end of the same upload means that it begins anew
            place = http.post(uploads, json=body)
            if not place.is_success or place.json()["already"]:
                return place
            http.put(place.json()["url"].removeprefix("/api/v1"), content=b"abc")
            done = http.post(f"{uploads}/{place.json()['upload_id']}/complete", json={})
            if done.is_success or done.status_code >= 500:
                return done
        return done

    answers = at_once(platform, token, send)
    assert {a.status_code for a in answers} <= {200, 201}, [a.text for a in answers if not a.is_success]
    assert count(platform, Artifact) == 1
    (artifact,) = platform.get(f"/training/jobs/{job_id}/artifacts")["items"]
    assert platform.state.internal.get_bytes(artifact["key"]) == b"abc"


def test_one_small_file_from_32_clients_is_one_artifact(platform: Platform) -> None:
    job_id, token = platform.external_job()
    data = b"a plot"
    told = {"kind": "plot", "name": "pr.png", "epoch": 1, "sha256": hashlib.sha256(data).hexdigest()}
    answers = at_once(
        platform, token, lambda http, _: http.put(f"/training/jobs/{job_id}/files", params=told, content=data)
    )
    assert Counter(a.status_code for a in answers) == {200: CLIENTS}, [a.text for a in answers if not a.is_success]
    assert len({a.json()["id"] for a in answers}) == count(platform, Artifact) == 1
    assert platform.state.internal.get_bytes(answers[0].json()["key"]) == data
