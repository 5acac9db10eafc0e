"""Jobs' files in a store that is S3, datasets in another: sent in parts straight to it, given out straight from it."""

from __future__ import annotations

import hashlib
import os
import urllib.request
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.launch.conftest import Platform

from snellen.errors import Conflict
from snellen.sdk.callback import CallbackFailed
from snellen.server.cluster.stores import MARKER
from snellen.storage import Store, open_store
from snellen.storage.object_keys import UPLOADS, part_key

PART = 1024 * 1024


@pytest.fixture
def store(s3: Any, other_s3: Any) -> Iterator[Store]:
    """The internal store; afterwards neither it nor the external one belongs to the test's database any more."""
    found = open_store("s3://snellen/results", other_s3.options())
    yield found
    found.delete(*found.list())
    open_store("s3://snellen/datasets", s3.options()).delete(MARKER)


def settings_of(s3: Any, other_s3: Any) -> dict[str, Any]:
    return {
        "external_store": "s3://snellen/datasets",
        "external_store_options": s3.options(),
        "internal_store": "s3://snellen/results",
        "internal_store_options": other_s3.options(),
        "upload_part_bytes": PART,
    }


@pytest.fixture
def make_platform(s3: Any, other_s3: Any, tmp_path: Path) -> Iterator[Callable[..., Platform]]:
    made: list[Platform] = []

    def make(**more: Any) -> Platform:
        made.append(Platform(tmp_path / "data", **settings_of(s3, other_s3), **more))
        made[-1].start()
        return made[-1]

    yield make
    for platform in made:
        platform.stop()


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    path = tmp_path / "last.pt"
    path.write_bytes(os.urandom(5 * PART + 17))
    return path


FIELDS: dict[str, Any] = {
    "kind": "checkpoint", "name": "last.pt", "content_type": "application/octet-stream", "epoch": 3,
}  # fmt: skip


def call(platform: Platform, job: tuple[int, str], method: str, path: str, body: Any = None) -> httpx.Response:
    """A request of the job's supervisor, below the job's uploads."""
    url = f"{platform.url}/api/v1/training/jobs/{job[0]}/uploads{path}"
    return httpx.request(
        method, url, json=body, headers={"authorization": f"Bearer {job[1]}"}, trust_env=False, timeout=60
    )


