"""What nobody needs any more goes; what somebody may need, or what is not known to be of no use, stays."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select
from tests.server.test_retention import end

from snellen.contract.events import now_ms
from snellen.contract.folder import JobFolder
from snellen.errors import ObjectMissing
from snellen.server.auth.tables import LoginSession
from snellen.server.datasets.importer import Importer
from snellen.server.jobs.tables import Attempt, Job, StreamEvent
from snellen.server.operations import unnamed
from snellen.server.operations.housekeeping import Housekeeper, prune_events
from snellen.server.operations.job_folders import clear_job_folders
from snellen.server.settings import Settings
from snellen.storage.object_keys import file_key

pytestmark = pytest.mark.db

ExternalJob = Callable[..., tuple[int, TestClient]]
LONG_AGO = time.time() - 30 * 86_400


def state_of(api: TestClient) -> Any:
    return api.app.state.snellen  # type: ignore[attr-defined]


@pytest.fixture
def ended(api: TestClient, external_job: ExternalJob, settings: Settings) -> tuple[int, JobFolder]:
    """A job that ended two days ago, and its folder on this machine."""
    job_id, client = external_job()
    end(client, job_id)
    folder = JobFolder(settings.data_dir / "jobs" / str(job_id) / "attempt-1")
    folder.root.mkdir(parents=True)
    folder.make_places()
    (folder.checkpoints / "last.pt").write_bytes(b"x" * 1000)
    (folder.checkpoints / "link").symlink_to("/etc/hostname")
    (folder.work / "deep").mkdir()
    (folder.work / "deep" / "cache.bin").write_bytes(b"x" * 500)
    folder.log.write_text("a line\n")
    folder.supervisor.mkdir(exist_ok=True)
    folder.supervisor_log.write_text("what it said\n")
    folder.events.write_text('{"type": "state"}\n')
    with state_of(api).database.write() as session:
        session.get_one(Job, job_id).ended_at = now_ms() - 2 * 86_400_000
        session.scalars(select(Attempt).where(Attempt.job_id == job_id)).one().folder = str(folder.root)
    return job_id, folder


def clear(api: TestClient, *, days: float) -> int:
    state = state_of(api)
    return clear_job_folders(state.database, state.settings.data_dir / "jobs", days=days)


def test_a_job_folder_loses_what_is_in_the_store_and_keeps_its_records(
    api: TestClient, ended: tuple[int, JobFolder]
) -> None:
    job_id, folder = ended
    assert clear(api, days=3) == 0
    assert (folder.checkpoints / "last.pt").exists()
    assert clear(api, days=1) == 1500
    assert sorted(path.name for path in folder.root.iterdir()) == ["events.jsonl", "log.txt", "supervisor"]
    assert folder.supervisor_log.read_text() == "what it said\n"
    lines = api.get(f"/api/v1/training/jobs/{job_id}/logs").json()["items"]
    assert "1,500 bytes of attempt-1 removed" in lines[-1]["text"]
    assert clear(api, days=1) == 0


@pytest.mark.parametrize("why", ["it is lost", "lines are missing", "it is elsewhere"])
def test_a_folder_that_may_hold_more_than_the_server_is_left_alone(
    api: TestClient, ended: tuple[int, JobFolder], tmp_path: Path, why: str
) -> None:
    job_id, folder = ended
    if why == "it is elsewhere":
        moved = tmp_path / "elsewhere"
        folder.root.rename(moved)
        folder = JobFolder(moved)
    with state_of(api).database.write() as session:
        if why == "it is lost":
            session.get_one(Job, job_id).state = "lost"
        session.scalars(select(Attempt)).one().folder = str(folder.root)
    if why == "lines are missing":
        folder.events.write_text('{"type": "state"}\n' * 2)
    assert clear(api, days=1) == 0
    assert (folder.checkpoints / "last.pt").exists()


def test_events_of_ended_jobs_go_but_the_newest_which_numbers_what_comes(
    api: TestClient, ended: tuple[int, JobFolder], external_job: ExternalJob
) -> None:
    job_id, _ = ended
    running, client = external_job()
    client.post(
        f"/api/v1/training/jobs/{running}/events",
        json={"attempt": 1, "events": [{"seq": 1, "type": "log", "text": "x"}]},
    )
    database = state_of(api).database

    def events(of: int) -> list[int]:
        with database.read() as session:
            return list(
                session.scalars(select(StreamEvent.id).where(StreamEvent.job_id == of).order_by(StreamEvent.id))
            )

    before, others = events(job_id), events(running)
    assert len(before) > 2
    assert len(others) > 2
    with database.write() as session:
        prune_events(session, before=now_ms() - 86_400_000, mirrored=True)
    assert events(job_id) == before, "MLflow has not got them"
    with database.write() as session:
        session.get_one(Job, job_id).mirrored_through = before[1]
        prune_events(session, before=now_ms() - 86_400_000, mirrored=True)
    assert events(job_id) == before[2:]
    with database.write() as session:
        prune_events(session, before=now_ms() - 86_400_000, mirrored=False)
    assert events(job_id) == before[-1:]
    assert events(running) == others
    stream = api.get(f"/api/v1/training/jobs/{job_id}/metrics")
    assert stream.status_code == 200


def plant(store: Any, key: str, *, old: bool = True) -> Path:
    """An object that no row names."""
    store.put_bytes(key, b"left behind")
    path = Path(store.folder, key)
    if old:
        os.utime(path, (LONG_AGO, LONG_AGO))
    return path


def age(folder: Path) -> None:
    for path in folder.rglob("*"):
        os.utime(path, (LONG_AGO, LONG_AGO))


@pytest.fixture
def imported(dataset: Callable[..., Any], tmp_path: Path) -> Any:
    from snellen.cli.digits import write_digits

    write_digits(tmp_path / "digits", train=3, val=2, size=64)
    return dataset(tmp_path / "digits")


def test_files_of_killed_imports_go_and_those_of_snapshots_never(api: TestClient, imported: Any) -> None:
    state = state_of(api)
    age(state.external.folder)
    before = set(state.external.list())
    gone = [plant(state.external, file_key("a" * 64)), plant(state.external, f"snapshots/{'b' * 64}/images.parquet"),
            plant(state.external, "imports/99/problems.parquet")]  # fmt: skip
    young = plant(state.external, file_key("c" * 64), old=False)
    not_ours = plant(state.external, "files/notes.txt")
    assert unnamed.collect_external(state.database, state.external, days=7, go_on=lambda: None) == 3
    assert not any(path.exists() for path in gone)
    assert young.exists()
    assert not_ours.exists()
    assert before <= set(state.external.list())


def test_nothing_is_collected_while_the_list_of_a_snapshot_is_gone(api: TestClient, imported: Any) -> None:
    state = state_of(api)
    age(state.external.folder)
    state.external.delete(f"snapshots/{imported['snapshot']}/images.parquet")
    files = list(state.external.list("files/"))
    with pytest.raises(ObjectMissing, match="nothing is collected"):
        unnamed.collect_external(state.database, state.external, days=7, go_on=lambda: None)
    assert sorted(state.external.list("files/")) == sorted(files)


def test_an_import_that_finds_a_left_file_keeps_it_although_the_collector_runs_then(
    api: TestClient, imported: Any, dataset: Callable[..., Any], tmp_path: Path, eventually: Callable[..., Any]
) -> None:
    """A snapshot was deleted, its files are left and old; an import that needs them again runs beside the collector."""
    state = state_of(api)
    found = api.get("/api/v1/datasets").json()["items"][0]["id"]
    state.parts["trash"].sweep = lambda go_on: None  # killed before its sweep
    assert api.delete(f"/api/v1/datasets/{found}").status_code == 204
    age(state.external.folder)
    importer: Importer = state.parts["importer"]
    again = api.post("/api/v1/datasets", json={"name": "again", "source": str(tmp_path / "digits")}).json()
    importer.submit_between(lambda go_on: unnamed.collect_external(state.database, state.external, days=7, go_on=go_on))
    done = eventually(
        lambda: (f := api.get(f"/api/v1/datasets/imports/{again['id']}").json())["state"] != "running" and f
    )
    assert done["state"] == "completed"
    importer.submit_between(lambda go_on: None)
    importer.close()
    listed = api.get(f"/api/v1/datasets/{done['dataset_id']}/images").json()["items"]
    for image in listed:
        assert api.get(f"/api/v1/datasets/{done['dataset_id']}/images/{image['image_id']}/file").status_code == 200


def test_of_jobs_only_what_no_row_names_goes(api: TestClient, external_job: ExternalJob) -> None:
    from tests.server.test_backup import send_file

    job_id, client = external_job()
    send_file(client, job_id, b"named", name="a.txt")
    state = state_of(api)
    age(state.internal.folder)
    left = plant(state.internal, f"job{job_id}/predictions/epoch-000001-0123456789ab.parquet")
    kept = [plant(state.internal, f"initial/{'a' * 64}.pt"), plant(state.internal, "jobs/notes.txt"),
            plant(state.internal, f"job{job_id}/files/young-0123456789ab.txt", old=False)]  # fmt: skip
    assert unnamed.collect_internal(state.database, state.internal, days=7, go_on=lambda: None) == 1
    assert not left.exists()
    assert all(path.exists() for path in kept)
    (artifact,) = api.get(f"/api/v1/training/jobs/{job_id}/artifacts").json()["items"]
    assert api.get(artifact["url"]).content == b"named"


def test_a_round_does_it_all_and_one_failure_keeps_no_other_from_its_turn(
    api: TestClient, external_job: ExternalJob, settings: Settings, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture, eventually: Callable[..., Any],
) -> None:  # fmt: skip
    state = state_of(api)
    with state.database.write() as session:
        now = now_ms()
        times = {"created_at": now, "seen_at": now, "expires_at": now - 1}
        session.add(LoginSession(secret_hash="0" * 64, token_id=1, opened_by="token", **times))
    left = plant(state.external, file_key("a" * 64))

    def fail(*_: Any, **__: Any) -> None:
        raise OSError("the disk says no")

    monkeypatch.setattr("snellen.server.operations.retention.remove", fail)
    Housekeeper(state).round()
    assert "housekeeping of prediction sets failed, tried again in an hour: the disk says no" in caplog.text
    with state.database.read() as session:
        assert session.scalar(select(func.count()).select_from(LoginSession)) == 0
    eventually(lambda: not left.exists())


def test_what_is_common_is_done_by_the_server_whose_turn_it_is(api: TestClient) -> None:
    state = state_of(api)
    left = plant(state.internal, "job1/predictions/epoch-000001-0123456789ab.parquet")
    Housekeeper(state, turn=lambda: False).round()
    assert left.exists()
    Housekeeper(state, turn=lambda: True).round()
    assert not left.exists()
