"""Deleting datasets: refused while jobs depend on them, and nothing that another dataset needs is lost."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from snellen.server.app import create_app
from snellen.server.cluster.stores import MARKER
from snellen.server.datasets.deletion import TRASH, Trash
from snellen.server.datasets.tables import Snapshot
from snellen.server.settings import Settings

pytestmark = pytest.mark.db

BASE = "http://127.0.0.1:8080"
ExternalJob = Callable[..., tuple[int, TestClient]]


class World:
    """A server's datasets and what its external store holds."""

    def __init__(self, api: TestClient, folder: Path, eventually: Callable[..., Any]) -> None:
        self.api, self.folder, self.eventually = api, folder, eventually

    def add(self, name: str, *pictures: int) -> dict[str, Any]:
        """Import pictures of these shades, half of them for validation, as a dataset; what the import says."""
        source = self.folder / f"{name}-{len(list(self.folder.iterdir()))}"
        for n, shade in enumerate(pictures):
            split = ("train", "val")[n % 2]
            for kind in ("images", "labels"):
                (source / kind / split).mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (64, 64), (shade, 0, 0)).save(source / f"images/{split}/{shade}.png")
            (source / f"labels/{split}/{shade}.txt").write_text("0 0.5 0.5 0.2 0.4\n" * (1 + (shade == 9)))
        (source / "data.yaml").write_text("train: images/train\nval: images/val\nnames: [cat]\n")
        begun = self.api.post("/api/v1/datasets", json={"name": name, "source": str(source)}).json()
        return self.ended(begun["id"])

    def ended(self, import_id: int) -> dict[str, Any]:
        def look() -> Any:
            found = self.api.get(f"/api/v1/datasets/imports/{import_id}").json()
            return found["state"] != "running" and found

        found: dict[str, Any] = self.eventually(look)
        assert found["state"] == "completed", found
        return found

    def objects(self) -> set[str]:
        return set(self.api.app.state.snellen.external.list()) - {MARKER}  # type: ignore[attr-defined]

    def files(self) -> int:
        return len([key for key in self.objects() if key.startswith("files/")])

    def swept(self) -> None:
        self.eventually(lambda: not [key for key in self.objects() if key.startswith(TRASH)])


@pytest.fixture
def world(api: TestClient, tmp_path: Path, eventually: Callable[..., Any]) -> World:
    (tmp_path / "sources").mkdir()
    return World(api, tmp_path / "sources", eventually)


def test_deleting_needs_a_person(anonymous: TestClient, world: World) -> None:
    found = world.add("pets", 1, 2)
    for path in ("", f"/snapshots/{found['snapshot']}"):
        assert anonymous.delete(f"/api/v1/datasets/{found['dataset_id']}{path}").status_code == 401
    assert anonymous.get(f"/api/v1/datasets/{found['dataset_id']}/dependents").status_code == 401


def test_what_is_not_there_is_not_found(api: TestClient, world: World) -> None:
    found = world.add("pets", 1, 2)
    base = f"/api/v1/datasets/{found['dataset_id']}"
    assert api.delete("/api/v1/datasets/99").json()["error"] == "dataset_not_found"
    assert api.delete(f"{base}/snapshots/{'0' * 64}").json()["error"] == "snapshot_not_found"
    assert api.delete(f"{base}/snapshots/short").status_code == 422
    assert api.get(f"{base}/dependents?snapshot={'0' * 64}").status_code == 404
    assert api.get("/api/v1/datasets/99/dependents").status_code == 404


def test_a_deleted_dataset_leaves_nothing(api: TestClient, world: World, settings: Settings) -> None:
    found = world.add("pets", 1, 2, 3, 9)
    assert not world.add("pets", 1, 2, 3, 9)["is_new"]
    base = f"/api/v1/datasets/{found['dataset_id']}"
    assert api.get(f"{base}/images/0/file?size=160").status_code == 200
    assert found["problem_count"], "a box that is there twice is told"
    assert any(key.startswith("imports/") for key in world.objects())
    assert api.delete(base).status_code == 204
    world.swept()
    assert world.objects() == set()
    assert [path for path in (settings.data_dir / "cache" / "thumbnails").rglob("*") if path.is_file()] == []
    assert api.get(base).status_code == 404
    assert api.get("/api/v1/datasets").json()["items"] == []
    kept = api.get(f"/api/v1/datasets/imports/{found['id']}").json()
    assert (kept["state"], kept["dataset_id"]) == ("completed", None)
    again = world.add("pets", 1, 2, 3, 9)
    assert (again["snapshot"], again["is_new"]) == (found["snapshot"], True)
    assert world.files() == 4


def test_what_another_dataset_or_snapshot_has_is_kept(api: TestClient, world: World) -> None:
    first, second = world.add("pets", 1, 2, 3), world.add("pets", 1, 2, 4)
    same = world.add("others", 1, 2, 4)
    base = f"/api/v1/datasets/{first['dataset_id']}"
    assert world.files() == 4
    assert api.delete(f"{base}/snapshots/{first['snapshot']}").status_code == 204
    world.swept()
    assert world.files() == 3
    assert [s["hash"] for s in api.get(base).json()["snapshots"]] == [second["snapshot"]]
    assert api.delete(base).status_code == 204
    world.swept()
    assert world.files() == 3
    for image in range(3):
        answer = api.get(f"/api/v1/datasets/{same['dataset_id']}/images/{image}/file")
        assert Image.open(io.BytesIO(answer.content)).size == (64, 64)


