"""Prediction sets of masks, poses and labels: what is written comes back, what can't be evaluated is refused by row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hotcoco import mask
from hypothesis import given
from hypothesis import strategies as st

from snellen.contract.tasks import Task
from snellen.errors import PredictionsInvalid
from snellen.formats.predictions import read_predictions, resolve, write_predictions, write_raw
from snellen.formats.rle_pixels import rle_pixels

IDS = {"a.png": 0, "b.png": 7}
IMAGES = pl.DataFrame({"image_id": [0, 7], "width": [8, 4], "height": [6, 5]})
BOX = {"x": [1.0, 2.0], "y": [1.0, 2.0], "w": [2.0, 3.0], "h": [2.0, 1.0]}


def rle(height: int, width: int, *, fill: int = 1) -> str:
    pixels = np.zeros((height, width), np.uint8, order="F")
    pixels[1:3, 1:3] = fill
    return str(mask.encode(pixels)["counts"].decode())


def columns(task: Task, **changes: Any) -> dict[str, Any]:
    one: dict[str, Any] = {"image": ["a.png", "b.png"], "class_id": [0, 1], "score": [0.75, 0.5]}
    if task is not Task.CLASSIFICATION:
        one |= BOX
    if task is Task.SEGMENTATION:
        one["rle"] = [rle(6, 8), rle(5, 4)]
    if task is Task.POSE:
        one["keypoints"] = [[[1.0, 2.0, 0.5], [3.0, 4.0, 1.0]], [[0.0, 0.0, 0.0], [1.0, 1.0, 0.25]]]
    return one | changes


def resolved(folder: Path, task: Task, **changes: Any) -> Any:
    write_raw(folder / "raw", columns(task, **changes), images=list(IDS), task=task)
    return resolve(folder / "raw", IDS, task=task, class_count=2, keypoints=2, images=IMAGES)


@pytest.mark.parametrize("task", list(Task))
def test_a_set_of_each_task_comes_back(tmp_path: Path, task: Task) -> None:
    found = resolved(tmp_path, task)
    write_predictions(tmp_path / "final", found.frame, image_ids=found.image_ids, task=task)
    again = read_predictions(tmp_path / "final", task=task, class_count=2, keypoints=2, images=IMAGES)
    assert again.frame.equals(found.frame)
    assert again.frame["image_id"].to_list() == [0, 7]
    for name in ("rle", "keypoints"):
        if name in columns(task):
            assert again.frame[name].to_list() == columns(task)[name]
    if task is Task.CLASSIFICATION:
        assert again.frame["rank"].to_list() == [1, 1]


def test_whole_numbers_and_others_may_stand_side_by_side(tmp_path: Path) -> None:
    found = resolved(tmp_path, Task.DETECTION, x=[1, 2.5], score=[1, 0.5]).frame
    assert (found["x"].to_list(), found["score"].to_list()) == ([1.0, 2.5], [1.0, 0.5])


def test_keypoints_may_be_an_array(tmp_path: Path) -> None:
    given = np.array(columns(Task.POSE)["keypoints"])
    assert resolved(tmp_path, Task.POSE, keypoints=given).frame["keypoints"].to_list() == given.tolist()


@pytest.mark.parametrize(
    ("task", "changes", "named"),
    [
        (Task.SEGMENTATION, {"rle": [rle(6, 8), rle(6, 8)]}, "row 1: rle is .* the size of the image"),
        (Task.SEGMENTATION, {"rle": [rle(6, 8), ""]}, "row 1: rle is ''"),
        (Task.SEGMENTATION, {"rle": [rle(6, 8), None]}, "row 1: rle is None"),
        (Task.SEGMENTATION, {"rle": ["é", rle(5, 4)]}, "row 0: rle is 'é'"),
        (
            Task.POSE,
            {"keypoints": [[[1, 2, 0.5]], [[1, 2, 0.5], [1, 2, 0.5]]]},
            "row 0: keypoints .* expected 2 of them",
        ),
        (Task.POSE, {"keypoints": [None, [[1, 2, 0.5], [1, 2, 0.5]]]}, "row 0: keypoints is None; expected 2"),
        (Task.POSE, {"keypoints": [[[1, 2, 0.5], [1, 2]], [[1, 2, 0.5]] * 2]}, r"row 0: .* expected \[x, y, score\]"),
        (Task.POSE, {"keypoints": [[[1, 2, 1.5]] * 2, [[1, 2, 0.5]] * 2]}, "row 0: .* the score from 0 to 1"),
        (Task.POSE, {"keypoints": [[[float("nan"), 2, 1]] * 2, [[1, 2, 0.5]] * 2]}, "row 0: .* x and y finite"),
        (Task.CLASSIFICATION, {"rank": [0, 1]}, "row 0: rank is 0; expected 1 to 5"),
        (Task.CLASSIFICATION, {"image": ["a.png"] * 2, "rank": [1, 1]}, "row 1: rank is 1; which the image has"),
        (
            Task.CLASSIFICATION,
            {"image": ["a.png"] * 2, "class_id": [1, 1]},
            "row 1: class_id is 1; which",
        ),
        (Task.CLASSIFICATION, {"score": [0.5, 1.5]}, "row 1: score is 1.5"),
    ],
)
def test_rows_that_cannot_be_evaluated_are_named(
    tmp_path: Path, task: Task, changes: dict[str, Any], named: str
) -> None:
    with pytest.raises(PredictionsInvalid, match=named):
        resolved(tmp_path, task, **changes)


@pytest.mark.parametrize(("task", "missing"), [(Task.SEGMENTATION, "rle"), (Task.POSE, "keypoints")])
def test_a_set_without_what_the_task_is_about_is_refused(tmp_path: Path, task: Task, missing: str) -> None:
    with pytest.raises(PredictionsInvalid, match=f"of {task}: no column {missing}"):
        write_raw(tmp_path / "raw", columns(Task.DETECTION), images=list(IDS), task=task)


def test_of_a_classifier_the_best_five_labels_are_kept_by_their_scores(tmp_path: Path) -> None:
    scores = [0.01, 0.4, 0.05, 0.3, 0.2, 0.04]
    many = {"image": ["a.png"] * 6, "class_id": list(range(6)), "score": scores}
    write_raw(tmp_path / "raw", many, images=["a.png"], task=Task.CLASSIFICATION)
    found = resolve(tmp_path / "raw", IDS, class_count=6).frame.sort("rank")
    assert found["class_id"].to_list() == [1, 3, 4, 2, 5]
    assert found["rank"].to_list() == [1, 2, 3, 4, 5]


@given(st.lists(st.tuples(st.integers(1, 12), st.integers(1, 12), st.integers(0, 10_000)), max_size=8))
def test_the_pixels_of_masks_are_those_of_their_images(sizes: list[tuple[int, int, int]]) -> None:
    masks = []
    for height, width, seed in sizes:
        pixels = np.random.default_rng(seed).integers(0, 2, (height, width), np.uint8)
        masks.append(mask.encode(np.asfortranarray(pixels))["counts"].decode())
    assert rle_pixels(masks).tolist() == [height * width for height, width, _ in sizes]


@given(st.lists(st.text(st.characters(max_codepoint=130), max_size=12), max_size=6))
def test_any_text_is_a_mask_of_some_size_or_none(texts: list[str]) -> None:
    for text, pixels in zip(texts, rle_pixels(texts).tolist(), strict=True):
        if pixels > 0:
            assert mask.area({"size": [pixels, 1], "counts": text}) <= pixels
        else:
            assert pixels in (0, -1)
