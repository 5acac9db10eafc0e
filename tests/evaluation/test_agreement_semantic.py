"""Semantic IoU and Dice are those of torchmetrics on dense masks."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snellen.contract.tasks import Task
from snellen.evaluation import class_overlap, evaluate, image_overlap, mask_overlap

from .random_sets import SHAPES, Floats, Set, masks
from .references import dense

#: Dense masks are large: fewer images do.
FEWER: dict[str, Any] = {"images": 3, "objects": 12, "predictions": 30}


def small(seed: int, shape: str) -> Set:
    given = SHAPES[shape]
    return masks(seed, **given | {key: min(given.get(key, most), most) for key, most in FEWER.items()})


def pixels(d: Set, score: float, image: int, class_id: int) -> tuple[Any, Any]:
    """Which pixels of an image are of the class, predicted and true; a crowd's pixels are left out. bool [n] each."""
    found = d.predictions.filter(pl.col("score") >= pl.lit(score, dtype=pl.Float32))
    frames = (found, d.objects.filter(~pl.col("iscrowd")), d.objects.filter("iscrowd"))
    predicted, true, crowd = (dense(d, frame, image, class_id) for frame in frames)
    return predicted[~crowd], true[~crowd]


def classes(d: Set) -> list[int]:
    """The classes that anything is of."""
    return sorted({*d.predictions["class_id"], *d.objects["class_id"]})


def torchmetrics(predicted: Any, true: Any) -> tuple[float, float]:
    """IoU and Dice of pixels, NaN where there are none of either."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import torch
        from torchmetrics.functional.classification import binary_f1_score, binary_jaccard_index
    if not (predicted | true).any():
        return np.nan, np.nan
    layers = torch.from_numpy(predicted.astype(np.uint8)), torch.from_numpy(true.astype(np.uint8))
    return float(binary_jaccard_index(*layers)), float(binary_f1_score(*layers))


def of_classes(d: Set, score: float) -> Floats:
    """IoU and Dice of each class over all images; float64 [classes, 2]."""
    values = np.full((d.classes, 2), np.nan)
    for class_id in classes(d):
        columns = zip(*(pixels(d, score, image, class_id) for image in d.image_ids), strict=True)
        values[class_id] = torchmetrics(*(np.concatenate(column) for column in columns))
    return values


@pytest.mark.parametrize("shape", SHAPES)
@settings(max_examples=2, deadline=None)
@given(seed=st.integers(0, 10_000), score=st.sampled_from([0.0, 0.25, 0.6, 1.0]))
def test_of_classes(shape: str, seed: int, score: float) -> None:
    d = small(seed, shape)
    overlap = mask_overlap(d.predictions, d.objects, d.images, score=score)
    ours = np.column_stack(class_overlap(overlap, d.classes))
    np.testing.assert_allclose(ours, of_classes(d, score), atol=1e-6, rtol=0)


@pytest.mark.parametrize("shape", ["a detector's", "crowds", "most images empty", "boxes of no area"])
@settings(max_examples=2, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_of_images(shape: str, seed: int) -> None:
    d = small(seed, shape)
    overlap = image_overlap(mask_overlap(d.predictions, d.objects, d.images, score=0.25))
    ours = {image: (iou, dice) for image, iou, dice in overlap.iter_rows()}
    for image in d.image_ids:
        every = [torchmetrics(*pixels(d, 0.25, image, class_id)) for class_id in classes(d)]
        defined = [values for values in every if not np.isnan(values[0])]
        assert (image in ours) == bool(defined)
        if defined:
            assert ours[image] == pytest.approx(np.mean(defined, axis=0), abs=1e-6)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_metrics_are_the_means_over_classes_that_have_pixels(shape: str) -> None:
    d = small(11, shape)
    ours = evaluate(Task.SEGMENTATION, d.predictions, d.objects, d.images, d.names)
    expected = of_classes(d, 0.25)
    rows = [[np.nan if row[key] is None else row[key] for key in ("iou", "dice")] for row in ours.per_class]
    np.testing.assert_allclose(rows, expected, atol=1e-6, rtol=0)
    defined = expected[np.isfinite(expected[:, 0])]
    mean = defined.mean(axis=0) if len(defined) else (np.nan, np.nan)
    assert (ours.metrics["mIoU"], ours.metrics["Dice"]) == pytest.approx(tuple(mean), abs=1e-6, nan_ok=True)
