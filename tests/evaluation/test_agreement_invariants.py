"""Of every task, at any thresholds, the matrix, the pairs, the classes and the images tell one story."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snellen.contract.tasks import Task
from snellen.evaluation import (
    KeypointSettings,
    calibration,
    confusion,
    evaluate,
    image_outcomes,
    image_summary,
    label_summary,
    match_for,
    operating_points,
    pairs,
    per_class,
    truth_for,
)

from .random_sets import SHAPES, Set, boxes, labels, masks, poses

LABEL_SHAPES = ("a detector's", "one class", "a thousand classes", "equal scores")
CASES = [(task, shape) for task in Task for shape in SHAPES if task is not Task.CLASSIFICATION or shape in LABEL_SHAPES]
POINTS = KeypointSettings.of(("nose", "tail", "paw"), (0.05, 0.1, 0.3))
#: Scores of "equal scores" are multiples of 0.25: some thresholds are just those.
SCORE = st.floats(0, 1) | st.sampled_from([0.0, 0.25, 0.5, 1.0])
AT = {"seed": st.integers(0, 10_000), "score": SCORE, "iou": st.floats(0, 1)}


def random_set(task: Task, seed: int, shape: str) -> Set:
    if task is Task.CLASSIFICATION:
        known = {key: value for key, value in SHAPES[shape].items() if key in ("classes", "scores")}
        return labels(seed, **known)
    if task is Task.POSE:
        return poses(seed, len(POINTS.names), **SHAPES[shape])
    return {Task.DETECTION: boxes, Task.SEGMENTATION: masks}[task](seed, **SHAPES[shape])


@dataclass(frozen=True)
class Matched:
    """A random set with its match table."""

    task: Task
    set: Set

    @cached_property
    def frames(self) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
        objects = truth_for(self.task, self.set.objects)
        more: dict[str, Any] = {"images": self.set.images, "sigmas": POINTS.sigmas}
        return self.set.predictions, objects, match_for(self.task, self.set.predictions, objects, **more)


def make(task: Task, seed: int, shape: str) -> Matched:
    return Matched(task, random_set(task, seed, shape))


@pytest.mark.parametrize(("task", "shape"), CASES)
@settings(max_examples=3, deadline=None)
@given(**AT)
def test_a_cell_counts_the_pairs_behind_it(task: Task, shape: str, seed: int, score: float, iou: float) -> None:
    case = make(task, seed, shape)
    at: dict[str, Any] = {"class_count": case.set.classes, "score": score, "iou": iou}
    matrix, every = confusion(*case.frames, **at), pairs(*case.frames, **at)
    dense = matrix.dense()
    background = case.set.classes
    assert dense.shape == (background + 1, background + 1)
    assert dense.sum() == every.height
    assert dense[background, background] == 0
    counted = {(t, p): n for t, p, n in every.group_by("true", "pred").len().iter_rows()}
    assert {(int(t), int(p)): int(dense[t, p]) for t, p in zip(*dense.nonzero(), strict=True)} == counted
    some = sorted(counted)[:: max(1, len(counted) // 8)]
    edge = [(background, p) for p in range(min(background, 3))] + [(t, background) for t in range(min(background, 3))]
    for true, pred in {*some, *edge}:
        cell = pairs(*case.frames, **at, true=true, pred=pred)
        assert cell.height == dense[true, pred]
        assert cell["prediction_id"].null_count() == (cell.height if pred == background else 0)
        assert cell["object_id"].null_count() == (cell.height if true == background else 0)


@pytest.mark.parametrize(("task", "shape"), CASES)
@settings(max_examples=2, deadline=None)
@given(**AT)
def test_what_counts_is_in_exactly_one_pair(task: Task, shape: str, seed: int, score: float, iou: float) -> None:
    case = make(task, seed, shape)
    predictions, objects, matches = case.frames
    every = pairs(*case.frames, class_count=case.set.classes, score=score, iou=iou)
    index = round((min(max(iou, 0.1), 0.95) - 0.1) / 0.05)
    ignored = matches.filter((pl.col("iou_index") == index) & pl.col("ignored"))["prediction_id"]
    reached = pl.col("score") >= pl.lit(score, dtype=pl.Float32)
    first = pl.col("rank") == 1 if task is Task.CLASSIFICATION else pl.lit(True)
    wanted = predictions.with_row_index("id").filter(reached & first & ~pl.col("id").is_in(ignored.implode()))["id"]
    assert every["prediction_id"].drop_nulls().sort().to_list() == wanted.to_list()
    real = objects.filter(~pl.col("iscrowd"))["object_id"]
    assert every["object_id"].drop_nulls().sort().to_list() == real.sort().to_list()


@pytest.mark.parametrize(("task", "shape"), CASES)
@settings(max_examples=3, deadline=None)
@given(**AT)
def test_images_and_classes_add_up_to_the_same(task: Task, shape: str, seed: int, score: float, iou: float) -> None:
    case = make(task, seed, shape)
    at: dict[str, Any] = {"score": score, "iou": iou}
    rows = per_class(*case.frames, class_names=case.set.names, **at)
    images = image_summary(*case.frames, image_ids=case.set.image_ids, **at)
    counts = ("truths", "predictions", "tp", "fp", "fn")
    total = {key: sum(row[key] for row in rows) for key in counts}
    assert images.select(pl.col(counts).cast(pl.Int64).sum()).row(0, named=True) == total
    matrix = confusion(*case.frames, class_count=case.set.classes, **at).dense()
    assert [row["tp"] for row in rows] == np.diag(matrix)[:-1].tolist()
    assert [row["fp"] + row["tp"] for row in rows] == matrix.sum(axis=0)[:-1].tolist()
    assert [row["fn"] + row["tp"] for row in rows] == matrix.sum(axis=1)[:-1].tolist()
    if task is Task.CLASSIFICATION:
        by_label = label_summary(*case.frames[:2], image_ids=case.set.image_ids, score=score)
        assert by_label.select("image_id", *counts).equals(images.select("image_id", *counts))


@pytest.mark.parametrize(("task", "shape"), [case for case in CASES if case[1] in ("a detector's", "crowds")])
@settings(max_examples=2, deadline=None)
@given(**AT)
def test_an_image_shows_what_its_row_counts(task: Task, shape: str, seed: int, score: float, iou: float) -> None:
    case = make(task, seed, shape)
    images = image_summary(*case.frames, image_ids=case.set.image_ids, score=score, iou=iou)
    for row in images.head(12).iter_rows(named=True):
        shown = image_outcomes(*case.frames, image_id=row["image_id"], score=score, iou=iou)
        truths, predictions = ([item["outcome"] for item in items] for items in shown)
        assert (truths.count("tp"), truths.count("fn")) == (row["tp"], row["fn"])
        assert (predictions.count("tp"), predictions.count("fp")) == (row["tp"], row["fp"])


@pytest.mark.parametrize(("task", "shape"), CASES)
@settings(max_examples=1, deadline=None)
@given(**AT)
def test_an_evaluation_is_made_of_the_same_numbers(task: Task, shape: str, seed: int, score: float, iou: float) -> None:
    case = make(task, seed, shape)
    d, (predictions, objects, matches) = case.set, case.frames
    points = POINTS if task is Task.POSE else None
    whole = evaluate(task, predictions, d.objects, d.images, d.names, score=score, iou=iou, keypoints=points)
    assert whole.matches.equals(matches)
    at: dict[str, Any] = {"score": score, "iou": iou}
    slices = (predictions, objects, whole.matches)
    assert whole.confusion.cells() == confusion(*slices, class_count=d.classes, **at).cells()
    rows = per_class(*slices, class_names=d.names, **at)
    assert [{key: row[key] for key in rows[0]} for row in whole.per_class] == rows
    best = operating_points(*slices, class_count=d.classes, iou=iou)
    assert [(row["best_score"], row["best_f1"]) for row in whole.per_class] == [(p.score, p.f) for p in best.per_class]
    overall = [np.nan if value is None else value for value in (best.overall.score, best.overall.f)]
    assert [whole.metrics["best_f1_score"], whole.metrics["best_f1"]] == pytest.approx(overall, nan_ok=True)
    ece = calibration(*slices, **at).ece
    assert (whole.metrics["ece"], whole.calibration.ece) == pytest.approx((ece, ece), nan_ok=True)
    if task is not Task.CLASSIFICATION:
        tp, found, truths = (sum(row[key] for row in rows) for key in ("tp", "predictions", "truths"))
        expected = (tp / found if found else np.nan, tp / truths if truths else np.nan)
        assert (whole.metrics["precision"], whole.metrics["recall"]) == pytest.approx(expected, nan_ok=True)
