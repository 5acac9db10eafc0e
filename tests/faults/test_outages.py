"""What a job needs goes away in the middle of it and comes back: everything that its journal holds arrives, once."""

from __future__ import annotations

import itertools
import json
import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from io import BufferedReader
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.imports import imported
from tests.launch.conftest import Platform, install_puppet, running
from tests.s3_server import S3Server

from snellen.cli.digits import write_digits
from snellen.launch.client import ServerClient
from snellen.launch.patience import until_done
from snellen.storage import open_store
from snellen.storage.object_keys import UPLOADS

PART = 1024 * 1024
PLACE = "s3://snellen/results"


@pytest.fixture
def store_server(tmp_path: Path) -> Iterator[S3Server]:
    folder = tmp_path / "s3"
    folder.mkdir()
    server = S3Server(folder)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def platform(tmp_path: Path, store_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Platform]:
    install_puppet(tmp_path / "site", monkeypatch)
    options = store_server.options()
    made = Platform(tmp_path / "data", internal_store=PLACE, internal_store_options=options, upload_part_bytes=PART)
    with running(made) as found:
        yield found


@pytest.fixture
def dataset(platform: Platform, tmp_path: Path) -> int:
    write_digits(tmp_path / "digits", train=4, val=2, size=64)
    return imported(platform, "digits", tmp_path / "digits")


def test_a_job_goes_on_while_its_store_is_away_and_everything_arrives_once(
    platform: Platform, dataset: int, store_server: S3Server, eventually: Callable[..., Any]
) -> None:
    job_id = platform.puppet_job(dataset, epochs=4)
    folder = platform.folder(job_id)
    eventually(lambda: platform.get(f"/training/jobs/{job_id}/artifacts")["items"])
    (first,) = platform.get(f"/training/jobs/{job_id}/artifacts", kind="checkpoint")["items"][:1]
    store_server.kill()
    for epoch in (2, 3, 4):
        (folder.root / f"go-{epoch}").touch()
    token = (platform.data_dir / "token").read_text().strip()
    refused = httpx.get(
        platform.url + first["url"], headers={"authorization": f"Bearer {token}"}, trust_env=False, timeout=40.0
    )
    assert (refused.status_code, refused.json()["error"]) == (503, "store_unavailable")
    # The training and its callbacks need no store.
    eventually(lambda: '"epoch": 4' in folder.events.read_text() or '"epoch":4' in folder.events.read_text())
    eventually(lambda: len(points(platform, job_id)) == 4)
    assert platform.job(job_id)["state"] == "running"
    store_server.start()

    job = eventually(lambda: (j := platform.job(job_id))["state"] not in ("starting", "running") and j, seconds=90.0)
    assert job["state"] == "completed", job
    assert points(platform, job_id) == {epoch: 1 / epoch for epoch in (1, 2, 3, 4)}
    rows = platform.get(f"/validation/jobs/{job_id}/results")["items"]
    assert Counter(row["epoch"] for row in rows) == Counter((1, 2, 3, 4))
    lines = [row["text"] for row in platform.get(f"/training/jobs/{job_id}/logs")["items"]]
    told = [text for text in lines if text.startswith("puppet: epoch")]
    assert told == [f"puppet: epoch {epoch}" for epoch in (1, 2, 3, 4)]
    store = open_store(PLACE, store_server.options())
    held = platform.get(f"/training/jobs/{job_id}/artifacts", kind="checkpoint")["items"]
    assert next(a["epoch"] for a in held if a["name"].startswith("last")) == 4
    for artifact in held:
        assert json.loads(store.get_bytes(artifact["key"])) == {"epoch": artifact["epoch"]}
    assert list(store.list(UPLOADS)) == []


def test_a_large_checkpoint_goes_on_where_the_outage_cut_it(
    platform: Platform, store_server: S3Server, tmp_path: Path, eventually: Callable[..., Any]
) -> None:
    weights = tmp_path / "last.pt"
    weights.write_bytes(os.urandom(40 * PART))
    job_id, token = platform.external_job()
    client = ServerClient(platform.url, token, job_id=job_id, attempt=1)
    store = open_store(PLACE, store_server.options())
    done: list[dict[str, Any]] = []
    cut, opened = threading.Event(), itertools.count(1)

    def open_weights() -> BufferedReader:
        """Once for the hash and once a part; in the midst it waits for the outage."""
        if next(opened) == 12:
            cut.wait(120)
        return weights.open("rb")

    def send() -> dict[str, Any]:
        return client.upload(open_weights, kind="checkpoint", name="last.pt", content_type="application/octet-stream")

    thread = threading.Thread(target=lambda: done.append(until_done(send, ending=threading.Event(), what="sending")))
    thread.start()
    eventually(lambda: 4 <= len(store.sizes(UPLOADS)) < 40, every=0.01)
    store_server.kill()
    cut.set()
    assert platform.get(f"/training/jobs/{job_id}/artifacts")["items"] == []
    assert done == []
    store_server.start()
    eventually(lambda: done, seconds=90.0)
    thread.join()
    client.close()
    assert store.get_bytes(done[0]["key"]) == weights.read_bytes()
    assert list(store.list(UPLOADS)) == []


def points(platform: Platform, job_id: int) -> dict[int, float]:
    found = platform.get(f"/training/jobs/{job_id}/metrics", keys="train/loss")["series"]
    return {step: value for series in found for step, _, _, value in series["points"]}
