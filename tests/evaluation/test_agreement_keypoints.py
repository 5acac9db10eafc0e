"""PCK is what its rule says, one keypoint after the other."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snellen.evaluation import keypoint_accuracy, match_keypoints

from .random_sets import SHAPES, Set, poses


def plain_rule(d: Set, partner_of: dict[int, int], fraction: float, score: float) -> list[dict[str, float | None]]:
    """Each keypoint's row; `partner_of` is the prediction of an object at an OKS of 0.1."""
    count = len(d.objects["keypoints"][0]) if d.objects.height else 3
    labelled, correct = [0] * count, [0] * count
    apart: list[list[float]] = [[] for _ in range(count)]
    for o in d.objects.filter(~pl.col("iscrowd")).iter_rows(named=True):
        found = d.predictions.row(partner_of[o["object_id"]], named=True) if o["object_id"] in partner_of else None
        if found is not None and found["score"] < np.float32(score):
            found = None
        for k, (x, y, v) in enumerate(o["keypoints"]):
            if v == 0:
                continue
            labelled[k] += 1
            if found is None:
                continue
            distance, longer = math.dist((x, y), found["keypoints"][k][:2]), max(o["w"], o["h"])
            correct[k] += distance <= fraction * longer
            apart[k].append(distance / longer if longer else math.inf if distance else 0.0)
    measured = [[part for part in parts if part < math.inf] for parts in apart]
    return [
        {
            "labelled": labelled[k],
            "paired": len(apart[k]),
            "correct": correct[k],
            "pck": correct[k] / labelled[k] if labelled[k] else None,
            "distance": sum(measured[k]) / len(measured[k]) if measured[k] else None,
        }
        for k in range(count)
    ]


@pytest.mark.parametrize("shape", SHAPES)
@settings(max_examples=3, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    count=st.sampled_from([1, 3, 17]),
    fraction=st.sampled_from([0.05, 0.2, 1.0]),
    score=st.sampled_from([0.0, 0.25, 0.6, 1.0]),
)
def test_pck_is_that_of_the_plain_rule(shape: str, seed: int, count: int, fraction: float, score: float) -> None:
    d = poses(seed, count, **SHAPES[shape])
    sigmas = np.full(count, 0.1).tolist()
    matches = match_keypoints(d.predictions, d.objects, sigmas)
    names = [f"point {k}" for k in range(count)]
    ours = keypoint_accuracy(d.predictions, d.objects, matches, names=names, fraction=fraction, score=score)
    pairs = matches.filter((pl.col("iou_index") == 0) & ~pl.col("ignored"))
    partner_of = dict(pairs.select("object_id", "prediction_id").iter_rows())
    expected = plain_rule(d, partner_of, fraction, score) if d.objects.height else []
    for row, wanted, name in zip(ours.rows(), expected, names, strict=bool(d.objects.height)):
        assert row.pop("name") == name
        assert row == pytest.approx(wanted)
    labelled = sum(row["labelled"] or 0 for row in expected)
    correct = sum(row["correct"] or 0 for row in expected)
    assert ours.pck == pytest.approx(correct / labelled if labelled else np.nan, nan_ok=True)


def test_all_is_correct_where_all_is_in_its_place_and_nothing_where_nobody_looked() -> None:
    d = poses(2, 5, unlabelled=0.0)
    exact = d.objects.select("image_id", "class_id", pl.lit(0.9, dtype=pl.Float32).alias("score"), *"xywh", "keypoints")
    sigmas = [0.1] * 5
    names = list("abcde")
    right = keypoint_accuracy(exact, d.objects, match_keypoints(exact, d.objects, sigmas), names=names, fraction=0.001)
    assert right.pck == 1
    nobody = exact.clear()
    none = keypoint_accuracy(nobody, d.objects, match_keypoints(nobody, d.objects, sigmas), names=names)
    assert none.pck == 0
    assert none.labelled.tolist() == [d.objects.height] * 5