def announce(platform: Platform, job: tuple[int, str], path: Path) -> dict[str, Any]:
    data = path.read_bytes()
    body = {**FIELDS, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    return dict(call(platform, job, "POST", "", body).json())


def put_part(place: dict[str, Any], data: bytes) -> None:
    request = urllib.request.Request(place["url"], data, place["headers"], method="PUT")  # noqa: S310
    with urllib.request.urlopen(request, timeout=60):  # noqa: S310
        pass


def test_a_checkpoint_goes_in_parts_straight_to_the_store_and_comes_straight_back(
    make_platform: Any, client_of: Any, weights: Path, store: Store, other_s3: Any
) -> None:
    platform = make_platform()
    job = platform.external_job()
    told = announce(platform, job, weights)
    assert (told["parts"], told["received"]) == (6, [])
    place = call(platform, job, "GET", f"/{told['upload_id']}/parts/6").json()
    assert place["url"].startswith(other_s3.endpoint)
    assert call(platform, job, "GET", f"/{told['upload_id']}/parts/7").status_code == 422
    artifact = client_of(platform, *job).upload(partial(weights.open, "rb"), **FIELDS)
    assert store.get_bytes(artifact["key"]) == weights.read_bytes()
    assert list(store.list(UPLOADS)) == []

    token = (platform.data_dir / "token").read_text().strip()
    answer = httpx.get(
        platform.url + artifact["url"], headers={"authorization": f"Bearer {token}"}, follow_redirects=False, timeout=60
    )
    assert answer.status_code == 307
    assert answer.headers["location"].startswith(other_s3.endpoint)
    straight = httpx.get(answer.headers["location"], headers={"range": "bytes=5-9"}, timeout=60)
    assert straight.content == weights.read_bytes()[5:10]
    assert straight.headers["content-type"] == "application/octet-stream"
    assert straight.headers["content-disposition"].startswith("attachment; filename")


def test_parts_that_arrived_are_not_sent_again_by_whoever_goes_on(
    make_platform: Any, client_of: Any, weights: Path, store: Store
) -> None:
    """A part with the right size and other bytes shows it: it stays until the hash of the whole is found wrong."""
    platform = make_platform()
    job = platform.external_job()
    told = announce(platform, job, weights)
    base = f"/{told['upload_id']}"
    for number, data in ((1, bytes(PART)), (2, bytes(PART)), (4, bytes(PART)), (5, b"cut short")):
        put_part(call(platform, job, "GET", f"{base}/parts/{number}").json(), data)
    incomplete = call(platform, job, "POST", f"{base}/complete", {})
    assert (incomplete.status_code, "3, 5, 6 are missing" in incomplete.json()["detail"]) == (409, True)
    platform.stop()
    platform.start()
    again = announce(platform, job, weights)
    assert (again["upload_id"], again["received"]) == (told["upload_id"], [1, 2, 4])
    supervisor = client_of(platform, *job)
    with pytest.raises(CallbackFailed, match="SHA-256"):
        supervisor.upload(partial(weights.open, "rb"), **FIELDS)
    assert platform.get(f"/training/jobs/{job[0]}/artifacts")["items"] == []
    assert list(store.list()) == [MARKER]
    artifact = supervisor.upload(partial(weights.open, "rb"), **FIELDS)
    assert store.get_bytes(artifact["key"]) == weights.read_bytes()


def test_a_store_that_nobody_else_reaches_is_written_and_read_through_the_server(
    make_platform: Any, client_of: Any, weights: Path, store: Store
) -> None:
    platform = make_platform(direct_transfers=False)
    job = platform.external_job()
    told = announce(platform, job, weights)
    place = call(platform, job, "GET", f"/{told['upload_id']}/parts/1").json()
    assert place["url"].startswith("/api/v1/")
    artifact = client_of(platform, *job).upload(partial(weights.open, "rb"), **FIELDS)
    token = (platform.data_dir / "token").read_text().strip()
    answer = httpx.get(
        platform.url + artifact["url"], headers={"authorization": f"Bearer {token}", "range": "bytes=-17"}, timeout=60
    )
    assert (answer.status_code, answer.content) == (206, weights.read_bytes()[-17:])


def test_parts_that_nobody_went_on_with_are_collected_and_others_stay(
    make_platform: Any, weights: Path, store: Store
) -> None:
    platform = make_platform()
    job = platform.external_job()
    told = announce(platform, job, weights)
    put_part(call(platform, job, "GET", f"/{told['upload_id']}/parts/1").json(), bytes(PART))
    store.put_bytes(part_key("of-no-row", 1), b"x")
    leftovers = platform.state.parts["leftovers"]
    leftovers.collect()
    assert list(store.list(UPLOADS)) == [part_key(told["upload_id"], 1)]
    platform.stop()
    platform = make_platform(upload_kept_hours=1e-9)
    platform.state.parts["leftovers"].collect()
    assert list(store.list(UPLOADS)) == []
    assert announce(platform, job, weights)["received"] == []


def test_a_file_that_always_arrives_with_other_bytes_is_given_up(
    make_platform: Any, client_of: Any, weights: Path, store: Store
) -> None:
    platform = make_platform()
    job = platform.external_job()
    supervisor = client_of(platform, *job)
    outcomes = []
    for _ in range(5):
        told = announce(platform, job, weights)
        put_part(call(platform, job, "GET", f"/{told['upload_id']}/parts/1").json(), bytes(PART))
        with pytest.raises((CallbackFailed, Conflict)) as found:
            supervisor.upload(partial(weights.open, "rb"), **FIELDS)
        outcomes.append(found.type)
    assert outcomes == [CallbackFailed] * 4 + [Conflict]


def test_a_supervisor_that_the_store_turns_away_sends_through_the_server(
    make_platform: Any, client_of: Any, weights: Path, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    """An address that nobody answers, told as a part's place, as behind a firewall."""
    platform = make_platform()
    job = platform.external_job()
    told = announce(platform, job, weights)
    supervisor = client_of(platform, *job)
    supervisor._send_parts(partial(weights.open, "rb"), weights.stat().st_size, {**told, "received": [2, 3, 4, 5, 6]})
    single = {**told, "parts": 1, "received": [], "url": "http://127.0.0.1:9/nobody", "headers": {}}
    supervisor._send_parts(partial(weights.open, "rb"), PART, {**single, "part_size": PART})
    assert "go through the server" in caplog.text
    assert announce(platform, job, weights)["received"] == [1]
