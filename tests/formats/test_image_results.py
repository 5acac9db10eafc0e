"""Predictions and truth that came as JSON."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from snellen.contract.tasks import Task
from snellen.errors import PredictionsInvalid
from snellen.evaluation import evaluate_detection
from snellen.formats.image_results import from_image_results

DATASET = pl.DataFrame(
    {"image_id": [0, 7], "path": ["val/a.png", "val/b.png"], "split": ["val"] * 2, "width": [8, 6], "height": [4, 5]}
)


def box(class_id: int = 0, bbox: Any = (1, 2, 3, 4), **fields: Any) -> dict[str, Any]:
    return {"class_id": class_id, "bbox": list(bbox) if isinstance(bbox, tuple) else bbox, **fields}


def test_images_truth_and_predictions_become_frames_in_order_of_the_paths() -> None:
    found = from_image_results(
        [
            {"image_name": "b.png", "true_boxes": [box(1)], "predicted_boxes": [box(1, confidence=0.75), box(0)]},
            {"image_name": "a.png", "true_boxes": [box(0, (0, 0, 5, 5), iscrowd=True)], "predicted_boxes": []},
        ],
        ["cat", "dog"],
    )
    assert found.images.select("image_id", "path").rows() == [(0, "a.png"), (1, "b.png")]
    assert found.objects.select("object_id", "image_id", "class_id", "iscrowd", "area").rows() == [
        (0, 0, 0, True, 25.0),
        (1, 1, 1, False, 12.0),
    ]
    assert found.predictions.frame.select("image_id", "class_id", "score").rows() == [(1, 1, 0.75), (1, 0, 1.0)]
    assert found.predictions.image_ids == (0, 1)
    assert found.has_truth
    evaluation = evaluate_detection(
        found.predictions.frame, found.objects, found.predictions.image_ids, found.class_names
    )
    assert evaluation.confusion.cells() == [(1, 0, 1), (2, 1, 1)]


def test_names_of_a_dataset_get_its_ids() -> None:
    results = [{"image_name": "val/b.png", "predicted_boxes": [box()]}]
    found = from_image_results(results, ["cat"], dataset=DATASET)
    assert (found.predictions.image_ids, found.has_truth) == ((7,), False)
    with pytest.raises(PredictionsInvalid, match=r"not in the dataset, the first 'val/b\.png'"):
        from_image_results(results, ["cat"], dataset=DATASET.clear())


def test_class_names_are_taken_from_the_boxes_where_nobody_gave_them() -> None:
    results = [{"image_name": "a", "true_boxes": [box(2, class_name="dog")], "predicted_boxes": [box(0)]}]
    assert from_image_results(results).class_names == ("class 0", "class 1", "dog")


def test_no_results_are_no_images() -> None:
    found = from_image_results([], ["cat"])
    assert (found.images.height, found.objects.height, found.predictions.frame.height) == (0, 0, 0)


@pytest.mark.parametrize(
    ("result", "said"),
    [
        ({}, r"image_results\[0\]\.image_name: got None"),
        ({"image_name": 3}, r"image_results\[0\]\.image_name: got 3"),
        ({"true_boxes": "none"}, r"image_results\[0\]\.true_boxes: got str, expected a list"),
        ({"true_boxes": [3]}, r"image_results\[0\]\.true_boxes\[0\]: got int"),
        ({"true_boxes": [box(), box(9)]}, r"image_results\[0\]\.true_boxes\[1\]\.class_id: got 9, expected .* 0 to 1"),
        ({"predicted_boxes": [box(True)]}, r"predicted_boxes\[0\]\.class_id: got True"),
        ({"predicted_boxes": [box(bbox=[1, 2, 3])]}, r"predicted_boxes\[0\]\.bbox: got \[1, 2, 3\]"),
        ({"predicted_boxes": [box(bbox=[1, 2, -3, 4])]}, r"predicted_boxes\[0\]\.bbox: .*no negative size"),
        ({"predicted_boxes": [box(bbox=[1, 2, "NaN", 4])]}, r"predicted_boxes\[0\]\.bbox: .*finite"),
        ({"predicted_boxes": [box(confidence=1.5)]}, r"predicted_boxes\[0\]\.confidence: got 1\.5"),
        ({"predicted_boxes": [box(confidence="NaN")]}, r"predicted_boxes\[0\]\.confidence: got 'NaN'"),
        ({"true_label": "cat"}, "no image has true_boxes or predicted_boxes"),
    ],
)
def test_what_is_wrong_is_named_by_index_and_field(result: dict[str, Any], said: str) -> None:
    named = result if not result else {"image_name": "a.png", **result}
    with pytest.raises(PredictionsInvalid, match=said):
        from_image_results([named], ["cat", "dog"])


def test_two_images_of_one_name_are_refused() -> None:
    twice = [{"image_name": "a", "predicted_boxes": []}] * 2
    with pytest.raises(
        PredictionsInvalid, match=r"image_results\[1\]\.image_name: 'a' is also that of image_results\[0\]"
    ):
        from_image_results(twice, ["cat"])


@pytest.mark.parametrize(("place", "task"), enumerate(Task))
def test_the_examples_in_the_reference_are_taken(place: int, task: Task) -> None:
    page = Path(__file__).parents[2].joinpath("docs/reference/evaluation.md").read_text(encoding="utf-8")
    (examples,) = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    image = json.loads(examples.split("\n\n")[place])
    found = from_image_results([image], task=task)
    assert found.has_truth
    assert found.predictions.frame.height == (2 if task is Task.CLASSIFICATION else 1)
    assert "cat" in found.class_names or found.class_names == ("class 0",)


def test_names_that_no_file_can_hold_are_refused() -> None:
    with pytest.raises(PredictionsInvalid, match=r"image_name: got '\\ud800', expected a name"):
        from_image_results([{"image_name": "\ud800", "predicted_boxes": []}])
