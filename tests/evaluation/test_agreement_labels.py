"""A classifier's numbers are scikit-learn's, its calibration error is that of torchmetrics."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snellen.contract.tasks import Task
from snellen.evaluation import evaluate

from .random_sets import Ints, Set, labels

SHAPES: dict[str, dict[str, Any]] = {
    "a classifier's": {},
    "one image": {"images": 1},
    "one class": {"classes": 1, "images": 20},
    "two classes": {"classes": 2},
    "a thousand classes": {"classes": 1000, "images": 300},
    "some classes never true": {"classes": 12, "used": 3},
    "equal scores": {"scores": 4},
}


def true_and_first(d: Set) -> tuple[Ints, Ints]:
    """The class of each image and the first choice for it."""
    first = d.predictions.filter(pl.col("rank") == 1).select("image_id", pl.col("class_id").alias("first"))
    both = d.objects.join(first, on="image_id", how="left")
    return both["class_id"].to_numpy(), both["first"].cast(pl.Int64).to_numpy()


def run(d: Set) -> Any:
    return evaluate(Task.CLASSIFICATION, d.predictions, d.objects, d.images, d.names)


def undefined(values: list[float | None]) -> list[float]:
    return [np.nan if value is None else value for value in values]


@pytest.mark.parametrize("shape", SHAPES)
@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_precision_recall_and_f1_are_those_of_scikit_learn(shape: str, seed: int) -> None:
    from sklearn.metrics import precision_recall_fscore_support

    d = labels(seed, **SHAPES[shape])
    true, first = true_and_first(d)
    ours = run(d)
    options: dict[str, Any] = {"labels": range(d.classes), "zero_division": np.nan}
    precision, recall, f1, support = precision_recall_fscore_support(true, first, **options)
    assert [row["truths"] for row in ours.per_class] == support.tolist()
    for key, expected in (("precision", precision), ("recall", recall)):
        np.testing.assert_array_equal(undefined([row[key] for row in ours.per_class]), expected)
    np.testing.assert_allclose(undefined([row["f1"] for row in ours.per_class]), f1, rtol=1e-15)
    macro = precision_recall_fscore_support(true, first, average="macro", **options)[:3]
    assert [ours.metrics[key] for key in ("precision", "recall", "f1")] == pytest.approx(macro, abs=1e-12)


@pytest.mark.filterwarnings("ignore:A single label was found")
@pytest.mark.parametrize("shape", SHAPES)
@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_matrix_and_the_top_choices_are_those_of_scikit_learn(shape: str, seed: int) -> None:
    from sklearn.metrics import accuracy_score, confusion_matrix, top_k_accuracy_score

    d = labels(seed, **SHAPES[shape])
    true, first = true_and_first(d)
    ours = run(d)
    matrix = ours.confusion.dense()
    np.testing.assert_array_equal(matrix[:-1, :-1], confusion_matrix(true, first, labels=range(d.classes)))
    assert matrix[-1].sum() == matrix[:, -1].sum() == 0
    assert ours.metrics["top1"] == accuracy_score(true, first)
    if d.classes > 5:
        scores = np.full((d.images.height, d.classes), -1.0)
        place = np.searchsorted(d.image_ids, d.predictions["image_id"])
        scores[place, d.predictions["class_id"]] = d.predictions["score"]
        assert ours.metrics["top5"] == top_k_accuracy_score(true, scores, k=5, labels=range(d.classes))
    else:
        assert ours.metrics["top5"] == 1


@pytest.mark.parametrize("shape", SHAPES)
@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_calibration_error_is_that_of_torchmetrics(shape: str, seed: int) -> None:
    d = labels(seed, **SHAPES[shape])
    true, _ = true_and_first(d)
    first = d.predictions.filter(pl.col("rank") == 1)
    scores = np.zeros((d.images.height, max(2, d.classes)), dtype=np.float32)
    scores[np.searchsorted(d.image_ids, first["image_id"]), first["class_id"]] = first["score"]
    assert run(d).metrics["ece"] == pytest.approx(torch_error(scores, true), abs=1e-5)


def torch_error(scores: Any, true: Ints) -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import torch
        from torchmetrics.classification import MulticlassCalibrationError

        metric = MulticlassCalibrationError(num_classes=scores.shape[1], n_bins=10, norm="l1")
        return float(metric(torch.tensor(scores), torch.tensor(true)))


def test_a_choice_below_the_score_is_none() -> None:
    d = labels(3)
    true, first = true_and_first(d)
    chosen = d.predictions.filter(pl.col("rank") == 1)["score"].to_numpy() >= np.float32(0.8)
    matrix = evaluate(Task.CLASSIFICATION, d.predictions, d.objects, d.images, d.names, score=0.8).confusion.dense()
    assert matrix[:, -1].sum() == (~chosen).sum()
    assert np.trace(matrix) == ((true == first) & chosen).sum()
    assert matrix.sum() == d.images.height
