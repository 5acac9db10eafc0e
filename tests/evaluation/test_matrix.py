"""The matrix is the count of the pairs, at every threshold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snellen.errors import InvalidInput
from snellen.evaluation import IOU_THRESHOLDS, confusion, match_boxes, pairs


@settings(max_examples=6, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    objects=st.sampled_from([0, 1, 90]),
    predictions=st.sampled_from([0, 1, 300]),
    classes=st.sampled_from([1, 4, 1000]),
)
def test_the_count_in_every_cell_is_the_number_of_pairs_listed(
    data: Callable[..., Any], seed: int, objects: int, predictions: int, classes: int
) -> None:
    d = data(seed, images=12, objects=objects, predictions=predictions, classes=classes, crowds=0.1)
    matches = match_boxes(d.predictions, d.objects)
    for iou in IOU_THRESHOLDS[::4]:
        for score in (0.0, 0.25, 0.9, 1.0):
            at: dict[str, Any] = {"class_count": classes, "score": score, "iou": iou}
            matrix = confusion(d.predictions, d.objects, matches, **at)
            every = pairs(d.predictions, d.objects, matches, **at)
            counted = every.group_by("true", "pred").len()
            assert {(t, p): n for t, p, n in matrix.cells()} == {(t, p): n for t, p, n in counted.iter_rows()}
            assert [n for *_, n in matrix.cells()] == sorted((n for *_, n in matrix.cells()), reverse=True)
            assert matrix.nonzero == counted.height
            assert int(matrix.dense().sum()) == every.height
            for true, pred, n in matrix.cells(5):
                cell = pairs(d.predictions, d.objects, matches, **at, true=true, pred=pred)
                assert cell.height == n
                assert cell.equals(every.filter((pl.col("true") == true) & (pl.col("pred") == pred)))


def test_every_prediction_and_object_is_in_just_one_pair(data: Callable[..., Any]) -> None:
    d = data(4)
    every = pairs(d.predictions, d.objects, match_boxes(d.predictions, d.objects), class_count=5, score=0.0)
    assert sorted(every["prediction_id"].drop_nulls()) == list(range(d.predictions.height))
    assert sorted(every["object_id"].drop_nulls()) == list(range(d.objects.height))
    assert every["image_id"].is_sorted()


def test_pairs_carry_classes_scores_and_images_of_their_boxes(data: Callable[..., Any]) -> None:
    d = data(6)
    every = pairs(d.predictions, d.objects, match_boxes(d.predictions, d.objects), class_count=5, score=0.1)
    for row in every.iter_rows(named=True):
        p = None if row["prediction_id"] is None else d.predictions.row(row["prediction_id"], named=True)
        o = None if row["object_id"] is None else d.objects.row(row["object_id"], named=True)
        assert row["pred"] == (5 if p is None else p["class_id"])
        assert row["true"] == (5 if o is None else o["class_id"])
        assert row["score"] == (None if p is None else p["score"])
        assert (row["iou"] is None) == (p is None or o is None)
        assert {box["image_id"] for box in (p, o) if box is not None} == {row["image_id"]}


def test_an_outcome_and_a_class_narrow_the_pairs_down(data: Callable[..., Any]) -> None:
    d = data(8)
    matches = match_boxes(d.predictions, d.objects)

    def some(**conditions: Any) -> pl.DataFrame:
        return pairs(d.predictions, d.objects, matches, class_count=5, score=0.2, **conditions)

    every = some()
    true, pred = pl.col("true"), pl.col("pred")
    assert some(outcome="tp").equals(every.filter(true == pred))
    assert some(outcome="fp").equals(every.filter(pl.col("outcome_pred") == "fp"))
    assert some(outcome="fn").equals(every.filter(pl.col("outcome_true") == "fn"))
    assert some(class_id=2).equals(every.filter((true == 2) | (pred == 2)))
    assert some(class_id=2, outcome="fp").equals(every.filter((pred == 2) & (true != 2)))
    assert some(class_id=2, outcome="fn").equals(every.filter((true == 2) & (pred != 2)))
    crossed = every.filter((true != pred) & (true < 5) & (pred < 5))
    assert crossed.height > 0
    assert crossed.select("outcome_true", "outcome_pred").unique().rows() == [("fn", "fp")]


def test_images_that_were_not_evaluated_do_not_count(data: Callable[..., Any]) -> None:
    d = data(9)
    matches = match_boxes(d.predictions, d.objects)
    some = [3, 7, 21]
    ours = confusion(d.predictions, d.objects, matches, class_count=5, image_ids=some)
    predictions = d.predictions.filter(pl.col("image_id").is_in(some))
    objects = d.objects.filter(pl.col("image_id").is_in(some))
    alone = confusion(predictions, objects, match_boxes(predictions, objects), class_count=5)
    assert ours.cells() == alone.cells()


def test_the_largest_cells_come_first_and_the_rest_is_said_to_be_missing(data: Callable[..., Any]) -> None:
    d = data(2)
    matrix = confusion(d.predictions, d.objects, match_boxes(d.predictions, d.objects), class_count=5)
    short = matrix.as_dict(d.names, limit=3)
    assert short == {"labels": [*d.names, "background"], "cells": [list(c) for c in matrix.cells(3)], "truncated": True}
    assert matrix.as_dict(d.names)["truncated"] is False


def test_a_class_without_a_name_is_refused(data: Callable[..., Any]) -> None:
    d = data(2)
    matches = match_boxes(d.predictions, d.objects)
    with pytest.raises(InvalidInput, match="has class_id 4; expected 0 to 3"):
        confusion(d.predictions, d.objects, matches, class_count=4)


def test_the_match_table_of_other_data_is_refused(data: Callable[..., Any]) -> None:
    d = data(2)
    matches = match_boxes(d.predictions, d.objects)
    with pytest.raises(InvalidInput, match="another prediction set"):
        confusion(d.predictions.head(5), d.objects, matches, class_count=5)
    with pytest.raises(InvalidInput, match="another truth"):
        confusion(d.predictions, d.objects.head(5), matches, class_count=5)


@pytest.mark.parametrize("iou", [-0.1, 1.1, float("nan")])
def test_an_iou_that_is_none_is_refused(data: Callable[..., Any], iou: float) -> None:
    d = data(2)
    with pytest.raises(InvalidInput, match="iou is"):
        confusion(d.predictions, d.objects, match_boxes(d.predictions, d.objects), class_count=5, iou=iou)
