"""Where hotcoco's confusion matrix follows the same rule, its cells are ours. (Its matrix of poses isn't by OKS.)"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snellen.evaluation import IOU_THRESHOLDS, confusion, match_boxes, match_masks

from . import references
from .random_sets import SHAPES, Set, boxes, masks

#: hotcoco knows no crowds, and takes equal scores in another order.
COMMON = [name for name, shape in SHAPES.items() if not shape.get("crowds") and not shape.get("scores")]
AT = {"iou": st.sampled_from(IOU_THRESHOLDS), "score": st.floats(0, 1)}


def assert_same(d: Set, matches: Any, kind: str, iou: float, score: float) -> None:
    ours = confusion(d.predictions, d.objects, matches, class_count=d.classes, score=score, iou=iou)
    theirs = references.hotcoco_matrix(d, kind, iou=iou, score=score)
    np.testing.assert_array_equal(ours.dense(), theirs)


@pytest.mark.parametrize("shape", COMMON)
@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 10_000), **AT)
def test_of_boxes(shape: str, seed: int, iou: float, score: float) -> None:
    d = boxes(seed, **SHAPES[shape])
    assert_same(d, match_boxes(d.predictions, d.objects), "bbox", iou, score)


@pytest.mark.parametrize("shape", COMMON)
@settings(max_examples=3, deadline=None)
@given(seed=st.integers(0, 10_000), **AT)
def test_of_masks(shape: str, seed: int, iou: float, score: float) -> None:
    d = masks(seed, **SHAPES[shape])
    assert_same(d, match_masks(d.predictions, d.objects, d.images), "segm", iou, score)
