"""A server in this process, on a real database and real folders."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from snellen.server.app import create_app
from snellen.server.settings import Settings, load

BASE = "http://127.0.0.1:8080"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load(data_dir=tmp_path / "data", mlflow_uri="off", max_body_bytes=200_000)


@pytest.fixture
def anonymous(settings: Settings) -> Iterator[TestClient]:
    """A client without a token; the server runs while the test does."""
    with TestClient(create_app(settings), base_url=BASE) as client:
        yield client


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
