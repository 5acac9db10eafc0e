"""AP and AR of boxes, masks and keypoints are pycocotools' own, whatever the shape of the data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snellen.contract.tasks import Task
from snellen.evaluation import KeypointSettings, evaluate

from . import references
from .random_sets import SHAPES, Set, boxes, masks, poses

OF_BOXES = (
    *("mAP50-95", "mAP50", "mAP75", "mAP50-95-small", "mAP50-95-medium", "mAP50-95-large"),
    *("AR1", "AR10", "AR100", "AR100-small", "AR100-medium", "AR100-large"),
)
OF_POSES = (
    *("mAP50-95", "mAP50", "mAP75", "mAP50-95-medium", "mAP50-95-large"),
    *("AR20", "AR20-50", "AR20-75", "AR20-medium", "AR20-large"),
)
SIGMAS = {1: (0.1,), 3: (0.02, 0.5, 0.1), 17: None}


def assert_same(task: Task, d: Set, expected: references.Coco, keys: Sequence[str], **options: Any) -> dict[str, float]:
    """The metrics, after the summary and the AP of each class were found to be those expected."""
    ours = evaluate(task, d.predictions, d.objects, d.images, d.names, **options)
    assert [ours.metrics[key] for key in keys] == close(expected.stats)
    for key in ("ap50", "ap75", "ap50_95"):
        assert [np.nan if r[key] is None else r[key] for r in ours.per_class] == close(getattr(expected, key)), key
    return ours.metrics


def assert_same_of_boxes(metrics: dict[str, float], d: Set) -> None:
    """Masks and poses have boxes too, and those have an AP."""
    expected = references.pycocotools(d, "bbox").stats[:3]
    assert [metrics[key] for key in ("mAP50-95-box", "mAP50-box", "mAP75-box")] == close(expected)


def close(values: Sequence[float]) -> Any:
    return pytest.approx(values, abs=1e-9, rel=0, nan_ok=True)


@pytest.mark.parametrize("shape", SHAPES)
@settings(max_examples=3, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_of_boxes(shape: str, seed: int) -> None:
    d = boxes(seed, **SHAPES[shape])
    assert_same(Task.DETECTION, d, references.pycocotools(d, "bbox"), OF_BOXES)


@pytest.mark.parametrize("shape", SHAPES)
@settings(max_examples=2, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_of_masks(shape: str, seed: int) -> None:
    d = masks(seed, **SHAPES[shape])
    metrics = assert_same(Task.SEGMENTATION, d, references.pycocotools(d, "segm"), OF_BOXES)
    assert_same_of_boxes(metrics, d)


@pytest.mark.parametrize("shape", SHAPES)
@settings(max_examples=3, deadline=None)
@given(seed=st.integers(0, 10_000), count=st.sampled_from(list(SIGMAS)))
def test_of_keypoints(shape: str, seed: int, count: int) -> None:
    d, sigmas = poses(seed, count, **SHAPES[shape]), SIGMAS[count]
    expected = references.pycocotools(d, "keypoints", sigmas)
    keypoints = KeypointSettings.of([f"point {k}" for k in range(count)], sigmas)
    metrics = assert_same(Task.POSE, d, expected, OF_POSES, keypoints=keypoints)
    assert_same_of_boxes(metrics, d)
