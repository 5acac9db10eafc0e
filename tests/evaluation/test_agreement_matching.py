"""Masks and poses are matched by the plain rule on pycocotools' own IoU and OKS."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snellen.evaluation import IOU_THRESHOLDS, match_keypoints, match_masks
from snellen.evaluation.keypoint_columns import COCO_SIGMAS, object_similarity

from . import references
from .random_sets import SHAPES, SIDES, Floats, Set, masks, poses

Similarity = Callable[[int], Floats]
SIGMAS = {1: [0.1], 3: [0.02, 0.5, 0.1], 17: list(COCO_SIGMAS)}


def plain_rule(d: Set, similarity: Similarity) -> dict[tuple[int, int], tuple[int, float, bool]]:
    """By ``iou_index`` and ``prediction_id``: the object, how alike it is, whether the prediction is ignored.

    `similarity` gives an image's predictions in the order of the file against its objects in order of ``object_id``.
    """
    rows = {}
    for image in d.image_ids:
        found = d.predictions.with_row_index("id").filter(pl.col("image_id") == image)
        truth = d.objects.filter(pl.col("image_id") == image).sort("object_id")
        if not truth.height or not found.height:
            continue
        alike, crowd = similarity(image), truth["iscrowd"].to_numpy()
        ids, objects = found["id"].to_list(), truth["object_id"].to_list()
        by_score = np.argsort(-found["score"].to_numpy(), kind="stable").tolist()
        for index, least in enumerate(IOU_THRESHOLDS):
            free = ~crowd
            for i in by_score:
                for which, ignored in ((free, False), (crowd, True)):
                    wished = np.where(which, alike[i], -1.0)
                    best = int(np.argmax(wished))
                    if wished[best] >= least:
                        rows[index, ids[i]] = (objects[best], alike[i, best], ignored)
                        free = free & (np.arange(len(free)) != best)
                        break
    return rows


def assert_same(matches: pl.DataFrame, expected: dict[tuple[int, int], tuple[int, float, bool]]) -> None:
    columns = ("iou_index", "prediction_id", "object_id", "ignored")
    ours = {(at, i): (partner, ignored) for at, i, partner, ignored in matches.select(columns).iter_rows()}
    assert len(ours) == matches.height
    assert ours == {key: (partner, ignored) for key, (partner, _, ignored) in expected.items()}
    alike = {(at, i): value for at, i, value in matches.select("iou_index", "prediction_id", "iou").iter_rows()}
    assert alike == pytest.approx({key: value for key, (_, value, _) in expected.items()}, abs=1e-6)


def mask_iou(d: Set) -> Similarity:
    from pycocotools import mask

    def similarity(image: int) -> Floats:
        size = list(d.sizes[image])
        truth = d.objects.filter(pl.col("image_id") == image).sort("object_id")
        rles = [
            [{"size": size, "counts": counts} for counts in frame.filter(pl.col("image_id") == image)["rle"]]
            for frame in (d.predictions, truth)
        ]
        return np.asarray(mask.iou(*rles, truth["iscrowd"].to_list()))

    return similarity


def oks(d: Set, sigmas: list[float]) -> Similarity:
    """pycocotools' OKS across classes, of predictions in the order of the file."""
    one_class = Set(
        d.predictions.with_columns(class_id=0), d.objects.with_columns(class_id=0), d.images, ["everything"]
    )
    evaluation = references.cocoeval(one_class, "keypoints", sigmas)
    evaluation.params.maxDets = [10_000]
    evaluation._prepare()

    def similarity(image: int) -> Floats:
        score = d.predictions.filter(pl.col("image_id") == image)["score"].to_numpy()
        by_score = np.argsort(-score, kind="stable")
        alike = np.empty((len(score), d.objects.filter(pl.col("image_id") == image).height))
        alike[by_score] = evaluation.computeOks(image + 1, 1)
        return alike

    return similarity


@pytest.mark.parametrize("shape", SHAPES)
@settings(max_examples=2, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_masks_are_matched_by_the_plain_rule(shape: str, seed: int) -> None:
    d = masks(seed, **SHAPES[shape])
    assert_same(match_masks(d.predictions, d.objects, d.images), plain_rule(d, mask_iou(d)))


@pytest.mark.parametrize("shape", SHAPES)
@settings(max_examples=2, deadline=None)
@given(seed=st.integers(0, 10_000), count=st.sampled_from(list(SIGMAS)))
def test_poses_are_matched_by_the_plain_rule(shape: str, seed: int, count: int) -> None:
    d = poses(seed, count, **SHAPES[shape])
    matches = match_keypoints(d.predictions, d.objects, SIGMAS[count])
    assert_same(matches, plain_rule(d, oks(d, SIGMAS[count])))


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), count=st.sampled_from(list(SIGMAS)), flat=st.sampled_from([0.0, 0.5]))
def test_oks_is_that_of_pycocotools_and_of_its_definition(seed: int, count: int, flat: float) -> None:
    d = poses(seed, count, images=1, objects=15, predictions=20, unlabelled=0.3, flat=flat, crowds=0.2)
    found, truth = (np.array(frame["keypoints"].to_list(), dtype=np.float64) for frame in (d.predictions, d.objects))
    boxes, area = d.objects.select(SIDES).to_numpy().T, d.objects["area"].to_numpy()
    theirs = oks(d, SIGMAS[count])(d.image_ids[0])
    for i, pose in enumerate(found):
        every = np.broadcast_to(pose, truth.shape)
        ours = object_similarity(every, truth, boxes, area, SIGMAS[count])
        assert ours == pytest.approx(theirs[i], abs=1e-12)
        for j, points in enumerate(truth):
            seen = points[:, 2] > 0
            if seen.any() and area[j] > 0:
                squares = ((pose - points)[seen, :2] ** 2).sum(1)
                k = 2 * np.array(SIGMAS[count])[seen]
                assert ours[j] == pytest.approx(np.exp(-squares / (2 * area[j] * k**2)).mean(), abs=1e-9)
