"""Uploads: announced, checked, published; nothing half there is ever offered."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from snellen.server.settings import Settings

pytestmark = pytest.mark.db

ExternalJob = Callable[..., tuple[int, TestClient]]


def announce(client: TestClient, job_id: int, data: bytes, **fields: Any) -> Any:
    body = {
        "kind": "checkpoint",
        "name": "last.pt",
        "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "content_type": "application/octet-stream",
        **fields,
    }
    return client.post(f"/api/v1/training/jobs/{job_id}/uploads", json=body)


def upload(client: TestClient, job_id: int, data: bytes, **fields: Any) -> dict[str, Any]:
    place = announce(client, job_id, data, **fields).json()
    if place["already"]:
        return dict(place["artifact"])
    assert client.put(place["url"], content=data).status_code == 204
    answer = client.post(f"/api/v1/training/jobs/{job_id}/uploads/{place['upload_id']}/complete", json={})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def listed(api: TestClient, job_id: int) -> list[dict[str, Any]]:
    return list(api.get(f"/api/v1/training/jobs/{job_id}/artifacts").json()["items"])


def put(client: TestClient, job_id: int, data: bytes, **fields: Any) -> Any:
    """A small file in one request."""
    told = {"kind": "plot", "name": "pr.png", "epoch": 1, "sha256": hashlib.sha256(data).hexdigest(), **fields}
    return client.put(f"/api/v1/training/jobs/{job_id}/files", params=told, content=data)


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "virus"},
        {"name": ""},
        {"name": "a\\b"},
        {"sha256": "short"},
        {"size": -1},
        {"content_type": "no type"},
        {"epoch": 0},
    ],
)
def test_an_announcement_that_makes_no_sense_is_refused(external_job: ExternalJob, change: dict[str, Any]) -> None:
    job_id, client = external_job()
    assert announce(client, job_id, b"x", **change).status_code == 422


@pytest.mark.parametrize("name", ["../../escape.pt", "/etc/passwd", "a/../../../b", "...", ".hidden"])
def test_no_name_leaves_the_jobs_part_of_the_store(
    api: TestClient, settings: Settings, external_job: ExternalJob, name: str
) -> None:
    job_id, client = external_job()
    artifact = upload(client, job_id, b"bytes", name=name, kind="plot", epoch=1)
    assert artifact["key"].startswith(f"job{job_id}/")
    assert ".." not in artifact["key"]
    assert (settings.data_dir / "internal" / artifact["key"]).resolve().is_relative_to(settings.data_dir / "internal")


def test_bytes_other_than_those_announced_are_never_offered(api: TestClient, external_job: ExternalJob) -> None:
    job_id, client = external_job()
    place = announce(client, job_id, b"what was meant").json()
    complete = f"/api/v1/training/jobs/{job_id}/uploads/{place['upload_id']}/complete"
    assert client.post(complete, json={}).status_code == 409
    assert client.put(place["url"], content=b"too short").status_code == 409
    assert client.put(place["url"], content=b"what was MEANT").status_code == 204
    answer = client.post(complete, json={})
    assert answer.status_code == 409
    assert answer.json()["error"] == "upload_mismatch"
    assert listed(api, job_id) == []
    client.put(place["url"], content=b"what was meant")
    assert client.post(complete, json={}).status_code == 200


def test_an_upload_of_another_job_is_not_found(external_job: ExternalJob) -> None:
    first, client = external_job()
    place = announce(client, first, b"x").json()
    second, other = external_job()
    answer = other.put(f"/api/v1/training/jobs/{second}/uploads/{place['upload_id']}/content", content=b"x")
    assert answer.status_code == 404


def test_a_file_comes_back_with_its_content_type(api: TestClient, external_job: ExternalJob) -> None:
    job_id, client = external_job()
    artifact = upload(client, job_id, b"\x89PNG...", kind="plot", name="pr.png", content_type="image/png", epoch=12)
    assert artifact["key"] == f"job{job_id}/validation/epoch-000012/pr.png"
    answer = api.get(artifact["url"])
    assert answer.content == b"\x89PNG..."
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["content-disposition"].startswith("inline")


def test_what_could_run_code_is_offered_as_a_file(api: TestClient, external_job: ExternalJob) -> None:
    job_id, client = external_job()
    for name, content_type in (("a.svg", "image/svg+xml"), ("a.html", "text/html")):
        artifact = upload(client, job_id, name.encode(), kind="plot", name=name, content_type=content_type, epoch=1)
        assert api.get(artifact["url"]).headers["content-disposition"].startswith("attachment")


def test_what_is_downloaded_never_runs_in_our_origin(api: TestClient, external_job: ExternalJob) -> None:
    """Whatever its name and type say: not even a file that a page shows may load or run anything."""
    job_id, client = external_job()
    types = ["image/svg+xml", "text/html", "application/xhtml+xml", "text/xml", "image/png", "text/plain;charset=utf-8"]
    for content_type in types:
        name = f"{types.index(content_type)}.svg"
        artifact = upload(client, job_id, name.encode(), kind="plot", name=name, content_type=content_type, epoch=1)
        headers = api.get(artifact["url"]).headers
        assert headers["content-security-policy"] == "sandbox; default-src 'none'"
        assert headers["x-content-type-options"] == "nosniff"
        shown = content_type.startswith(("image/png", "text/plain"))
        assert headers["content-disposition"].startswith("inline" if shown else "attachment")


@pytest.mark.parametrize(
    ("asked", "status", "start", "stop"),
    [
        ("bytes=0-9", 206, 0, 10), ("bytes=190-", 206, 190, 200), ("bytes=-5", 206, 195, 200),
        ("bytes=150-900", 206, 150, 200), ("bytes=-900", 206, 0, 200), ("bytes=9-3", 200, 0, 200),
        ("bytes=0-1,5-6", 200, 0, 200), ("lines=1-2", 200, 0, 200), ("bytes=200-", 416, 0, 0), ("bytes=-0", 416, 0, 0),
    ],
)  # fmt: skip
def test_a_range_of_a_file_is_that_range(
    api: TestClient, external_job: ExternalJob, asked: str, status: int, start: int, stop: int
) -> None:
    job_id, client = external_job()
    artifact = upload(client, job_id, bytes(range(200)))
    answer = api.get(artifact["url"], headers={"range": asked})
    assert (answer.status_code, answer.content) == (status, bytes(range(start, stop)))
    told = {206: f"bytes {start}-{stop - 1}/200", 416: "bytes */200", 200: None}[status]
    assert answer.headers.get("content-range") == told
    changed = api.get(artifact["url"], headers={"range": "bytes=0-9", "if-range": '"another"'})
    assert (changed.status_code, len(changed.content)) == (200, 200)


def test_an_upload_in_parts_by_a_script_alone_leaves_nothing_but_the_file(
    api: TestClient, settings: Settings, external_job: ExternalJob
) -> None:
    job_id, client = external_job()
    data = bytes(range(256)) * 256 * 300  # 19.7 MB, two parts
    place = announce(client, job_id, data).json()
    assert (place["parts"], place["part_size"], place["received"]) == (2, 16 * 1024**2, [])
    base = f"/api/v1/training/jobs/{job_id}/uploads/{place['upload_id']}"
    for number, piece in ((2, data[16 * 1024**2 :]), (1, data[: 16 * 1024**2])):
        where = client.get(f"{base}/parts/{number}").json()
        assert client.put(where["url"], content=piece[:-1]).status_code == 409
        assert client.put(where["url"], content=piece).status_code == 204
    artifact = client.post(f"{base}/complete", json={}).json()
    assert api.get(artifact["url"]).content == data
    assert upload(client, job_id, data + b"whole")["size"] == len(data) + 5
    assert list((settings.data_dir / "internal" / "uploads").iterdir()) == []


def test_last_is_one_row_that_moves_on_the_one_before_it_stays_and_older_files_go(
    api: TestClient, settings: Settings, external_job: ExternalJob
) -> None:
    job_id, client = external_job()
    first = upload(client, job_id, b"one", epoch=1, metadata={"fitness": 0.1})
    second = upload(client, job_id, b"two", epoch=2)
    third = upload(client, job_id, b"three", epoch=3)
    upload(client, job_id, b"three", epoch=3)
    rows = listed(api, job_id)
    assert [(r["name"], r["epoch"], r["size"]) for r in rows] == [("previous.pt", 2, 3), ("last.pt", 3, 5)]
    internal = settings.data_dir / "internal"
    assert not (internal / first["key"]).exists()
    assert (internal / second["key"]).read_bytes() == b"two"
    assert (internal / third["key"]).read_bytes() == b"three"


def test_bytes_that_the_job_holds_are_not_sent_again_and_outlive_their_first_name(
    api: TestClient, settings: Settings, external_job: ExternalJob
) -> None:
    job_id, client = external_job()
    upload(client, job_id, b"weights", epoch=1)
    best = announce(client, job_id, b"weights", name="best.pt", epoch=1).json()
    assert best["already"] is True
    upload(client, job_id, b"newer", epoch=2)
    assert api.get(best["artifact"]["url"]).content == b"weights"


def test_a_plot_drawn_again_does_not_overwrite_the_file_that_a_row_names(
    api: TestClient, external_job: ExternalJob
) -> None:
    job_id, client = external_job()
    fields = {"kind": "plot", "name": "cm.png", "content_type": "image/png", "epoch": 3}
    first = upload(client, job_id, b"old", **fields)
    second = upload(client, job_id, b"new", **fields)
    assert first["key"] != second["key"]
    assert [r["key"] for r in listed(api, job_id)] == [second["key"]]
    assert api.get(second["url"]).content == b"new"


def test_files_over_the_limit_are_refused_before_they_are_sent(external_job: ExternalJob) -> None:
    job_id, client = external_job()
    assert announce(client, job_id, b"x", size=10**15).status_code == 413


def test_a_large_file_passes_the_limit_of_json_bodies(api: TestClient, external_job: ExternalJob) -> None:
    job_id, client = external_job()
    data = bytes(1_000_000)
    artifact = upload(client, job_id, data)
    assert len(api.get(artifact["url"]).content) == len(data)


def test_a_set_uploaded_again_leaves_the_stored_result_whole_until_it_is_replaced(
    api: TestClient, settings: Settings, external_job: ExternalJob
) -> None:
    job_id, client = external_job()
    url = f"/api/v1/validation/jobs/{job_id}/results"
    fields = {"kind": "predictions", "name": "predictions.parquet", "epoch": 2}
    first = upload(client, job_id, b"set A", **fields)
    body = {"job_id": job_id, "epoch": 2, "task_type": "detection"}
    client.post(url, json={**body, "predictions_key": first["key"]})
    second = upload(client, job_id, b"set B", **fields)
    store = settings.data_dir / "internal"
    assert (store / first["key"]).read_bytes() == b"set A"
    client.post(url, json={**body, "predictions_key": second["key"]})
    assert not (store / first["key"]).exists()
    assert (store / second["key"]).read_bytes() == b"set B"


def test_what_could_not_be_stored_or_sent_back_is_refused_before_its_bytes_come(external_job: ExternalJob) -> None:
    job_id, client = external_job()
    assert announce(client, job_id, b"x", name="n" * 300, kind="plot", epoch=1).status_code == 422
    assert announce(client, job_id, b"x", content_type="text/plain;\u2603").status_code == 422


def test_a_small_file_in_one_request_is_the_same_artifact_as_an_uploaded_one(
    api: TestClient, external_job: ExternalJob
) -> None:
    answers = []
    for send in (upload, lambda *given, **fields: put(*given, **fields).json()):
        job_id, client = external_job()
        fields = {"kind": "predictions", "name": "predictions.parquet", "epoch": 3, "content_type": "x/parquet"}
        artifact = send(client, job_id, b"PAR1", **fields)
        assert api.get(artifact["url"]).content == b"PAR1"
        assert listed(api, job_id) == [artifact]
        artifact["key"] = artifact["key"].removeprefix(f"job{job_id}/")
        answers.append({**artifact, "id": 0, "url": "", "created_at": 0})
    assert answers[0] == answers[1]


def test_a_small_file_with_other_bytes_than_told_is_refused_and_not_stored(
    api: TestClient, settings: Settings, external_job: ExternalJob
) -> None:
    job_id, client = external_job()
    answer = put(client, job_id, b"damaged", sha256="0" * 64)
    assert (answer.status_code, answer.json()["error"]) == (409, "upload_mismatch")
    assert put(client, job_id, b"x" * 300_000).status_code == 413
    assert put(client, job_id, b"x", size=1).status_code == 422
    assert listed(api, job_id) == []
    assert not (settings.data_dir / "internal" / f"job{job_id}").exists()


def test_a_small_file_replaces_the_one_of_its_name_and_an_empty_one_is_a_file_too(
    api: TestClient, settings: Settings, external_job: ExternalJob
) -> None:
    job_id, client = external_job()
    first = put(client, job_id, b"first").json()
    again = put(client, job_id, b"first").json()
    second = put(client, job_id, b"").json()
    assert first["id"] == again["id"] == second["id"]
    assert api.get(second["url"]).content == b""
    assert [a["size"] for a in listed(api, job_id)] == [0]
    stored = [path for path in (settings.data_dir / "internal" / f"job{job_id}").rglob("*") if path.is_file()]
    assert [path.read_bytes() for path in stored] == [b""]


def test_a_small_file_needs_the_token_of_the_jobs_own_attempt(api: TestClient, external_job: ExternalJob) -> None:
    job_id, client = external_job()
    other, _ = external_job()
    assert put(client, other, b"x").status_code == 403
    assert put(api, job_id, b"x").status_code == 401
    assert listed(api, job_id) == listed(api, other) == []
