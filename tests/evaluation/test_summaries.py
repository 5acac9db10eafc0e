"""Numbers for images and classes agree with the pairs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snellen.evaluation import image_outcomes, image_summary, match_boxes, pairs, per_class


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000), score=st.sampled_from([0.0, 0.3, 1.0]), iou=st.sampled_from([0.1, 0.5, 0.9]))
def test_an_image_counts_what_its_pairs_say(data: Callable[..., Any], seed: int, score: float, iou: float) -> None:
    d = data(seed, images=15, objects=60, predictions=200, crowds=0.1)
    matches = match_boxes(d.predictions, d.objects)
    frames, at = (d.predictions, d.objects, matches), {"score": score, "iou": iou}
    summary = image_summary(*frames, image_ids=d.image_ids, **at)
    listed = pairs(*frames, class_count=d.classes, **at)
    assert summary["image_id"].to_list() == d.image_ids
    for row in summary.iter_rows(named=True):
        here = listed.filter(pl.col("image_id") == row["image_id"])
        hits = here.filter(pl.col("outcome_true") == "tp")
        false = here.filter(pl.col("outcome_pred") == "fp")
        assert (row["tp"], row["fp"]) == (hits.height, false.height)
        assert row["fn"] == here.filter(pl.col("outcome_true") == "fn").height
        assert row["truths"] == here["object_id"].drop_nulls().len()
        assert row["predictions"] == here["prediction_id"].drop_nulls().len()
        assert row["error_score"] == pytest.approx(false["score"].cast(pl.Float64).sum() + row["fn"])
        assert row["mean_iou"] == (None if hits.is_empty() else pytest.approx(hits["iou"].cast(pl.Float64).mean()))


def test_images_without_boxes_and_only_evaluated_ones_are_listed(data: Callable[..., Any]) -> None:
    d = data(1, images=4)
    matches = match_boxes(d.predictions, d.objects)
    summary = image_summary(d.predictions, d.objects, matches, image_ids=pl.Series([1, 900]))
    assert summary["image_id"].to_list() == [1, 900]
    assert summary.row(1, named=True) == {
        "image_id": 900,
        "truths": 0,
        "predictions": 0,
        "tp": 0,
        "fp": 0,
        "fn": 0,
        "mean_iou": None,
        "error_score": 0.0,
    }


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000), score=st.sampled_from([0.0, 0.3]))
def test_a_class_counts_what_its_pairs_say(data: Callable[..., Any], seed: int, score: float) -> None:
    d = data(seed, crowds=0.1)
    matches = match_boxes(d.predictions, d.objects)
    frames = (d.predictions, d.objects, matches)
    for row in per_class(*frames, class_names=d.names, score=score):
        cell: dict[str, Any] = {"class_count": d.classes, "score": score, "class_id": row["class_id"]}
        tp, fp, fn = (pairs(*frames, **cell, outcome=outcome).height for outcome in ("tp", "fp", "fn"))
        assert (row["tp"], row["fp"], row["fn"]) == (tp, fp, fn)
        assert (row["predictions"], row["truths"]) == (tp + fp, tp + fn)
        assert row["precision"] == tp / (tp + fp)
        assert row["recall"] == tp / (tp + fn)
        assert row["f1"] == 2 * tp / (2 * tp + fp + fn)


def test_what_a_class_without_truth_or_predictions_lacks_is_none(data: Callable[..., Any]) -> None:
    d = data(1, classes=2)
    objects = d.objects.filter(pl.col("class_id") == 0)
    predictions = d.predictions.filter(pl.col("class_id") == 1)
    rows = per_class(predictions, objects, match_boxes(predictions, objects), class_names=["a", "b", "c"])
    assert [(r["precision"], r["recall"], r["f1"]) for r in rows] == [(None, 0.0, 0.0), (0.0, None, 0.0), (None,) * 3]


def test_the_boxes_of_an_image_tell_what_became_of_them(data: Callable[..., Any]) -> None:
    d = data(11, crowds=0.2)
    matches = match_boxes(d.predictions, d.objects)
    frames = (d.predictions, d.objects, matches)
    summary = image_summary(*frames, image_ids=d.image_ids, score=0.2, iou=0.5)
    seen = set()
    for row in summary.iter_rows(named=True):
        truths, predictions = image_outcomes(*frames, image_id=row["image_id"], score=0.2, iou=0.5)
        assert [t["outcome"] for t in truths].count("tp") == row["tp"]
        assert [t["outcome"] for t in truths].count("fn") == row["fn"]
        assert [p["outcome"] for p in predictions].count("tp") == row["tp"]
        assert [p["outcome"] for p in predictions].count("fp") == row["fp"]
        assert [p["score"] for p in predictions] == sorted((p["score"] for p in predictions), reverse=True)
        by_id = {p["prediction_id"]: p for p in predictions}
        for t in truths:
            assert (t["outcome"] == "ignored") == t["iscrowd"]
            if t["prediction_id"] is not None:
                partner = by_id[t["prediction_id"]]
                assert (partner["object_id"], partner["iou"]) == (t["object_id"], t["iou"])
                assert (t["outcome"] == "tp") == (partner["class_id"] == t["class_id"])
        for p in predictions:
            assert d.predictions.row(p["prediction_id"], named=True)["x"] == p["x"]
            if p["outcome"] == "ignored":
                assert {t["object_id"]: t["iscrowd"] for t in truths}[p["object_id"]]
        seen |= {p["outcome"] for p in predictions}
    assert seen == {"tp", "fp", "ignored"}


def test_an_image_without_boxes_has_no_outcomes(data: Callable[..., Any]) -> None:
    d = data(1)
    matches = match_boxes(d.predictions, d.objects)
    assert image_outcomes(d.predictions, d.objects, matches, image_id=999, score=0.2, iou=0.5) == ([], [])
