"""Datasets whose external store is S3: imported from a place in it, kept in it, deleted from it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from snellen.cli.digits import write_digits
from snellen.server.app import create_app
from snellen.server.cluster.stores import MARKER
from snellen.server.settings import load
from snellen.storage import Store, open_store

BASE = "http://127.0.0.1:8080"


@pytest.fixture
def place(s3: Any) -> str:
    return "s3://snellen/datasets of mine"


@pytest.fixture
def store(s3: Any, place: str) -> Iterator[Store]:
    found = open_store(place, s3.options())
    yield found
    found.delete(*found.list())


@pytest.fixture
def api(s3: Any, place: str, tmp_path: Path) -> Iterator[TestClient]:
    settings = load(
        data_dir=tmp_path / "data", mlflow_uri="off", external_store=place, external_store_options=s3.options()
    )
    with TestClient(create_app(settings), base_url=BASE) as client:
        token = (settings.data_dir / "token").read_text().strip()
        client.headers["authorization"] = f"Bearer {token}"
        yield client


def run_import(api: TestClient, source: str, eventually: Callable[..., Any]) -> dict[str, Any]:
    begun = api.post("/api/v1/datasets", json={"name": "digits", "source": source}).json()

    def ended() -> Any:
        found = api.get(f"/api/v1/datasets/imports/{begun['id']}").json()
        return found["state"] != "running" and found

    found: dict[str, Any] = eventually(ended)
    assert found["state"] == "completed", json.dumps(found)
    return found


def test_a_dataset_comes_from_s3_lives_in_s3_and_is_deleted_from_s3(
    api: TestClient, store: Store, place: str, tmp_path: Path, eventually: Callable[..., Any]
) -> None:
    folder = tmp_path / "digits"
    write_digits(folder, train=3, val=2, size=64)
    for path in folder.rglob("*"):
        if path.is_file():
            store.put_file(f"incoming/some digits/{path.relative_to(folder)}", path)
    store.put_file("incoming/digits.zip", Path(shutil.make_archive(str(tmp_path / "digits"), "zip", folder)))

    by_prefix = run_import(api, "external:incoming/some digits", eventually)
    by_url = run_import(api, f"{place}/incoming/digits.zip", eventually)
    assert by_prefix["snapshot"] == by_url["snapshot"]
    assert (by_prefix["is_new"], by_url["is_new"]) == (True, False)
    assert len(list(store.list("files/"))) == 5

    base = f"/api/v1/datasets/{by_url['dataset_id']}"
    assert api.get(f"{base}/images/0/file").status_code == 200
    assert api.delete(base).status_code == 204
    eventually(lambda: not list(store.list("trash/")))
    assert {key.split("/")[0] for key in store.list()} == {"incoming", MARKER}
