"""Runs of MLflow: what its own client wrote is read from its database and over its own server alike; who sees which."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.mlflow_store import FILL, run_with_mlflow, served
from tests.server.people.town import Town

from snellen.server.app import create_app
from snellen.server.jobs.tables import Job
from snellen.server.runs import database, rest, service
from snellen.server.settings import load

pytest.importorskip("mlflow")
pytestmark = pytest.mark.db
BASE, API = "http://127.0.0.1:8080", "/api/v1"
Eventually = Callable[..., Any]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, Any]]:
    """The URI of a store that MLflow's own client filled, and what is in it."""
    uri = f"sqlite:///{tmp_path_factory.mktemp('mlflow') / 'mlflow.db'}"
    return uri, json.loads(run_with_mlflow(FILL, uri))


@pytest.fixture(scope="module")
def addresses(
    store: tuple[str, dict[str, Any]], tmp_path_factory: pytest.TempPathFactory, eventually: Eventually
) -> Iterator[dict[str, str]]:
    """Two ways to the same runs."""
    with served(store[0], tmp_path_factory.mktemp("served") / "mlflow.log", eventually) as address:
        yield {"database": store[0], "http": address}


@contextmanager
def server(data_dir: Path, uri: str, **more: Any) -> Iterator[TestClient]:
    """A server that shows runs of an MLflow, without the mirror, whose writing would be in the way."""
    settings = load(data_dir=data_dir, mlflow_uri=uri, **more)
    app = create_app(settings)
    app.state.snellen.parts.pop("mirror", None)
    with TestClient(app, base_url=BASE) as client:
        client.headers["authorization"] = f"Bearer {(settings.data_dir / 'token').read_text().strip()}"
        yield client


