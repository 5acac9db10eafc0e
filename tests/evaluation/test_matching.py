"""The matching equals the rule said plainly, whatever the data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snellen.errors import InvalidInput
from snellen.evaluation import IOU_THRESHOLDS, confusion, match_boxes

Row = tuple[int, int, int, bool]
BOX = ("x", "y", "w", "h")


def overlap(p: dict[str, Any], o: dict[str, Any]) -> float:
    width = min(p["x"] + p["w"], o["x"] + o["w"]) - max(p["x"], o["x"])
    height = min(p["y"] + p["h"], o["y"] + o["h"]) - max(p["y"], o["y"])
    if width <= 0 or height <= 0:
        return 0.0
    shared, area = width * height, p["w"] * p["h"]
    return float(shared / (area if o["iscrowd"] else area + o["w"] * o["h"] - shared))


def plain_rule(predictions: pl.DataFrame, objects: pl.DataFrame) -> set[Row]:
    """The rule of the design, one prediction after the other."""
    rows: set[Row] = set()
    truths = sorted(objects.to_dicts(), key=lambda o: o["object_id"])
    found = sorted(enumerate(predictions.to_dicts()), key=lambda item: (-item[1]["score"], item[0]))
    for index, least in enumerate(IOU_THRESHOLDS):
        taken: set[int] = set()
        for number, p in found:
            best, best_iou = None, least
            crowd, crowd_iou = None, least
            for o in truths:
                if o["image_id"] != p["image_id"]:
                    continue
                iou = overlap(p, o)
                if o["iscrowd"]:
                    if iou > crowd_iou or (iou == crowd_iou and crowd is None):
                        crowd, crowd_iou = o["object_id"], iou
                elif o["object_id"] not in taken and (iou > best_iou or (iou == best_iou and best is None)):
                    best, best_iou = o["object_id"], iou
            if best is not None:
                taken.add(best)
                rows.add((index, number, best, False))
            elif crowd is not None:
                rows.add((index, number, crowd, True))
    return rows


def as_rows(matches: pl.DataFrame) -> set[Row]:
    rows = list(matches.select("iou_index", "prediction_id", "object_id", "ignored").iter_rows())
    assert len(set(rows)) == len(rows)
    return set(rows)


# Few places and few scores: equal scores, equal IoUs and IoUs that are exactly a threshold come up all the time.
sides = st.integers(0, 6).map(float)
box = st.fixed_dictionaries(dict.fromkeys(BOX, sides))
object_row = st.tuples(st.integers(0, 3), st.integers(0, 2), box, st.booleans() | st.just(False))
prediction_row = st.tuples(st.integers(0, 3), st.integers(0, 2), box, st.sampled_from([0.1, 0.5, 0.5000001, 0.9]))


def frames(objects: list[Any], predictions: list[Any]) -> tuple[pl.DataFrame, pl.DataFrame]:
    truth = [
        {"object_id": i, "image_id": o[0], "class_id": o[1], **o[2], "iscrowd": o[3]} for i, o in enumerate(objects)
    ]
    found = [{"image_id": p[0], "class_id": p[1], **p[2], "score": p[3]} for p in predictions]
    floats = dict.fromkeys(BOX, pl.Float64)
    ids = {"image_id": pl.Int64, "class_id": pl.Int64}
    return (
        pl.DataFrame(found, schema=ids | floats | {"score": pl.Float32}),
        pl.DataFrame(truth, schema={"object_id": pl.Int64} | ids | floats | {"iscrowd": pl.Boolean}),
    )


@settings(max_examples=150, deadline=None)
@given(st.lists(object_row, max_size=9), st.lists(prediction_row, max_size=14))
def test_the_match_table_is_what_the_plain_rule_gives(objects: list[Any], predictions: list[Any]) -> None:
    found, truth = frames(objects, predictions)
    assert as_rows(match_boxes(found, truth)) == plain_rule(found, truth)


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    crowds=st.sampled_from([0.0, 0.2]),
    images=st.sampled_from([1, 4, 40]),
    objects=st.sampled_from([0, 1, 50]),
    predictions=st.sampled_from([0, 1, 200]),
)
def test_the_match_table_of_a_detector_is_what_the_plain_rule_gives(
    data: Callable[..., Any], seed: int, crowds: float, images: int, objects: int, predictions: int
) -> None:
    d = data(seed, images=images, objects=objects, predictions=predictions, crowds=crowds)
    assert as_rows(match_boxes(d.predictions, d.objects)) == plain_rule(d.predictions, d.objects)


def test_of_300_predictions_on_one_object_the_best_score_gets_it() -> None:
    score = np.random.default_rng(0).permutation(300) / 300
    where = (0, 0, {"x": 1.0, "y": 1.0, "w": 9.0, "h": 9.0})
    found, truth = frames([(*where, False)], [(*where, s) for s in score])
    matches = match_boxes(found, truth)
    assert matches["prediction_id"].to_list() == [int(np.argmax(score))] * len(IOU_THRESHOLDS)


def test_predictions_that_all_want_the_same_objects_are_served_by_score() -> None:
    boxes = [{"x": float(i), "y": 0.0, "w": 200.0, "h": 200.0} for i in range(40)]
    found, truth = frames([(0, 0, b, False) for b in boxes], [(0, 0, boxes[0], (i + 1) / 100) for i in range(60)])
    matches = match_boxes(found, truth).filter(pl.col("iou_index") == 0)
    assert dict(matches.select("prediction_id", "object_id").iter_rows()) == {59 - i: i for i in range(40)}


def test_an_iou_that_is_exactly_the_threshold_matches() -> None:
    found, truth = frames(
        [(0, 0, {"x": 0.0, "y": 0.0, "w": 10.0, "h": 10.0}, False)],
        [(0, 0, {"x": 0.0, "y": 0.0, "w": 10.0, "h": 5.0}, 0.9)],
    )
    matches = match_boxes(found, truth)
    assert [IOU_THRESHOLDS[i] for i in matches["iou_index"]] == [t for t in IOU_THRESHOLDS if t <= 0.5]
    assert matches["iou"].to_list() == [0.5] * matches.height


def test_only_a_prediction_left_over_is_ignored_on_a_crowd() -> None:
    place = {"x": 0.0, "y": 0.0, "w": 10.0, "h": 10.0}
    crowd = {"x": 0.0, "y": 0.0, "w": 100.0, "h": 100.0}
    found, truth = frames([(0, 0, place, False), (0, 0, crowd, True)], [(0, 0, place, 0.9), (0, 0, place, 0.8)])
    at = match_boxes(found, truth).filter(pl.col("iou_index") == 8).drop("iou_index", "iou")
    assert at.rows() == [(0, 0, False), (1, 1, True)]


def test_the_table_does_not_depend_on_how_much_is_looked_at_at_once(
    data: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    d = data(3, crowds=0.1)
    whole = match_boxes(d.predictions, d.objects)
    monkeypatch.setattr("snellen.evaluation.layout.PAIRS_AT_ONCE", 50)
    monkeypatch.setattr("snellen.evaluation.overlap.STRIDE", 7)
    assert match_boxes(d.predictions, d.objects).equals(whole)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000), score=st.floats(0, 1, width=32))
def test_leaving_out_low_scores_before_or_after_matching_is_the_same(
    data: Callable[..., Any], seed: int, score: float
) -> None:
    d = data(seed, crowds=0.1)
    high = d.predictions.with_row_index("id").filter(pl.col("score") >= pl.lit(score, dtype=pl.Float32))
    after = {row for row in as_rows(match_boxes(d.predictions, d.objects)) if row[1] in set(high["id"])}
    number = high["id"].to_list()
    before = {(i, number[p], o, c) for i, p, o, c in as_rows(match_boxes(high, d.objects))}
    assert before == after


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000), images=st.sampled_from([1, 25]), classes=st.sampled_from([1, 6]))
def test_without_crowds_the_matrix_is_that_of_hotcoco(
    data: Callable[..., Any], seed: int, images: int, classes: int
) -> None:
    from hotcoco import COCO, COCOeval

    d = data(seed, images=images, classes=classes)
    truth = COCO(
        {
            "images": [{"id": i + 1} for i in d.image_ids],
            "categories": [{"id": i + 1, "name": name} for i, name in enumerate(d.names)],
            "annotations": [
                {
                    "id": o["object_id"] + 1,
                    "image_id": o["image_id"] + 1,
                    "category_id": o["class_id"] + 1,
                    "bbox": [o[side] for side in BOX],
                    "area": o["area"],
                    "iscrowd": 0,
                }
                for o in d.objects.to_dicts()
            ],
        }
    )
    # Of equal scores hotcoco takes the lower class first, we the one that comes first in the file: here they are one.
    p = d.predictions.sort("class_id", maintain_order=True)
    found = truth.load_res(
        np.column_stack([p["image_id"] + 1, p.select(BOX), p["score"].cast(pl.Float64), p["class_id"] + 1])
    )
    reference = COCOeval(truth, found, "bbox")
    matches = match_boxes(p, d.objects)
    for score in (0.0, 0.25, 0.6):
        for iou in (0.1, 0.35, 0.5, 0.75, 0.95):
            ours = confusion(p, d.objects, matches, class_count=classes, score=score, iou=iou)
            theirs = reference.confusion_matrix(iou_thr=iou, max_det=10_000, min_score=float(np.float32(score)))
            assert ours.dense().tolist() == theirs["matrix"].tolist(), (seed, score, iou)


def test_ids_of_objects_may_have_holes_and_come_in_any_order(data: Callable[..., Any]) -> None:
    d = data(5)
    plain = match_boxes(d.predictions, d.objects)
    shuffled = d.objects.with_columns(pl.col("object_id") * 7 + 100).sample(fraction=1.0, shuffle=True, seed=1)
    assert match_boxes(d.predictions, shuffled).with_columns((pl.col("object_id") - 100) // 7).equals(plain)


def test_a_missing_column_is_named(data: Callable[..., Any]) -> None:
    d = data(1)
    with pytest.raises(InvalidInput, match="objects: no column 'w'"):
        match_boxes(d.predictions, d.objects.drop("w"))
    with pytest.raises(InvalidInput, match="predictions: column 'score' has 600 nulls"):
        match_boxes(d.predictions.with_columns(score=pl.lit(None, dtype=pl.Float32)), d.objects)


def test_two_objects_with_one_id_are_refused(data: Callable[..., Any]) -> None:
    d = data(1)
    with pytest.raises(InvalidInput, match="same object_id"):
        match_boxes(d.predictions, d.objects.with_columns(object_id=pl.lit(3)))
