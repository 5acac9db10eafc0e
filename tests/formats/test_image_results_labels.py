"""Labels that came as JSON: by id, by name, alone or the best five."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from snellen.contract.tasks import Task
from snellen.errors import PredictionsInvalid
from snellen.evaluation import evaluate
from snellen.formats.image_results import ImageResults, from_image_results

NAMES = ("ant", "bee", "cow")


def read(*results: dict[str, Any], names: tuple[str, ...] = NAMES, **options: Any) -> ImageResults:
    named = [{"image_name": f"{i}.png", **result} for i, result in enumerate(results)]
    return from_image_results(named, names, task=Task.CLASSIFICATION, **options)


def ranks(found: ImageResults) -> list[tuple[Any, ...]]:
    return found.predictions.frame.select("image_id", "rank", "class_id", "score").rows()


def test_labels_by_id_and_by_name_become_frames() -> None:
    found = read(
        {"true_label_id": 1, "predicted_label_id": 1, "confidence": 0.5, "is_correct": False, "image_index": 9},
        {"true_label": "cow", "predicted_label": "ant"},
    )
    assert found.objects.rows() == [
        (0, 0, 1, 0.0, 0.0, 0.0, 0.0, 0.0, False),
        (1, 1, 2, 0.0, 0.0, 0.0, 0.0, 0.0, False),
    ]
    assert ranks(found) == [(0, 1, 1, 0.5), (1, 1, 0, 1.0)]
    assert (found.predictions.task, found.has_truth, found.class_names) == (Task.CLASSIFICATION, True, NAMES)
    result = evaluate(Task.CLASSIFICATION, found.predictions.frame, found.objects, found.images, NAMES)
    assert result.metrics["top1"] == 0.5


@pytest.mark.parametrize(
    "top",
    [
        [{"class_id": 2, "confidence": 0.125}, {"label": "bee", "score": 0.75}, {"class_name": "ant", "score": 0.0}],
        [[2, 0.125], [1, 0.75], [0, 0]],
        [["cow", 0.125], ["bee", 0.75], ["ant", 0]],
    ],
)
def test_the_best_five_are_ranked_by_their_scores(top: list[Any]) -> None:
    assert ranks(read({"top5_predictions": top})) == [(0, 1, 1, 0.75), (0, 2, 2, 0.125), (0, 3, 0, 0.0)]


def test_of_equal_scores_the_predicted_label_is_first_then_the_order() -> None:
    found = read({"top5_predictions": [[0, 0.25], [1, 0.5], [2, 0.5]], "predicted_label": "cow"})
    assert [row[2] for row in ranks(found)] == [2, 1, 0]


def test_five_are_kept() -> None:
    names = tuple("abcdefg")
    found = read({"top5_predictions": [[i, i / 10] for i in range(7)]}, names=names)
    assert [row[2] for row in ranks(found)] == [6, 5, 4, 3, 2]


def test_names_alone_make_the_classes_sorted() -> None:
    found = read(
        {"true_label": "dog", "predicted_label": "cat"},
        {"true_label": "dog", "top5_predictions": [["ape", 0.5], ["dog", 0.25]]},
        names=(),
    )
    assert found.class_names == ("ape", "cat", "dog")
    assert found.objects["class_id"].to_list() == [2, 2]


def test_ids_make_the_classes_with_the_names_that_came_with_them() -> None:
    found = read(
        {"true_label_id": 3, "predicted_label_id": 1, "predicted_label": "bee"},
        {"true_label": "bee", "predicted_label_id": 0},
        names=(),
    )
    assert found.class_names == ("class 0", "bee", "class 2", "class 3")
    assert found.objects["class_id"].to_list() == [3, 1]


def test_the_box_of_a_truth_is_the_image_if_its_size_is_known() -> None:
    row = {"image_id": [4], "path": ["0.png"], "split": ["val"], "width": [8], "height": [6]}
    found = read({"true_label_id": 0, "predicted_label_id": 0}, dataset=pl.DataFrame(row))
    assert found.objects.select("image_id", "x", "y", "w", "h", "area").rows() == [(4, 0.0, 0.0, 8.0, 6.0, 48.0)]
    assert found.images.rows() == [(4, "0.png", "val", 8, 6)]


@pytest.mark.parametrize(
    ("results", "said"),
    [
        ([{}], "no image has true_label or predicted_label; expected those of a classifier"),
        (
            [{"true_label": "dog", "predicted_label_id": 0}],
            r"\[0\]\.true_label: got 'dog', expected one of class_names",
        ),
        ([{"true_label": 3, "predicted_label_id": 0}], r"\[0\]\.true_label: got 3, expected a name"),
        ([{"true_label_id": 3, "predicted_label_id": 0}], r"\[0\]\.true_label_id: got 3, expected .* from 0 to 2"),
        ([{"true_label_id": True, "predicted_label_id": 0}], r"\[0\]\.true_label_id: got True"),
        (
            [{"true_label_id": 0, "true_label": "cow", "predicted_label_id": 0}],
            r"\[0\]\.true_label: got 'cow', expected 'ant', the name of class 0",
        ),
        (
            [{"true_label_id": 0, "predicted_label_id": 0}, {"predicted_label_id": 1}],
            r"image_results\[1\]\.true_label: missing; expected one of each image, or of none",
        ),
        ([{"true_label_id": 0}], r"image_results\[0\]\.predicted_label: missing"),
        ([{"predicted_label_id": 0, "confidence": 1.5}], r"\[0\]\.confidence: got 1\.5"),
        ([{"top5_predictions": "cat"}], r"\[0\]\.top5_predictions: got str, expected a list"),
        ([{"top5_predictions": [3]}], r"\[0\]\.top5_predictions\[0\]: got 3"),
        ([{"top5_predictions": [{"score": 0.5}]}], r"top5_predictions\[0\]\.class_id: missing"),
        ([{"top5_predictions": [{"class_id": 0}]}], r"top5_predictions\[0\]\.score: got None"),
        (
            [{"top5_predictions": [[0, 0.5], ["ant", 0.25]]}],
            r"top5_predictions\[1\].*: class 0 is also that of .*\[0\]",
        ),
        (
            [{"top5_predictions": [[0, 0.5], [1, 0.25]], "predicted_label": "bee"}],
            r"\[0\]\.predicted_label: got class 1, but class 0 has the highest score",
        ),
    ],
)
def test_what_is_wrong_is_named_by_index_and_field(results: list[dict[str, Any]], said: str) -> None:
    with pytest.raises(PredictionsInvalid, match=said):
        read(*results)


def test_a_name_without_an_id_among_ids_is_refused() -> None:
    with pytest.raises(PredictionsInvalid, match=r"\[0\]\.predicted_label: got 'cat', expected a name that has an id"):
        read({"true_label_id": 0, "predicted_label": "cat"}, names=())


def test_a_name_of_two_classes_needs_its_id() -> None:
    with pytest.raises(PredictionsInvalid, match=r"several classes are called 'ant'; send the id too"):
        read({"predicted_label": "ant"}, names=("ant", "ant"))
    assert ranks(read({"predicted_label": "ant", "predicted_label_id": 1}, names=("ant", "ant")))[0][2] == 1


def test_what_is_wrong_is_not_said_to_be_missing_as_well() -> None:
    with pytest.raises(PredictionsInvalid) as caught:
        read({"true_label_id": 7, "predicted_label_id": "x"})
    assert len(caught.value.problems) == 2
