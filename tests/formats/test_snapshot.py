"""Snapshots: named by content, stored once, the same again after any detour."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from tests.stores import fetch_from

from snellen.errors import DatasetInvalid, SnapshotNotFound
from snellen.formats import load_snapshot, read_folder, save_snapshot
from snellen.formats.content import Annotation, quantise
from snellen.formats.export_yolo import export_yolo
from snellen.formats.snapshot import SnapshotInfo, content_hash, describe
from snellen.storage import Store, open_store
from snellen.storage.object_keys import file_key, snapshot_prefix

SIZES = [(100, 50), (37, 113), (640, 480)]


def write(folder: Path, boxes: list[list[Annotation]], *, name: str = "images/{split}/{n}.png") -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    for n, found in enumerate(boxes):
        split = "val" if n % 2 else "train"
        width, height = SIZES[n % len(SIZES)]
        image = folder / name.format(split=split, n=n)
        image.parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (width, height), n).save(image)
        label = folder / f"labels/{split}/{n}.txt"
        label.parent.mkdir(parents=True, exist_ok=True)
        label.write_text(
            "".join(
                f"{b.class_id} {(b.x + b.w / 2) / width!r} {(b.y + b.h / 2) / height!r} "
                f"{b.w / width!r} {b.h / height!r}\n"
                for b in found
            )
        )
    (folder / "data.yaml").write_text("train: images/train\nval: images/val\nnames: [a, b, c]\n")
    return folder


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(str(tmp_path / "store"), create=True)


side = st.floats(0.001, 1.0)


@st.composite
def a_box(draw: st.DrawFn, width: int, height: int) -> Annotation:
    w, h = max(1e-3, draw(side) * width), max(1e-3, draw(side) * height)
    x, y = draw(st.floats(0, 1)) * (width - w), draw(st.floats(0, 1)) * (height - h)
    return Annotation.box(draw(st.integers(0, 2)), quantise(x), quantise(y), quantise(w), quantise(h))


@st.composite
def datasets(draw: st.DrawFn) -> list[list[Annotation]]:
    count = draw(st.integers(2, 5))
    return [draw(st.lists(a_box(*SIZES[n % len(SIZES)]), max_size=6, unique=True)) for n in range(count)]


@given(boxes=datasets())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_import_export_import_gives_the_same_snapshot(
    boxes: list[list[Annotation]], tmp_path: Path, store: Store
) -> None:
    first = read_folder(write(tmp_path / "in", boxes)).content
    info = save_snapshot(first, store)
    shutil.rmtree(tmp_path / "out", ignore_errors=True)
    export_yolo(load_snapshot(store, info.hash), tmp_path / "out", fetch_from(store))
    assert content_hash(read_folder(tmp_path / "out").content) == info.hash


def test_an_export_keeps_the_paths_of_its_snapshot_also_where_names_meet(tmp_path: Path, store: Store) -> None:
    folder = write(tmp_path / "in", [[], []])
    for place in ("x", "y"):
        target = folder / "images/train" / place / "same.png"
        target.parent.mkdir()
        Image.new("L", (9, 9), ord(place)).save(target)
    info = save_snapshot(read_folder(folder).content, store)
    snapshot = load_snapshot(store, info.hash)
    export_yolo(snapshot, tmp_path / "out", fetch_from(store))
    again = read_folder(tmp_path / "out").content
    assert [i.path for i in again.images] == snapshot.images["path"].to_list()
    assert content_hash(again) == info.hash


def test_the_hash_is_of_content_alone(tmp_path: Path) -> None:
    boxes = [[Annotation.box(0, 1, 2, 3, 4)], [Annotation.box(1, 5, 6, 7, 8)]]
    one = content_hash(read_folder(write(tmp_path / "here", boxes)).content)
    assert content_hash(read_folder(write(tmp_path / "there", boxes)).content) == one
    boxes[0][0] = Annotation.box(0, 1, 2, 3, 4.5)
    assert content_hash(read_folder(write(tmp_path / "there", boxes)).content) != one


def test_tables_have_the_columns_that_the_design_pins(tmp_path: Path, store: Store) -> None:
    info = save_snapshot(read_folder(write(tmp_path / "in", [[Annotation.box(0, 1, 2, 3, 4)], []])).content, store)
    snapshot = load_snapshot(store, info.hash)
    assert snapshot.objects.columns == [
        "object_id", "image_id", "class_id", "x", "y", "w", "h", "area", "iscrowd", "rle", "keypoints",
    ]  # fmt: skip
    assert snapshot.objects.row(0)[3:8] == (1.0, 2.0, 3.0, 4.0, 12.0)
    assert snapshot.images["image_id"].to_list() == [0, 1]
    assert snapshot.images["path"].to_list() == sorted(snapshot.images["path"].to_list())


def test_a_killed_import_leaves_nothing_visible_and_succeeds_when_run_again(tmp_path: Path, store: Store) -> None:
    content = read_folder(write(tmp_path / "in", [[], [], [], []])).content

    def die(done: int, total: int) -> None:
        if done == 2:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        save_snapshot(content, store, progress=die)
    with pytest.raises(SnapshotNotFound):
        load_snapshot(store, content_hash(content))
    info = save_snapshot(content, store)
    assert load_snapshot(store, info.hash).info == info


def test_an_import_that_is_killed_half_way_leaves_nothing_visible(tmp_path: Path, store: Store) -> None:
    folder = write(tmp_path / "in", [[] for _ in range(6)])
    script = (
        "import os, signal, sys\nfrom pathlib import Path\n"
        "from snellen.formats import read_folder, save_snapshot\nfrom snellen.storage import open_store\n"
        "die = lambda done, total: os.kill(os.getpid(), signal.SIGKILL) if done == 3 else None\n"
        "save_snapshot(read_folder(Path(sys.argv[1])).content, open_store(sys.argv[2]), progress=die)\n"
    )
    ended = subprocess.run([sys.executable, "-c", script, str(folder), store.url], check=False)
    assert ended.returncode == -signal.SIGKILL
    assert list(store.list("snapshots/")) == []
    info = save_snapshot(read_folder(folder).content, store)
    assert load_snapshot(store, info.hash).images.height == 6


def test_a_file_that_changes_during_the_import_is_not_stored_under_a_false_name(tmp_path: Path, store: Store) -> None:
    content = read_folder(write(tmp_path / "in", [[], []])).content
    Image.new("L", (3, 3)).save(content.images[0].source)
    with pytest.raises(DatasetInvalid, match=r"images/train/0\.png: changed"):
        save_snapshot(content, store)
    Path(content.images[0].source).unlink()
    with pytest.raises(DatasetInvalid, match="import again"):
        save_snapshot(content, store)
    assert not store.exists(file_key(content.images[0].sha256))


def test_half_a_file_in_the_store_is_mended(tmp_path: Path, store: Store) -> None:
    content = read_folder(write(tmp_path / "in", [[], []])).content
    key = file_key(content.images[0].sha256)
    store.put_bytes(key, b"half")
    save_snapshot(content, store)
    assert store.get_bytes(key) == Path(content.images[0].source).read_bytes()


def test_the_order_of_lines_does_not_matter(tmp_path: Path) -> None:
    one, two = Annotation.box(0, 1, 2, 3, 4), Annotation.box(1, 5, 6, 7, 8)
    first = read_folder(write(tmp_path / "a", [[one, two], []])).content
    second = read_folder(write(tmp_path / "b", [[two, one], []])).content
    assert first.objects == second.objects
    assert content_hash(first) == content_hash(second)


def test_what_is_not_there_is_told(tmp_path: Path, store: Store) -> None:
    for source in (store, tmp_path):
        with pytest.raises(SnapshotNotFound, match="no whole snapshot"):
            load_snapshot(source, "0" * 64)


def test_an_export_holds_what_a_trainer_needs(tmp_path: Path, store: Store) -> None:
    info = save_snapshot(read_folder(write(tmp_path / "in", [[Annotation.box(2, 10, 20, 30, 10)], []])).content, store)
    out = tmp_path / "out"
    export_yolo(load_snapshot(store, info.hash), out, fetch_from(store))
    config = yaml.safe_load((out / "data.yaml").read_text())
    assert config == {
        "path": str(out), "train": "images/train", "val": "images/val", "names": {0: "a", 1: "b", 2: "c"},
    }  # fmt: skip
    assert (out / "labels/train/0.txt").read_text() == "2 0.25 0.5 0.3 0.2\n"
    assert (out / "labels/val/1.txt").read_text() == ""
    assert json.loads((out / "path_map.json").read_text()) == {p: p for p in ("images/train/0.png", "images/val/1.png")}
    assert load_snapshot(store, info.hash).images.equals(pl.read_parquet(out / "images.parquet"))


def test_the_summary_survives_json_and_what_later_versions_add(tmp_path: Path) -> None:
    info = describe(read_folder(write(tmp_path / "in", [[Annotation.box(1, 1, 1, 2, 2)], []])).content)
    again = SnapshotInfo.from_dict({**json.loads(json.dumps(info.as_dict())), "of_later": 1})
    assert again == info
    assert (info.images, info.by_split, info.objects) == (2, {"train": 1, "val": 1}, 1)
    assert info.classes[1] == {"id": 1, "name": "b", "objects": 1}


def test_a_file_is_stored_once_whatever_the_number_of_snapshots(tmp_path: Path, store: Store) -> None:
    one = save_snapshot(read_folder(write(tmp_path / "a", [[], []])).content, store)
    two = save_snapshot(read_folder(write(tmp_path / "b", [[Annotation.box(0, 1, 1, 2, 2)], []])).content, store)
    assert one.hash != two.hash
    assert len(list(store.list("files/"))) == 2
    assert store.exists(snapshot_prefix(two.hash) + "snapshot.json")
