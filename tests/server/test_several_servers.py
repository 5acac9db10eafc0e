"""Several servers on one PostgreSQL: each answers for all, live streams reach every one, what lies on one is named."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import ColumnElement, Integer, column, func, select, text
from tests.launch.conftest import Platform

from snellen.errors import StartRefused
from snellen.server import listener
from snellen.server.app import create_app
from snellen.server.cluster.stores import MARKER
from snellen.server.datasets.tables import Import
from snellen.server.jobs import live_api
from snellen.server.projects.service import default_project
from snellen.server.settings import load

TUS = {"tus-resumable": "1.0.0"}
PID: ColumnElement[int] = column("pid", Integer)


class Cluster:
    """Two servers that start at the same time, for the first time."""

    def __init__(self, place: Path, database: str) -> None:
        self.shared: dict[str, Any] = {
            "database_url": database,
            "external_store": str(place / "external"),
            "internal_store": str(place / "internal"),
        }
        self.servers = [Platform(place / name, **self.shared) for name in ("one", "two")]

    def start(self) -> None:
        threads = [threading.Thread(target=server.start) for server in self.servers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


@pytest.fixture
def cluster(tmp_path: Path, bare_postgresql: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    monkeypatch.setattr(listener, "ALIVE_SECONDS", 3600.0)  # so that LISTEN is the last that a connection said
    made = Cluster(tmp_path, bare_postgresql.replace("postgresql+psycopg://", "postgresql://"))
    try:
        made.start()
        yield made
    finally:
        for server in made.servers:
            server.stop()


def of_listeners(server: Platform, what: ColumnElement[Any]) -> list[Any]:
    """Something of each connection of PostgreSQL that listens."""
    with server.state.database.write() as session:
        listening = select(what).select_from(text("pg_stat_activity")).where(text("query LIKE 'LISTEN%'"))
        return list(session.scalars(listening))


def token(server: Platform) -> str:
    return (server.data_dir / "token").read_text().strip()


@pytest.mark.parametrize("after", ["the start", "a lost connection"])
def test_a_stream_of_one_server_tells_what_another_one_was_told(
    cluster: Cluster, after: str, eventually: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_api, "PING_SECONDS", 3600.0)  # no stream looks by itself
    one, two = cluster.servers
    job_id, job_token = one.external_job()
    if after == "a lost connection":
        eventually(lambda: len(of_listeners(one, PID)) == 2)
        assert len(of_listeners(one, func.pg_terminate_backend(PID))) == 2
    headers = {"authorization": f"Bearer {token(two)}"}
    url = f"{two.url}/api/v1/training/jobs/{job_id}/stream"
    with httpx.stream("GET", url, headers=headers, timeout=120, trust_env=False) as stream:
        lines = stream.iter_lines()
        next(line for line in lines if line.startswith("data:"))
        event = {"seq": 1, "type": "metrics", "values": {"loss": 0.5}, "step": 1}
        sent = httpx.post(
            f"{one.url}/api/v1/training/jobs/{job_id}/events",
            json={"attempt": 1, "events": [event]},
            headers={"authorization": f"Bearer {job_token}"},
            trust_env=False,
            timeout=60,
        )
        assert sent.is_success, sent.text
        told = next(line for line in lines if line == "event: metrics")
        assert told
        data = json.loads(next(lines).removeprefix("data: "))
    assert [(p["key"], p["step"], p["value"]) for p in data["points"]] == [("loss", 1, 0.5)]


def test_an_upload_that_lies_on_another_server_names_that_server(cluster: Cluster) -> None:
    one, two = cluster.servers
    two.state.parts["member"]._seen = -1e9
    two.state.parts["member"].seen()  # as it does every few seconds
    at = {"authorization": f"Bearer {token(one)}", **TUS}
    begun = httpx.post(
        f"{one.url}/api/v1/datasets/uploads", headers={**at, "upload-length": "3"}, trust_env=False, timeout=60
    ).headers["location"]
    assert httpx.head(one.url + begun, headers=at, trust_env=False, timeout=60).headers["upload-offset"] == "0"
    refused = httpx.get(two.url + begun, headers={"authorization": f"Bearer {token(two)}"}, trust_env=False, timeout=60)
    assert (refused.status_code, refused.json()["error"]) == (409, "upload_elsewhere")
    assert one.url in refused.json()["detail"]
    unknown = httpx.get(two.url + begun[:-32] + "x" * 32, headers=at, trust_env=False, timeout=60)
    assert unknown.status_code == 404


def test_a_server_that_starts_fails_its_own_interrupted_imports_alone(
    cluster: Cluster, eventually: Callable[..., Any]
) -> None:
    one, two = cluster.servers
    with two.state.database.write() as session:
        for server in (one, two):
            row = Import(
                project_id=default_project(session).id, name="x", server=server.state.parts["member"].id, source="/x",
                state="running", problems=[], created_at=1,
            )  # fmt: skip
            session.add(row)
    one.stop()
    one.start()
    states = {row["id"]: row["state"] for row in two.get("/datasets/imports")["items"]}
    assert states == {1: "failed", 2: "running"}


def test_a_server_with_other_stores_does_not_start(cluster: Cluster, tmp_path: Path) -> None:
    wrong = {**cluster.shared, "internal_store": str(tmp_path / "empty")}
    with pytest.raises(StartRefused, match=r"internal store .* has no marker.*SNELLEN_INTERNAL_STORE"):
        create_app(load(data_dir=tmp_path / "three", mlflow_uri="off", **wrong))
    # As its message says, a copy is made known by its marker.
    (tmp_path / "empty" / MARKER).write_bytes((tmp_path / "internal" / MARKER).read_bytes())
    app = create_app(load(data_dir=tmp_path / "three", mlflow_uri="off", **wrong))
    app.state.snellen.database.close()
    app.state.lock.close()


def test_the_store_of_another_database_is_refused(cluster: Cluster, tmp_path: Path) -> None:
    with pytest.raises(StartRefused, match="belongs to another database"):
        create_app(
            load(
                data_dir=tmp_path / "three",
                mlflow_uri="off",
                external_store=cluster.shared["external_store"],
                internal_store=str(tmp_path / "fresh"),
            )
        )


def test_a_database_that_does_not_answer_keeps_the_server_from_starting_and_shows_no_password(tmp_path: Path) -> None:
    url = "postgres://snellen:sesame@127.0.0.1:1/snellen"
    with pytest.raises(StartRefused, match=r"can't be opened.*SNELLEN_DATABASE_URL") as refused:
        create_app(load(data_dir=tmp_path / "data", mlflow_uri="off", database_url=url))
    assert "sesame" not in str(refused.value)
    for wrong in ("mysql://root:sesame@localhost/x", "sesame"):
        with pytest.raises(StartRefused, match="expected postgresql://") as refused:
            create_app(load(data_dir=tmp_path / "data", mlflow_uri="off", database_url=wrong))
        assert "sesame" not in str(refused.value)
