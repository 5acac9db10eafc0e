"""Files that are evaluated: what they say is taken as it stands, what they can't mean is refused by its row."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from snellen.contract.tasks import Task
from snellen.errors import DatasetInvalid, PredictionsInvalid, SnellenError
from snellen.formats.evaluated_files import TruthFile, read_both
from snellen.formats.predictions import PredictionSet, write_predictions, write_raw

IMAGES = [{"id": 5, "width": 100, "height": 80, "file_name": "a.jpg"}, {"id": 7, "width": 100, "height": 80}]
CATEGORIES = [{"id": 3, "name": "cat"}, {"id": 1, "name": "dog"}]
PERSON = [{"id": 3, "name": "person", "keypoints": ["a", "b"], "sigmas": [0.1, 0.2]}]
SQUARE = [[10, 10, 30, 10, 30, 30, 10, 30]]
POSE = [12, 12, 2, 20, 20, 1]
ALL = {"size": [80, 100], "counts": [0, 8000]}
BOX = dict(zip("xywh", ([10.0], [10.0], [20.0], [20.0]), strict=True))


def truth(*changes: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A COCO document with an annotation for each of `changes`."""
    plain = {"image_id": 5, "category_id": 3, "bbox": [10, 10, 20, 20], "area": 300, "iscrowd": 0}
    annotations = [plain | {"id": i + 1} | change for i, change in enumerate(changes or ({},))]
    return {"images": IMAGES, "categories": CATEGORIES, "annotations": annotations} | more


def result(**changes: Any) -> dict[str, Any]:
    return {"image_id": 5, "category_id": 3, "bbox": [10, 10, 20, 20], "score": 0.9} | changes


def read(folder: Path, true: Any, found: Any, task: Task | None = None) -> tuple[TruthFile, PredictionSet]:
    """Documents, or the text of files, read."""
    for name, content in (("truth.json", true), ("found.json", found)):
        (folder / name).write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return read_both(folder / "truth.json", folder / "found.json", task)


def test_ids_may_be_any_and_classes_are_in_the_order_of_an_import(tmp_path: Path) -> None:
    true, found = read(tmp_path, truth(), [result(), result(image_id=7, category_id=1)])
    assert (true.class_names, found.task, found.image_ids) == (("dog", "cat"), Task.DETECTION, (0, 1))
    assert found.frame.select("image_id", "class_id").rows() == [(0, 1), (1, 0)]
    assert true.objects.select("object_id", "image_id", "class_id", "area", "iscrowd").rows() == [(0, 0, 1, 300, False)]
    named = truth({"image_id": "x", "category_id": "b"}, images=[{"id": "x"}], categories=[{"id": "b"}, {"id": "a"}])
    true, _ = read(tmp_path, named, [result(image_id="x", category_id="a")])
    assert true.class_names == ("b", "a")


@pytest.mark.parametrize(
    ("true", "found", "task"),
    [
        (truth({"segmentation": SQUARE}), [result()], Task.DETECTION),
        (truth({"segmentation": SQUARE}, {"segmentation": []}), [result()], Task.DETECTION),
        (truth({"segmentation": SQUARE}), [result(segmentation=SQUARE)], Task.SEGMENTATION),
        (truth({"segmentation": SQUARE}), [], Task.SEGMENTATION),
        (truth({"keypoints": POSE}, categories=PERSON), [result(keypoints=POSE)], Task.POSE),
        (truth({"keypoints": POSE}, categories=PERSON), [], Task.POSE),
        (
            truth({"keypoints": POSE, "segmentation": ALL}, categories=PERSON),
            [result(segmentation=ALL)],
            "segmentation",
        ),
        (truth({"keypoints": POSE}, categories=PERSON), [result()], Task.DETECTION),
        (truth(), [], Task.DETECTION),
    ],
)
def test_the_predictions_say_the_task_and_of_an_empty_list_the_truth(
    tmp_path: Path, true: Any, found: Any, task: Task
) -> None:
    assert read(tmp_path, true, found)[1].task == task


def test_what_tools_write_is_taken(tmp_path: Path) -> None:
    odd = [{"id": 5, "width": 100.0, "height": 80.0}]
    for document in (truth({"iscrowd": True}, images=odd), truth({"iscrowd": None, "area": None}, images=[{"id": 5}])):
        true, found = read(tmp_path, "\ufeff" + json.dumps(document), "\ufeff" + json.dumps([result()]))
        assert (true.objects.height, found.frame.height) == (1, 1)
    assert true.objects["area"].to_list() == [400]
    unsized = truth({"segmentation": ALL}, images=[{"id": 5}])
    assert read(tmp_path, unsized, [result(segmentation=ALL)])[0].images.row(0) == (0, 100, 80)


