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
FEWER: dict[str, Any] = {"images": 4, "objects": 15, "predictions": 40}


def small(seed: int, shape: str) -> Set:
    given = SHAPES[shape]
    return masks(seed, **given | {key: min(given.get(key, most), most) for key, most in FEWER.items()})


def layers(d: Set, score: float) -> dict[int, tuple[Any, Any, Any]]:
    """By image: predicted and true pixels, and those that count, which a crowd's don't; bool [classes, h, w] each."""
    found = d.predictions.filter(pl.col("score") >= pl.lit(score, dtype=pl.Float32))
    frames = (found, d.objects.filter(~pl.col("iscrowd")), d.objects.filter("iscrowd"))
    every = {image: [dense(d, frame, image) for frame in frames] for image in d.image_ids}
    return {image: (predicted, true, ~crowd) for image, (predicted, true, crowd) in every.items()}


def torchmetrics(predicted: Any, true: Any) -> tuple[float, float]:
    """IoU and Dice of pixels, NaN where there are none of either."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import torch
        from torchmetrics.functional.classification import binary_f1_score, binary_jaccard_index
    if not (predicted | true).any():
        return np.nan, np.nan
    pixels = torch.from_numpy(predicted.astype(np.uint8)), torch.from_numpy(true.astype(np.uint8))
    return float(binary_jaccard_index(*pixels)), float(binary_f1_score(*pixels))


def of_classes(d: Set, score: float) -> Floats:
    """IoU and Dice of each class over all images; float64 [classes, 2]."""
    values = np.full((d.classes, 2), np.nan)
    every = layers(d, score).values()
    for class_id in set(d.predictions["class_id"]) | set(d.objects["class_id"]):
        columns = [[layer[class_id][counts[class_id]] for layer in (p, t)] for p, t, counts in every]
        values[class_id] = torchmetrics(*(np.concatenate(column) for column in zip(*columns, strict=True)))
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
    ours = {image: (iou, dice) for image, iou, dice in image_overlap(overlap_of(d)).iter_rows()}
    for image, (predicted, true, counts) in layers(d, 0.25).items():
        every = [torchmetrics(predicted[i][counts[i]], true[i][counts[i]]) for i in range(d.classes)]
        defined = [values for values in every if not np.isnan(values[0])]
        assert (image in ours) == bool(defined)
        if defined:
            assert ours[image] == pytest.approx(np.mean(defined, axis=0), abs=1e-6)


def overlap_of(d: Set) -> pl.DataFrame:
    return mask_overlap(d.predictions, d.objects, d.images, score=0.25)


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
