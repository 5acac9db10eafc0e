"""Reading COCO: ids of any kind, masks of any kind, and every mistake with file and line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from snellen.contract.tasks import Task
from snellen.errors import DatasetInvalid
from snellen.formats import read_folder
from snellen.formats.masks import measure_rle, trace_mask

WIDTH, HEIGHT = 40, 30


def annotation(**more: Any) -> dict[str, Any]:
    return {"id": 1, "image_id": 1, "category_id": 1, "bbox": [5, 6, 10, 8], "area": 80, "iscrowd": 0, **more}


def write(folder: Path, annotations: list[dict[str, Any]], *, split: str = "train", **more: Any) -> Path:
    (folder / "images" / split).mkdir(parents=True, exist_ok=True)
    (folder / "annotations").mkdir(exist_ok=True)
    Image.new("RGB", (WIDTH, HEIGHT), (len(split) * 20, 0, 0)).save(folder / f"images/{split}/a.png")
    content = {
        "images": [{"id": 1, "file_name": "a.png", "width": WIDTH, "height": HEIGHT}],
        "categories": [{"id": 1, "name": "cat"}],
        "annotations": annotations,
        **more,
    }
    text = json.dumps(content, indent=1)
    (folder / f"annotations/instances_{split}2017.json").write_text(text, encoding="utf-8")
    return folder


def both(folder: Path, annotations: list[dict[str, Any]], **more: Any) -> Path:
    write(folder, [annotation()], split="val", categories=more.get("categories", [{"id": 1, "name": "cat"}]))
    return write(folder, annotations, **more)


def problems(folder: Path, **options: Any) -> list[dict[str, Any]]:
    with pytest.raises(DatasetInvalid) as refused:
        read_folder(folder, **options)
    return refused.value.problems


def test_boxes_area_and_crowds_are_as_given(tmp_path: Path) -> None:
    reading = read_folder(both(tmp_path, [annotation(), annotation(id=2, bbox=[0, 0, 4, 4], area=9.5, iscrowd=1)]))
    assert reading.content.task is Task.DETECTION
    assert reading.report.format == "coco"
    assert reading.report.images == {"train": 1, "val": 1}
    first, second = reading.content.objects[0]
    assert (first.x, first.y, first.w, first.h, first.area, first.iscrowd) == (0, 0, 4, 4, 9.5, True)
    assert (second.x, second.y, second.w, second.h, second.area) == (5, 6, 10, 8, 80)


def test_category_ids_may_skip_and_ids_may_be_text(tmp_path: Path) -> None:
    categories = [{"id": "90", "name": "zebra"}, {"id": "7", "name": "bus"}]
    images = [{"id": "x-1", "file_name": "a.png"}]
    objects = [
        annotation(image_id="x-1", category_id="90"),
        annotation(image_id="x-1", category_id=7, bbox=[1, 1, 2, 2]),
    ]
    write(tmp_path, [], split="val", categories=categories)
    content = read_folder(write(tmp_path, objects, categories=categories, images=images)).content
    assert content.class_names == ["bus", "zebra"]
    assert [each.class_id for each in content.objects[0]] == [0, 1]


def test_image_ids_meet_whether_number_or_text(tmp_path: Path) -> None:
    assert read_folder(both(tmp_path, [annotation(image_id="1")])).report.objects == {"cat": 2}


@pytest.mark.parametrize(
    ("segmentation", "area"),
    [
        ([[10, 10, 20, 10, 20, 20, 10, 20]], 100),
        ([[0, 0, 5, 0, 5, 5, 0, 5], [10, 10, 15, 10, 15, 15, 10, 15]], 50),
        ({"size": [HEIGHT, WIDTH], "counts": [0, 30, HEIGHT * WIDTH - 30]}, 30),
        ({"size": [HEIGHT, WIDTH], "counts": [5, 0, 5, 10, 0, 10, HEIGHT * WIDTH - 30]}, 20),
    ],
)
def test_polygons_and_runs_become_the_same_kind_of_mask(tmp_path: Path, segmentation: Any, area: int) -> None:
    given = annotation(segmentation=segmentation, area=0)
    write(tmp_path, [annotation(segmentation=[[1, 1, 9, 1, 9, 9]])], split="val")
    reading = read_folder(write(tmp_path, [given]))
    assert reading.content.task is Task.SEGMENTATION
    (found,) = reading.content.objects[0]
    assert found.rle is not None
    assert measure_rle(found.rle, height=HEIGHT, width=WIDTH)[0] == found.area == area
    outlines = trace_mask(found.rle, height=HEIGHT, width=WIDTH)
    assert sum(len(ring) for ring in outlines) >= 8


def test_keypoints_make_it_pose_with_their_names_and_skeleton(tmp_path: Path) -> None:
    categories = [
        {"id": 1, "name": "person", "keypoints": ["nose", "left_eye", "right_eye"], "skeleton": [[1, 2], [1, 3]]}
    ]
    given = annotation(keypoints=[1, 2, 2, 3, 4, 1, 0, 0, 0], num_keypoints=2)
    write(tmp_path, [annotation(keypoints=[0] * 9)], split="val", categories=categories)
    content = read_folder(write(tmp_path, [given], categories=categories)).content
    assert content.task is Task.POSE
    assert content.keypoints is not None
    assert content.keypoints.as_dict() == {
        "names": ("nose", "left_eye", "right_eye"),
        "flip_idx": (0, 2, 1),
        "skeleton": ((0, 1), (0, 2)),
    }
    assert content.objects[0][0].keypoints == ((1, 2, 2), (3, 4, 1), (0, 0, 0))
    assert read_folder(tmp_path, task="detection").content.objects[0][0].keypoints is None


def test_sigmas_of_keypoints_are_kept_or_refused(tmp_path: Path) -> None:
    category = {"id": 1, "name": "person", "keypoints": ["nose", "eye"], "sigmas": [0.03, 0.05]}
    given = annotation(keypoints=[1, 2, 2, 3, 4, 1], num_keypoints=2)
    write(tmp_path, [given], split="val", categories=[category])
    content = read_folder(write(tmp_path, [given], categories=[category])).content
    assert content.keypoints is not None
    assert content.keypoints.sigmas == (0.03, 0.05)
    for spoiled in ([0.03], [0.03, 0], [0.03, -1]):
        categories = [category | {"sigmas": spoiled}]
        write(tmp_path, [given], split="val", categories=categories)
        folder = write(tmp_path, [given], categories=categories)
        with pytest.raises(DatasetInvalid, match="expected 2 sigmas, each a number above 0"):
            read_folder(folder)


@pytest.mark.parametrize(
    ("wrong", "code", "says"),
    [
        ({"image_id": 99}, "annotation_image", "image_id 99 is the id of no image"),
        ({"category_id": 5}, "class_unknown", "category_id 5 is in no category"),
        ({"bbox": [1, 2, 3]}, "box_range", r"expected \[x, y, width, height\] in pixels"),
        ({"bbox": [1, 2, -3, 4]}, "box_range", "expected"),
        ({"bbox": "1 2 3 4"}, "annotation", r"Expected `array \| null`, got `str`"),
        ({"bbox": None}, "box_missing", "no bbox"),
        ({"area": -1}, "area", "px²"),
    ],
)
def test_a_wrong_annotation_is_named_with_its_line(tmp_path: Path, wrong: dict[str, Any], code: str, says: str) -> None:
    folder = both(tmp_path, [annotation(), annotation(id=2, **wrong)])
    (found,) = problems(folder)
    assert (found["code"], found["file"]) == (code, "annotations/instances_train2017.json")
    text = (folder / str(found["file"])).read_text().splitlines()
    assert '"id": 2' in "".join(text[found["line"] - 1 : found["line"] + 3])
    with pytest.raises(DatasetInvalid, match=says):
        read_folder(folder)


@pytest.mark.parametrize(
    ("segmentation", "code"),
    [
        ([[1, 2, 3]], "polygon"),
        ([[0, 0, 5000, 0, 5, 5]], "polygon"),
        ({"size": [3, 3], "counts": [0, 9]}, "mask_size"),
        ({"size": [HEIGHT, WIDTH], "counts": [1, 2]}, "mask"),
        ({"size": [HEIGHT, WIDTH], "counts": "nonsense~"}, "mask"),
        ([], "segmentation_missing"),
        ("x", "annotation"),
    ],
)
def test_a_wrong_mask_is_an_error(tmp_path: Path, segmentation: Any, code: str) -> None:
    write(tmp_path, [annotation(segmentation=[[1, 1, 9, 1, 9, 9]])], split="val")
    (found,) = problems(write(tmp_path, [annotation(segmentation=segmentation)]))
    assert found["code"] == code


def test_what_is_odd_is_a_warning(tmp_path: Path) -> None:
    objects = [
        annotation(),
        annotation(id=2),
        annotation(id=3, bbox=[5, 5, 0, 5]),
        annotation(id=4, bbox=[30, 20, 20, 5]),
    ]
    folder = both(tmp_path, objects)
    Image.new("RGB", (5, 5)).save(folder / "images/train/unlisted.png")
    reading = read_folder(folder)
    assert sorted(warning.code for warning in reading.warnings) == [
        "box_clipped",
        "box_empty",
        "box_repeated",
        "image_unlisted",
    ]
    assert reading.content.objects[0][-1].w == 10


def test_images_that_are_missing_or_of_another_size_are_errors(tmp_path: Path) -> None:
    images = [
        {"id": 1, "file_name": "a.png", "width": 31, "height": 30},
        {"id": 2, "file_name": "gone.png"},
        {"id": 2, "file_name": "a.png"},
        {"id": 3},
    ]
    found = {problem["code"] for problem in problems(both(tmp_path, [], images=images))}
    assert {"image_id", "image"} <= found
    del images[2:]
    assert {problem["code"] for problem in problems(both(tmp_path, [], images=images))} == {
        "image_missing",
        "image_size",
    }


def test_annotations_for_the_picture_before_its_rotation_are_told_apart(tmp_path: Path) -> None:
    folder = both(tmp_path, [annotation()])
    picture = Image.new("RGB", (WIDTH, HEIGHT))
    exif = picture.getexif()
    exif[0x0112] = 6
    picture.save(folder / "images/train/a.png", exif=exif)
    (found,) = problems(folder)
    assert found["code"] == "image_size"
    assert "EXIF orientation" in found["message"]


def test_a_file_without_a_split_is_divided_by_class_and_seed(tmp_path: Path) -> None:
    names = [f"{n:02}.png" for n in range(20)]
    for n, name in enumerate(names):
        Image.new("RGB", (8, 8), (n, 0, 0)).save(tmp_path / name)
    content = {
        "images": [{"id": n, "file_name": name} for n, name in enumerate(names)],
        "categories": [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}],
        "annotations": [annotation(id=n, image_id=n, category_id=1 + (n >= 10), bbox=[0, 0, 4, 4]) for n in range(20)],
    }
    (tmp_path / "labels.json").write_text("\ufeff" + json.dumps(content), encoding="utf-8")
    one = read_folder(tmp_path)
    assert one.report.images == {"train": 16, "val": 4}
    assert (one.report.split.given, one.report.split.seed) == (False, 0)
    chosen = {image.path: image.split for image in one.content.images}
    assert sum(chosen[name] == "val" for name in names[:10]) == 2
    assert {i.path: i.split for i in read_folder(tmp_path).content.images} == chosen
    assert {i.path: i.split for i in read_folder(tmp_path, seed=1).content.images} != chosen
    halves = read_folder(tmp_path, split={"train": 0.5, "val": 0.25, "test": 0.25}).report
    assert halves.images == {"train": 10, "val": 5, "test": 5}


def test_json_that_is_none_is_named_with_its_line(tmp_path: Path) -> None:
    folder = both(tmp_path, [annotation()])
    file = folder / "annotations/instances_train2017.json"
    lines = file.read_text().splitlines()
    file.write_text("\n".join([*lines[:5], "oops", *lines[5:]]))
    (found,) = problems(folder)
    assert (found["code"], found["line"]) == ("json", 6)


def test_files_must_agree_on_their_categories(tmp_path: Path) -> None:
    write(tmp_path, [], split="val", categories=[{"id": 1, "name": "dog"}])
    (found,) = problems(write(tmp_path, [annotation()]))
    assert found["code"] == "categories"


def test_pictures_are_found_where_tools_put_them(tmp_path: Path) -> None:
    for split in ("train", "valid"):
        (tmp_path / split).mkdir()
        Image.new("RGB", (WIDTH, HEIGHT), (len(split), 0, 0)).save(tmp_path / split / "a.png")
        content = {
            "images": [{"id": 1, "file_name": "some\\where\\a.png" if split == "valid" else "./a.png"}],
            "categories": [{"id": 0, "name": "cat"}],
            "annotations": [annotation(category_id=0)],
        }
        (tmp_path / split / "_annotations.coco.json").write_text(json.dumps(content))
    (tmp_path / "valid/a.png").rename(tmp_path / "valid/b.png")
    assert {p["code"] for p in problems(tmp_path)} == {"image_missing"}
    (tmp_path / "valid/b.png").rename(tmp_path / "valid/a.png")
    content = (tmp_path / "valid/_annotations.coco.json").read_text().replace("some\\\\where\\\\", "")
    (tmp_path / "valid/_annotations.coco.json").write_text(content)
    assert read_folder(tmp_path).report.images == {"train": 1, "val": 1}