def test_masks_are_the_same_in_all_three_ways(tmp_path: Path) -> None:
    runs = {"size": [80, 100], "counts": [810, *([20, 60] * 19), 20, 5650]}
    _, found = read(tmp_path, truth({"segmentation": runs}), [result(segmentation=SQUARE), result(segmentation=runs)])
    text = {"size": [80, 100], "counts": found.frame["rle"][0]}
    del (bare := result(segmentation=text))["bbox"]
    true, again = read(tmp_path, truth({"segmentation": SQUARE}), [bare])
    assert len({*found.frame["rle"], *again.frame["rle"], *true.objects["rle"]}) == 1
    assert again.frame.select("x", "y", "w", "h").row(0) == (10, 10, 20, 20)


def test_poses_have_the_names_and_sigmas_of_their_category(tmp_path: Path) -> None:
    document = truth({"keypoints": POSE}, {}, categories=PERSON)
    true, found = read(tmp_path, document, [result(keypoints=[12, 12, 2, 20, 20, 7.5])])
    assert (true.keypoint_names, true.sigmas) == (("a", "b"), (0.1, 0.2))
    assert found.frame["keypoints"].to_list() == [[[12, 12, 1], [20, 20, 1]]]
    assert true.objects["keypoints"].to_list()[1] is None
    true, _ = read(tmp_path, truth({"keypoints": POSE}), [], Task.POSE)
    assert (true.keypoint_names, true.sigmas) == (("0", "1"), None)


def test_all_labels_of_an_image_may_be_there_and_five_are_kept(tmp_path: Path) -> None:
    many = [{"id": i} for i in range(300)]
    found = [result(category_id=i, score=i / 300) for i in range(300)]
    _, labels = read(tmp_path, truth(images=IMAGES[:1], categories=many), found, Task.CLASSIFICATION)
    assert labels.frame.sort("rank").select("rank", "class_id").rows() == [(i + 1, 299 - i) for i in range(5)]
    for change, named in (
        ({"category_id": 4}, "row 300: its image has the class"),
        ({"score": 2}, "row 300: its score"),
    ):
        with pytest.raises(PredictionsInvalid, match=named):
            read(tmp_path, truth(categories=many), [*found, result(**change)], Task.CLASSIFICATION)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"bbox": [1, 2, -3, 4]}, r"object 1 .* no negative size"),
        ({"image_id": 6}, r"annotations\[1\].image_id: got 6"),
        ({"category_id": 2}, r"annotations\[1\].category_id: got 2"),
        ({"segmentation": []}, r"annotations\[1\]: segmentation: got none"),
        ({"segmentation": [[1, 1, 5, 5, 9, 1, 7]]}, "polygon of 7 numbers"),
        ({"segmentation": {"size": [10, 10], "counts": [0, 100]}}, r"its size is \[10, 10\], the image's \[80, 100\]"),
        ({"segmentation": {"size": [100, 80], "counts": [0, 8000]}}, r"its size is \[100, 80\]"),
        ({"segmentation": {"size": [80, 100], "counts": [0, 100]}}, "got runs of 100 pixels"),
        ({"segmentation": {"size": [80, 100], "counts": [-5, 8005]}}, "expected runs of 0 or more"),
        ({"segmentation": {"size": [80, 100], "counts": "zzzé"}}, "object 1 .* a mask of the image's size"),
        ({"segmentation": {"size": [80, 100], "counts": "zzzé"}, "bbox": None}, r"annotations\[1\]: invalid RLE"),
        ({"segmentation": "none"}, "expected COCO annotations"),
    ],
)
def test_a_truth_that_can_not_be_one_is_named(tmp_path: Path, change: dict[str, Any], named: str) -> None:
    document = truth({"segmentation": SQUARE}, {"segmentation": SQUARE} | change)
    with pytest.raises(DatasetInvalid, match=named):
        read(tmp_path, document, [result(segmentation=SQUARE)])


@pytest.mark.parametrize(
    ("true", "found", "task", "named"),
    [
        (
            truth(images=[{"id": 5, "width": 10**12}]),
            [],
            None,
            r"images\[0\].width: got 10{12}, expected a whole number",
        ),
        (truth(images=[IMAGES[0]] * 2), [], None, "1 of 2 images have an id that another has"),
        (truth({"segmentation": SQUARE}, images=[{"id": 5}]), [result(segmentation=ALL)], None, "need the width"),
        (truth({"keypoints": POSE}, {"keypoints": POSE[:3]}, categories=PERSON), [], None, "object 1 .* has not 2 key"),
        (truth(), [result(keypoints=POSE)], None, "no object has keypoints"),
        (truth({"keypoints": POSE}, categories=PERSON), [result(keypoints=POSE[:3])], None, "expected 2 of them"),
        (truth({"keypoints": POSE}, categories=PERSON), [result()], Task.POSE, r"results\[0\]: keypoints: got none"),
        (truth(), '[{"image_id": 5, "category_id": 3, "bbox": [NaN, 1, 2, 3]}]', None, r"near .*\[NaN, 1"),
        (truth(), '[{"image_id": 5, "bbox": [1e999]}]', None, r"out of range - at `\$\[0\].bbox\[0\]`"),
        (truth(), truth(), None, "expected COCO results"),
        (truth(), truth()["annotations"], None, "result 0 has no score; are these annotations"),
        ([result()], [result()], None, "expected COCO annotations"),
        ("", [], None, "expected COCO annotations"),
        ("[" * 100_000, [], None, "expected COCO annotations"),
    ],
)
def test_files_that_do_not_fit_are_named(tmp_path: Path, true: Any, found: Any, task: Any, named: str) -> None:
    with pytest.raises((DatasetInvalid, PredictionsInvalid), match=named):
        read(tmp_path, true, found, task)