def test_jobs_that_depend_on_it_are_named_and_refuse_the_deletion(
    api: TestClient, world: World, external_job: ExternalJob
) -> None:
    first, second = world.add("pets", 1, 2), world.add("pets", 3, 4)
    base = f"/api/v1/datasets/{first['dataset_id']}"
    job_id, _ = external_job(dataset=first["dataset_id"], name="mine")
    said = {"id": job_id, "name": "mine", "state": "queued", "snapshot": second["snapshot"]}
    assert api.get(f"{base}/dependents").json() == {"jobs": [said], "total": 1}
    assert api.get(f"{base}/dependents?snapshot={first['snapshot']}").json() == {"jobs": [], "total": 0}
    for path in (base, f"{base}/snapshots/{second['snapshot']}"):
        refused = api.delete(path)
        assert (refused.status_code, refused.json()["error"]) == (409, "dataset_in_use")
        assert [p["message"] for p in refused.json()["problems"]] == [f"job {job_id} (mine) is queued"]
    assert api.delete(f"{base}/snapshots/{first['snapshot']}").status_code == 204
    assert [s["hash"] for s in api.get(base).json()["snapshots"]] == [second["snapshot"]]


def test_a_forced_deletion_leaves_the_jobs_their_numbers(
    api: TestClient, world: World, external_job: ExternalJob
) -> None:
    found = world.add("pets", 1, 2)
    job_id, client = external_job(dataset=found["dataset_id"])
    result = {
        "job_id": job_id, "epoch": 1, "task_type": "detection", "metrics": {"val/mAP": 0.5},
        "image_results": [
            {
                "image_name": "images/val/2.png",
                "predicted_boxes": [{"class_id": 0, "bbox": [1, 2, 9, 9], "confidence": 1}],
            }
        ],
    }  # fmt: skip
    assert client.post(f"/api/v1/validation/jobs/{job_id}/results", json=result).is_success
    waiting, _ = external_job(dataset=found["dataset_id"])
    results = f"/api/v1/validation/jobs/{job_id}/results"
    assert api.get(f"{results}/1/images").json()["items"][0]["url"]
    base = f"/api/v1/datasets/{found['dataset_id']}"
    assert api.delete(f"{base}?force=true").status_code == 204
    world.swept()
    job = api.get(f"/api/v1/training/jobs/{job_id}").json()
    assert (job["state"], job["dataset"]["id"], job["dataset"]["name"]) == ("running", None, "pets")
    assert api.get(results).json()["items"][0]["metrics"] == {"val/mAP": 0.5}
    refused = api.get(f"{results}/1/images")
    assert refused.status_code == 404
    assert "has been deleted" in refused.json()["detail"]
    ended = api.get(f"/api/v1/training/jobs/{waiting}").json()
    assert (ended["state"], ended["exit_reason"]) == ("failed", "its dataset has been deleted")


def test_a_server_that_was_killed_after_the_rows_sweeps_at_its_next_start(
    settings: Settings, tmp_path: Path, eventually: Callable[..., Any]
) -> None:
    with served(settings) as api:
        (tmp_path / "sources").mkdir()
        world = World(api, tmp_path / "sources", eventually)
        found, kept = world.add("pets", 1, 2), world.add("others", 2, 3)
        state = api.app.state.snellen  # type: ignore[attr-defined]
        with state.database.read() as session:
            rows = session.query(Snapshot).all()
        with state.parts["trash"].marked(rows):
            pass  # killed before the transaction: the marks mean nothing
        api.delete(f"/api/v1/datasets/{found['dataset_id']}")
        world.swept()
        assert world.files() == 2
        with state.database.read() as session:
            (row,) = session.query(Snapshot).all()
        with state.parts["trash"].marked([row]), state.database.write() as session:
            session.delete(session.get(Snapshot, row.id))
        assert world.files() == 2, "nobody has swept yet"
    with served(settings) as api:
        world.api = api
        world.swept()
        assert world.files() == 0
        assert api.get(f"/api/v1/datasets/{kept['dataset_id']}").json()["latest"] is None


def test_a_sweep_that_was_cut_short_is_ended_by_the_next(settings: Settings, api: TestClient, world: World) -> None:
    found = world.add("pets", 1, 2, 3)
    state = api.app.state.snellen  # type: ignore[attr-defined]
    thumbnails = settings.data_dir / "cache" / "thumbnails"
    trash = Trash(state.database, state.external, state.parts["frames"], thumbnails, server="other")
    with state.database.read() as session:
        rows = session.query(Snapshot).all()
    with trash.marked(rows), state.database.write() as session:
        session.delete(session.get(Snapshot, rows[0].id))

    def stop() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        trash.sweep(stop)
    assert f"snapshots/{found['snapshot']}/snapshot.json" not in world.objects()
    assert world.add("pets", 1, 2, 3)["snapshot"] == found["snapshot"], "stored anew, as it was not whole any more"
    trash.sweep(lambda: None)
    assert world.files() == 3
    assert api.get(f"/api/v1/datasets/{found['dataset_id']}/images/0/file").status_code == 200


class served:
    """A running server with its administrator's client."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def __enter__(self) -> TestClient:
        self._client = TestClient(create_app(self._settings), base_url=BASE).__enter__()
        token = (self._settings.data_dir / "token").read_text().strip()
        self._client.headers["authorization"] = f"Bearer {token}"
        return self._client

    def __exit__(self, *_: object) -> None:
        self._client.__exit__(None, None, None)
