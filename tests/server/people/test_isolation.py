"""Nobody reads or writes what isn't theirs, whatever way leads there."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.server.people.town import API, TUS, Town, upload

from snellen.cli.digits import write_digits
from snellen.contract.events import now_ms
from snellen.contract.states import JobState
from snellen.server.jobs.service import get_job

pytestmark = pytest.mark.db

JOB = {"model": "own.pt", "epochs": 9, "launcher": "external"}


def create(client: TestClient, **fields: Any) -> Any:
    return client.post(f"{API}/training/jobs", json={**JOB, **fields})


def test_lists_show_ones_own_projects_alone(town: Town) -> None:
    theirs, mine = town.furnish(town.cats), town.furnish(town.dogs)
    stranger = town.people["stranger"]
    for path, name in (("/training/jobs", "job_id"), ("/datasets", "dataset_id"), ("/datasets/imports", "import_id")):
        assert [item["id"] for item in stranger.get(API + path).json()["items"]] == [mine[name]], path
        assert town.people["nobody"].get(API + path).json()["items"] == [], path
        assert {item["id"] for item in town.people["boss"].get(API + path).json()["items"]} == {
            theirs[name],
            mine[name],
        }
        asked = stranger.get(API + path, params={"project": "cats"})
        assert asked.status_code == 404, path
        assert asked.json()["error"] == stranger.get(API + path, params={"project": "lions"}).json()["error"]
        assert [i["project"] for i in stranger.get(API + path, params={"project": "dogs"}).json()["items"]] == ["dogs"]
    assert [p["name"] for p in stranger.get(f"{API}/projects").json()["items"]] == ["dogs"]


def test_another_projects_dataset_trains_nothing_whether_named_by_id_or_by_name(town: Town) -> None:
    theirs = town.furnish(town.cats)
    stranger = town.people["stranger"]
    for body in ({"dataset": theirs["dataset_id"]}, {"dataset": "digits"}, {"dataset": "digits", "project": "dogs"}):
        refused = create(stranger, **body)
        assert refused.status_code == 404, body
        assert refused.json()["error"] == "dataset_not_found"
    refused = create(stranger, dataset=theirs["dataset_id"], project="cats")
    assert (refused.status_code, refused.json()["error"]) == (404, "project_not_found")
    town.join("stranger", town.cats, "viewer")
    town.state.parts["people"].clear()
    assert create(stranger, dataset=theirs["dataset_id"]).status_code == 403, "a viewer starts nothing"
    assert create(stranger, dataset=theirs["dataset_id"], project="dogs").status_code == 404, "data leaves its project"


def test_a_checkpoint_of_another_project_is_not_there(town: Town) -> None:
    theirs = town.furnish(town.cats)
    stranger = town.people["stranger"]
    hidden, absent = (create(stranger, init_from=number) for number in (theirs["artifact_id"], 987654))
    assert hidden.status_code == absent.status_code == 404
    assert hidden.json()["detail"] == absent.json()["detail"].replace("987654", str(theirs["artifact_id"]))
    boss = town.people["boss"]
    assert create(boss, init_from=theirs["artifact_id"], project="dogs").status_code == 404
    begun = create(boss, init_from=theirs["artifact_id"], trainer="ultralytics")
    assert begun.status_code == 201, begun.text
    assert begun.json()["project"] == "cats", "it goes where its checkpoint is from"


def test_a_repeated_client_id_never_gives_somebody_elses_job(town: Town) -> None:
    client_id = str(uuid.uuid4())
    made = create(town.people["editor"], client_id=client_id)
    assert made.status_code == 201
    for name in ("coder", "stranger", "boss"):
        refused = create(town.people[name], client_id=client_id)
        assert refused.status_code == 409, name
        assert "job_token" not in refused.text
    again = create(town.people["editor"], client_id=client_id)
    assert (again.status_code, again.json()["id"]) == (200, made.json()["id"])
    town.join("editor", town.cats, "viewer")
    town.state.parts["people"].clear()
    assert create(town.people["editor"], client_id=client_id).status_code == 409, "who may not write gets no new token"


def test_an_upload_is_there_for_who_made_it(town: Town) -> None:
    upload_id = upload(town.people["editor"], b"not yours")
    place = f"{API}/datasets/uploads/{upload_id}"
    for name in ("coder", "stranger", "boss"):
        other = town.people[name]
        assert other.get(place).status_code == 404, name
        assert other.head(place, headers=TUS).status_code == 404
        assert other.delete(place, headers=TUS).status_code == 404
        more = {**TUS, "upload-offset": "9", "content-type": "application/offset+octet-stream"}
        assert other.patch(place, content=b"", headers=more).status_code == 404
    for name in ("viewer", "nobody"):
        refused = town.people[name].post(f"{API}/datasets/uploads", headers={**TUS, "upload-length": "1"})
        assert refused.status_code == 403, name
    assert town.people["editor"].get(place).json()["complete"]


def test_somebody_elses_upload_is_not_imported(town: Town, eventually: Callable[..., Any]) -> None:
    upload_id = upload(town.people["editor"], b"not yours")
    begun = town.people["stranger"].post(f"{API}/datasets", json={"name": "stolen", "source": f"upload:{upload_id}"})
    assert begun.json()["filename"] is None
    url = f"{API}/datasets/imports/{begun.json()['id']}"
    found = eventually(lambda: (f := town.operator.get(url).json())["state"] != "running" and f)
    assert (found["state"], "there is no upload" in found["error"]) == ("failed", True)
    assert town.people["editor"].get(f"{API}/datasets/uploads/{upload_id}").json()["complete"], "it is still there"


def test_two_projects_have_datasets_of_one_name(town: Town) -> None:
    cats, dogs = town.furnish(town.cats), town.furnish(town.dogs)
    assert cats["dataset_id"] != dogs["dataset_id"]
    assert cats["snapshot"] == dogs["snapshot"], "the same images are stored once"
    job = create(town.people["stranger"], dataset="digits").json()
    assert (job["project"], job["dataset"]["id"]) == ("dogs", dogs["dataset_id"])
    gone = town.people["stranger"].delete(f"{API}/datasets/{dogs['dataset_id']}", params={"force": True})
    assert gone.status_code == 204
    picture = f"{API}/datasets/{cats['dataset_id']}/images/0/file"
    assert town.people["viewer"].get(picture).status_code == 200, "the other project's images stay"


def test_without_a_project_the_only_one_is_taken_and_several_are_named(town: Town) -> None:
    assert create(town.people["editor"]).json()["project"] == "cats"
    town.join("editor", town.dogs, "editor")
    town.state.parts["people"].clear()
    refused = create(town.people["editor"])
    assert refused.status_code == 422
    assert "cats, dogs" in refused.json()["detail"]
    assert create(town.people["editor"], project=town.dogs).json()["project"] == "dogs"
    assert create(town.people["nobody"]).status_code == 403


def test_a_limited_token_sees_its_projects_alone(town: Town) -> None:
    cats, dogs = town.furnish(town.cats), town.furnish(town.dogs)
    limited = town.client("boss", projects=[town.dogs])
    assert limited.get(f"{API}/training/jobs/{cats['job_id']}").status_code == 404
    assert limited.get(f"{API}/training/jobs/{dogs['job_id']}").status_code == 200
    assert [p["name"] for p in limited.get(f"{API}/auth/me").json()["projects"]] == ["dogs"]


def test_a_stream_ends_when_its_listener_may_no_longer_look(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    from snellen.server.jobs import live_api

    job_id = create(town.people["editor"]).json()["id"]
    monkeypatch.setattr(live_api, "ASK_AGAIN_SECONDS", 0.0)
    monkeypatch.setattr(live_api, "PING_SECONDS", 0.1)
    town.operator.delete(f"{API}/projects/{town.cats}/members/{town.ids['viewer']}")
    assert town.people["viewer"].get(f"{API}/training/jobs/{job_id}/stream").status_code == 404
    town.join("viewer", town.cats, "viewer")
    lines = []
    with town.people["viewer"].stream("GET", f"{API}/training/jobs/{job_id}/stream") as answer:
        for line in answer.iter_lines():
            if not lines:
                town.operator.delete(f"{API}/projects/{town.cats}/members/{town.ids['viewer']}")
            lines.append(line)
    assert any(line.startswith("event: job") for line in lines)


def test_a_job_token_of_a_job_that_ended_long_ago_opens_nothing(town: Town) -> None:
    made = create(town.people["editor"]).json()
    client = town.with_token(made["job_token"])
    place = f"{API}/training/jobs/{made['id']}/events"
    body = {"attempt": 1, "events": [{"seq": 1, "type": "state", "state": "completed"}]}
    assert client.post(place, json=body).status_code == 200
    late = {"attempt": 1, "events": [{"seq": 2, "type": "log", "lines": ["late"]}]}
    assert client.post(place, json=late).status_code == 200, "what is late arrives"
    with town.state.database.write() as session:
        hours = town.state.settings.job_token_hours
        get_job(session, made["id"]).ended_at = now_ms() - int(hours * 3600 * 1000) - 1
    town.state.parts["attempts"].clear()
    refused = client.post(place, json={"attempt": 1, "events": []})
    assert refused.status_code == 401
    assert "expired" in refused.json()["detail"]


def test_a_person_reports_results_only_for_jobs_that_they_may_change(town: Town) -> None:
    job_id = create(town.people["editor"]).json()["id"]
    body = {"job_id": job_id, "epoch": 1, "task_type": "detection"}
    place = f"{API}/validation/jobs/{job_id}/results"
    assert town.people["stranger"].post(place, json=body).status_code == 404
    assert town.people["viewer"].post(place, json=body).status_code == 403
    assert town.people["editor"].post(place, json=body).status_code == 200


def test_paths_of_the_server_are_open_below_the_import_roots_alone(
    town: Town, tmp_path: Path, eventually: Callable[..., Any]
) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    for folder in (root / "digits", outside):
        write_digits(folder, train=2, val=1, size=64)
    (root / "led").mkdir()
    (root / "led" / "away").symlink_to(outside)
    (root / "linked").symlink_to(outside)
    settings = town.state.settings
    town.state.settings = settings.model_copy(update={"import_roots": [str(root), "external:shared"]})
    editor = town.people["editor"]

    def ask(source: str, client: TestClient = editor) -> Any:
        return client.post(f"{API}/datasets", json={"name": "d", "source": source, "project": "cats"})

    for source in (
        str(outside), f"{root}/../outside", str(root / "linked"), "/etc", "~", "external:private", "external:sharedx",
        "external:shared/../private",
    ):  # fmt: skip
        refused = ask(source)
        assert refused.status_code == 403, source
    begun = ask(str(root / "led"))
    url = f"{API}/datasets/imports/{begun.json()['id']}"
    led = eventually(lambda: (f := editor.get(url).json())["state"] != "running" and f)
    assert led["state"] == "failed"
    assert "no folder that is open to you" in led["error"], "a link led out of the root"
    good = ask(str(root / "digits"))
    url = f"{API}/datasets/imports/{good.json()['id']}"
    assert eventually(lambda: (f := editor.get(url).json())["state"] != "running" and f)["state"] == "completed"
    assert ask(str(outside), town.people["boss"]).status_code == 202


def test_what_a_script_or_an_outsider_wrote_is_begun_with_by_who_may_run_code(town: Town) -> None:
    things = town.furnish(town.cats)
    script = {"trainer": "script", "launcher": "local", "dataset": things["dataset_id"], "epochs": 1,
              "hyperparameters": {"command": ["true"]}}  # fmt: skip
    own = {"trainer": "ultralytics", "launcher": "local", "dataset": things["dataset_id"], "epochs": 1}
    bodies: list[tuple[dict[str, Any], str]] = [
        (script, "runs a program"),
        ({**own, "model": "mine.pt"}, "may run code"),
        ({**own, "model": "/data/mine.yaml"}, "may run code"),
        ({**own, "model": "yolo11n.yaml", "init_from": things["artifact_id"]}, "written by code that somebody brought"),
    ]
    for body, why in bodies:
        refused = town.people["editor"].post(f"{API}/training/jobs", json=body)
        assert refused.status_code == 403, (body, refused.text)
        assert why in refused.json()["detail"]
        assert "run_code" in refused.json()["detail"]
        assert "can grant it" in refused.json()["detail"]
    lacking = town.client("coder", scopes=["write"])
    assert "lacks the scope run_code" in lacking.post(f"{API}/training/jobs", json=script).json()["detail"]
    outside = town.people["coder"].post(f"{API}/training/jobs", json={**own, "model": "/data/mine.pt"})
    assert (outside.status_code, "no folder that is open to you" in outside.json()["detail"]) == (403, True)
    job = town.people["coder"].post(f"{API}/training/jobs", json=script).json()
    with town.state.database.write() as session:
        row = get_job(session, job["id"])
        assert row.runs_code
        row.state = JobState.STOPPED
    resumed = town.people["editor"].post(f"{API}/training/jobs/{job['id']}/resume")
    assert (resumed.status_code, "run_code" in resumed.json()["detail"]) == (403, True)


def test_a_result_is_compared_only_with_one_of_a_job_that_one_sees(town: Town) -> None:
    mine, theirs = town.furnish(town.cats), town.furnish(town.dogs)
    viewer = town.people["viewer"]
    for job, base in ((mine["job_id"], theirs["job_id"]), (theirs["job_id"], mine["job_id"])):
        url = f"{API}/validation/jobs/{job}/results/1/changes"
        hidden = viewer.get(url, params={"base_job": base, "base_epoch": 1})
        absent = viewer.get(
            f"{API}/validation/jobs/987654/results/1/changes", params={"base_job": 987, "base_epoch": 1}
        )
        assert hidden.status_code == absent.status_code == 404
        assert hidden.json()["error"] == absent.json()["error"] == "job_not_found"
