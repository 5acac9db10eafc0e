"""Sweeps of several people and of several servers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.server.conftest import BASE
from tests.server.people.town import Town
from tests.server.test_sweeps import imported_by
from tests.sweeping import API, SWEEPS, Lab, install

from snellen.cli.digits import write_digits
from snellen.server.app import create_app
from snellen.server.settings import Settings, load


@pytest.fixture
def settings(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Settings:
    install(tmp_path / "site", monkeypatch)
    return load(
        data_dir=tmp_path / "data", mlflow_uri="off", database_url=database_url, slots=100, auth="users",
        allow_shared_user=True, launchers={"local": {}, "ledger": {}},
    )  # fmt: skip


@pytest.fixture
def town(api: TestClient, tmp_path: Path, eventually: Callable[..., Any]) -> Town:
    return Town(api, tmp_path, eventually)


@pytest.fixture
def lab(town: Town, settings: Settings) -> Lab:
    return Lab(town.operator, [settings.data_dir], town.furnish(town.cats)["dataset_id"])


def test_who_may_not_create_a_job_creates_no_sweep(town: Town, lab: Lab) -> None:
    body = lab.body(trials=1)
    for name, status in (("stranger", 404), ("nobody", 403), ("viewer", 403)):
        assert town.people[name].post(SWEEPS, json=body).status_code == status, name
    reader = town.client("editor", scopes=["read"])
    assert reader.post(SWEEPS, json=body).status_code == 403
    assert town.people["editor"].post(SWEEPS, json=body).status_code == 201
    assert len(town.people["viewer"].get(SWEEPS).json()["items"]) == 2  # one was there
    assert town.people["stranger"].get(SWEEPS).json()["items"] == []
    assert town.people["stranger"].get(SWEEPS, params={"project": "cats"}).status_code == 404


@pytest.mark.parametrize(
    "change",
    [
        {"job": {"model": "/root/own.py"}},
        {"job": {"model": None}, "space": {"model": {"type": "choice", "values": ["small", "weights/own.py"]}}},
        {"job": {"trainer": "script", "hyperparameters": {"command": ["true"]}}},
    ],
)
def test_code_of_ones_own_needs_its_permission_wherever_it_stands(town: Town, lab: Lab, change: dict[str, Any]) -> None:
    body = lab.body(trials=2, **change)
    refused = town.people["editor"].post(SWEEPS, json=body)
    assert refused.status_code == 403, refused.text
    assert "run_code" in refused.json()["detail"]
    assert lab.api.get(f"{API}/training/jobs", params={"sort": "created"}).json()["items"][0]["name"] != "search #1"


def test_a_sweep_makes_its_trials_in_the_name_of_who_made_it(town: Town, lab: Lab) -> None:
    lab.api = town.people["editor"]
    sweep = lab.make(trials=3, parallel=1)
    (first,) = lab.trials(sweep, 1)
    town.join("editor", town.cats, "viewer")
    lab.end(first["job_id"], "completed")
    found = lab.wait(sweep, "failed")
    assert found["reason"].startswith("trial 2 could not be made: a job in project cats: you are viewer")
    assert town.people["editor"].post(f"{SWEEPS}/{sweep['id']}/resume").status_code == 403
    town.join("editor", town.cats, "editor")
    assert town.people["editor"].post(f"{SWEEPS}/{sweep['id']}/resume").status_code == 200
    lab.trials(sweep, 2)
    assert town.people["boss"].patch(f"{API}/users/{town.ids['editor']}", json={"disabled": True}).status_code == 200
    lab.api = town.operator
    lab.end(lab.trials(sweep, 2)[1]["job_id"], "completed")
    assert "disabled" in lab.wait(sweep, "failed")["reason"]


@pytest.fixture
def pair(
    tmp_path: Path, bare_postgresql: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[list[TestClient], list[Path]]]:
    """Two servers of two machines on one database."""
    install(tmp_path / "site", monkeypatch)
    shared: dict[str, Any] = {
        "database_url": bare_postgresql, "external_store": str(tmp_path / "external"),
        "internal_store": str(tmp_path / "internal"), "mlflow_uri": "off", "slots": 100,
        "launchers": {"ledger": {}},
    }  # fmt: skip
    places = [tmp_path / name for name in ("one", "two")]
    clients = [
        TestClient(create_app(load(data_dir=each, machine=each.name, **shared)), base_url=BASE) for each in places
    ]
    for client, place in zip(clients, places, strict=True):
        client.__enter__()
        client.headers["authorization"] = f"Bearer {(place / 'token').read_text().strip()}"
    yield clients, places
    for client in clients:
        client.__exit__(None, None, None)


def test_two_servers_make_each_trial_once(pair: tuple[list[TestClient], list[Path]], tmp_path: Path) -> None:
    (one, two), places = pair
    write_digits(tmp_path / "digits", train=4, val=2, size=64)
    lab = Lab(one, places, imported_by(one, tmp_path / "digits"))
    sweeps = [lab.make(trials=12, parallel=3, method="bayesian", seed=seed) for seed in (1, 2)]
    for number in range(1, 13):
        for sweep in sweeps:
            trial = lab.trials(sweep, number)[number - 1]
            lab.epoch(trial["job_id"], 1, trial["params"]["lr"])
            lab.end(trial["job_id"], "completed")
            assert lab.count(sweep) <= 12
        if number % 4 == 0:  # whoever has the lease loses it
            for each in (one, two):
                each.app.state.snellen.parts["member"].leases.release("sweeper")  # type: ignore[attr-defined]
            lab.api = two if lab.api is one else one
    for sweep in sweeps:
        found = lab.wait(sweep, "completed")
        assert [trial["number"] for trial in found["items"]] == list(range(1, 13))
        assert len({repr(trial["params"]) for trial in found["items"]}) == 12
