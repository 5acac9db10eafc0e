"""A site is backed up while it runs, and stands up again elsewhere: other database, other stores, same answers."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, text
from tests.conftest import wait_for
from tests.databases import TEMPLATE, _database
from tests.s3_server import BUCKET, S3Server, other_s3
from tests.server.conftest import BASE
from tests.server.test_validation_inline import BODIES, NAMES
from typer.testing import CliRunner

from snellen.cli.app import app as commands
from snellen.cli.digits import write_digits
from snellen.contract.events import now_ms
from snellen.errors import SnellenError
from snellen.server.app import create_app
from snellen.server.cluster.stores import MARKER
from snellen.server.db import Database
from snellen.server.jobs.tables import Attempt, Job
from snellen.server.operations.archive import Archive, BackupBroken
from snellen.server.operations.backup import Backup
from snellen.server.operations.restore import TargetInUse, restore
from snellen.server.operations.verification import verify
from snellen.server.settings import Settings, load
from snellen.storage import Store, open_store

__all__ = ["other_s3"]

pytestmark = pytest.mark.db


@contextmanager
def running(settings: Settings) -> Iterator[TestClient]:
    """A server of these settings and its administrator."""
    with TestClient(create_app(settings), base_url=BASE) as client:
        client.headers["authorization"] = f"Bearer {(settings.data_dir / 'token').read_text().strip()}"
        yield client


def stores_of(settings: Settings) -> dict[str, Store]:
    return {
        "external": open_store(settings.external, settings.external_store_options, create=True),
        "internal": open_store(settings.internal, settings.internal_store_options, create=True),
    }


def back_up(settings: Settings, place: Path, **options: Any) -> tuple[str, Any]:
    database = Database(settings.database)
    try:
        archive = Archive(open_store(str(place), create=True))
        return Backup(settings, database, stores_of(settings), archive, **options).make()
    finally:
        database.close()


def restored(settings: Settings, place: Path, **options: Any) -> None:
    settings.data_dir.mkdir(exist_ok=True)
    database = Database(settings.database)
    try:
        restore(settings, database, stores_of(settings), Archive(open_store(str(place))), **options)
    finally:
        database.close()


def populate(client: TestClient, folder: Path) -> None:
    """A dataset, an ended job of each task with results, files, points and lines, and one that runs."""
    write_digits(folder / "digits", train=3, val=2, size=64)
    asked = client.post("/api/v1/datasets", json={"name": "digits", "source": str(folder / "digits")}).json()
    wait_for(lambda: client.get(f"/api/v1/datasets/imports/{asked['id']}").json()["state"] == "completed")
    for task, (results, _, _) in BODIES.items():
        job_id, reporter = external(client, task=task, name=f"a job for {task}")
        named = [{"image_name": f"{i}.png", **result} for i, result in enumerate(results)]
        for epoch in (1, 2):
            body = {"job_id": job_id, "epoch": epoch, "task_type": task, "image_results": named, "class_names": NAMES}
            answer = reporter.post(
                f"/api/v1/validation/jobs/{job_id}/results", json={**body, "metrics": {"m": "NaN", "ü": epoch / 3}}
            )
            assert answer.status_code == 200, answer.text
        send_file(reporter, job_id, f"notes of {task}".encode(), name="notes.txt")
        events(
            reporter, job_id,
            {"type": "metrics", "step": 1, "values": {"loss": 0.1, "odd": "-Infinity"}},
            {"type": "log", "lines": ["a line", "ein Zeichen: \u2603"]},
            {"type": "progress", "epoch": 2, "epochs": 10, "fraction": 0.5},
            {"type": "state", "state": "completed"},
        )  # fmt: skip
    job_id, reporter = external(client, dataset="digits", name="still runs")
    send_file(reporter, job_id, b"weights", name="last.pt", kind="checkpoint", epoch=1)
    events(reporter, job_id, {"type": "metrics", "step": 1, "values": {"loss": 0.5}})


def external(client: TestClient, **fields: Any) -> tuple[int, TestClient]:
    body = {"model": "own.pt", "epochs": 10, "launcher": "external", **fields}
    job = client.post("/api/v1/training/jobs", json=body).json()
    reporter = TestClient(client.app, base_url=BASE, headers={"authorization": f"Bearer {job['job_token']}"})
    return job["id"], reporter


def events(reporter: TestClient, job_id: int, *told: dict[str, Any]) -> None:
    numbered = [{"seq": n, "time": now_ms(), **event} for n, event in enumerate(told, 1)]
    body = {"attempt": 1, "events": numbered}
    assert reporter.post(f"/api/v1/training/jobs/{job_id}/events", json=body).status_code == 200


def send_file(reporter: TestClient, job_id: int, data: bytes, *, name: str, kind: str = "file", **more: Any) -> None:
    base = f"/api/v1/training/jobs/{job_id}/uploads"
    body = {"kind": kind, "name": name, "size": len(data), "content_type": "text/plain", **more}
    upload = reporter.post(base, json={**body, "sha256": hashlib.sha256(data).hexdigest()}).json()
    reporter.put(f"{base}/{upload['upload_id']}/content", content=data)
    assert reporter.post(f"{base}/{upload['upload_id']}/complete").status_code == 200


def everything(client: TestClient) -> dict[str, Any]:
    """Every answer about everything there is."""
    found: dict[str, Any] = {}

    def get(path: str) -> Any:
        answer = client.get(f"/api/v1{path}", follow_redirects=True)
        assert answer.status_code == 200, f"{path}: {answer.text}"
        is_json = answer.headers["content-type"].startswith("application/json")
        found[path] = answer.json() if is_json else hashlib.sha256(answer.content).hexdigest()
        return found[path]

    for dataset in get("/datasets")["items"]:
        base = f"/datasets/{dataset['id']}"
        get(base)
        get(f"{base}/statistics")
        for image in get(f"{base}/images")["items"]:
            get(f"{base}/images/{image['image_id']}")
            get(f"{base}/images/{image['image_id']}/file")
    get("/datasets/imports")
    for job in get("/training/jobs")["items"]:
        base, results = f"/training/jobs/{job['id']}", f"/validation/jobs/{job['id']}/results"
        for path in (base, f"{base}/logs", f"{base}/metrics"):
            get(path)
        for artifact in get(f"{base}/artifacts")["items"]:
            get(artifact["url"].removeprefix("/api/v1"))
        for row in get(results)["items"]:
            one = f"{results}/{row['epoch']}"
            for path in (one, f"{one}/confusion-matrix", f"{one}/curves", f"{one}/calibration"):
                get(path)
            for image in get(f"{one}/images")["items"]:
                get(f"{one}/images/{image['image_id']}")
    return found


@pytest.fixture
def elsewhere(
    request: pytest.FixtureRequest, tmp_path: Path, database_url: str, other_s3: S3Server
) -> Iterator[Settings]:
    """Another place: the database of the other kind, buckets for folders."""
    bucket = {f"{kind}_store_options": other_s3.options() for kind in ("external", "internal")}
    prefix = f"s3://{BUCKET}/{tmp_path.name}"
    more = {"external_store": f"{prefix}/external", "internal_store": f"{prefix}/internal", **bucket}
    directory = tmp_path / "elsewhere"
    if not database_url.startswith("sqlite"):
        yield load(data_dir=directory, mlflow_uri="off", **more)
        return
    for url in _database(request.getfixturevalue("migrated"), template=TEMPLATE):
        yield load(data_dir=directory, mlflow_uri="off", database_url=url, **more)


def test_a_site_stands_up_again_in_another_database_and_other_stores_with_the_same_answers(
    settings: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    with running(settings) as client:
        populate(client, tmp_path)
        before = everything(client)
        _, manifest = back_up(settings, tmp_path / "backup")
        assert everything(client) == before, "a backup changed something"
    assert manifest.missing == []
    assert manifest.tables["jobs"].rows == 5
    assert verify(Archive(open_store(str(tmp_path / "backup"))))[2] == []
    restored(elsewhere, tmp_path / "backup")
    with running(elsewhere) as client:
        after = everything(client)
        (lost,) = [job for job in after["/training/jobs"]["items"] if job["name"] == "still runs"]
        assert lost["state"] == "lost"
        assert "when the backup was made" in lost["exit_reason"]
        assert without(after, lost["id"]) == without(before, lost["id"])
        assert (elsewhere.data_dir / "token").read_text() == (settings.data_dir / "token").read_text()
        # Numbers go on where they were, and what ran may go on.
        new, _ = external(client)
        assert new == 6
        assert client.post(f"/api/v1/training/jobs/{new}/stop").status_code == 200
        populate_again(client)


def without(answers: dict[str, Any], job_id: int) -> dict[str, Any]:
    """All but the state of the job that ran."""
    found = {path: value for path, value in answers.items() if path != f"/training/jobs/{job_id}"}
    jobs = [job for job in answers["/training/jobs"]["items"] if job["id"] != job_id]
    return {**found, "/training/jobs": jobs}


def populate_again(client: TestClient) -> None:
    """What PostgreSQL numbers itself goes on being numbered."""
    job_id, reporter = external(client)
    send_file(reporter, job_id, b"new", name="new.txt")
    events(reporter, job_id, {"type": "metrics", "step": 1, "values": {"a-new-key": 1}}, {"type": "log", "text": "x"})


def test_a_second_backup_copies_only_what_is_new(settings: Settings, tmp_path: Path) -> None:
    place = tmp_path / "backup"
    with running(settings) as client:
        job_id, reporter = external(client)
        send_file(reporter, job_id, b"first", name="a.txt")
        first, _ = back_up(settings, place)
        times = {path: path.stat().st_mtime_ns for path in place.glob("objects/*/*")}
        send_file(reporter, job_id, b"second", name="b.txt")
        second, manifest = back_up(settings, place)
    assert Archive(open_store(str(place))).names() == sorted([first, second])
    assert manifest.object_count == 2
    assert {path: path.stat().st_mtime_ns for path in times} == times
    assert len(list(place.glob("objects/*/*"))) == 2


def test_a_backup_is_whole_although_files_are_replaced_while_it_is_made(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(settings) as client:
        job_id, reporter = external(client)
        send_file(reporter, job_id, b"0", name="a.txt")
        copy, count = Backup._copy, iter(range(1, 100))

        def replaced_meanwhile(self: Backup, *args: Any) -> Any:
            if (number := next(count)) <= 2:  # after the rows were read, before their objects are
                send_file(reporter, job_id, str(number).encode(), name="a.txt")
            return copy(self, *args)

        monkeypatch.setattr(Backup, "_copy", replaced_meanwhile)
        _, manifest = back_up(settings, tmp_path / "backup")
    assert next(count) == 4, "the rows were read twice"
    assert manifest.missing == []
    assert verify(Archive(open_store(str(tmp_path / "backup"))))[2] == []


def test_an_object_that_the_store_has_lost_is_named_and_the_rest_is_there(settings: Settings, tmp_path: Path) -> None:
    with running(settings) as client:
        job_id, reporter = external(client)
        send_file(reporter, job_id, b"here", name="a.txt")
        send_file(reporter, job_id, b"gone", name="b.txt")
        (gone,) = settings.data_dir.glob("internal/job*/files/b-*")
        gone.unlink()
        _, manifest = back_up(settings, tmp_path / "backup")
    ((store, key, why),) = manifest.missing
    assert (store, Path(key).name, why) == ("internal", gone.name, "it is not in the store")
    assert manifest.object_count == 1


def test_a_broken_backup_is_told_and_not_restored(settings: Settings, elsewhere: Settings, tmp_path: Path) -> None:
    with running(settings) as client:
        job_id, reporter = external(client)
        send_file(reporter, job_id, b"bytes", name="a.txt")
        name, _ = back_up(settings, tmp_path / "backup")
    archive = Archive(open_store(str(tmp_path / "backup")))
    (held,) = (tmp_path / "backup").glob("objects/*/*")
    held.write_bytes(b"bytez")
    assert "holds other bytes" in verify(archive)[2][0]
    held.unlink()
    assert "is gone from the backup" in verify(archive)[2][0]
    (tmp_path / "backup" / "backups" / name / "tables" / "jobs.jsonl.gz").write_bytes(b"")
    assert len(verify(archive)[2]) == 2
    with pytest.raises(BackupBroken, match="2 problems"):
        restored(elsewhere, tmp_path / "backup")
    assert not any(stores_of(elsewhere)["internal"].list())
    with pytest.raises(BackupBroken, match="holds no backup"):
        verify(archive, "yesterday")


def test_a_place_in_use_is_refused_unless_forced(settings: Settings, tmp_path: Path, elsewhere: Settings) -> None:
    with running(settings) as client:
        job_id, reporter = external(client, name="of the backup")
        send_file(reporter, job_id, b"bytes", name="a.txt")
        back_up(settings, tmp_path / "backup")
    with running(elsewhere) as client:
        external(client, name="in the way")
    with pytest.raises(TargetInUse, match="the database holds 1 jobs"):
        restored(elsewhere, tmp_path / "backup")
    with running(elsewhere) as client:
        assert [job["name"] for job in client.get("/api/v1/training/jobs").json()["items"]] == ["in the way"]
    restored(elsewhere, tmp_path / "backup", force=True)
    with running(elsewhere) as client:
        assert [job["name"] for job in client.get("/api/v1/training/jobs").json()["items"]] == ["of the backup"]


def test_another_object_of_the_same_key_is_not_replaced_unless_forced(
    settings: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    with running(settings) as client:
        job_id, reporter = external(client)
        send_file(reporter, job_id, b"bytes", name="a.txt")
        back_up(settings, tmp_path / "backup")
        key = client.get(f"/api/v1/training/jobs/{job_id}/artifacts").json()["items"][0]["key"]
    stores_of(elsewhere)["internal"].put_bytes(key, b"somebody else's")
    with pytest.raises(TargetInUse, match="holds another object"):
        restored(elsewhere, tmp_path / "backup")
    assert stores_of(elsewhere)["internal"].get_bytes(key) == b"somebody else's"
    restored(elsewhere, tmp_path / "backup", force=True)
    assert stores_of(elsewhere)["internal"].get_bytes(key) == b"bytes"


def test_a_store_of_another_database_is_not_restored_into_by_mistake(
    settings: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    with running(settings) as client:
        job_id, reporter = external(client)
        send_file(reporter, job_id, b"bytes", name="a.txt")
        back_up(settings, tmp_path / "backup")
    internal = stores_of(elsewhere)["internal"]
    internal.put_bytes(MARKER, b'{"id": "of-another"}')
    with pytest.raises(TargetInUse, match="belongs to another database"):
        restored(elsewhere, tmp_path / "backup")
    assert list(internal.list()) == [MARKER]
    restored(elsewhere, tmp_path / "backup", force=True)  # its own stores, and a database that is new
    with running(elsewhere) as client:
        (artifact,) = client.get(f"/api/v1/training/jobs/{job_id}/artifacts").json()["items"]
        assert client.get(artifact["url"]).content == b"bytes"


def test_a_restore_that_fails_half_way_leaves_the_database_as_it_was(
    settings: Settings, elsewhere: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(settings) as client:
        external(client)
        back_up(settings, tmp_path / "backup")
    with running(elsewhere) as client:
        external(client, name="in the way")

    def fail(*_: Any) -> None:
        raise SnellenError("the plug was pulled")

    monkeypatch.setattr("snellen.server.operations.restore._settle", fail)
    with pytest.raises(SnellenError, match="plug"):
        restored(elsewhere, tmp_path / "backup", force=True)
    with running(elsewhere) as client:
        assert [job["name"] for job in client.get("/api/v1/training/jobs").json()["items"]] == ["in the way"]


def test_what_was_true_of_the_old_machine_alone_is_not_restored(
    settings: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    with running(settings) as client:
        job_id, _ = external(client)
        client.post("/api/v1/auth/login", json={"token": client.headers["authorization"].split()[1]})
        database: Database = client.app.state.snellen.database  # type: ignore[attr-defined]
        with database.write() as session:
            session.scalars(select(Attempt)).one().handle = {"pid": 1, "created": 0.0}
            job = session.get_one(Job, job_id)
            job.state, job.mlflow_run_id, job.mirrored_through = "running", "run", 10
        back_up(settings, tmp_path / "backup", with_secrets=False)
    restored(elsewhere, tmp_path / "backup")
    database = Database(elsewhere.database)
    with database.read() as session:
        job = session.get_one(Job, job_id)
        assert (job.state, job.mlflow_run_id, job.mirrored_through) == ("lost", None, 0)
        assert session.scalars(select(Attempt)).one().handle is None
        for table in ("sessions", "uploads", "api_tokens"):
            assert session.scalar(text(f"SELECT count(*) FROM {table}")) == 0, table  # noqa: S608
    database.close()
    assert not (elsewhere.data_dir / "token").exists()


def test_a_backup_of_a_newer_version_is_refused(settings: Settings, elsewhere: Settings, tmp_path: Path) -> None:
    with running(settings):
        name, _ = back_up(settings, tmp_path / "backup")
    manifest = tmp_path / "backup" / "backups" / name / "manifest.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "revision": "9999"}))
    with pytest.raises(BackupBroken, match="newer than this one"):
        restored(elsewhere, tmp_path / "backup")


def test_the_commands_make_list_verify_and_restore(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run: Callable[..., Any] = CliRunner().invoke
    monkeypatch.setenv("SNELLEN_DATABASE_URL", settings.database)
    place, here = str(tmp_path / "backup"), ["--data-dir", str(settings.data_dir)]
    mask = os.umask(0o022)
    try:
        with running(settings) as client:
            job_id, reporter = external(client)
            send_file(reporter, job_id, b"bytes", name="a.txt")
            made = run(commands, ["backup", place, "--json", *here])
        assert made.exit_code == 0, made.output
    finally:
        os.umask(mask)
    told = json.loads(made.stdout)
    assert (told["objects"], told["rows"]["jobs"], told["secrets"]) == (1, 1, ["token"])
    assert all(path.stat().st_mode & 0o077 == 0 for path in Path(place).rglob("*"))
    assert [b["name"] for b in json.loads(run(commands, ["backup", "list", place, "--json"]).stdout)] == [told["name"]]
    assert run(commands, ["backup", "verify", place]).exit_code == 0
    inside = run(commands, ["backup", str(settings.data_dir / "internal" / "b"), *here])
    assert "inside a store" in str(inside.exception)
    with running(settings):
        busy = run(commands, ["restore", place, "--force", *here])
        assert "another server" in str(busy.exception)
    shutil.rmtree(settings.data_dir / "internal")
    back = run(commands, ["restore", place, "--force", *here])
    assert back.exit_code == 0, back.output
    with running(settings) as client:
        artifact = client.get(f"/api/v1/training/jobs/{job_id}/artifacts").json()["items"][0]
        assert client.get(artifact["url"]).content == b"bytes"
