"""Whatever a file holds, reading it ends in a dataset or in an error that says what is wrong with it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from snellen.errors import DatasetInvalid
from snellen.formats import read_folder
from snellen.formats.snapshot import content_hash

often = settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
numbers = (
    st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([0, 1, 2, 5])
)
anything: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | numbers | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
NEAR = {
    "bbox": st.lists(numbers, min_size=4, max_size=4),
    "segmentation": st.lists(st.lists(st.floats(-50, 50), min_size=4, max_size=8), max_size=2)
    | st.fixed_dictionaries(
        {"size": st.just([20, 30]), "counts": st.lists(st.integers(0, 700), max_size=4) | st.text()}
    ),
    "keypoints": st.lists(st.sampled_from([0, 1, 2, 3.5, -1, 1e300]), min_size=6, max_size=6),
    "category_id": st.sampled_from([1, "1", 2, 3]),
    "image_id": st.sampled_from([1, "1", 2]),
    "area": numbers,
    "iscrowd": st.sampled_from([0, 1, True, 2, "1"]),
}


@st.composite
def annotations(draw: st.DrawFn) -> dict[str, Any]:
    found = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4]}
    for key in draw(st.lists(st.sampled_from(sorted(NEAR)), max_size=4)):
        found[key] = draw(NEAR[key] | anything)
    return found


def is_read_or_refused(folder: Path, **options: Any) -> None:
    try:
        content_hash(read_folder(folder, **options).content)
        return
    except DatasetInvalid as error:
        refused = error
    assert refused.detail
    assert refused.problem_count >= len(refused.problems)


@pytest.fixture
def coco(tmp_path: Path) -> Path:
    for split in ("train", "val"):
        (tmp_path / split).mkdir()
        Image.new("RGB", (30, 20), (len(split), 0, 0)).save(tmp_path / split / "a.png")
    return tmp_path


@given(
    found=st.lists(annotations() | anything, max_size=4),
    images=st.lists(anything, max_size=2),
    categories=st.lists(anything, max_size=1),
    task=st.sampled_from([None, "detection", "segmentation", "pose"]),
)
@often
def test_coco(found: list[Any], images: list[Any], categories: list[Any], task: str | None, coco: Path) -> None:
    known = [{"id": 1, "name": "cat", "keypoints": ["a", "b"]}, {"id": 2, "name": "dog", "keypoints": ["a", "b"]}]
    for split in ("train", "val"):
        content = {
            "images": [{"id": 1, "file_name": "a.png"}, *images],
            "annotations": found,
            "categories": [*known, *categories],
        }
        (coco / split / "labels.json").write_text(json.dumps(content))
    is_read_or_refused(coco, task=task)


@given(
    data=st.binary(max_size=200)
    | anything.map(lambda value: json.dumps({"images": value, "categories": value}).encode())
)
@often
def test_json_of_any_kind(data: bytes, coco: Path) -> None:
    for split in ("train", "val"):
        (coco / split / "labels.json").write_bytes(b'{"images": [], "categories": []}' if split == "val" else data)
    is_read_or_refused(coco)


words = st.sampled_from(
    ["0", "1", "2", "-1", "0.5", "0.25", "1e308", "nan", "inf", "1.0005", "x", "", "0x1", "1_0", "٣"]
)


@given(
    lines=st.lists(st.lists(words, max_size=12).map(" ".join), max_size=4),
    shape=st.sampled_from([None, [2, 3], [2, 2], [1, 3], [0, 3], "x", [2]]),
    task=st.sampled_from([None, "detection", "segmentation", "pose", "classification"]),
    ending=st.sampled_from(["\n", "\r\n", "\x0c", "\u2028"]),
)
@often
def test_yolo(lines: list[str], shape: Any, task: str | None, ending: str, folder: Path) -> None:
    config = "train: images/train\nval: images/val\nnames: [cat, dog]\n"
    (folder / "data.yaml").write_text(config + (f"kpt_shape: {shape}\n" if shape else ""))
    (folder / "labels/train/a.txt").write_text(ending.join(lines))
    is_read_or_refused(folder, task=task)


@given(
    value=anything, key=st.sampled_from(["names", "train", "val", "path", "kpt_shape", "flip_idx", "skeleton", "nc"])
)
@often
def test_yaml_of_any_kind(value: Any, key: str, folder: Path) -> None:
    known = {"train": "images/train", "val": "images/val", "names": ["cat", "dog"], "kpt_shape": [2, 3]}
    (folder / "data.yaml").write_text(json.dumps({**known, key: value}), encoding="utf-8")
    is_read_or_refused(folder)


@given(
    edges=st.lists(st.sampled_from(["0", "5", "-3", "1e400", "nan", "", "x", "99"]), min_size=4, max_size=4),
    name=st.text(max_size=5),
    junk=st.binary(max_size=20),
)
@often
def test_voc(edges: list[str], name: str, junk: bytes, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "d", ignore_errors=True)
    for split in ("train", "val"):
        (tmp_path / "d" / split).mkdir(parents=True)
        Image.new("RGB", (30, 20), (len(split), 0, 0)).save(tmp_path / "d" / split / f"{split}.png")
        sides = "".join(f"<{s}>{v}</{s}>" for s, v in zip(("xmin", "ymin", "xmax", "ymax"), edges, strict=True))
        text = f"<annotation><object><name>{name}</name><bndbox>{sides}</bndbox></object></annotation>".encode(
            errors="replace"
        )
        (tmp_path / "d" / split / f"{split}.xml").write_bytes(text + (junk if split == "train" else b""))
    is_read_or_refused(tmp_path / "d")
