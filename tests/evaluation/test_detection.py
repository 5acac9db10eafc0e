"""AP and AR are pycocotools' own; the evaluation as a whole goes into JSON."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snellen.errors import InvalidInput, PredictionsInvalid
from snellen.evaluation import evaluate_detection
from snellen.evaluation.average_precision import SUMMARY_KEYS, average_precision

BOX = ("x", "y", "w", "h")


def pycocotools(d: Any) -> tuple[list[float], list[float], list[float]]:
    """The twelve numbers, and AP50 and AP50-95 of each class; NaN where undefined."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    truth = COCO()
    truth.dataset = {
        "images": [{"id": i + 1} for i in d.image_ids],
        "categories": [{"id": i + 1, "name": name} for i, name in enumerate(d.names)],
        "annotations": [
            {
                "id": o["object_id"] + 1,
                "image_id": o["image_id"] + 1,
                "category_id": o["class_id"] + 1,
                "bbox": [o[side] for side in BOX],
                "area": o["area"],
                "iscrowd": int(o["iscrowd"]),
            }
            for o in d.objects.to_dicts()
        ],
    }
    found = COCO()
    found.dataset = truth.dataset | {
        "annotations": [
            {
                "id": i + 1,
                "image_id": p["image_id"] + 1,
                "category_id": p["class_id"] + 1,
                "bbox": [p[side] for side in BOX],
                "score": p["score"],
                "area": p["w"] * p["h"],
                "iscrowd": 0,
            }
            for i, p in enumerate(d.predictions.to_dicts())
        ]
    }
    with contextlib.redirect_stdout(io.StringIO()):
        truth.createIndex()
        found.createIndex()
        evaluation = COCOeval(truth, found, "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    precision = evaluation.eval["precision"][:, :, :, 0, -1]
    values = (evaluation.stats, precision[0].mean(axis=0), precision.mean(axis=(0, 1)))
    return tuple(np.where(v == -1, np.nan, v).tolist() for v in values)  # type: ignore[return-value]


def close(values: list[float]) -> Any:
    return pytest.approx(values, abs=1e-9, rel=0, nan_ok=True)


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    images=st.sampled_from([1, 20]),
    objects=st.sampled_from([0, 1, 80]),
    predictions=st.sampled_from([0, 1, 500]),
    classes=st.sampled_from([1, 7]),
    crowds=st.sampled_from([0.0, 0.2]),
)
def test_ap_and_ar_are_those_of_pycocotools(data: Callable[..., Any], seed: int, **shape: Any) -> None:
    d = data(seed, **shape)
    summary, ap50, ap50_95 = pycocotools(d)
    ours = evaluate_detection(d.predictions, d.objects, d.image_ids, d.names)
    assert [ours.metrics[key] for key in SUMMARY_KEYS] == close(summary)
    assert [np.nan if r["ap50"] is None else r["ap50"] for r in ours.per_class] == close(ap50)
    assert [np.nan if r["ap50_95"] is None else r["ap50_95"] for r in ours.per_class] == close(ap50_95)


def test_more_than_a_hundred_predictions_of_a_class_in_an_image_are_cut_as_pycocotools_does(
    data: Callable[..., Any],
) -> None:
    d = data(5, images=2, objects=60, predictions=900, classes=2)
    ours = evaluate_detection(d.predictions, d.objects, d.image_ids, d.names)
    assert [ours.metrics[key] for key in SUMMARY_KEYS] == close(pycocotools(d)[0])


def test_the_evaluation_is_plain_json_with_undefined_numbers_said_to_be_so(data: Callable[..., Any]) -> None:
    d = data(3, classes=3)
    names = [*d.names, "never seen"]
    evaluation = evaluate_detection(d.predictions, d.objects.with_columns(area=pl.lit(5000.0)), d.image_ids, names)
    out = json.loads(json.dumps(evaluation.as_dict(), allow_nan=False))
    parts = {"source", "similarity", "thresholds", "metrics", "per_class", "confusion_matrix", "calibration"}
    assert set(out) == parts
    assert out["source"] == "computed"
    assert out["thresholds"] == {"score": 0.25, "iou": 0.5}
    assert out["metrics"]["mAP50-95-small"] == "NaN"
    assert 0 < out["metrics"]["mAP50-95"] < 1
    assert out["confusion_matrix"]["labels"] == [*names, "background"]
    assert set(out["per_class"][0]) == {
        *("class_id", "class_name", "truths", "predictions", "tp", "fp", "fn"),
        *("precision", "recall", "f1", "ap50", "ap75", "ap50_95"),
        *("best_score", "best_precision", "best_recall", "best_f1"),
    }
    unseen = out["per_class"][3]
    assert (unseen["ap50"], unseen["ap50_95"], unseen["recall"]) == (None, None, None)
    total = sum(r["tp"] for r in out["per_class"]), sum(r["predictions"] for r in out["per_class"])
    assert out["metrics"]["precision"] == total[0] / total[1]


