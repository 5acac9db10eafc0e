"""No job, dataset or result sends the server, or a framework, to a URL of somebody's choice; sizes have limits."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from snellen.contract.tasks import Task
from snellen.errors import HyperparameterInvalid, InvalidInput, SnellenError
from snellen.sdk.registry import available_trainers, load_trainer
from snellen.server.artifacts import service as artifacts
from snellen.server.jobs.places import check_places

ExternalJob = Callable[..., tuple[int, TestClient]]
pytestmark = pytest.mark.db


@pytest.fixture
def neighbour() -> Iterator[tuple[str, list[str]]]:
    """The URL of something in the server's own network, and who has called there."""
    calls: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)
        over = threading.Event()

        def listen() -> None:
            while not over.is_set():
                try:
                    connection, caller = listener.accept()
                except TimeoutError:
                    continue
                with connection:
                    connection.settimeout(30)
                    said = connection.recv(1000)
                if b"/admin" in said:  # not somebody's who looks for what had this port before
                    calls.append(str(caller))

        thread = threading.Thread(target=listen)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/admin", calls
        over.set()
        thread.join()


def test_nobody_calls_at_a_url_that_a_person_or_a_trainer_names(
    api: TestClient, external_job: ExternalJob, neighbour: tuple[str, list[str]], eventually: Callable[..., Any]
) -> None:
    url, calls = neighbour
    job = {"model": url, "epochs": 1, "trainer": "ultralytics", "dataset": "pets"}
    answer = api.post("/api/v1/training/jobs", json=job)
    assert (answer.status_code, answer.json()["error"]) == (422, "invalid_input")
    assert "nothing is fetched" in answer.json()["detail"]
    for hyperparameters in ({"pretrained": url}, {"optimizer": url}, {"deep": [{"er": url}]}, {url: 1}):
        answer = api.post(
            "/api/v1/training/jobs", json={**job, "model": "yolo11n.yaml", "hyperparameters": hyperparameters}
        )
        assert (answer.status_code, answer.json()["error"]) == (422, "hyperparameter_invalid")
    begun = api.post("/api/v1/datasets", json={"name": "far", "source": url})
    if begun.status_code < 400:
        done = eventually(
            lambda: (f := api.get(f"/api/v1/datasets/imports/{begun.json()['id']}").json())["state"] != "running" and f
        )
        assert done["state"] == "failed"
    job_id, client = external_job(model=url)
    result = {
        "job_id": job_id, "epoch": 1, "task_type": "detection", "metrics": {"a": 1.0},
        "visualization_urls": {"plot": url, "script": "javascript:alert(1)"},
    }  # fmt: skip
    assert client.post(f"/api/v1/validation/jobs/{job_id}/results", json=result).status_code == 200
    shown = api.get(f"/api/v1/validation/jobs/{job_id}/results/1").json()
    assert shown["visualization_urls"]["plot"] == url, "kept as text for who asked for it"
    assert calls == []


@pytest.mark.parametrize(
    "model",
    ["https://example.org/a.pt", "http://169.254.169.254/latest", "HTTP://[::1]/", "file:///etc/passwd", "ftp:x",
     "hf-hub:somebody/model", " https://a", "//host/share", "\\\\host\\share", "s3://bucket/a.pt", "gs:a"],
)  # fmt: skip
def test_a_model_that_is_a_url_is_refused(model: str) -> None:
    with pytest.raises(InvalidInput, match="nothing is fetched"):
        check_places(model, {}, runs_code=False)


def test_names_and_files_are_models_and_a_program_has_its_own_words() -> None:
    for model in ("yolo11n.pt", "resnet50.a1_in1k", "weights/mine.pt", "/data/mine.pt", "~/mine.pt", None):
        check_places(model, {"opt": "adamw", "augment": "rand-m9-mstd0.5"}, runs_code=False)
    check_places("https://example.org", {"command": ["python", "train.py", "https://example.org"]}, runs_code=True)


def test_a_url_is_found_however_deep_it_lies() -> None:
    with pytest.raises(HyperparameterInvalid) as refused:
        check_places("m", {"a": {"b": ["x", {"c": "https://example.org/x"}]}, "d": "//host"}, runs_code=False)
    assert [each["message"] for each in refused.value.problems] == [
        "a.b[1].c: got the URL 'https://example.org/x'", "d: got the URL '//host'"
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["ultralytics", "timm"])
def test_no_hyperparameter_of_a_framework_takes_free_text_that_could_be_a_place(name: str) -> None:
    assert name in available_trainers()
    try:
        trainer = load_trainer(name)
        schemas = {task: trainer.schema(task) for task in trainer.tasks}
    except SnellenError as error:
        pytest.skip(error.detail)
    for schema in schemas.values():
        assert schema["additionalProperties"] is False
        for key, kind in schema["properties"].items():
            types = kind.get("type", [])
            takes_text = "string" in ([types] if isinstance(types, str) else types)
            assert not takes_text or "enum" in kind or "pattern" in kind, key
    if name == "ultralytics":
        places = {"project", "name", "save_dir", "data", "cfg", "resume", "model", "tracker", "source"}
        assert places.isdisjoint(schemas[Task.DETECTION]["properties"])
        assert schemas[Task.DETECTION]["properties"]["pretrained"]["type"] == "boolean"


def test_an_address_that_is_too_long_is_refused(api: TestClient) -> None:
    answer = api.get("/api/v1/training/jobs", params={"cursor": "x" * 40_000})
    assert (answer.status_code, answer.json()["error"]) == (414, "url_too_long")


@pytest.mark.parametrize("query", ["limit=0", "limit=501", "limit=-1", "limit=1e9", "limit=" + "9" * 400, "cursor=%00"])
def test_a_page_of_another_size_or_place_is_refused(api: TestClient, query: str) -> None:
    assert api.get(f"/api/v1/training/jobs?{query}").status_code == 422


@pytest.mark.parametrize("depth", [1_000, 90_000])
def test_json_that_is_too_deep_is_refused(api: TestClient, external_job: ExternalJob, depth: int) -> None:
    job_id, client = external_job()
    deep = "[" * depth + "]" * depth
    bodies = {
        "/api/v1/training/jobs": f'{{"model":"m","epochs":1,"hyperparameters":{{"a":{deep}}}}}',
        f"/api/v1/training/jobs/{job_id}/events": f'{{"attempt":1,"events":[{{"seq":1,"type":"log","lines":{deep}}}]}}',
        f"/api/v1/validation/jobs/{job_id}/results": f'{{"job_id":{job_id},"epoch":1,"metrics":{deep}}}',
    }
    for path, body in bodies.items():
        who = api if path.endswith("jobs") else client
        answer = who.post(path, content=body, headers={"content-type": "application/json"})
        assert answer.status_code in (200, 400, 422), (path, answer.text)
        assert json.loads(answer.text)


def test_a_job_that_begins_uploads_without_end_is_stopped(
    external_job: ExternalJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(artifacts, "MOST_OPEN_UPLOADS", 3)
    job_id, client = external_job()
    body = {"attempt": 1, "kind": "file", "size": 1, "content_type": "text/plain"}
    answers = [
        client.post(f"/api/v1/training/jobs/{job_id}/uploads", json={**body, "name": f"{n}.txt", "sha256": f"{n:064x}"})
        for n in range(4)
    ]
    assert [answer.status_code < 300 for answer in answers] == [True, True, True, False]
    assert (answers[3].status_code, answers[3].json()["error"]) == (409, "conflict")
