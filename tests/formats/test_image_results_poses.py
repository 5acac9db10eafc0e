"""Poses that came as JSON: objects of their own, or lists of keypoints beside boxes."""

from __future__ import annotations

from typing import Any

import pytest

from snellen.contract.tasks import Task
from snellen.errors import PredictionsInvalid
from snellen.evaluation import KeypointSettings, evaluate
from snellen.formats.image_results import ImageResults, from_image_results

TRUE = [[10, 20, 2], [30, 60, 1], [0, 0, 0]]
FOUND = [[10, 20, 0.5], [31, 60, 0.25], [5, 5, 0.0]]


def read(*results: dict[str, Any], names: tuple[str, ...] = ("cat", "dog"), **options: Any) -> ImageResults:
    named = [{"image_name": f"{i}.png", **result} for i, result in enumerate(results)]
    return from_image_results(named, names, task=Task.POSE, **options)


def test_a_box_that_nobody_gave_is_the_extent_of_the_labelled_keypoints() -> None:
    found = read(
        {
            "true_keypoints": [
                {"class_id": 1, "keypoints": TRUE},
                {"keypoints": TRUE, "bbox": [1, 2, 3, 4], "area": 5},
            ],
            "predicted_keypoints": [{"class_id": 1, "keypoints": FOUND, "confidence": 0.75}],
        }
    )
    assert found.objects.drop("keypoints").rows() == [
        (0, 0, 1, 10.0, 20.0, 20.0, 40.0, 800.0, False),
        (1, 0, 0, 1.0, 2.0, 3.0, 4.0, 5.0, False),
    ]
    assert found.objects["keypoints"][0].to_list() == TRUE
    assert found.predictions.frame.drop("keypoints").rows() == [(0, 1, 0.75, 10.0, 20.0, 21.0, 40.0)]
    assert found.predictions.frame["keypoints"][0].to_list() == FOUND
    assert (found.predictions.task, found.keypoints) == (Task.POSE, 3)
    result = evaluate(
        Task.POSE,
        found.predictions.frame,
        found.objects,
        found.images,
        found.class_names,
        keypoints=KeypointSettings.of(["a", "b", "c"]),
    )
    assert result.metrics["recall"] == 0.5


def test_bare_keypoints_belong_to_the_box_of_their_place() -> None:
    boxes = [{"class_id": 1, "bbox": [0, 0, 50, 70], "confidence": 0.5}, {"class_id": 0}]
    found = read({"predicted_boxes": boxes, "predicted_keypoints": [FOUND, FOUND]})
    assert found.predictions.frame.select("class_id", "score", "x", "y", "w", "h").rows() == [
        (1, 0.5, 0.0, 0.0, 50.0, 70.0),
        (0, 1.0, 10.0, 20.0, 21.0, 40.0),
    ]


@pytest.mark.parametrize("given", [[TRUE], TRUE, {"keypoints": TRUE}, [{"keypoints": TRUE}]])
def test_one_pose_without_a_class_is_of_the_first(given: Any) -> None:
    found = read({"true_keypoints": given})
    assert found.objects["class_id"].to_list() == [0]
    assert found.objects["keypoints"][0].to_list() == TRUE


def test_a_class_may_be_named_instead() -> None:
    found = read({"true_keypoints": {"class_name": "dog", "keypoints": TRUE}})
    assert found.objects["class_id"].to_list() == [1]
    with pytest.raises(PredictionsInvalid, match=r"true_keypoints\.class_name: got 'cow', expected one of class_names"):
        read({"true_keypoints": {"class_name": "cow", "keypoints": TRUE}})


def test_without_a_labelled_keypoint_the_box_is_that_of_all() -> None:
    found = read({"predicted_keypoints": [[[1, 2, 0], [4, 6, 0]]]})
    assert found.predictions.frame.select("x", "y", "w", "h").rows() == [(1.0, 2.0, 3.0, 4.0)]


def test_no_poses_have_no_number_of_keypoints() -> None:
    assert read({"true_keypoints": [], "predicted_keypoints": []}).keypoints is None


@pytest.mark.parametrize(
    ("result", "said"),
    [
        ({"true_keypoints": 3}, r"\[0\]\.true_keypoints: got int, expected a list of poses"),
        ({"true_keypoints": [3]}, r"true_keypoints\[0\]: got int, expected an object with keypoints"),
        ({"true_keypoints": [[]]}, r"true_keypoints\[0\]: got \[\], expected \[\[x, y, v\]"),
        ({"true_keypoints": [{"class_id": 0}]}, r"true_keypoints\[0\]\.keypoints: got None"),
        ({"true_keypoints": [[[1, 2, 2], [1, 2]]]}, r"true_keypoints\[0\]\[1\]: got \[1, 2\], expected \[x, y, v\]"),
        ({"true_keypoints": [[[1, "NaN", 2]]]}, r"true_keypoints\[0\]\[0\]: got .*finite"),
        ({"true_keypoints": [[[1, 2, 0.5]]]}, r"true_keypoints\[0\]\[0\]: got .*expected v to be 0, 1 or 2"),
        ({"predicted_keypoints": [[[1, 2, 2]]]}, r"predicted_keypoints\[0\]\[0\]: .*expected a score from 0 to 1"),
        (
            {"true_keypoints": [TRUE], "predicted_keypoints": [{"keypoints": FOUND[:2]}]},
            r"predicted_keypoints\[0\]\.keypoints: got 2 keypoints, expected 3 as .*\.true_keypoints\[0\] has",
        ),
        ({"true_keypoints": [TRUE], "true_boxes": [{}, {}]}, r"true_keypoints: got 1 poses and 2 true_boxes"),
        ({"true_keypoints": [{"class_id": "cat", "keypoints": TRUE}]}, r"\[0\]\.class_id: got 'cat'"),
        ({"true_boxes": [{"class_id": 0, "bbox": [1, 2, 3, 4]}]}, "no image has true_keypoints or predicted_keypoints"),
    ],
)
def test_what_is_wrong_is_named_by_index_and_field(result: dict[str, Any], said: str) -> None:
    with pytest.raises(PredictionsInvalid, match=said):
        read(result)


def test_poses_have_as_many_keypoints_as_those_of_the_dataset() -> None:
    with pytest.raises(PredictionsInvalid, match=r"got 3 keypoints, expected 17 as the job's dataset has"):
        read({"predicted_keypoints": [FOUND]}, keypoints=17)
