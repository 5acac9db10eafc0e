"""One table by falling score gives the matrix that the pairs give, at every score."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snellen.contract.tasks import Task
from snellen.errors import InvalidInput
from snellen.evaluation import IOU_THRESHOLDS, match_for, per_class, truth_for
from snellen.evaluation.cells_by_score import CellsByScore, cells_by_score
from snellen.evaluation.matrix import Confusion, confusion
from snellen.evaluation.outcomes import outcomes_at
from snellen.evaluation.summaries import rows_of

from .random_sets import SHAPES, Set, boxes, labels


def table(d: Set, task: Task, iou: float) -> CellsByScore:
    objects = truth_for(task, d.objects)
    matches = match_for(task, d.predictions, objects, images=d.images)
    every = outcomes_at(d.predictions, objects, matches, score=-np.inf, iou=iou)
    return cells_by_score(every, d.classes, iou)


def assert_same(d: Set, task: Task, iou: float, score: float) -> None:
    objects = truth_for(task, d.objects)
    matches = match_for(task, d.predictions, objects, images=d.images)
    at = {"score": score, "iou": iou}
    ours = table(d, task, iou).at(score)
    theirs = confusion(d.predictions, objects, matches, class_count=d.classes, **at)
    assert (ours.class_count, ours.score, ours.iou) == (theirs.class_count, theirs.score, theirs.iou)
    assert ours.cells() == theirs.cells()
    rows = per_class(d.predictions, objects, matches, class_names=d.names, **at)
    assert rows_of(*ours.class_counts(), d.names) == rows


@pytest.mark.parametrize("shape", list(SHAPES))
@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 10_000), iou=st.sampled_from(IOU_THRESHOLDS), score=st.floats(0, 1))
def test_of_boxes_also_with_crowds_and_equal_scores(shape: str, seed: int, iou: float, score: float) -> None:
    d = boxes(seed, **SHAPES[shape])
    assert_same(d, Task.DETECTION, iou, score)
    # A score that predictions have: it is inclusive.
    if d.predictions.height:
        assert_same(d, Task.DETECTION, iou, float(d.predictions["score"][0]))


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 10_000), score=st.floats(0, 1))
def test_of_labels_where_only_the_first_choice_counts(seed: int, score: float) -> None:
    assert_same(labels(seed), Task.CLASSIFICATION, 0.5, score)


def test_more_classes_than_a_table_of_all_cells_would_bear() -> None:
    d = boxes(3, classes=60_000)
    matches = match_for(Task.DETECTION, d.predictions, d.objects, images=d.images)
    expected = confusion(d.predictions, d.objects, matches, class_count=d.classes, score=0.3)
    assert table(d, Task.DETECTION, 0.5).at(0.3).cells() == expected.cells() != []


def test_a_class_that_has_no_name_is_refused() -> None:
    d = boxes(3)
    matches = match_for(Task.DETECTION, d.predictions, d.objects, images=d.images)
    every = outcomes_at(d.predictions, d.objects, matches, score=-np.inf, iou=0.5)
    with pytest.raises(InvalidInput, match="expected 0 to 0"):
        cells_by_score(every, 1, 0.5)


def test_as_many_of_the_largest_cells_as_an_answer_has_room_for() -> None:
    counts = np.array([1200, 30, 4])
    found = Confusion(1000, 0.25, 0.5, np.array([0, 10, 999]), np.array([7, 1000, 3]), counts)
    # "[0,7,1200]," and "[10,1000,30],"
    assert [found.fitting(room) for room in (10, 11, 23, 24, 35, 1000)] == [0, 1, 1, 2, 3, 3]
