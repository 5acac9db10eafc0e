"""The kinds of error, and what each costs, are those of tidecv."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snellen.contract.tasks import Task
from snellen.evaluation import ERROR_TYPES, ErrorTypes, error_types

from . import references
from .random_sets import SHAPES, Set, boxes, masks, poses

#: tidecv puts equal scores in another order each time, and divides by nothing where there is nothing.
COMMON = [name for name, shape in SHAPES.items() if not shape.get("scores") and shape.get("predictions", 1)]
COMMON = [name for name in COMMON if SHAPES[name].get("objects", 1)]
AT = {
    "seed": st.integers(0, 10_000),
    # No overlap is exactly one of these: tidecv ignores what is above the threshold on a crowd, COCO what reaches it.
    "iou": st.sampled_from([0.3001, 0.5001, 0.7501]),
    "background": st.sampled_from([0.05, 0.1, 0.25]),
}


def run(task: Task, d: Set, iou: float = 0.5, background: float = 0.1, **more: Any) -> ErrorTypes:
    options: dict[str, Any] = {"class_count": d.classes, "images": d.images, **more}
    return error_types(task, d.predictions, d.objects, iou=iou, background=background, **options)


def assert_same(ours: ErrorTypes, theirs: references.Tide, *, counts: bool) -> None:
    assert ours.ap == pytest.approx(theirs.ap, abs=1e-9)
    assert ours.delta_ap == pytest.approx(theirs.delta_ap, abs=1e-9)
    if counts:
        assert ours.counts == theirs.counts
    assert dict(ours.errors["error"].value_counts().iter_rows()) == {k: n for k, n in ours.counts.items() if n}


@pytest.mark.parametrize("shape", COMMON)
@settings(max_examples=4, deadline=None)
@given(**AT)
def test_of_boxes(shape: str, seed: int, iou: float, background: float) -> None:
    d = boxes(seed, **SHAPES[shape])
    theirs = references.tidecv(d, "bbox", pos=iou, bg=background)
    # tidecv counts as errors what is ignored on crowds, too.
    assert_same(run(Task.DETECTION, d, iou, background), theirs, counts="crowds" not in SHAPES[shape])


@pytest.mark.parametrize("shape", COMMON)
@settings(max_examples=2, deadline=None)
@given(**AT)
def test_of_masks(shape: str, seed: int, iou: float, background: float) -> None:
    d = masks(seed, **SHAPES[shape])
    theirs = references.tidecv(d, "segm", pos=iou, bg=background)
    assert_same(run(Task.SEGMENTATION, d, iou, background), theirs, counts="crowds" not in SHAPES[shape])


@pytest.mark.parametrize("shape", COMMON)
@settings(max_examples=2, deadline=None)
@given(**AT, count=st.sampled_from([1, 3, 17]))
def test_of_poses(shape: str, seed: int, iou: float, background: float, count: int) -> None:
    d, sigmas = poses(seed, count, unlabelled=0.0, **SHAPES[shape]), np.linspace(0.05, 0.3, count).tolist()
    theirs = references.tidecv(d, "keypoints", pos=iou, bg=background, sigmas=sigmas)
    ours = run(Task.POSE, d, iou, background, sigmas=sigmas)
    assert_same(ours, theirs, counts="crowds" not in SHAPES[shape])


def test_where_nothing_is_found_all_is_missed() -> None:
    d = boxes(1, predictions=0)
    ours = run(Task.DETECTION, d)
    assert ours.counts == dict.fromkeys(ERROR_TYPES, 0) | {"Miss": d.objects.height}
    assert (ours.ap, ours.delta_ap["Bkg"], ours.delta_ap["FalsePos"]) == (0, 0, 0)
    assert set(ours.errors["object_id"]) == set(d.objects["object_id"])


def test_where_nothing_is_true_all_is_background() -> None:
    d = boxes(1, objects=0, predictions=40)
    ours = run(Task.DETECTION, d)
    assert ours.counts == dict.fromkeys(ERROR_TYPES, 0) | {"Bkg": 40}
    assert ours.ap == 0
    assert run(Task.DETECTION, boxes(1, objects=0, predictions=0)).errors.is_empty()


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000), crowds=st.sampled_from([0.0, 0.3]), scores=st.sampled_from([0, 1, 4]))
def test_every_error_names_what_it_is_about(seed: int, crowds: float, scores: int) -> None:
    d = boxes(seed, crowds=crowds, scores=scores)
    ours = run(Task.DETECTION, d)
    miss = pl.col("error") == "Miss"
    found, missed = ours.errors.filter(~miss), ours.errors.filter(miss)
    assert found["prediction_id"].is_unique().all()
    assert found["prediction_id"].null_count() == 0
    assert missed["object_id"].is_unique().all()
    crowd = d.objects.filter("iscrowd")["object_id"]
    assert not ours.errors["object_id"].is_in(crowd.implode()).any()
    truth = dict(d.objects.select("object_id", "class_id").iter_rows())
    where = dict(d.objects.select("object_id", "image_id").iter_rows())
    for error, image, prediction, partner, iou in ours.errors.iter_rows():
        guess = None if prediction is None else d.predictions.row(prediction, named=True)
        assert guess is None or guess["image_id"] == image
        assert partner is None or where[partner] == image
        assert (partner is None) == (error == "Bkg")
        if guess is not None and error in ("Cls", "Loc", "Dupe"):
            assert (truth[partner] == guess["class_id"]) == (error != "Cls")
            assert (0.1 <= iou <= 0.5) if error == "Loc" else iou >= 0.5
