"""Prediction sets that go are said to have gone, and never are those that somebody may want next."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.server.test_validation import IMAGES, NAMES, url
from typer.testing import CliRunner

from snellen.cli.app import app as commands
from snellen.contract.events import now_ms
from snellen.server.operations import retention
from snellen.server.settings import Settings

pytestmark = pytest.mark.db

SCORE = {"name": "score", "source": "reported", "direction": "max"}
ExternalJob = Callable[..., tuple[int, TestClient]]


def results(client: TestClient, job_id: int, epochs: int, *, best: int) -> None:
    """So many epochs, each with a set of its own."""
    for epoch in range(1, epochs + 1):
        images = [{**image, "image_name": f"{epoch}-{image['image_name']}"} for image in IMAGES]
        body = {
            "job_id": job_id, "epoch": epoch, "task_type": "detection", "class_names": NAMES, "image_results": images,
            "primary_metric_name": "score", "metrics": {"score": 1 - abs(epoch - best) / 100},
        }  # fmt: skip
        assert client.post(url(job_id), json=body).status_code == 200


def end(client: TestClient, job_id: int) -> None:
    event = {"seq": 1, "type": "state", "state": "completed", "time": now_ms()}
    body = {"attempt": 1, "events": [event]}
    assert client.post(f"/api/v1/training/jobs/{job_id}/events", json=body).status_code == 200


def apply(api: TestClient, every: int) -> list[retention.Doomed]:
    state: Any = api.app.state.snellen  # type: ignore[attr-defined]
    return retention.remove(state.database, state.internal, every=every)


def kept(api: TestClient, job_id: int) -> list[int]:
    return [r["epoch"] for r in api.get(url(job_id)).json()["items"] if r["predictions"]["state"] == "stored"]


def stored(settings: Settings, job_id: int) -> int:
    return len([p for p in settings.data_dir.glob(f"internal/job{job_id}/**/*") if p.is_file()])


@pytest.mark.parametrize(
    ("every", "left"), [(1, list(range(1, 11))), (0, [4, 10]), (3, [3, 4, 6, 9, 10]), (100, [4, 10])]
)
def test_of_an_ended_job_the_best_the_last_and_every_nth_stay(
    api: TestClient, external_job: ExternalJob, settings: Settings, every: int, left: list[int]
) -> None:
    job_id, client = external_job(primary_metric=SCORE)
    results(client, job_id, 10, best=4)
    end(client, job_id)
    files = stored(settings, job_id) // 10
    apply(api, every)
    assert kept(api, job_id) == left
    assert stored(settings, job_id) == files * len(left)
    assert apply(api, every) == []


def test_what_went_is_told_in_the_log_the_list_and_the_answers_and_the_numbers_stay(
    api: TestClient, external_job: ExternalJob
) -> None:
    job_id, client = external_job(primary_metric=SCORE)
    results(client, job_id, 3, best=2)
    end(client, job_id)
    before = api.get(url(job_id, "/1")).json()
    apply(api, 0)
    after = api.get(url(job_id, "/1")).json()
    said = after.pop("predictions")
    assert said["state"] == "removed"
    assert "SNELLEN_KEEP_PREDICTIONS_EVERY=0" in said["reason"]
    assert abs(now_ms() - said["at"]) < 60_000
    assert before.pop("predictions") == {"state": "stored", "reason": None, "at": None}
    assert after == {**before, "has_predictions": False}
    for path in ("/1/confusion-matrix", "/1/images", "/1/curves"):
        answer = api.get(url(job_id, path))
        assert (answer.status_code, answer.json()["error"]) == (404, "predictions_removed")
        assert "was removed" in answer.json()["detail"]
    assert api.get(url(job_id, "/2/confusion-matrix")).status_code == 200
    lines = [line["text"] for line in api.get(f"/api/v1/training/jobs/{job_id}/logs").json()["items"]]
    assert lines[-1].startswith("prediction sets of epochs 1 removed: only the best epoch")


def test_of_a_job_that_runs_the_newest_epochs_stay_too(api: TestClient, external_job: ExternalJob) -> None:
    job_id, client = external_job(primary_metric=SCORE)
    results(client, job_id, 8, best=2)
    apply(api, 0)
    assert kept(api, job_id) == [2, 6, 7, 8]


def test_an_epoch_that_is_sent_again_has_its_predictions_again(api: TestClient, external_job: ExternalJob) -> None:
    job_id, client = external_job(primary_metric=SCORE)
    results(client, job_id, 8, best=8)
    apply(api, 0)
    assert 1 not in kept(api, job_id)
    results(client, job_id, 1, best=1)
    assert 1 in kept(api, job_id)
    assert api.get(url(job_id, "/1/confusion-matrix")).status_code == 200


def test_a_set_that_another_epoch_shares_stays(api: TestClient, external_job: ExternalJob, settings: Settings) -> None:
    job_id, client = external_job(primary_metric=SCORE)
    body = {"job_id": job_id, "task_type": "detection", "class_names": NAMES}
    first = client.post(url(job_id), json={**body, "epoch": 1, "image_results": IMAGES})
    assert first.status_code == 200
    (key,) = [p for p in settings.data_dir.glob(f"internal/job{job_id}/predictions/epoch-000001-*") if p.stem[-1] != "s"
              and not p.stem.endswith("truth")]  # fmt: skip
    shared = str(key.relative_to(settings.data_dir / "internal"))
    for epoch in (2, 3):
        sent = {**body, "epoch": epoch, "predictions_key": shared, "evaluation_error": "none"}
        assert client.post(url(job_id), json=sent).status_code == 200
    end(client, job_id)
    apply(api, 0)
    assert kept(api, job_id) == [3]
    assert key.exists()


def test_the_command_shows_what_would_go_and_removes_it_when_told(
    api: TestClient, external_job: ExternalJob, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id, client = external_job(name="long one", primary_metric=SCORE)
    results(client, job_id, 4, best=1)
    end(client, job_id)
    monkeypatch.setenv("SNELLEN_DATABASE_URL", settings.database)
    run: Callable[..., Any] = CliRunner().invoke
    here = ["retention", "--json", "--data-dir", str(settings.data_dir)]
    assert json.loads(run(commands, here).stdout) == {"every": 1, "removed": False, "jobs": []}
    look = json.loads(run(commands, [*here, "--every", "0"]).stdout)
    ((job),) = look["jobs"]
    assert (job["job"], job["name"], job["epochs"]) == (job_id, "long one", [2, 3])
    assert job["bytes"] > 0
    assert kept(api, job_id) == [1, 2, 3, 4], "a look removed something"
    assert "to look" in str(run(commands, [*here, "--every", "0", "--apply"]).exception)
    monkeypatch.setenv("SNELLEN_KEEP_PREDICTIONS_EVERY", "0")
    done = json.loads(run(commands, [*here, "--apply"]).stdout)
    assert (done["removed"], done["jobs"][0]["epochs"], done["jobs"][0]["bytes"]) == (True, [2, 3], job["bytes"])
    assert kept(api, job_id) == [1, 4]
    assert Path(settings.data_dir).is_dir()
