"""A server that several people share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.server.people.town import Town

from snellen.server.settings import Settings, load


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    return load(
        data_dir=tmp_path / "data", mlflow_uri="off", max_body_bytes=200_000, database_url=database_url,
        auth="users", allow_shared_user=True,
    )  # fmt: skip


@pytest.fixture
def town(api: TestClient, tmp_path: Path, eventually: Callable[..., Any]) -> Town:
    return Town(api, tmp_path, eventually)
