"""A server in this process, on a real database and real folders."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.leftovers import end_all

from snellen.server.app import create_app
from snellen.server.settings import Settings, load

BASE = "http://127.0.0.1:8080"


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    return load(data_dir=tmp_path / "data", mlflow_uri="off", max_body_bytes=200_000, database_url=database_url)


@pytest.fixture
def anonymous(settings: Settings) -> Iterator[TestClient]:
    """A client without a token; the server runs while the test does, and so does what it started."""
    with TestClient(create_app(settings), base_url=BASE) as client:
        yield client
    end_all(settings.data_dir)


@pytest.fixture
def api(anonymous: TestClient, settings: Settings) -> TestClient:
    """A client with the administrator's token."""
    token = (settings.data_dir / "token").read_text().strip()
    client = TestClient(anonymous.app, base_url=BASE, headers={"authorization": f"Bearer {token}"})
    return client


@pytest.fixture
def external_job(api: TestClient) -> Callable[..., tuple[int, TestClient]]:
    """Makes a job that a script of somebody's reports to; gives its id and a client with its token."""

    def make(**fields: Any) -> tuple[int, TestClient]:
        body = {"model": "own.pt", "epochs": 10, "launcher": "external", **fields}
        answer = api.post("/api/v1/training/jobs", json=body)
        assert answer.status_code == 201, answer.text
        job = answer.json()
        client = TestClient(api.app, base_url=BASE, headers={"authorization": f"Bearer {job['job_token']}"})
        return job["id"], client

    return make


@pytest.fixture
def dataset(api: TestClient, eventually: Callable[..., Any]) -> Callable[..., dict[str, Any]]:
    """Imports a folder as the dataset `pets` and waits for its end."""

    def run(folder: Path, **options: Any) -> dict[str, Any]:
        answer = api.post("/api/v1/datasets", json={"name": "pets", "source": str(folder), **options})
        assert answer.status_code == 202, answer.text

        def ended() -> Any:
            found = api.get(f"/api/v1/datasets/imports/{answer.json()['id']}").json()
            return found if found["state"] != "running" else None

        found = dict(eventually(ended))
        assert found["state"] == "completed", found["error"]
        return found

    return run
