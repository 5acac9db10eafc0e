"""Curves agree with the matrix at every score."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snellen.evaluation import curves, match_boxes, per_class


def numbers(d: Any, matches: pl.DataFrame, class_id: int | None, score: float) -> tuple[int, int, int]:
    rows = per_class(d.predictions, d.objects, matches, class_names=d.names, score=score)
    rows = [r for r in rows if class_id in (None, r["class_id"])]
    tp, found, truths = (sum(r[key] for r in rows) for key in ("tp", "predictions", "truths"))
    return tp, found, truths


def ratio(above: float, below: float) -> Any:
    return pytest.approx(above / below if below else np.nan, nan_ok=True)


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 10_000), class_id=st.sampled_from([None, 0, 3]))
def test_a_point_of_a_curve_is_what_the_matrix_says_at_its_score(
    data: Callable[..., Any], seed: int, class_id: int | None
) -> None:
    d = data(seed, crowds=0.1)
    matches = match_boxes(d.predictions, d.objects)
    found = curves(d.predictions, d.objects, matches, class_id)
    for i in (0, 1, 25, 50, 99, 100):
        tp, predicted, truths = numbers(d, matches, class_id, float(found.scores[i]))
        assert found.precision[i] == ratio(tp, predicted)
        assert found.recall[i] == ratio(tp, truths)
        assert found.f1[i] == ratio(2 * tp, predicted + truths)


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 10_000), class_id=st.sampled_from([None, 1]))
def test_no_score_gives_a_better_f1_than_the_best(data: Callable[..., Any], seed: int, class_id: int | None) -> None:
    d = data(seed, images=10, objects=40, predictions=80)
    matches = match_boxes(d.predictions, d.objects)
    found = curves(d.predictions, d.objects, matches, class_id)
    every = {}
    for score in d.predictions["score"].unique().to_list():
        tp, predicted, truths = numbers(d, matches, class_id, score)
        every[score] = 2 * tp / (predicted + truths)
    assert found.best_f1 == pytest.approx(max(every.values()))
    assert found.best_score is None or every[found.best_score] == pytest.approx(found.best_f1)
    assert (found.best_score is None) == (found.best_f1 == 0)
    tp, predicted, truths = numbers(d, matches, class_id, 0.0)
    points = []
    for score in every:
        tp, predicted, _ = numbers(d, matches, class_id, score)
        if predicted:
            points.append((tp / truths, tp / predicted))
    for recall, precision in zip(found.pr_recall, found.pr_precision, strict=True):
        assert precision == pytest.approx(max((p for r, p in points if r >= recall), default=0.0))


def test_curves_without_truth_or_predictions_are_undefined_or_zero(data: Callable[..., Any]) -> None:
    d = data(1)
    no_truth = curves(d.predictions, d.objects.clear(), match_boxes(d.predictions, d.objects.clear()))
    assert np.isnan(no_truth.recall).all()
    assert np.isnan(no_truth.pr_precision).all()
    assert (no_truth.best_score, no_truth.best_f1) == (None, 0.0)
    nothing = curves(d.predictions.clear(), d.objects, match_boxes(d.predictions.clear(), d.objects))
    assert np.isnan(nothing.precision).all()
    assert (nothing.recall == 0).all()
    assert (nothing.pr_precision == 0).all()
    assert nothing.best_score is None
