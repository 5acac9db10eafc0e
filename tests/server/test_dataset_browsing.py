"""What the pages of a dataset ask for: images, objects, problems, numbers, differences, exports."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from PIL import Image
from sqlalchemy import select

from snellen.formats import read_folder
from snellen.server.datasets.tables import Snapshot

Eventually = Callable[..., Any]
pytestmark = pytest.mark.db


def make_segments(folder: Path, *, more: str = "") -> Path:
    for n, split in enumerate(("train", "train", "val")):
        for kind in ("images", "labels"):
            (folder / kind / split).mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (40, 20), (n * 60, 0, 0)).save(folder / f"images/{split}/{n}.png")
        square = "0 0.25 0.25 0.5 0.25 0.5 0.75 0.25 0.75\n" if n != 1 else ""
        (folder / f"labels/{split}/{n}.txt").write_text(square + (more if n == 2 else ""))
    (folder / "data.yaml").write_text("train: images/train\nval: images/val\nnames: [cat, dog]\n")
    return folder


PATHS = (
    "images",
    "images/0",
    "problems",
    "statistics",
    "compare?base=a&head=b",
    "export?format=yolo",
)


@pytest.mark.parametrize("path", PATHS)
def test_strangers_and_unknown_datasets_get_nothing(anonymous: TestClient, api: TestClient, path: str) -> None:
    assert anonymous.get(f"/api/v1/datasets/1/{path}").status_code == 401
    assert api.get(f"/api/v1/datasets/1/{path}").status_code == 404


def test_filters_that_fit_nothing_here_are_refused_by_name(
    api: TestClient, dataset: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    base = f"/api/v1/datasets/{dataset(make_segments(tmp_path / 'd'))['dataset_id']}"
    for query in ("split=dev", "class=2"):
        answer = api.get(f"{base}/images?{query}")
        assert answer.status_code == 422
        assert "this snapshot has" in answer.json()["detail"]
    assert api.get(f"{base}/images?cursor=x").status_code == 422
    assert api.get(f"{base}/images?snapshot={'0' * 64}").status_code == 404
    assert api.get(f"{base}/images/3").status_code == 404


def test_images_are_listed_filtered_and_paged(
    api: TestClient, dataset: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    found = dataset(make_segments(tmp_path / "d", more="1 0.5 0.5 0.505 0.5 0.505 0.505\n"))
    assert found["report"]["problems"] == {"box_empty": 1}
    images = f"/api/v1/datasets/{found['dataset_id']}/images"
    first = api.get(images, params={"limit": 2}).json()
    assert [item["path"] for item in first["items"]] == ["images/train/0.png", "images/train/1.png"]
    assert first["total"] == 3
    rest = api.get(images, params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert [item["path"] for item in rest["items"]] == ["images/val/2.png"]
    assert rest["next_cursor"] is None
    assert rest["items"][0]["problems"] == ["box_empty"]
    for query, expected in (
        ("split=val", [2]),
        ("class=0", [0, 2]),
        ("class=1", []),
        ("empty=true", [1]),
        ("problem=any", [2]),
        ("problem=box_clipped", []),
        ("search=TRAIN/1", [1]),
    ):
        assert [item["image_id"] for item in api.get(f"{images}?{query}").json()["items"]] == expected, query
    assert api.get(first["items"][0]["url"]).headers["content-type"] == "image/webp"


def test_an_image_comes_with_its_objects_outlines_and_neighbours(
    api: TestClient, dataset: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    found = dataset(make_segments(tmp_path / "d"))
    image = api.get(f"/api/v1/datasets/{found['dataset_id']}/images/2").json()
    assert (image["previous"], image["next"], image["split"]) == (1, None, "val")
    (each,) = image["objects"]
    assert (each["class_name"], each["x"], each["y"], each["w"], each["h"], each["area"]) == ("cat", 10, 5, 10, 10, 100)
    assert each["outlines"] == [[10, 5, 20, 5, 20, 15, 10, 15]]
    assert api.get(image["url"]).content == (tmp_path / "d/images/val/2.png").read_bytes()


def test_problems_are_all_there_with_their_image(
    api: TestClient, dataset: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    lines = "1 0.5 0.5 0.505 0.5 0.505 0.505\n" * 150
    found = dataset(make_segments(tmp_path / "d", more=lines + "0 0.5 0.1 1.2 0.1 1.2 0.9\n"))
    base = f"/api/v1/datasets/{found['dataset_id']}"
    assert (found["problem_count"], len(found["problems"])) == (151, 100)
    page = api.get(f"{base}/problems", params={"code": "box_empty", "limit": 100}).json()
    assert (page["total"], page["codes"]) == (150, {"box_empty": 150, "box_clipped": 1})
    assert page["items"][0] == {
        "severity": "warning",
        "code": "box_empty",
        "message": "covers no part of the image; left out",
        "file": "labels/val/2.txt",
        "line": 2,
        "image_id": 2,
    }
    last = api.get(f"{base}/problems", params={"code": "box_empty", "cursor": page["next_cursor"]}).json()
    assert len(last["items"]) == 50
    assert [each["line"] for each in api.get(f"{base}/images/2").json()["problems"]][-1] == 152


def test_problems_of_an_earlier_version_are_the_first_hundred(
    api: TestClient, dataset: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    """It kept them in the database, with no table of all beside it."""
    found = dataset(make_segments(tmp_path / "d"))
    base = f"/api/v1/datasets/{found['dataset_id']}"
    kept = {"severity": "warning", "code": "box_clipped", "message": "reached out", "line": None}
    with api.app.state.snellen.database.write() as session:  # type: ignore[attr-defined]
        row = session.scalars(select(Snapshot)).one()
        row.problems_key = None
        row.warnings = [{**kept, "file": "images/train/1.png"}, {**kept, "file": "labels/val/2.txt", "line": 3}]
    page = api.get(f"{base}/problems").json()
    assert (page["total"], page["codes"]) == (2, {"box_clipped": 2})
    assert [each["image_id"] for each in page["items"]] == [1, None]
    odd = api.get(f"{base}/images", params={"problem": "any"}).json()["items"]
    assert [image["path"] for image in odd] == ["images/train/1.png"]


def test_statistics_follow_their_filters(
    api: TestClient, dataset: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    base = f"/api/v1/datasets/{dataset(make_segments(tmp_path / 'd'))['dataset_id']}"
    whole = api.get(f"{base}/statistics").json()
    assert (whole["images"], whole["objects"], whole["background"]) == (3, 2, 1)
    assert whole["areas"] == {"small": 2, "medium": 0, "large": 0}
    assert sum(map(sum, whole["positions"]["counts"])) == 2
    assert whole["positions"]["counts"][16][12] == 2
    val = api.get(f"{base}/statistics", params={"split": "val", "class": 1}).json()
    assert (val["images"], val["objects"]) == (1, 0)
    assert val["classes"] == [{"class_id": 1, "name": "dog", "objects": 0, "images": 0}]


def test_two_snapshots_are_compared_image_by_image(
    api: TestClient, dataset: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    folder = make_segments(tmp_path / "d")
    first = dataset(folder)
    (folder / "labels/train/1.txt").write_text("1 0.1 0.1 0.2 0.1 0.2 0.2\n")
    (folder / "images/train/0.png").rename(folder / "images/val/9.png")
    (folder / "labels/train/0.txt").rename(folder / "labels/val/9.txt")
    second = dataset(folder)
    assert (first["is_new"], second["is_new"]) == (True, True)
    base = f"/api/v1/datasets/{first['dataset_id']}"
    found = api.get(f"{base}/compare", params={"base": first["snapshot"], "head": second["snapshot"]}).json()
    assert found["images"] == {"added": 1, "removed": 1, "changed": 1, "unchanged": 1}
    assert found["objects"] == {"added": 2, "removed": 1}
    changed = next(item for item in found["items"] if item["change"] == "changed")
    assert (changed["path"], changed["what"], changed["objects_added"]) == ("images/train/1.png", ["objects"], 1)
    only = api.get(
        f"{base}/compare", params={"base": first["snapshot"], "head": second["snapshot"], "change": "added"}
    ).json()
    assert (only["total"], only["items"][0]["path"], only["items"][0]["base_image_id"]) == (1, "images/val/9.png", None)


@pytest.mark.parametrize("format", ["yolo", "coco"])
def test_an_export_imports_to_the_same_snapshot(
    api: TestClient, dataset: Callable[..., dict[str, Any]], tmp_path: Path, format: str
) -> None:
    found = dataset(make_segments(tmp_path / "d"))
    answer = api.get(f"/api/v1/datasets/{found['dataset_id']}/export", params={"format": format})
    assert answer.headers["content-type"] == "application/zip"
    assert f"pets-{found['snapshot'][:12]}-{format}.zip" in answer.headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path / "out")
    assert "path" not in (tmp_path / "out/data.yaml").read_text() if format == "yolo" else True
    assert dataset(tmp_path / "out")["snapshot"] == found["snapshot"]
    assert dataset(tmp_path / "out")["is_new"] is False


def test_classes_of_images_can_not_go_to_coco(
    api: TestClient, dataset: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    for n, place in enumerate(("train/cat", "train/dog", "val/cat")):
        (tmp_path / "d" / place).mkdir(parents=True)
        Image.new("RGB", (8, 8), (n, 0, 0)).save(tmp_path / "d" / place / "a.png")
    base = f"/api/v1/datasets/{dataset(tmp_path / 'd')['dataset_id']}"
    assert api.get(f"{base}/export", params={"format": "coco"}).status_code == 422
    with zipfile.ZipFile(io.BytesIO(api.get(f"{base}/export", params={"format": "yolo"}).content)) as archive:
        archive.extractall(tmp_path / "out")
    assert read_folder(tmp_path / "out").content.class_names == ["cat", "dog"]
    numbers = api.get(f"{base}/statistics").json()
    assert numbers["positions"] is None
    assert json.dumps(api.get(f"{base}/images/0").json()["objects"][0]["outlines"]) == "null"
