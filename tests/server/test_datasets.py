"""Imports through the server: problems with file and line, one snapshot for the same content, pictures."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from snellen.server.settings import Settings

Eventually = Callable[..., Any]


def write_dataset(folder: Path, *, label: str = "0 0.5 0.5 0.2 0.4\n", val: int = 2) -> Path:
    for split, count in (("train", 3), ("val", val)):
        (folder / "images" / split).mkdir(parents=True)
        (folder / "labels" / split).mkdir(parents=True)
        for n in range(count):
            Image.new("RGB", (100, 50), (n * 40, 10 if split == "val" else 200, 0)).save(
                folder / f"images/{split}/{n}.png"
            )
            (folder / f"labels/{split}/{n}.txt").write_text(label)
    (folder / "data.yaml").write_text("train: images/train\nval: images/val\nnames: [cat, dog]\n")
    return folder


@pytest.fixture
def run_import(api: TestClient, eventually: Eventually) -> Callable[..., dict[str, Any]]:
    def run(folder: Path, name: str = "pets") -> dict[str, Any]:
        answer = api.post("/api/v1/datasets", json={"name": name, "source": str(folder)})
        assert answer.status_code == 202, answer.text

        def ended() -> Any:
            found = api.get(f"/api/v1/datasets/imports/{answer.json()['id']}").json()
            return found if found["state"] != "running" else None

        return dict(eventually(ended))

    return run


def test_a_broken_dataset_is_refused_naming_file_and_line(
    api: TestClient, run_import: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    folder = write_dataset(tmp_path / "d", label="0 0.5 0.5 0.2 0.4\n5 0.5 0.5 0.1 0.1\n")
    found = run_import(folder)
    assert found["state"] == "failed"
    assert found["problem_count"] == 5
    assert found["problems"][0]["file"] == "labels/train/0.txt"
    assert found["problems"][0]["line"] == 2
    assert api.get("/api/v1/datasets").json()["items"] == []


def test_an_empty_validation_split_is_refused(run_import: Callable[..., dict[str, Any]], tmp_path: Path) -> None:
    found = run_import(write_dataset(tmp_path / "d", val=0))
    assert found["state"] == "failed"
    assert "empty validation split" in found["error"]
    assert found["problems"][0]["file"] == "data.yaml"
    assert found["problems"][0]["line"] == 2


def test_a_folder_that_is_not_there_is_told(run_import: Callable[..., dict[str, Any]], tmp_path: Path) -> None:
    assert "no such folder" in run_import(tmp_path / "nowhere")["error"]


@pytest.mark.parametrize("name", ["", "a/b", "x" * 201, "a\nb"])
def test_a_name_that_makes_no_sense_is_refused(api: TestClient, name: str) -> None:
    assert api.post("/api/v1/datasets", json={"name": name, "source": "/tmp"}).status_code == 422  # noqa: S108


def test_unknown_datasets_and_images_are_404(
    api: TestClient, run_import: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    assert api.get("/api/v1/datasets/9").status_code == 404
    assert api.get("/api/v1/datasets/imports/9").status_code == 404
    found = run_import(write_dataset(tmp_path / "d"))
    base = f"/api/v1/datasets/{found['dataset_id']}/images"
    assert api.get(f"{base}/5/file").status_code == 404
    assert api.get(f"{base}/0/file", params={"snapshot": "f" * 64}).status_code == 404


def test_an_import_makes_a_snapshot_and_the_same_again_makes_none(
    api: TestClient, settings: Settings, run_import: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    folder = write_dataset(tmp_path / "d")
    first, second = run_import(folder), run_import(folder)
    assert first["state"] == second["state"] == "completed"
    assert (first["dataset_id"], first["snapshot"]) == (second["dataset_id"], second["snapshot"])
    found = api.get(f"/api/v1/datasets/{first['dataset_id']}").json()
    assert len(found["snapshots"]) == 1
    latest = found["latest"]
    assert latest["images"] == {"total": 5, "by_split": {"train": 3, "val": 2}}
    assert latest["classes"] == [{"id": 0, "name": "cat", "objects": 5}, {"id": 1, "name": "dog", "objects": 0}]
    (folder / "labels/val/0.txt").write_text("1 0.5 0.5 0.2 0.4\n")
    assert run_import(folder)["snapshot"] != first["snapshot"]
    assert len(api.get(f"/api/v1/datasets/{first['dataset_id']}").json()["snapshots"]) == 2
    stored = [p for p in (settings.data_dir / "external" / "files").rglob("*") if p.is_file()]
    assert len(stored) == 5


def test_thumbnails_are_upright_webp_and_originals_are_the_bytes_that_came(
    api: TestClient, run_import: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    folder = write_dataset(tmp_path / "d")
    turned = Image.new("RGB", (400, 200), "red")
    turned.paste((0, 0, 255), (0, 0, 200, 200))
    exif = turned.getexif()
    exif[0x0112] = 6
    turned.save(folder / "images/train/0.jpg", exif=exif, quality=95)
    (folder / "images/train/0.png").unlink()
    found = run_import(folder)
    file = f"/api/v1/datasets/{found['dataset_id']}/images/0/file"
    assert api.get(file).content == (folder / "images/train/0.jpg").read_bytes()
    assert "no-cache" in api.get(file).headers["cache-control"]
    small = api.get(file, params={"size": 100, "snapshot": found["snapshot"]})
    assert small.headers["content-type"] == "image/webp"
    assert "immutable" in small.headers["cache-control"]
    image = Image.open(io.BytesIO(small.content)).convert("RGB")
    assert image.size == (80, 160)
    top, bottom = image.getpixel((40, 20)), image.getpixel((40, 140))
    assert isinstance(top, tuple)
    assert isinstance(bottom, tuple)
    assert top[2] > 200 > top[0]
    assert bottom[0] > 200 > bottom[2]
