"""Alive is one thing, able to work another; why not is said, and no secret with it."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from snellen.server.operations import readiness
from snellen.server.operations.readiness import NotReady, Readiness
from snellen.server.settings import Settings

PARTS = {"database", "external_store", "internal_store", "data_dir", "workers"}


@pytest.fixture
def fresh(anonymous: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each request looks anew, and waits for what it looks at."""
    monkeypatch.setattr(readiness, "CACHE_SECONDS", -1.0)
    anonymous.app.state.snellen.parts["readiness"]._patience = 60.0  # type: ignore[attr-defined]


@pytest.mark.db
def test_a_server_that_can_work_says_so_to_everybody(anonymous: TestClient, fresh: None) -> None:
    for path in ("/ready", "/api/v1/ready"):
        answer = anonymous.get(path)
        assert answer.status_code == 200
        assert answer.json() == {
            "ready": True, "parts": {name: {"ready": True, "reason": None} for name in PARTS},
        }  # fmt: skip


def test_a_store_that_is_gone_is_named_and_the_server_is_alive_all_the_same(
    anonymous: TestClient, settings: Settings, fresh: None
) -> None:
    shutil.rmtree(settings.data_dir / "internal")
    answer = anonymous.get("/ready")
    assert answer.status_code == 503
    parts = answer.json()["parts"]
    assert {name for name in PARTS if not parts[name]["ready"]} == {"internal_store"}
    assert "can't be written" in parts["internal_store"]["reason"]
    assert anonymous.get("/health").status_code == 200
    (settings.data_dir / "internal").mkdir()
    assert anonymous.get("/ready").status_code == 200


@pytest.mark.db
def test_a_schema_of_another_version_is_told(anonymous: TestClient, fresh: None) -> None:
    database: Any = anonymous.app.state.snellen.database  # type: ignore[attr-defined]
    with database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    answer = anonymous.get("/ready")
    assert answer.status_code == 503
    assert "the schema is at 0001" in answer.json()["parts"]["database"]["reason"]


def test_a_worker_that_ended_is_named(anonymous: TestClient, fresh: None, eventually: Callable[..., Any]) -> None:
    anonymous.app.state.snellen.parts["scheduler"].stop()  # type: ignore[attr-defined]
    # It waits ten seconds for what its threads are at.
    reason = eventually(lambda: anonymous.get("/ready").json()["parts"]["workers"]["reason"])
    assert reason.startswith("ended: scheduler")


def test_a_part_that_hangs_holds_up_nobody_for_long_and_is_asked_once(eventually: Callable[..., Any]) -> None:
    go_on, asked = threading.Event(), []

    def hang() -> None:
        asked.append(1)
        go_on.wait(120)

    looks = Readiness({"slow": hang, "quick": lambda: None}, patience=0.2)
    eventually(lambda: looks.parts() == {"slow": "no answer within 0.2 s", "quick": None})
    assert looks.parts()["slow"] == "no answer within 0.2 s"
    assert asked == [1]
    go_on.set()


def test_what_is_not_ready_says_why_and_what_fails_unexpectedly_tells_its_kind_alone(
    eventually: Callable[..., Any],
) -> None:
    def refuse() -> None:
        raise NotReady("it is full")

    def fail() -> None:
        raise RuntimeError("password=hunter2")

    assert Readiness({"a": refuse, "b": fail}, patience=60).parts() == {
        "a": "it is full", "b": "it can't be looked at (RuntimeError)",
    }  # fmt: skip
