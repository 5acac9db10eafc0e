"""No score gives a better F-beta than the operating point, for any class or all together."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snellen.evaluation import curves, match_boxes, operating_points, per_class

from .random_sets import SHAPES, Set, boxes

#: Small enough to try every score.
LESS: dict[str, Any] = {"objects": 20, "predictions": 40, "classes": 4}


def small(seed: int, shape: str) -> Set:
    given = SHAPES[shape]
    return boxes(seed, **{key: min(given.get(key, most), most) for key, most in LESS.items()} | _others(given))


def _others(shape: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in shape.items() if key not in LESS}


def every_point(d: Set, matches: pl.DataFrame, iou: float, beta: float) -> list[dict[float, tuple[float, ...]]]:
    """For each class, and last for all together: F-beta, precision and recall at every score that gives a hit."""
    points: list[dict[float, tuple[float, ...]]] = [{} for _ in range(d.classes + 1)]
    for score in d.predictions["score"].unique().to_list():
        rows = per_class(d.predictions, d.objects, matches, class_names=d.names, score=score, iou=iou)
        rows.append({key: sum(row[key] for row in rows) for key in ("tp", "fp", "fn")})
        for row, point in zip(rows, points, strict=True):
            tp, fp, fn = (row[key] for key in ("tp", "fp", "fn"))
            if tp:
                f = (1 + beta**2) * tp / ((1 + beta**2) * tp + beta**2 * fn + fp)
                point[score] = (f, tp / (tp + fp), tp / (tp + fn))
    return points


@pytest.mark.parametrize("shape", SHAPES)
@settings(max_examples=4, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    beta=st.sampled_from([0.1, 0.5, 1.0, 2.0, 7.0]),
    iou=st.sampled_from([0.1, 0.5, 0.75]),
)
def test_an_operating_point_is_the_best_of_all_scores(shape: str, seed: int, beta: float, iou: float) -> None:
    d = small(seed, shape)
    matches = match_boxes(d.predictions, d.objects)
    frames = (d.predictions, d.objects, matches)
    ours = operating_points(*frames, class_count=d.classes, iou=iou, beta=beta)
    expected = every_point(d, matches, iou, beta)
    for found, points in zip([*ours.per_class, ours.overall], expected, strict=True):
        if not points:
            assert (found.score, found.precision, found.recall) == (None, None, None)
            assert not found.f
            continue
        assert found.score is not None
        best = max(f for f, *_ in points.values())
        assert found.f == pytest.approx(best, abs=1e-12)
        assert (found.f, found.precision, found.recall) == pytest.approx(points[found.score])
        # Of equal ones the highest score.
        assert found.score == max(score for score, (f, *_) in points.items() if f == pytest.approx(best, abs=1e-12))


@pytest.mark.parametrize("shape", ["a detector's", "equal scores", "crowds"])
def test_the_curves_best_score_is_the_operating_point(shape: str) -> None:
    d = small(1, shape)
    frames = (d.predictions, d.objects, match_boxes(d.predictions, d.objects))
    points = operating_points(*frames, class_count=d.classes)
    for class_id, point in zip([None, *range(d.classes)], [points.overall, *points.per_class], strict=True):
        curve = curves(*frames, class_id)
        assert (curve.best_score, curve.best_f1) == (point.score, point.f)
