"""The reliability diagram is that of torchmetrics, of found objects and at the edges of bins, too."""

from __future__ import annotations

import warnings

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snellen.evaluation import calibration, match_boxes, pairs

from .random_sets import SHAPES, Set, boxes


def outcomes(d: Set, matches: pl.DataFrame, score: float) -> tuple[list[float], list[bool]]:
    """The score of each prediction in a pair, and whether it is a hit."""
    listed = pairs(d.predictions, d.objects, matches, class_count=d.classes, score=score)
    found = listed.filter(pl.col("prediction_id").is_not_null())
    return found["score"].to_list(), (found["outcome_pred"] == "tp").to_list()


def torchmetrics(scores: list[float], hits: list[bool], bins: int, norm: str) -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import torch
        from torchmetrics.functional.classification import binary_calibration_error

        hit = torch.tensor(hits).int()
        return float(binary_calibration_error(torch.tensor(scores), hit, n_bins=bins, norm=norm))  # type: ignore[arg-type]


@pytest.mark.parametrize("shape", SHAPES)
@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 10_000), bins=st.sampled_from([1, 10, 15]), score=st.sampled_from([0.0, 0.25]))
def test_errors_are_those_of_torchmetrics(shape: str, seed: int, bins: int, score: float) -> None:
    d = boxes(seed, **SHAPES[shape])
    matches = match_boxes(d.predictions, d.objects)
    ours = calibration(d.predictions, d.objects, matches, score=score, bins=bins)
    scores, hits = outcomes(d, matches, score)
    assert ours.count.sum() == len(scores)
    if not scores:
        assert np.isnan([ours.ece, ours.mce]).all()
        assert np.isnan([ours.score, ours.precision]).all()
        return
    assert ours.ece == pytest.approx(torchmetrics(scores, hits, bins, "l1"), abs=1e-5)
    assert ours.mce == pytest.approx(torchmetrics(scores, hits, bins, "max"), abs=1e-5)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_scores_at_an_edge_are_in_the_bin_above(seed: int) -> None:
    d = boxes(seed, scores=9)
    matches = match_boxes(d.predictions, d.objects)
    ours = calibration(d.predictions, d.objects, matches, score=0.0)
    scores, hits = outcomes(d, matches, 0.0)
    assert set(scores) == {float(np.float32(i / 10)) for i in range(1, 10)}
    filled = ours.count > 0
    assert ours.score[filled] == pytest.approx(ours.edges[:-1][filled])
    assert ours.ece == pytest.approx(torchmetrics(scores, hits, 10, "l1"), abs=1e-5)


def test_a_score_of_one_is_in_the_last_bin() -> None:
    d = boxes(1)
    certain = d.predictions.with_columns(score=pl.lit(1.0, dtype=pl.Float32))
    ours = calibration(certain, d.objects, match_boxes(certain, d.objects))
    assert ours.count.tolist() == [0] * 9 + [d.predictions.height]
    assert ours.ece == ours.mce == pytest.approx(1 - ours.precision[-1])
