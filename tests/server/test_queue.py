"""Several launchers: who sees their queues, what waits for what, and where a job may run."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.packages import put_metadata
from tests.server.people.town import Town

from snellen.cli.digits import write_digits
from snellen.contract.states import JobState
from snellen.errors import StartRefused
from snellen.server.app import create_app
from snellen.server.jobs import service
from snellen.server.settings import Settings, load

pytestmark = pytest.mark.db

API = "/api/v1"
#: Nobody listens there.
UNREACHABLE = "http://127.0.0.1:9"
LAUNCHERS: dict[str, dict[str, Any]] = {
    "bench": {}, "depot": {}, "lab": {"kind": "ray", "address": UNREACHABLE}, "local": {},
}  # fmt: skip
#: Start nothing, and what they started lives for ever: one job at once; two GPUs, and jobs as long as there are some.
PRETENDERS = """
from snellen.launch.base import Launcher

class Bench(Launcher):
    name = "bench"

    def start(self, folder, **more):
        return {"folder": str(folder.root)}

    def alive(self, handle):
        return True

    def kill(self, handle):
        pass

class Depot(Bench):
    name = "depot"

    def gpus(self):
        return ("GPU-a", "GPU-b")

    def default_slots(self):
        return 4
"""


@pytest.fixture
def settings(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Settings:
    site = tmp_path / "site"
    entries = {"bench": "pretenders:Bench", "depot": "pretenders:Depot"}
    put_metadata(site, "pretenders", entries, group="snellen.launchers")
    (site / "pretenders.py").write_text(PRETENDERS)
    monkeypatch.syspath_prepend(str(site))
    importlib.invalidate_caches()
    return load(
        data_dir=tmp_path / "data", mlflow_uri="off", database_url=database_url, auth="users", allow_shared_user=True,
        launchers=LAUNCHERS,
    )  # fmt: skip


@pytest.fixture
def make(api: TestClient, tmp_path: Path, dataset: Callable[..., Any]) -> Callable[..., int]:
    """Creates a job of a script; its id."""
    write_digits(tmp_path / "digits", train=2, val=2, size=64)
    made = dataset(tmp_path / "digits")["dataset_id"]

    def run(**fields: Any) -> int:
        answer = asked(api, dataset=made, **fields)
        assert answer.status_code == 201, answer.text
        return int(answer.json()["id"])

    return run


def asked(api: TestClient, **fields: Any) -> Any:
    body = {"trainer": "script", "epochs": 3, "hyperparameters": {"command": ["true"]}, "task": "detection", **fields}
    return api.post(f"{API}/training/jobs", json=body)


def job_of(api: TestClient, job_id: int) -> Any:
    return api.get(f"{API}/training/jobs/{job_id}").json()


def queues(api: TestClient, **query: Any) -> dict[str, Any]:
    answer = api.get(f"{API}/training/queue", params=query)
    assert answer.status_code == 200, answer.text
    return {each["name"]: each for each in answer.json()["items"]}


def has_begun(api: TestClient, job_id: int) -> Callable[[], bool]:
    return lambda: bool(job_of(api, job_id)["state"] == "starting")


def reason(api: TestClient, job_id: int) -> Callable[[], Any]:
    return lambda: job_of(api, job_id)["waits_for"]


@pytest.mark.parametrize("path", ["queue", "launchers"])
def test_nobody_sees_queues_or_launchers_without_a_persons_token(
    anonymous: TestClient, external_job: Callable[..., tuple[int, TestClient]], path: str
) -> None:
    _, job = external_job()
    for client in (anonymous, job):
        assert client.get(f"{API}/training/{path}").status_code == 401


def test_jobs_of_others_projects_are_only_counted(
    api: TestClient, tmp_path: Path, eventually: Callable[..., Any]
) -> None:
    town = Town(api, tmp_path, eventually)
    theirs = town.furnish(town.cats)["dataset_id"]
    secrets = [asked(api, dataset=theirs, name="a secret of theirs", project="cats").json()["id"] for _ in range(2)]
    eventually(has_begun(api, secrets[0]))
    for name in ("stranger", "nobody"):
        answer = town.people[name].get(f"{API}/training/queue")
        bench = {each["name"]: each for each in answer.json()["items"]}["bench"]
        assert (bench["running"], bench["waiting"]) == ([], [])
        assert (bench["running_count"], bench["waiting_count"]) == (1, 1)
        assert "a secret of theirs" not in answer.text
    asked_for = town.people["stranger"].get(f"{API}/training/queue", params={"project": "cats"})
    assert asked_for.status_code == 404
    seen = queues(town.people["viewer"])["bench"]
    assert [job["id"] for job in seen["running"] + seen["waiting"]] == secrets
    narrowed = queues(api, project="dogs")["bench"]
    assert (narrowed["waiting"], narrowed["waiting_count"]) == ([], 1)


def test_the_launchers_are_those_of_the_settings_the_default_first(api: TestClient) -> None:
    items = api.get(f"{API}/training/launchers").json()["items"]
    assert [(each["name"], each["kind"], each["cluster"], each["is_default"]) for each in items] == [
        ("bench", "bench", False, True), ("depot", "depot", False, False), ("lab", "ray", True, False),
        ("local", "local", False, False),
    ]  # fmt: skip
    assert list(queues(api)) == list(LAUNCHERS)


def test_jobs_wait_in_order_the_first_for_a_slot_and_the_others_for_the_first(
    api: TestClient, make: Callable[..., int], eventually: Callable[..., Any]
) -> None:
    jobs = [make(resources={"gpus": 1}) for _ in range(3)]
    eventually(has_begun(api, jobs[0]))
    assert job_of(api, jobs[0])["launcher"] == "bench", "the default"
    eventually(reason(api, jobs[1]))
    bench = queues(api)["bench"]
    assert (bench["slots"], bench["running_count"], bench["waiting_count"]) == (1, 1, 2)
    assert [(job["id"], job["state"], job["resources"]["gpus"]) for job in bench["running"]] == [
        (jobs[0], "starting", 1)
    ]
    assert [(job["id"], job["position"], job["waits_for"]) for job in bench["waiting"]] == [
        (jobs[1], 1, "a slot: 1 of 1 taken"), (jobs[2], 2, None),
    ]  # fmt: skip
    assert job_of(api, jobs[1])["waits_for"] == "a slot: 1 of 1 taken"
    elsewhere = make(launcher="depot")
    eventually(has_begun(api, elsewhere))
    assert api.post(f"{API}/training/jobs/{jobs[1]}/stop").is_success
    assert eventually(reason(api, jobs[2])) == "a slot: 1 of 1 taken"
    assert api.post(f"{API}/training/jobs/{jobs[1]}/resume").is_success  # it is before the other again
    eventually(reason(api, jobs[1]))
    eventually(lambda: job_of(api, jobs[2])["waits_for"] is None)


def test_a_job_waits_for_gpus_and_those_behind_it_wait_too(
    api: TestClient, make: Callable[..., int], eventually: Callable[..., Any]
) -> None:
    first = make(launcher="depot", resources={"gpus": 1})
    eventually(has_begun(api, first))
    both, none = make(launcher="depot", resources={"gpus": 2}), make(launcher="depot")
    assert eventually(reason(api, both)) == "GPUs: it wants 2, 1 of 2 are free"
    waiting = queues(api)["depot"]["waiting"]
    assert [(job["id"], job["waits_for"]) for job in waiting] == [
        (both, "GPUs: it wants 2, 1 of 2 are free"), (none, None),
    ]  # fmt: skip
    assert api.post(f"{API}/training/jobs/{both}/stop").json()["state"] == "stopped"
    assert job_of(api, both)["waits_for"] is None
    eventually(has_begun(api, none))


def test_a_cluster_that_cant_be_reached_is_named_and_holds_up_nobody_else(
    api: TestClient, make: Callable[..., int], eventually: Callable[..., Any]
) -> None:
    far = make(launcher="lab", resources={"cpus": 2, "memory": 2**30, "custom": {"licence": 1}}, restarts=2)
    here = make()
    said = eventually(reason(api, far))
    assert said.startswith(f"Ray's dashboard at {UNREACHABLE} can't be reached")
    eventually(has_begun(api, here))
    job = job_of(api, far)
    assert (job["state"], job["attempt"], job["restarts"], job["restarted"]) == ("queued", 0, 2, 0)
    lab = queues(api)["lab"]
    assert (lab["slots"], [each["waits_for"] for each in lab["waiting"]]) == (None, [said])
    assert lab["waiting"][0]["resources"]["custom"] == {"licence": 1}


def test_of_a_launcher_that_was_taken_out_of_the_settings_nothing_begins_and_it_is_still_shown(
    api: TestClient, make: Callable[..., int], eventually: Callable[..., Any]
) -> None:
    blocked, left = make(), make()
    eventually(has_begun(api, blocked))
    with api.app.state.snellen.database.write() as session:  # type: ignore[attr-defined]
        service.get_job(session, left, lock=True).launcher = "sold"
    found = queues(api)
    assert list(found) == [*LAUNCHERS, "sold"]
    assert (found["sold"]["launcher"], found["sold"]["slots"]) == (None, 0)
    assert [job["id"] for job in found["sold"]["waiting"]] == [left]
    assert api.post(f"{API}/training/jobs/{left}/stop").json()["state"] == "stopped"
    resumed = api.post(f"{API}/training/jobs/{left}/resume", json={"launcher": "depot"})
    assert resumed.status_code == 200, resumed.text
    eventually(has_begun(api, left))


@pytest.mark.parametrize(
    ("what", "given"),
    [
        ("memory", {"memory": 1}), ("accelerator_type", {"accelerator_type": "H100"}), ("nodes", {"nodes": 2}),
        ("custom", {"custom": {"licence": 1}}), ("min_nodes", {"min_nodes": 1}),
    ],
)  # fmt: skip
def test_what_only_a_cluster_gives_is_refused_elsewhere_by_its_name(
    api: TestClient, what: str, given: dict[str, Any]
) -> None:
    for launcher in ("local", "bench", None):
        refused = asked(api, dataset=1, launcher=launcher, resources=given)
        assert refused.status_code == 422, refused.text
        assert refused.json()["detail"].startswith(f"resources.{what}: got")


def test_a_launcher_that_is_not_there_and_nodes_that_contradict_each_other_are_refused(api: TestClient) -> None:
    refused = asked(api, dataset=1, launcher="moon")
    assert refused.status_code == 422
    assert "expected one of: bench, depot, lab, local, external" in refused.json()["detail"]
    refused = asked(api, dataset=1, launcher="lab", resources={"nodes": 2, "min_nodes": 3})
    assert refused.status_code == 422
    assert "min_nodes: got 3, expected at most nodes, which is 2" in refused.text


def test_a_job_is_resumed_elsewhere_and_with_something_else(
    api: TestClient, make: Callable[..., int], eventually: Callable[..., Any]
) -> None:
    blocked, job = make(), make(resources={"gpus": 1})
    eventually(has_begun(api, blocked))
    url = f"{API}/training/jobs/{job}"
    assert api.post(f"{url}/stop").json()["state"] == "stopped"
    for wrong in ({"launcher": "moon"}, {"launcher": "depot", "resources": {"nodes": 2}}, {"resources": {"memory": 1}}):
        refused = api.post(f"{url}/resume", json=wrong)
        assert refused.status_code == 422, refused.text
        assert job_of(api, job)["state"] == "stopped"
    wanted = {"gpus": 2, "memory": 2**34, "nodes": 4, "min_nodes": 2}
    resumed = api.post(f"{url}/resume", json={"launcher": "lab", "resources": wanted}).json()
    assert (resumed["state"], resumed["launcher"]) == ("queued", "lab")
    assert {name: resumed["resources"][name] for name in wanted} == wanted
    assert api.post(f"{url}/stop").json()["state"] == "stopped"
    refused = api.post(f"{url}/resume", json={"launcher": "depot"})
    assert refused.status_code == 422, "what it has doesn't fit there"
    again = api.post(f"{url}/resume", json={"launcher": "depot", "resources": {"gpus": 1}}).json()
    assert (again["launcher"], again["resources"]["memory"], again["resources"]["nodes"]) == ("depot", None, 1)
    eventually(has_begun(api, job))


def test_launchers_that_cant_be_used_keep_the_server_from_starting_and_are_all_named(tmp_path: Path) -> None:
    wrong = {
        "local": {"slots": 2},
        "moon": {"kind": "rocket"},
        "lab": {"kind": "ray", "adress": "http://10.0.0.5:8265", "slots": -1},
        "far": {"kind": "ray", "address": "http://10.0.0.5:8265"},
    }
    with pytest.raises(StartRefused) as refused:
        create_app(load(data_dir=tmp_path / "data", mlflow_uri="off", launchers=wrong))
    said = refused.value.detail
    for part in (
        "launchers.local: slots: a launcher of kind 'local' has no options", "launchers.moon: got the kind 'rocket'",
        "adress: unknown", "slots: got -1", "address: got None", "launchers.far: its jobs run on other machines",
        "SNELLEN_PUBLIC_URL",
    ):  # fmt: skip
        assert part in said
    for name in ("Lab", "external", "a b", ""):
        with pytest.raises(StartRefused, match="expected names of lower-case letters"):
            load(data_dir=tmp_path / "data", launchers={name: {}})
    with pytest.raises(StartRefused, match="launchers"):
        load(data_dir=tmp_path / "data", launchers={})


def test_a_far_cluster_is_fine_with_an_address_that_it_reaches(tmp_path: Path) -> None:
    far = {"far": {"kind": "ray", "address": "http://10.0.0.5:8265"}}
    settings = load(data_dir=tmp_path / "data", mlflow_uri="off", launchers=far, public_url="https://snellen.example")
    with TestClient(create_app(settings), base_url="https://snellen.example") as client:
        client.headers["authorization"] = f"Bearer {(settings.data_dir / 'token').read_text().strip()}"
        assert list(queues(client)) == ["far"]


def test_a_job_that_waits_is_no_waiting_job_once_it_has_ended(
    api: TestClient, make: Callable[..., int], eventually: Callable[..., Any]
) -> None:
    job = make()
    eventually(has_begun(api, job))
    with api.app.state.snellen.database.write() as session:  # type: ignore[attr-defined]
        for state in (JobState.RUNNING, JobState.LOST):
            service.set_state(session, service.get_job(session, job), state)
    bench = queues(api)["bench"]
    assert (bench["running_count"], bench["waiting_count"]) == (0, 0)