@pytest.mark.parametrize("names", [[], ["a"]])
def test_nothing_at_all_is_evaluated_to_nothing(
    data: Callable[..., Any], names: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    d = data(1)
    evaluation = evaluate_detection(d.predictions.clear(), d.objects.clear(), [], names)
    assert all(np.isnan(value) for value in evaluation.metrics.values())
    assert evaluation.confusion.cells() == []
    assert capfd.readouterr() == ("", "")


def test_only_the_evaluated_images_count(data: Callable[..., Any]) -> None:
    d = data(4)
    some = [2, 5, 11, 29]
    predictions = d.predictions.filter(pl.col("image_id").is_in(some))
    objects = d.objects.filter(pl.col("image_id").is_in(some))
    assert (
        evaluate_detection(predictions, d.objects, some, d.names).as_dict()
        == evaluate_detection(predictions, objects, some, d.names).as_dict()
    )


def test_foreign_images_and_classes_are_refused_by_row(data: Callable[..., Any]) -> None:
    d = data(4)
    last = d.predictions["image_id"].to_list().index(29)
    with pytest.raises(PredictionsInvalid, match=f"row {last} is of image 29"):
        evaluate_detection(d.predictions, d.objects, range(29), d.names)
    with pytest.raises(PredictionsInvalid, match="has class_id 4; expected 0 to 3"):
        evaluate_detection(d.predictions, d.objects, d.image_ids, d.names[:4])
    with pytest.raises(InvalidInput, match="objects: classes 0 to 4; expected 0 to 3"):
        evaluate_detection(d.predictions.clear(), d.objects, d.image_ids, d.names[:4])


def test_nothing_is_printed(data: Callable[..., Any], capfd: pytest.CaptureFixture[str]) -> None:
    d = data(4)
    evaluate_detection(d.predictions, d.objects, d.image_ids, d.names)
    assert capfd.readouterr() == ("", "")


def test_ids_and_classes_that_lie_far_apart_cost_no_memory_and_change_no_number() -> None:
    """An image of a large id among few, a few classes with truth among very many."""
    box = {"x": [0.0] * 3, "y": [0.0] * 3, "w": [9.0] * 3, "h": [9.0] * 3}
    far, names = 2**40, [str(i) for i in range(50_000)]
    objects = pl.DataFrame({"object_id": [0, 1, 2], "image_id": [1, far, far], "class_id": [7, 49_999, 7], **box})
    predictions = pl.DataFrame({"image_id": [1, far, far], "class_id": [7, 49_999, 3], "score": [0.9, 0.8, 0.7], **box})
    found = evaluate_detection(predictions, objects, [1, far], names)
    ap = [row["ap50"] for row in found.per_class]
    assert (ap[7], ap[49_999]) == (pytest.approx(51 / 101), pytest.approx(1))
    assert [i for i, value in enumerate(ap) if value is not None] == [7, 49_999]
    assert found.metrics["mAP50"] == pytest.approx((51 / 101 + 1) / 2)
    assert sum(count for _, _, count in found.confusion.cells()) == 3
    with pytest.raises(PredictionsInvalid, match="row 0 is of image 5"):
        evaluate_detection(predictions.with_columns(image_id=pl.lit(5)), objects, [1, far], names)


def test_truth_of_an_unknown_class_is_refused_where_ap_is_asked_for_alone() -> None:
    box = {"x": [0.0], "y": [0.0], "w": [9.0], "h": [9.0]}
    objects = pl.DataFrame({"object_id": [0], "image_id": [0], "class_id": [2], **box})
    with pytest.raises(InvalidInput, match="class_id 2; expected 0 to 1"):
        average_precision(objects.drop("object_id").with_columns(score=pl.lit(0.5)), objects, [0], 2)
