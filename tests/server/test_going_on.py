"""Resuming, stopping at once and beginning with another job's weights, over HTTP."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from snellen.contract.states import JobState
from snellen.server.jobs import service
from snellen.server.jobs.tables import Attempt

pytestmark = pytest.mark.db

API = "/api/v1"
ExternalJob = Callable[..., tuple[int, TestClient]]


def checkpoint(client: TestClient, job_id: int, data: bytes, **fields: Any) -> dict[str, Any]:
    base = f"{API}/training/jobs/{job_id}/uploads"
    body = {
        "attempt": 1, "kind": "checkpoint", "name": "last.pt", "size": len(data), "epoch": 1,
        "sha256": hashlib.sha256(data).hexdigest(), "content_type": "application/octet-stream", "metadata": {},
        **fields,
    }  # fmt: skip
    answer = client.post(base, json=body).json()
    if answer["already"]:
        return dict(answer["artifact"])
    assert client.put(answer["url"], content=data).status_code == 204
    done = client.post(f"{base}/{answer['upload_id']}/complete", json={})
    assert done.status_code == 200, done.text
    return dict(done.json())


@pytest.fixture
def ended_job(api: TestClient, external_job: ExternalJob) -> Callable[..., tuple[int, TestClient]]:
    """A job in a state, as a launcher of this machine would have left it."""

    def make(state: JobState, **fields: Any) -> tuple[int, TestClient]:
        job_id, client = external_job(**fields)
        with api.app.state.snellen.database.write() as session:  # type: ignore[attr-defined]
            job = service.get_job(session, job_id)
            job.launcher = "local"
            machine = api.app.state.snellen.parts["member"].machine  # type: ignore[attr-defined]
            session.query(Attempt).filter_by(job_id=job_id).update({"machine": machine})
            for step in (JobState.STARTING, JobState.RUNNING, state):
                service.set_state(session, job, step, reason="the cable was pulled" if step == state else None)
        return job_id, client

    return make


def test_nobody_resumes_without_a_persons_token(
    anonymous: TestClient, external_job: ExternalJob, api: TestClient
) -> None:
    job_id, client = external_job()
    assert anonymous.post(f"{API}/training/jobs/{job_id}/resume").status_code == 401
    assert client.post(f"{API}/training/jobs/{job_id}/resume").status_code == 401
    assert api.post(f"{API}/training/jobs/99/resume").status_code == 404


def test_another_jobs_token_reads_no_checkpoints(external_job: ExternalJob, api: TestClient) -> None:
    job_id, client = external_job()
    artifact = checkpoint(client, job_id, b"secret weights")
    other, stranger = external_job()
    assert stranger.get(f"{API}/training/jobs/{job_id}/weights").status_code == 403
    assert stranger.get(f"{API}/training/jobs/{job_id}/weights/{artifact['id']}").status_code == 403
    assert stranger.get(f"{API}/training/jobs/{other}/weights/{artifact['id']}").status_code == 404
    assert stranger.get(f"{API}/training/jobs/{other}/weights/initial").status_code == 404
    assert api.get(f"{API}/training/jobs/{job_id}/weights").status_code == 401


@pytest.mark.parametrize("state", [JobState.RUNNING, JobState.COMPLETED])
def test_what_runs_or_has_completed_is_not_resumed(
    state: JobState, api: TestClient, ended_job: Callable[..., tuple[int, TestClient]]
) -> None:
    job_id, _ = ended_job(state)
    answer = api.post(f"{API}/training/jobs/{job_id}/resume")
    assert (answer.status_code, answer.json()["error"]) == (409, "illegal_transition")
    assert ("--from" in answer.json()["detail"]) is (state is JobState.COMPLETED)


def test_a_job_from_outside_is_not_started_here(api: TestClient, external_job: ExternalJob) -> None:
    job_id, _ = external_job()
    answer = api.post(f"{API}/training/jobs/{job_id}/resume")
    assert answer.status_code == 409
    assert "started outside of Snellen" in answer.json()["detail"]


@pytest.mark.parametrize("state", [JobState.STOPPED, JobState.FAILED, JobState.LOST])
def test_what_has_ended_is_queued_again_and_says_nothing_of_its_old_end(
    state: JobState, api: TestClient, ended_job: Callable[..., tuple[int, TestClient]]
) -> None:
    job_id, _ = ended_job(state, trainer="no-such-trainer")
    assert api.get(f"{API}/training/jobs/{job_id}").json()["exit_reason"] == "the cable was pulled"
    answer = api.post(f"{API}/training/jobs/{job_id}/resume")
    assert answer.status_code == 200, answer.text
    job = answer.json()
    assert (job["state"], job["exit_reason"], job["ended_at"]) == ("queued", None, None)


def test_an_old_supervisor_is_refused_while_the_resumed_job_waits(
    api: TestClient, ended_job: Callable[..., tuple[int, TestClient]]
) -> None:
    ended_job(JobState.RUNNING)  # has the only slot
    job_id, old = ended_job(JobState.LOST)
    api.post(f"{API}/training/jobs/{job_id}/resume")
    event = {"seq": 1, "type": "state", "state": "failed", "reason": "the server was away"}
    answer = old.post(f"{API}/training/jobs/{job_id}/events", json={"attempt": 1, "events": [event]})
    assert (answer.status_code, answer.json()["error"]) == (409, "attempt_superseded")
    assert api.get(f"{API}/training/jobs/{job_id}").json()["state"] == "queued"


def test_checkpoints_are_offered_from_the_newest_epoch_on(external_job: ExternalJob) -> None:
    job_id, client = external_job()
    checkpoint(client, job_id, b"one", epoch=1)
    checkpoint(client, job_id, b"two", epoch=2, metadata={"fitness": 0.5})
    checkpoint(client, job_id, b"two", epoch=2, name="best.pt")
    checkpoint(client, job_id, b"bare weights", epoch=9, name="best-light.pt", metadata={"resumable": False})
    checkpoint(client, job_id, b"of no epoch", epoch=None, name="some.pt")
    answer = client.get(f"{API}/training/jobs/{job_id}/weights").json()
    assert [(c["name"], c["epoch"]) for c in answer["resume"]] == [("last.pt", 2), ("best.pt", 2), ("previous.pt", 1)]
    assert answer["init"] is None
    first = answer["resume"][0]
    assert first["metadata"] == {"fitness": 0.5}
    assert client.get(first["url"]).content == b"two"
    assert first["sha256"] == hashlib.sha256(b"two").hexdigest()


def test_stop_at_once_is_told_to_the_trainers_side_and_is_never_taken_back(
    api: TestClient, external_job: ExternalJob
) -> None:
    job_id, client = external_job()
    begun = client.post(f"{API}/training/jobs/{job_id}/events", json={"attempt": 1, "events": [LINE]}).json()
    assert begun == {"accepted_through": 1, "stop_requested": False, "stop_now": False}
    api.post(f"{API}/training/jobs/{job_id}/stop", json={"now": True})
    api.post(f"{API}/training/jobs/{job_id}/stop")
    told = client.post(f"{API}/training/jobs/{job_id}/events", json={"attempt": 1, "events": []}).json()
    assert told == {"accepted_through": 1, "stop_requested": True, "stop_now": True}
    assert api.post(f"{API}/training/jobs/{job_id}/stop", json={"later": True}).status_code == 422


LINE = {"seq": 1, "type": "log", "lines": ["hello"]}


def create(api: TestClient, **fields: Any) -> Any:
    return api.post(f"{API}/training/jobs", json={"epochs": 3, "launcher": "external", **fields})


def test_a_job_begins_with_a_copy_of_anothers_checkpoint(api: TestClient, external_job: ExternalJob) -> None:
    parent, client = external_job(trainer="mine", model="unet")
    artifact = checkpoint(client, parent, b"weights", epoch=4)
    answer = create(api, trainer="mine", init_from=artifact["id"])
    assert answer.status_code == 201, answer.text
    child = answer.json()
    assert (child["model"], child["parent"]) == ("unet", {"job_id": parent, "checkpoint": "last.pt", "epoch": 4})
    checkpoint(client, parent, b"newer", epoch=5)
    checkpoint(client, parent, b"newest", epoch=6)
    theirs = TestClient(api.app, headers={"authorization": f"Bearer {child['job_token']}"}, base_url=str(api.base_url))
    offered = theirs.get(f"{API}/training/jobs/{child['id']}/weights").json()
    assert offered["resume"] == []
    assert offered["init"]["name"] == "last.pt"
    assert theirs.get(offered["init"]["url"]).content == b"weights"
    assert api.get(f"{API}/training/jobs/{parent}").json()["parent"] is None


def test_weights_that_do_not_fit_are_refused_with_what_would(api: TestClient, external_job: ExternalJob) -> None:
    parent, client = external_job(trainer="mine")
    artifact = checkpoint(client, parent, b"weights")
    plot = checkpoint(client, parent, b"\x89PNG", kind="plot", name="a.png", content_type="image/png")
    for fields, said in (
        ({"trainer": "other", "init_from": artifact["id"]}, "is of the trainer mine, the new job's is other"),
        ({"trainer": "mine", "task": "pose", "init_from": artifact["id"]}, "is of the task detection"),
        ({"trainer": "mine", "init_from": plot["id"]}, "is a plot, expected a checkpoint"),
    ):
        answer = create(api, **fields)
        assert answer.status_code == 422
        assert said in answer.json()["detail"]
    assert create(api, trainer="mine", init_from=999).status_code == 404


def test_a_script_is_named_after_its_program_and_another_job_needs_a_model(api: TestClient) -> None:
    command = ["python", "-u", "train.py", "--lr", "0.1"]
    made = create(api, trainer="script", hyperparameters={"command": command})
    assert made.json()["model"] == "train.py"
    refused = create(api)
    assert refused.status_code == 422
    assert "model: none given" in refused.json()["detail"]


def test_the_time_that_is_left_counts_from_where_the_attempt_began(api: TestClient, external_job: ExternalJob) -> None:
    job_id, client = external_job()

    def progress(seq: int, epoch: int, fraction: float, time: int) -> None:
        event = {"seq": seq, "type": "progress", "time": time, "epoch": epoch, "epochs": 10, "fraction": fraction}
        client.post(f"{API}/training/jobs/{job_id}/events", json={"attempt": 1, "events": [event]})

    progress(1, 6, 0.0, 1_000_000)
    progress(2, 7, 0.0, 1_010_000)
    told = api.get(f"{API}/training/jobs/{job_id}").json()["progress"]
    assert told["fraction"] == pytest.approx(0.6)
    assert told["eta_seconds"] == pytest.approx(40.0)
