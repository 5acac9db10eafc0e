"""The database is killed and comes back in the middle of a job: requests are told to come again, nothing is lost."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.faults.conftest import FACTOR, TALKER, Site, check_quiet, check_whole
from tests.imports import imported
from tests.leftovers import end_all
from tests.packages import put_metadata
from tests.postgres_server import PostgresServer

from snellen.cli.digits import write_digits

pytestmark = pytest.mark.timeout(300 * FACTOR)
EPOCHS = 16
AWAY_SECONDS = 3.0 * FACTOR


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[PostgresServer]:
    runtime = tmp_path / "run"
    runtime.mkdir(mode=0o700)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
    server = PostgresServer()
    yield server
    server.stop()


@pytest.fixture
def site(tmp_path: Path, postgres: PostgresServer) -> Iterator[Site]:
    packages = tmp_path / "site"
    put_metadata(packages, "talker", {"talker": "talker:Talker"})
    (packages / "talker.py").write_text(TALKER)
    found = Site(tmp_path / "data", packages, SNELLEN_DATABASE_URL=postgres.url)
    found.start()
    try:
        yield found
    finally:
        found.stop()
        end_all(tmp_path / "data")


def test_a_job_loses_nothing_to_a_database_that_is_killed_and_comes_back(
    site: Site, postgres: PostgresServer, tmp_path: Path, eventually: Callable[..., Any]
) -> None:
    write_digits(tmp_path / "digits", train=4, val=2, size=64)
    job_id = site.talk(imported(site.client, "digits", tmp_path / "digits"), epochs=EPOCHS, pause=0.7)
    told = Told(site, job_id)
    told.start()
    eventually(lambda: site.job(job_id)["progress"] is not None or site.job(job_id)["state"] == "running", seconds=60)
    for _ in range(2):
        postgres.kill()
        away = time.monotonic()
        refused = httpx.get(
            f"{site.url}/api/v1/training/jobs/{job_id}", headers=site.headers, timeout=60, trust_env=False
        )
        assert (refused.status_code, refused.json()["error"]) == (503, "database_unavailable")
        assert int(refused.headers["retry-after"]) >= 1
        threading.Event().wait(max(0.0, AWAY_SECONDS - (time.monotonic() - away)))
        postgres.start()
        eventually(lambda: site.client.answers() and _answers(site, job_id), seconds=30)
        threading.Event().wait(1.0)
    job = eventually(lambda: site.ended(job_id), seconds=120)
    assert (job["state"], job["attempt"], job["best_epoch"]) == ("completed", 1, EPOCHS)
    check_quiet(site, job_id)
    check_whole(site, job_id)
    # A stream that was open all the time told of every epoch, once.
    eventually(lambda: len(told.epochs) >= EPOCHS, seconds=20)
    assert told.epochs == list(range(1, EPOCHS + 1))
    assert told.connections == 1


def _answers(site: Site, job_id: int) -> bool:
    url = f"{site.url}/api/v1/training/jobs/{job_id}"
    return httpx.get(url, headers=site.headers, timeout=60, trust_env=False).status_code == 200


class Told(threading.Thread):
    """What a browser hears: it connects again with the id of the last event."""

    def __init__(self, site: Site, job_id: int) -> None:
        super().__init__(daemon=True)
        self._url = f"{site.url}/api/v1/training/jobs/{job_id}/stream"
        self._headers = site.headers
        self.epochs: list[int] = []
        self.connections = 0

    def run(self) -> None:
        last, kind = "", ""
        while True:
            more = {"last-event-id": last} if last else {}
            try:
                with httpx.stream(
                    "GET", self._url, headers={**self._headers, **more}, timeout=60, trust_env=False
                ) as stream:
                    self.connections += stream.is_success
                    for line in stream.iter_lines():
                        name, _, value = line.partition(": ")
                        if name == "id":
                            last = value
                        elif name == "event":
                            kind = value
                        elif name == "data" and kind == "validation":
                            self.epochs.append(json.loads(value)["epoch"])
            except httpx.HTTPError:
                continue