@pytest.fixture(params=["database", "http"])
def client(
    request: pytest.FixtureRequest, tmp_path: Path, addresses: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[TestClient]:
    monkeypatch.setattr(service, "READ_SECONDS", 60.0)
    with server(tmp_path / "data", addresses[request.param]) as found:
        yield found


@pytest.fixture
def made(store: tuple[str, dict[str, Any]]) -> dict[str, str]:
    """The ids of the runs by name."""
    return dict(store[1]["runs"])


# Who may not


def test_nobody_unknown_reads_runs(client: TestClient, made: dict[str, str]) -> None:
    stranger = TestClient(client.app, base_url=BASE)
    run = made["first try"]
    for path in ("", "/experiments", "/runs", f"/runs/{run}", f"/runs/{run}/metrics"):
        assert stranger.get(f"{API}/mlflow{path}").status_code == 401, path


@contextmanager
def people(tmp_path: Path, uri: str, eventually: Eventually, **more: Any) -> Iterator[Town]:
    with server(tmp_path / "data", uri, auth="users", allow_shared_user=True, **more) as operator:
        yield Town(operator, tmp_path, eventually)


def mirrored(town: Town, project: int, run_id: str) -> int:
    """A job of a project whose run in MLflow is `run_id`, as the mirror would note it."""
    body = {"model": "own.pt", "epochs": 3, "launcher": "external", "project": project, "name": "of a job"}
    job_id = int(town.operator.post(f"{API}/training/jobs", json=body).json()["id"])
    with town.state.database.write() as session:
        session.get_one(Job, job_id).mlflow_run_id = run_id
    return job_id


#: Marks a run as a job's, and leaves it in the experiment of the mirror.
MARK = r"""
import json, sys
from mlflow import MlflowClient
client = MlflowClient(tracking_uri=sys.argv[1])
found = client.get_experiment_by_name("Snellen")
experiment = found.experiment_id if found else client.create_experiment("Snellen")
run = client.create_run(experiment, tags={"snellen.job_id": sys.argv[2]}, run_name="of a job").info.run_id
print(json.dumps(run))
"""


@pytest.fixture
def copied(store: tuple[str, dict[str, Any]], tmp_path: Path) -> str:
    """A copy of the store that a test may write to."""
    path = tmp_path / "copy.db"
    with sqlite3.connect(store[0].removeprefix("sqlite:///")) as source, sqlite3.connect(path) as target:
        source.backup(target)
    return f"sqlite:///{path}"


def test_runs_that_no_job_made_are_for_administrators(
    tmp_path: Path, copied: str, made: dict[str, str], eventually: Eventually
) -> None:
    with people(tmp_path, copied, eventually) as town:
        for name in ("viewer", "admin", "nobody"):
            who = town.people[name]
            assert who.get(f"{API}/mlflow").json()["reads_all"] is False
            assert who.get(f"{API}/mlflow").json()["address"] is None
            assert who.get(f"{API}/mlflow/experiments").json()["items"] == []
            assert who.get(f"{API}/mlflow/runs").json() == {"items": [], "next_cursor": None}
            hidden = who.get(f"{API}/mlflow/runs/{made['first try']}")
            absent = who.get(f"{API}/mlflow/runs/{'0' * 32}")
            assert hidden.status_code == absent.status_code == 404
            assert hidden.json()["detail"].replace(made["first try"], "0" * 32) == absent.json()["detail"]
            assert who.get(f"{API}/mlflow/runs/{made['first try']}/metrics").status_code == 404
        boss = town.people["boss"]
        assert boss.get(f"{API}/mlflow").json()["reads_all"] is True
        assert boss.get(f"{API}/mlflow/runs/{made['first try']}").status_code == 200
        assert len(boss.get(f"{API}/mlflow/runs").json()["items"]) == 4
        limited = town.client("boss", projects=[town.cats])
        assert limited.get(f"{API}/mlflow/runs/{made['first try']}").status_code == 404
        assert town.client("boss", scopes=["read"]).get(f"{API}/mlflow/runs").json()["items"] != []


def test_a_jobs_run_is_seen_by_who_sees_the_job(tmp_path: Path, copied: str, eventually: Eventually) -> None:
    with people(tmp_path, copied, eventually) as town:
        run = json.loads(run_with_mlflow(MARK, copied, "1"))
        job_id = mirrored(town, town.cats, run)
        assert job_id == 1
        for name in ("stranger", "nobody"):
            assert town.people[name].get(f"{API}/mlflow/runs/{run}").status_code == 404, name
            assert town.people[name].get(f"{API}/mlflow/runs").json()["items"] == []
        viewer = town.people["viewer"]
        assert [each["id"] for each in viewer.get(f"{API}/mlflow/runs").json()["items"]] == [run]
        assert viewer.get(f"{API}/mlflow/runs?search=nothing").json()["items"] == []
        assert viewer.get(f"{API}/mlflow/runs/{run}").json()["job_id"] == job_id


def test_a_run_that_only_says_it_is_of_a_job_is_nobodys_to_give(
    tmp_path: Path, copied: str, made: dict[str, str], eventually: Eventually
) -> None:
    """Whoever writes to MLflow writes tags: the server's own record counts."""
    with people(tmp_path, copied, eventually, mlflow_readers="everyone") as town:
        job_id = mirrored(town, town.cats, "f" * 32)
        assert job_id == 1  # what the run "forged" says it is of
        for name in ("viewer", "stranger", "nobody"):
            who = town.people[name]
            assert who.get(f"{API}/mlflow/runs/{made['forged']}").status_code == 404
            shown = [each["name"] for each in who.get(f"{API}/mlflow/runs").json()["items"]]
            assert shown == ["first elsewhere", "it's second", "first try"]


def test_with_everyone_a_jobs_run_is_still_for_who_sees_the_job(
    tmp_path: Path, copied: str, eventually: Eventually
) -> None:
    with people(tmp_path, copied, eventually, mlflow_readers="everyone") as town:
        run = json.loads(run_with_mlflow(MARK, copied, "1"))
        mirrored(town, town.cats, run)
        for name, seen in (("viewer", True), ("stranger", False), ("nobody", False)):
            listed = [each["id"] for each in town.people[name].get(f"{API}/mlflow/runs").json()["items"]]
            assert (run in listed) is seen, name
            assert len(listed) == 3 + seen
            assert town.people[name].get(f"{API}/mlflow/runs/{run}").status_code == (200 if seen else 404)


# What isn't there


@pytest.mark.parametrize("run_id", ["0" * 32, "nonsense", "%20", "a.b"])
def test_a_run_that_is_not_there_is_404_or_422(client: TestClient, run_id: str) -> None:
    for path in ("", "/metrics"):
        assert client.get(f"{API}/mlflow/runs/{run_id}{path}").status_code in {404, 422}


def test_what_cannot_be_asked_is_said(client: TestClient, made: dict[str, str]) -> None:
    url = f"{API}/mlflow/runs/{made['first try']}/metrics"
    assert client.get(f"{API}/mlflow/runs?experiment=987654").status_code == 404
    assert client.get(f"{API}/mlflow/runs?cursor=nonsense").status_code == 422
    assert client.get(f"{url}?axis=epoch&from=1").status_code == 422
    assert client.get(f"{url}?from=9&to=1").status_code == 422
    assert client.get(f"{url}?key=unknown").json()["series"] == []


def test_off_says_what_to_do(tmp_path: Path) -> None:
    with server(tmp_path / "data", "off") as client:
        assert client.get(f"{API}/mlflow").json()["state"] == "off"
        assert client.get(f"{API}/auth/me").json()["mlflow"] is False
        answer = client.get(f"{API}/mlflow/runs")
        assert answer.status_code == 404
        assert answer.json()["error"] == "tracker_off"
        assert "SNELLEN_MLFLOW_URI" in answer.json()["detail"]


@pytest.mark.parametrize("uri", ["file:/tmp/mlruns", "databricks", "mysql://user:pw@host/db"])
def test_a_store_of_a_kind_that_is_not_read_is_named_without_its_password(tmp_path: Path, uri: str) -> None:
    with server(tmp_path / "data", uri) as client:
        assert client.get(f"{API}/mlflow").json()["state"] == "unsupported"
        detail = client.get(f"{API}/mlflow/runs").json()["detail"]
        assert "expected an MLflow server" in detail
        assert "pw" not in detail


def test_the_embedded_store_before_any_job_is_empty_and_stays_unmade(tmp_path: Path) -> None:
    settings = load(data_dir=tmp_path / "data")
    app = create_app(settings)
    app.state.snellen.parts.pop("mirror", None)
    with TestClient(app, base_url=BASE) as client:
        client.headers["authorization"] = f"Bearer {(settings.data_dir / 'token').read_text().strip()}"
        assert client.get(f"{API}/mlflow").json()["state"] == "connected"
        assert client.get(f"{API}/mlflow/runs").json()["items"] == []
        assert client.get(f"{API}/mlflow/runs/{'0' * 32}").status_code == 404
    assert not (settings.data_dir / "mlflow.db").exists()


def test_a_server_that_is_down_is_told_at_once(tmp_path: Path) -> None:
    with server(tmp_path / "data", "http://127.0.0.1:9") as client:
        answer = client.get(f"{API}/mlflow/runs")
        assert answer.status_code == 503
        assert answer.json()["error"] == "tracker_unavailable"
        assert "is it running?" in answer.json()["detail"]


def test_a_database_that_is_none_of_mlflows_is_told(tmp_path: Path) -> None:
    for name, script in (("other.db", "CREATE TABLE runs (run_uuid TEXT)"), ("empty.db", "VACUUM")):
        with sqlite3.connect(tmp_path / name) as other:
            other.execute(script)
        with server(tmp_path / name.removesuffix(".db"), f"sqlite:///{tmp_path / name}") as client:
            answer = client.get(f"{API}/mlflow/runs")
            assert answer.status_code == 503
            assert "MLflow's database has no experiments" in answer.json()["detail"]
    (tmp_path / "text.db").write_text("no database at all, and long enough to be looked at " * 50)
    with server(tmp_path / "text", f"sqlite:///{tmp_path / 'text.db'}") as client:
        assert client.get(f"{API}/mlflow/runs").status_code == 503


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (200, b"<html>a login page</html>", "doesn't speak as MLflow does"),
        (401, b"{}", "MLFLOW_TRACKING_USERNAME"),
        (302, b"", "doesn't speak as MLflow does"),
        (500, b'{"error_code": "INTERNAL_ERROR", "message": "broken"}', "MLflow failed (500 INTERNAL_ERROR): broken"),
        (200, b"[]", "MLflow failed"),
    ],
)
def test_what_answers_and_is_no_mlflow_is_told(tmp_path: Path, status: int, body: bytes, said: str) -> None:
    class Other(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    other = ThreadingHTTPServer(("127.0.0.1", 0), Other)
    threading.Thread(target=other.serve_forever, daemon=True).start()
    try:
        with server(tmp_path / "data", f"http://127.0.0.1:{other.server_port}") as client:
            answer = client.get(f"{API}/mlflow/runs")
            assert answer.status_code == 503
            assert said in answer.json()["detail"]
    finally:
        other.shutdown()
        other.server_close()


# What works


def test_runs_come_newest_first_in_pages_by_name_and_experiment(
    client: TestClient, store: tuple[str, dict[str, Any]]
) -> None:
    def names(query: str) -> list[str]:
        answer = client.get(f"{API}/mlflow/runs?{query}")
        assert answer.status_code == 200, answer.text
        return [each["name"] for each in answer.json()["items"]]

    everything = ["forged", "first elsewhere", "it's second", "first try"]
    assert names("") == everything
    assert names("search=FIRST") == ["first elsewhere", "first try"]
    assert names("search=it%27s") == ["it's second"]
    assert names("search=no+such") == []
    assert names(f"experiment={store[1]['experiments']['Notebook']}") == ["it's second", "first try"]
    paged, cursor = [], ""
    while True:
        page = client.get(f"{API}/mlflow/runs?limit=3{cursor}").json()
        paged += [each["name"] for each in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert paged == everything
    row = client.get(f"{API}/mlflow/runs?search=elsewhere").json()["items"][0]
    assert row["status"] == "RUNNING"
    assert row["experiment"] == "Other 100%"
    assert (row["started_at"], row["ended_at"], row["job_id"]) == (1_700_000_200_000, None, None)


def test_experiments_are_found_by_name(client: TestClient) -> None:
    def names(search: str) -> set[str]:
        return {each["name"] for each in client.get(f"{API}/mlflow/experiments?search={search}").json()["items"]}

    assert {"Notebook", "Other 100%", "Default"} <= names("")
    assert names("note") == {"Notebook"}


def test_one_run_has_its_parameters_tags_and_keys(client: TestClient, made: dict[str, str]) -> None:
    run = client.get(f"{API}/mlflow/runs/{made['first try']}").json()
    assert {each["name"]: each["value"] for each in run["params"]}["lr0"] == "0.01"
    long = next(each for each in run["params"] if each["name"] == "long")
    assert (len(long["value"]), long["cut"]) == (service.MAX_VALUE, True)
    assert {"name": "team", "value": "eyes", "cut": False} in run["tags"]
    assert run["keys"] == [
        {"key": "train/loss", "category": "Training Loss", "last": pytest.approx(1 / 5000)},
        {"key": "val_loss", "category": "Training Loss", "last": "-Infinity"},
    ]


def test_series_keep_extremes_nan_and_infinities(client: TestClient, made: dict[str, str]) -> None:
    url = f"{API}/mlflow/runs/{made['first try']}/metrics"
    loss, val = client.get(f"{url}?max_points=400").json()["series"]
    assert loss["total"] == 5000
    assert len(loss["points"]) <= 400
    assert loss["points"][0] == [1, None, 1_700_000_000_001, 1.0]
    assert [1234, None, 1_700_000_001_234, 99.0] in loss["points"]
    assert loss["points"][-1][0] == 5000
    assert [each[3] for each in val["points"]] == [0.5, "NaN", "Infinity", "-Infinity"]


def test_a_part_comes_whole_with_its_neighbours(client: TestClient, made: dict[str, str]) -> None:
    url = f"{API}/mlflow/runs/{made['first try']}/metrics?key=train/loss&max_points=500"
    for query, offset in (("from=1200&to=1299", 0), ("axis=time&from=1700000001200&to=1700000001299", 0)):
        [series] = client.get(f"{url}&{query}").json()["series"]
        assert series["total"] == 100
        assert [each[0] + offset for each in series["points"]] == list(range(1199, 1301))
    [edge] = client.get(f"{url}&from=4999").json()["series"]
    assert [each[0] for each in edge["points"]] == [4998, 4999, 5000]


def test_a_very_long_history_is_sampled_and_says_so_and_an_answer_leaves_keys_for_later(
    client: TestClient, made: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (database, rest):
        monkeypatch.setattr(module, "WHOLE_POINTS", 2000)
    monkeypatch.setattr(database, "SAMPLED_POINTS", 500)
    monkeypatch.setattr(service, "READ_POINTS", 400)
    url = f"{API}/mlflow/runs/{made['first try']}/metrics"
    first = client.get(url).json()
    assert [each["key"] for each in first["series"]] == first["sampled"] == ["train/loss"]
    assert first["later"] == ["val_loss"]
    steps = [each[0] for each in first["series"][0]["points"]]
    assert (steps[0], steps[-1]) == (1, 5000)
    assert steps == sorted(steps)
    second = client.get(f"{url}?key=val_loss").json()
    assert ([each["key"] for each in second["series"]], second["later"]) == (["val_loss"], [])


def test_what_takes_too_long_to_read_comes_with_the_next_answer(
    client: TestClient, made: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "READ_SECONDS", 0.0)
    url = f"{API}/mlflow/runs/{made['first try']}/metrics"
    first = client.get(url).json()
    assert ([each["key"] for each in first["series"]], first["later"]) == (["train/loss"], ["val_loss"])
    second = client.get(f"{url}?key=val_loss").json()
    assert ([each["key"] for each in second["series"]], second["later"]) == (["val_loss"], [])


def test_a_run_that_goes_on_shows_its_new_points(
    tmp_path: Path, copied: str, made: dict[str, str], eventually: Eventually
) -> None:
    add = (
        "import sys; from mlflow import MlflowClient; c = MlflowClient(tracking_uri=sys.argv[1]);"
        "c.log_metric(sys.argv[2], 'acc', float(sys.argv[3]), step=int(sys.argv[4])); print('done')"
    )
    run = made["first elsewhere"]
    with server(tmp_path / "data", copied) as client:
        url = f"{API}/mlflow/runs/{run}/metrics"
        run_with_mlflow(add, copied, run, "0.1", "1")
        assert client.get(url).json()["series"][0]["total"] == 1
        run_with_mlflow(add, copied, run, "0.2", "2")
        eventually(lambda: client.get(url).json()["series"][0]["total"] == 2, seconds=30)


def test_an_answer_of_the_widest_run_stays_below_a_megabyte(tmp_path: Path, copied: str, made: dict[str, str]) -> None:
    run, keys = made["first elsewhere"], 3000
    with sqlite3.connect(copied.removeprefix("sqlite:///")) as writing:
        writing.executemany(
            "INSERT INTO latest_metrics (key, value, timestamp, step, is_nan, run_uuid) VALUES (?, ?, 0, 0, 0, ?)",
            ((f"{'k' * 200}{n}", n * 1.000000000000001, run) for n in range(keys)),
        )
        writing.executemany(
            "INSERT INTO params (key, value, run_uuid) VALUES (?, ?, ?)",
            ((f"{'p' * 200}{n}", "v" * 5000, run) for n in range(keys)),
        )
        writing.executemany(
            "INSERT INTO metrics (key, value, timestamp, step, is_nan, run_uuid) VALUES (?, ?, ?, ?, 0, ?)",
            (
                (
                    f"{'k' * 200}0",
                    (n * 7919 % 1009 - 500) * 1.0000000000000002e-200,
                    1_700_000_000_000 + n,
                    10**9 + n,
                    run,
                )
                for n in range(20_000)
            ),
        )
    with server(tmp_path / "data", copied) as client:
        one = client.get(f"{API}/mlflow/runs/{run}")
        assert len(one.content) < 1_000_000
        assert (one.json()["key_count"], one.json()["param_count"]) == (keys, keys)
        key = f"{'k' * 200}0"
        answer = client.get(f"{API}/mlflow/runs/{run}/metrics?key={key}&max_points={service.MAX_POINTS_AN_ANSWER}")
        assert len(answer.json()["series"][0]["points"]) > 10_000
        assert len(answer.content) < 1_000_000
        everything = client.get(f"{API}/mlflow/runs/{run}/metrics")
        assert len(everything.content) < 1_000_000