def test_a_final_sets_ids_and_rows_are_those_of_the_json(tmp_path: Path) -> None:
    read(tmp_path, truth({"segmentation": SQUARE}), [])
    path = tmp_path / "set.parquet"
    row = {"image_id": [7], "class_id": [1], "score": [0.9], **BOX}
    write_predictions(path, row, image_ids=[7])
    true, found = read_both(tmp_path / "truth.json", path)
    assert (found.frame["image_id"].to_list(), found.image_ids, true.class_names[1]) == ([1], (1,), "cat")
    write_predictions(path, row | {"rle": ["0"]}, image_ids=[7], task=Task.SEGMENTATION)
    with pytest.raises(PredictionsInvalid, match="row 0: rle is '0'; expected the counts of a COCO RLE"):
        read_both(tmp_path / "truth.json", path)
    write_predictions(path, row, image_ids=[6, 7])
    with pytest.raises(PredictionsInvalid, match="1 of 2 evaluated images are not in the truth, the first 6"):
        read_both(tmp_path / "truth.json", path)
    write_predictions(path, row | {"class_id": [2]}, image_ids=[7])
    with pytest.raises(PredictionsInvalid, match="row 0: class_id is 2; expected 0 to 1"):
        read_both(tmp_path / "truth.json", path)
    write_raw(path, {"image": ["b.jpg"], "class_id": [1], "score": [0.9], **BOX}, images=["b.jpg"])
    with pytest.raises(PredictionsInvalid, match=r"not in the dataset, the first 'b\.jpg'"):
        read_both(tmp_path / "truth.json", path)


def test_objects_alone_are_a_truth(tmp_path: Path) -> None:
    """Images without objects are those of the set, classes are named by their numbers."""
    objects, path = tmp_path / "objects.parquet", tmp_path / "set.parquet"
    pl.DataFrame({"image_id": [0, 2], "class_id": [0, 1], **{k: v * 2 for k, v in BOX.items()}}).write_parquet(objects)
    write_predictions(path, {"image_id": [1], "class_id": [2], "score": [0.9], **BOX}, image_ids=[0, 1])
    for given in (objects, tmp_path):
        true, found = read_both(given, path)
        assert (true.class_names, found.image_ids) == (("0", "1", "2"), (0, 1))
        assert sorted(true.images["image_id"]) == [0, 1, 2]
    with pytest.raises(DatasetInvalid, match="the truth has no splits"):
        read_both(objects, path, split="val")
    with pytest.raises(DatasetInvalid, match="got predictions, they have a score"):
        read_both(path, path)
    pl.DataFrame({"image_id": [0], "width": [9], "height": [9]}).write_parquet(tmp_path / "images.parquet")
    with pytest.raises(DatasetInvalid, match=r"object 1 is of an image that images.parquet"):
        read_both(objects, path)
    (tmp_path / "images.parquet").write_bytes(b"PAR1")
    with pytest.raises(DatasetInvalid, match=r"images.parquet: no whole Parquet file"):
        read_both(objects, path)


@pytest.mark.parametrize("size", [0, 4, 40, -1])
def test_objects_that_are_cut_off_are_told(tmp_path: Path, size: int) -> None:
    objects, path = tmp_path / "objects.parquet", tmp_path / "set.parquet"
    pl.DataFrame({"image_id": [0], "class_id": [0], **BOX}).write_parquet(objects)
    write_predictions(path, {"image_id": [0], "class_id": [0], "score": [0.9], **BOX}, image_ids=[0])
    for each in (objects, path):
        whole = each.read_bytes()
        each.write_bytes(whole[:size])
        with pytest.raises(SnellenError, match="no whole Parquet file"):
            read_both(objects, path)
        each.write_bytes(whole)


def test_a_summary_of_something_else_is_told(tmp_path: Path) -> None:
    path = tmp_path / "set.parquet"
    pl.DataFrame({"image_id": [0], "class_id": [0], **BOX}).write_parquet(tmp_path / "objects.parquet")
    write_predictions(path, {"image_id": [0], "class_id": [0], "score": [0.9], **BOX}, image_ids=[0])
    for text in ("[]", "{}", "{"):
        (tmp_path / "snapshot.json").write_text(text)
        with pytest.raises(DatasetInvalid, match=r"snapshot.json: is no snapshot's summary"):
            read_both(tmp_path, path)
