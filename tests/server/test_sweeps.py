"""Sweeps over HTTP: who may, what is refused, which trials there are, who stops, and what outlives a server."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.server.conftest import BASE
from tests.sweeping import API, SPACE, SWEEPS, Lab, install

from snellen.cli.digits import write_digits
from snellen.contract.states import JobState
from snellen.server.app import create_app
from snellen.server.jobs import service
from snellen.server.settings import Settings, load

pytestmark = pytest.mark.db
EARLY = {"min_epochs": 1, "reduction": 3}
#: A change to a good request, and what the refusal names.
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"name": " "}, "name"),
    ({"space": {}}, "space"),
    ({"space": {"lr": {"type": "float", "low": 0.5, "high": 0.1}}}, "low < high"),
    ({"space": {"lr": {"type": "float", "low": 0, "high": 0.1, "log": True}}}, "begins above 0"),
    ({"space": {"lr": {"type": "float", "low": 0.1, "high": "Infinity"}}}, "high"),
    ({"space": {"lr": {"type": "float", "low": 0.1, "high": 0.5, "step": 0.1, "log": True}}}, "log and step"),
    ({"space": {"lr": {"type": "float", "low": 0.1, "high": 7}}}, "lr: got 7"),
    ({"space": {"depth": {"type": "int", "low": 0, "high": 7}}}, "depth: got 0"),
    ({"space": {"depth": {"type": "int", "low": 1, "high": 80}}}, "depth: got 80"),
    ({"space": {"opt": {"type": "choice", "values": []}}}, "values"),
    ({"space": {"opt": {"type": "choice", "values": ["sgd", "sgd"]}}}, "twice"),
    ({"space": {"opt": {"type": "choice", "values": ["sgd", "rmsprop"]}}, "trials": 2}, "opt: got 'rmsprop'"),
    ({"space": {"lrr": {"type": "float", "low": 0.1, "high": 0.5}}}, "did you mean 'lr'"),
    ({"space": {"lr": {"type": "normal", "low": 0.1, "high": 0.5}}}, "space.lr"),
    ({"space": {"lr": {"type": "int", "low": 1, "high": 5, "surprise": 1}}}, "surprise"),
    ({"space": {"model": {"type": "int", "low": 1, "high": 5}}, "job": {"model": None}}, "space.model"),
    ({"space": {"model": {"type": "choice", "values": ["small"]}}}, "model is given in the job too"),
    ({"job": {"hyperparameters": {"lr": 0.1}}}, "lr is given in the job too"),
    ({"job": {"name": "mine"}}, "job.name"),
    ({"job": {"client_id": str(uuid.uuid4())}}, "job.client_id"),
    ({"job": {"launcher": "external"}}, "job.launcher"),
    ({"job": {"launcher": "moon"}}, "launcher"),
    ({"job": {"trainer": "tunner"}}, "trainer"),
    ({"job": {"dataset": None}}, "dataset"),
    ({"job": {"task": "pose"}}, "task"),
    ({"job": {"model": "https://example.org/a.pt"}}, "URL"),
    ({"method": "grid"}, "space.lr: a range without a step in a grid"),
    ({"method": "grid", "trials": None, "space": {"lr": {"type": "float", "low": 1e-4, "high": 0.5, "step": 1e-4}}},
     "5000 points"),
    ({"method": "luck"}, "method"),
    ({"trials": None}, "trials"),
    ({"trials": 0}, "trials"),
    ({"trials": 1001}, "trials"),
    ({"trials": 9, "space": {"opt": {"type": "choice", "values": ["sgd", "adam"]}}}, "the space has 2 points"),
    ({"parallel": 0}, "parallel"),
    ({"early_stopping": {"reduction": 1}}, "reduction"),
    ({"seed": -1}, "seed"),
]  # fmt: skip


@pytest.fixture
def settings(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Settings:
    install(tmp_path / "site", monkeypatch)
    return load(
        data_dir=tmp_path / "data", mlflow_uri="off", database_url=database_url, slots=100, launchers={"ledger": {}}
    )


@pytest.fixture
def lab(api: TestClient, settings: Settings, dataset: Callable[..., dict[str, Any]], tmp_path: Path) -> Lab:
    write_digits(tmp_path / "digits", train=4, val=2, size=64)
    return Lab(api, [settings.data_dir], dataset(tmp_path / "digits")["dataset_id"])


def test_nobody_and_nothing(anonymous: TestClient, api: TestClient) -> None:
    for method, path in (("POST", ""), ("GET", ""), ("GET", "/1"), ("POST", "/1/stop"), ("GET", "/1/importances")):
        assert anonymous.request(method, SWEEPS + path, json={}).status_code == 401
    for method, path in (("GET", "/7"), ("POST", "/7/stop"), ("POST", "/7/resume"), ("GET", "/7/importances")):
        answer = api.request(method, SWEEPS + path)
        assert (answer.status_code, answer.json()["error"]) == (404, "sweep_not_found")
    assert api.get(SWEEPS).json() == {"items": [], "next_cursor": None}


def test_what_is_wrong_is_named_and_nothing_is_made(lab: Lab) -> None:
    for change, named in WRONG:
        answer = lab.api.post(SWEEPS, json=lab.body(**change))
        assert answer.status_code == 422, change
        assert named in answer.json()["detail"], change
    assert lab.api.get(SWEEPS).json()["items"] == []
    assert lab.api.get(f"{API}/training/jobs").json()["items"] == []


def test_an_unknown_dataset_is_404(lab: Lab) -> None:
    assert lab.api.post(SWEEPS, json=lab.body(job={"dataset": "nowhere"})).status_code == 404
    assert lab.api.get(SWEEPS).json()["items"] == []


def test_a_repeated_request_makes_one_sweep(lab: Lab) -> None:
    body = lab.body(client_id=str(uuid.uuid4()))
    first, second = lab.api.post(SWEEPS, json=body), lab.api.post(SWEEPS, json=body)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["id"] == second.json()["id"]
    assert len(lab.api.get(SWEEPS).json()["items"]) == 1


def test_a_grid_is_worked_through_and_each_job_says_whose_trial_it_is(lab: Lab) -> None:
    space = {"model": {"type": "choice", "values": ["small", "large"]}, "depth": {"type": "int", "low": 1, "high": 3}}
    sweep = lab.make(
        name="models", method="grid", trials=None, space=space, parallel=2,
        job={"model": None, "tags": ["night"], "resources": {"cpus": 1}, "hyperparameters": {"lr": 0.2}},
    )  # fmt: skip
    assert sweep["trials"] == 6
    assert len(lab.trials(sweep, 2)) == 2
    lab.play(sweep, lambda params: params["depth"] / 10 + (params["model"] == "large"))
    found = lab.wait(sweep, "completed")
    assert sorted((t["params"]["model"], t["params"]["depth"]) for t in found["items"]) == [
        (model, depth) for model in ("large", "small") for depth in (1, 2, 3)
    ]
    assert found["counts"] == {
        "waiting": 0, "running": 0, "lost": 0, "completed": 6, "stopped_early": 0, "stopped": 0, "failed": 0,
    }  # fmt: skip
    best = found["best"]
    assert (best["value"], best["params"]) == (1.3, {"model": "large", "depth": 3})
    job = lab.api.get(f"{API}/training/jobs/{best['job_id']}").json()
    assert job["sweep"] == {"id": sweep["id"], "name": "models", "trial": best["number"]}
    assert (job["name"], job["tags"]) == (f"models #{best['number']}", ["night"])
    assert (job["params"], job["model"]) == ({"lr": 0.2, "depth": 3}, "large")
    assert (job["resources"]["cpus"], job["launcher"]) == (1, "ledger")
    listed = lab.api.get(f"{API}/training/jobs", params={"sweep": sweep["id"]}).json()["items"]
    assert len(listed) == 6
    assert {row["sweep"]["id"] for row in listed} == {sweep["id"]}
    assert lab.api.get(f"{API}/training/jobs", params={"sweep": 99}).json()["items"] == []
    (row,) = lab.api.get(SWEEPS).json()["items"]
    assert row == {name: found[name] for name in row}
    importances = lab.api.get(f"{SWEEPS}/{sweep['id']}/importances").json()
    assert {each["name"] for each in importances["items"]} == {"model", "depth"}
    assert lab.api.post(f"{SWEEPS}/{sweep['id']}/resume").status_code == 409


def test_sweeps_are_paged_newest_first(lab: Lab) -> None:
    ids = [lab.make(trials=1)["id"] for _ in range(3)]
    first = lab.api.get(SWEEPS, params={"limit": 2}).json()
    second = lab.api.get(SWEEPS, params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert [row["id"] for page in (first, second) for row in page["items"]] == ids[::-1]


def test_without_a_limit_one_trial_waits_at_a_time(lab: Lab) -> None:
    sweep = lab.make(trials=3)
    (first,) = lab.trials(sweep, 1)
    lab.reporter(first["job_id"])  # started, but it has said nothing
    assert lab.count(sweep) == 1
    lab.events(first["job_id"])
    assert len(lab.trials(sweep, 2)) == 2


def test_the_best_third_at_a_rung_goes_on_and_the_others_say_why_they_stopped(lab: Lab) -> None:
    sweep = lab.make(trials=6, parallel=6, early_stopping=EARLY)
    trials = lab.trials(sweep, 6)
    values = [0.5, 0.6, 0.7, 0.2, 0.1, 0.9]
    for trial, value in zip(trials, values, strict=True):
        lab.events(trial["job_id"])
        lab.epoch(trial["job_id"], 1, value)
        lab.judged(sweep, trial["number"], 1)
    # 0.5 was the only one, 0.6 and 0.7 the best of theirs; 0.2 is none of the best third of four.
    asked = [lab.asked_to_stop(trial["job_id"]) for trial in trials]
    assert asked == [False, False, False, True, True, False]
    for trial in (trials[3], trials[4]):
        lab.end(trial["job_id"], "stopped")
    # At the next rung, epoch 3.
    for number, value in ((6, 0.95), (1, 0.55), (2, "NaN")):
        lab.epoch(trials[number - 1]["job_id"], 2, 1.0)
        lab.epoch(trials[number - 1]["job_id"], 3, value)
        lab.judged(sweep, number, 2)
    assert [lab.asked_to_stop(trials[n - 1]["job_id"]) for n in (6, 1, 2, 3)] == [False, True, True, False]
    for number in (1, 2):
        lab.end(trials[number - 1]["job_id"], "stopped")
    for number in (3, 6):
        lab.end(trials[number - 1]["job_id"], "completed")
    found = lab.wait(sweep, "completed")
    by_number = {trial["number"]: trial for trial in found["items"]}
    early = "stopped early by the sweep: at epoch"
    assert by_number[4]["reason"] == f"{early} 1 its val/score 0.2 is not among the best third"
    assert by_number[2]["reason"] == f"{early} 3 its val/score is not a number"
    assert [by_number[n]["stopped_early"] for n in range(1, 7)] == [True, True, False, True, True, False]
    assert by_number[4]["epochs"] == 1
    assert found["counts"]["stopped_early"] == 4
    assert found["epochs_saved"] == 8 + 8 + 6 + 6
    assert found["epochs_trained"] == 1 + 1 + 3 + 3 + 1 + 3
    assert found["best"]["number"] in (1, 2, 6)  # each had 1.0 at its second epoch


def test_three_failures_and_nothing_else_end_a_sweep_which_can_be_resumed(lab: Lab) -> None:
    sweep = lab.make(trials=6, parallel=1)
    for number in range(1, 4):
        trial = lab.trials(sweep, number)[number - 1]
        lab.end(trial["job_id"], "failed", reason="no memory")
    found = lab.wait(sweep, "failed")
    assert found["reason"] == "its 3 first trials failed, the last one with: no memory"
    assert lab.count(sweep) == 3
    assert lab.api.post(f"{SWEEPS}/{sweep['id']}/resume").json()["state"] == "running"
    lab.trials(sweep, 4)
    for number in range(4, 7):
        lab.end(lab.trials(sweep, number)[number - 1]["job_id"], "failed" if number == 4 else "completed")
    assert lab.wait(sweep, "completed")["counts"]["failed"] == 4


def test_a_stopped_sweep_goes_on_with_what_is_left(lab: Lab) -> None:
    sweep = lab.make(trials=4, parallel=2)
    first, second = lab.trials(sweep, 2)
    lab.epoch(first["job_id"], 1, 0.5)
    lab.end(first["job_id"], "completed")
    third = lab.trials(sweep, 3)[2]
    lab.events(second["job_id"])
    lab.events(third["job_id"])
    answer = lab.api.post(f"{SWEEPS}/{sweep['id']}/stop").json()
    assert answer["state"] == "stopped"
    assert lab.asked_to_stop(second["job_id"])
    lab.end(second["job_id"], "stopped")
    assert lab.api.post(f"{SWEEPS}/{sweep['id']}/stop").json()["state"] == "stopped"
    assert lab.get(sweep)["items"][1]["reason"] == "its sweep was stopped"
    assert lab.count(sweep) == 3
    assert lab.api.post(f"{SWEEPS}/{sweep['id']}/resume").json()["state"] == "running"
    # The second goes on at once, the third as soon as it has obeyed.
    lab.reporter(second["job_id"], attempt=2)
    lab.end(second["job_id"], "completed")
    lab.end(third["job_id"], "stopped")
    lab.reporter(third["job_id"], attempt=2)
    lab.end(third["job_id"], "completed")
    lab.end(lab.trials(sweep, 4)[3]["job_id"], "completed")
    assert lab.wait(sweep, "completed")["counts"]["completed"] == 4
    assert lab.count(sweep) == 4


def test_a_trial_that_a_person_stops_is_one_of_the_trials(lab: Lab) -> None:
    sweep = lab.make(trials=2, parallel=1)
    (first,) = lab.trials(sweep, 1)
    lab.events(first["job_id"])
    lab.api.post(f"{API}/training/jobs/{first['job_id']}/stop")
    lab.end(first["job_id"], "stopped")
    lab.end(lab.trials(sweep, 2)[1]["job_id"], "completed")
    assert lab.wait(sweep, "completed")["counts"] | {"stopped": 1, "completed": 1} == lab.get(sweep)["counts"]


def test_a_lost_trial_is_waited_for_until_somebody_stops_it(lab: Lab) -> None:
    sweep = lab.make(trials=2, parallel=1)
    (first,) = lab.trials(sweep, 1)
    lab.events(first["job_id"])
    state = lab.api.app.state.snellen  # type: ignore[attr-defined]
    with state.database.write() as session:
        job = service.get_job(session, first["job_id"], lock=True)
        service.set_state(session, job, JobState.LOST, reason="its node died")
    found = lab.get(sweep)
    assert {name for name, count in found["counts"].items() if count} == {"lost"}
    assert (found["state"], found["items"][0]["reason"]) == ("running", "its node died")
    lab.trials(lab.make(name="another", trials=2, parallel=2), 2)  # by then the first sweep has been looked at
    assert lab.count(sweep) == 1
    lab.api.post(f"{API}/training/jobs/{first['job_id']}/stop")
    lab.end(lab.trials(sweep, 2)[1]["job_id"], "completed")
    counts = lab.wait(sweep, "completed")["counts"]
    assert (counts["lost"], counts["stopped"], counts["completed"]) == (0, 1, 1)


def test_a_sweep_whose_dataset_is_gone_says_so(lab: Lab) -> None:
    sweep = lab.make(trials=3, parallel=1)
    (first,) = lab.trials(sweep, 1)
    lab.reporter(first["job_id"])  # it has been started: what waits in the queue would fail without its dataset
    assert lab.api.delete(f"{API}/datasets/{lab.dataset}", params={"force": True}).status_code == 204
    lab.end(first["job_id"], "completed")
    assert "trial 2 could not be made" in lab.wait(sweep, "failed")["reason"]


def test_what_is_done_is_in_the_audit_log(lab: Lab) -> None:
    sweep = lab.make(trials=2, parallel=1)
    lab.api.post(f"{SWEEPS}/{sweep['id']}/stop")
    lab.api.post(f"{SWEEPS}/{sweep['id']}/resume")
    entries = lab.api.get(f"{API}/audit").json()["items"]
    found = [(each["action"], each["target"]) for each in entries if each["action"].startswith(("sweep.", "job."))]
    expected = [("job.create", f"job {lab.get(sweep)['items'][0]['job_id']}")]
    expected += [(f"sweep.{what}", f"sweep {sweep['id']}") for what in ("create", "stop", "resume")]
    assert set(expected) <= set(found)


def test_the_same_seed_and_results_give_the_same_trials(lab: Lab) -> None:
    made = [lab.make(method="bayesian", trials=6, parallel=1, seed=seed) for seed in (1, 1, 2)]
    for sweep in made:
        lab.play(sweep, lambda params: params["lr"])
        lab.wait(sweep, "completed")
    one, same, other = ([t["params"] for t in lab.get(sweep)["items"]] for sweep in made)
    assert one == same
    assert one != other


@pytest.fixture
def servers(settings: Settings) -> Iterator[Callable[[], TestClient]]:
    """Starts a server on the same data again; the one before has ended then."""
    running: list[TestClient] = []

    def start() -> TestClient:
        stop()
        client = TestClient(create_app(settings), base_url=BASE)
        client.__enter__()
        running.append(client)
        token = (settings.data_dir / "token").read_text().strip()
        return TestClient(client.app, base_url=BASE, headers={"authorization": f"Bearer {token}"})

    def stop() -> None:
        while running:
            running.pop().__exit__(None, None, None)

    yield start
    stop()


def test_another_server_goes_on_without_a_lost_or_a_repeated_trial(
    servers: Callable[[], TestClient], settings: Settings, tmp_path: Path
) -> None:
    api = servers()
    write_digits(tmp_path / "digits", train=4, val=2, size=64)
    lab = Lab(api, [settings.data_dir], imported_by(api, tmp_path / "digits"))
    whole = lab.make(method="bayesian", trials=6, parallel=1, seed=3)
    lab.play(whole, lambda params: params["lr"])
    sweep = lab.make(method="bayesian", trials=6, parallel=1, seed=3, early_stopping=EARLY)
    for number in range(1, 6):
        trial = lab.trials(sweep, number)[number - 1]
        lab.api = servers()
        lab.epoch(trial["job_id"], 1, trial["params"]["lr"])
        lab.end(trial["job_id"], "completed")
        lab.api = servers()
    lab.end(lab.trials(sweep, 6)[5]["job_id"], "completed")
    found = lab.wait(sweep, "completed")
    assert [t["number"] for t in found["items"]] == [1, 2, 3, 4, 5, 6]
    assert [t["params"] for t in found["items"]] == [t["params"] for t in lab.get(whole)["items"]]


def imported_by(api: TestClient, folder: Path) -> int:
    """The dataset of a folder."""
    from tests.conftest import wait_for

    begun = api.post(f"{API}/datasets", json={"name": "pets", "source": str(folder)}).json()
    found = wait_for(lambda: (f := api.get(f"{API}/datasets/imports/{begun['id']}").json())["state"] != "running" and f)
    return int(found["dataset_id"])


def test_what_a_space_holds_stays_as_it_was_asked_for(lab: Lab) -> None:
    sweep = lab.make(trials=1)
    assert sweep["space"] == {name: {"step": None, **each} if "low" in each else each for name, each in SPACE.items()}
    assert (sweep["seed"], sweep["method"], sweep["early_stopping"]) == (5, "random", None)
    assert sweep["job"]["snapshot"] is not None
    assert sweep["primary_metric"] == {"name": "val/score", "direction": "max", "source": "reported"}
