"""Masks that came as JSON: objects of their own, or RLEs beside boxes."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from hotcoco import mask

from snellen.contract.tasks import Task
from snellen.errors import PredictionsInvalid
from snellen.evaluation import evaluate
from snellen.formats.image_results import ImageResults, brings_truth, from_image_results

HEIGHT, WIDTH = 6, 10


def rle(x: int, y: int, w: int, h: int, *, as_list: bool = False) -> dict[str, Any]:
    """A rectangle in an image of 10 x 6."""
    pixels = np.zeros((HEIGHT, WIDTH), dtype=np.uint8, order="F")
    pixels[y : y + h, x : x + w] = 1
    if as_list:
        flat = pixels.ravel(order="F")
        ends = np.flatnonzero(np.diff(flat)) + 1
        runs = np.diff([0, *ends, flat.size]).tolist()
        return {"size": [HEIGHT, WIDTH], "counts": runs if flat[0] == 0 else [0, *runs]}
    counts = mask.encode(pixels)["counts"]
    return {"size": [HEIGHT, WIDTH], "counts": counts.decode() if isinstance(counts, bytes) else counts}


def whole(class_id: int, shape: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"class_id": class_id, "segmentation": shape, **fields}


def read(*results: dict[str, Any], names: tuple[str, ...] = ("cat", "dog"), **options: Any) -> ImageResults:
    named = [{"image_name": f"{i}.png", **result} for i, result in enumerate(results)]
    return from_image_results(named, names, task=Task.SEGMENTATION, **options)


def test_objects_with_a_mask_become_frames_and_whatever_nobody_said_is_the_masks() -> None:
    found = read(
        {
            "true_mask": [whole(1, rle(2, 1, 3, 4)), whole(0, rle(0, 0, 1, 1), bbox=[0, 0, 9, 5], iscrowd=1)],
            "predicted_mask": [whole(1, rle(2, 1, 3, 3, as_list=True), confidence=0.75)],
        }
    )
    assert found.objects.drop("rle").rows() == [
        (0, 0, 1, 2.0, 1.0, 3.0, 4.0, 12.0, False),
        (1, 0, 0, 0.0, 0.0, 9.0, 5.0, 1.0, True),
    ]
    assert found.objects["rle"][0] == rle(2, 1, 3, 4)["counts"]
    assert found.predictions.task is Task.SEGMENTATION
    assert found.predictions.frame.rows() == [(0, 1, 0.75, 2.0, 1.0, 3.0, 3.0, rle(2, 1, 3, 3)["counts"])]
    assert found.images.select("width", "height").rows() == [(WIDTH, HEIGHT)]
    result = evaluate(Task.SEGMENTATION, found.predictions.frame, found.objects, found.images, found.class_names)
    assert result.metrics["mIoU"] == pytest.approx(9 / 12)


def test_a_bare_mask_belongs_to_the_box_of_its_place() -> None:
    boxes = [{"class_id": 1, "bbox": [2, 1, 3.5, 4], "confidence": 0.5}, {"class_id": 0, "confidence": 0.25}]
    found = read({"predicted_boxes": boxes, "predicted_mask": [rle(2, 1, 3, 4), rle(0, 0, 2, 2)]})
    assert found.predictions.frame.select("class_id", "score", "x", "y", "w", "h").rows() == [
        (1, 0.5, 2.0, 1.0, 3.5, 4.0),
        (0, 0.25, 0.0, 0.0, 2.0, 2.0),
    ]


def test_a_bare_mask_without_boxes_is_of_the_first_class_with_the_images_confidence() -> None:
    found = read(
        {"predicted_mask": rle(0, 0, 2, 2), "confidence": 0.5}, {"predicted_mask": [rle(0, 0, 1, 1)]}, names=()
    )
    assert found.predictions.frame.select("image_id", "class_id", "score").rows() == [(0, 0, 0.5), (1, 0, 1.0)]
    assert found.class_names == ("class 0",)


def test_one_object_is_a_list_of_one_and_no_objects_are_a_truth_too() -> None:
    found = read({"true_mask": whole(1, rle(0, 0, 1, 1)), "predicted_mask": []}, {"true_mask": []})
    assert found.objects["class_id"].to_list() == [1]
    assert found.predictions.image_ids == (0, 1)
    assert found.images["width"].to_list() == [WIDTH, None]


def test_an_empty_mask_has_an_empty_box() -> None:
    found = read({"true_mask": whole(0, {"size": [HEIGHT, WIDTH], "counts": [HEIGHT * WIDTH]})})
    assert found.objects.select("x", "y", "w", "h", "area").rows() == [(0.0, 0.0, 0.0, 0.0, 0.0)]


def test_with_a_dataset_its_sizes_are_the_masks_unless_the_truth_came_too() -> None:
    row = {"image_id": [3], "path": ["0.png"], "split": ["val"], "width": [WIDTH], "height": [HEIGHT + 1]}
    dataset = pl.DataFrame(row)
    with pytest.raises(
        PredictionsInvalid, match=r"predicted_mask\[0\]\.size: got \[6, 10\], expected \[7, 10\], .*datas"
    ):
        read({"predicted_mask": [rle(0, 0, 1, 1)]}, dataset=dataset)
    own = read({"true_mask": [], "predicted_mask": [rle(0, 0, 1, 1)]}, {"true_mask": []}, dataset=dataset)
    assert own.images.rows() == [(1, "1.png", None, None, None), (3, "0.png", "val", WIDTH, HEIGHT)]


def test_what_brings_a_truth_is_the_field_of_the_task() -> None:
    assert brings_truth([{}, {"true_mask": []}], Task.SEGMENTATION)
    assert not brings_truth([{"true_mask": []}], Task.DETECTION)
    assert not brings_truth([{"true_mask": None, "true_boxes": [], "true_label": "cat"}], Task.SEGMENTATION)


FINE = rle(0, 0, 1, 1)


@pytest.mark.parametrize(
    ("result", "said"),
    [
        ({"true_mask": "none"}, r"\[0\]\.true_mask: got str, expected a list of masks"),
        ({"true_mask": [3]}, r"\[0\]\.true_mask\[0\]: got int, expected an object with class_id and segmentation"),
        ({"true_mask": [whole(9, FINE)]}, r"true_mask\[0\]\.class_id: got 9, expected a whole number from 0 to 1"),
        ({"true_mask": [{"segmentation": FINE}]}, r"true_mask\[0\]\.class_id: got None"),
        ({"true_mask": [{"class_id": 0}]}, r"true_mask\[0\]\.segmentation: got NoneType, expected an RLE"),
        ({"true_mask": [whole(0, [[1, 2, 3]])]}, r"true_mask\[0\]\.segmentation: got list, expected an RLE"),  # type: ignore[arg-type]
        ({"true_mask": [{"size": [6], "counts": ""}]}, r"true_mask\[0\]\.size: got \[6\], expected \[height, width\]"),
        ({"true_mask": [{"size": [6, 0], "counts": ""}]}, r"\.size: got \[6, 0\]"),
        ({"true_mask": [{"size": [10**6, 10**6], "counts": [10**12]}]}, r"\.size: got .* expected at most"),
        ({"true_mask": [{"size": [6, 10], "counts": None}]}, r"true_mask\[0\]\.counts: got NoneType"),
        ({"true_mask": [{"size": [6, 10], "counts": [1.5, 3]}]}, r"\.counts: got \[1\.5, 3\], expected whole numbers"),
        ({"true_mask": [{"size": [6, 10], "counts": [-1, 61]}]}, r"\.counts: got \[-1, 61\]"),
        ({"true_mask": [{"size": [6, 10], "counts": [50]}]}, r"true_mask\[0\]\.counts: got 50, expected 6 x 10 = 60"),
        ({"true_mask": [FINE, {"size": [6, 10], "counts": "no"}]}, r"true_mask\[1\]\.counts: .*expected 6 x 10"),
        ({"true_mask": [{"size": [6, 10], "counts": "\ud800"}]}, r"\.counts: this is no RLE"),
        ({"true_mask": [{"size": [6, 10], "counts": "o" * 200_000}]}, r"\.counts: this is no RLE"),
        (
            {"true_mask": [FINE], "predicted_mask": [{"size": [10, 6], "counts": [60]}]},
            r"predicted_mask\[0\]\.size: got \[10, 6\], expected \[6, 10\], that of image_results\[0\]\.true_mask\[0\]",
        ),
        ({"true_mask": [FINE], "true_boxes": []}, r"true_mask: got 1 masks and 0 true_boxes, expected one of each"),
        ({"true_mask": [FINE], "true_boxes": [3]}, r"true_boxes\[0\]: got int"),
        ({"true_mask": [FINE], "true_boxes": [{"class_id": 5}]}, r"true_boxes\[0\]\.class_id: got 5"),
        ({"true_mask": [FINE], "predicted_boxes": [{}]}, r"predicted_mask: missing, but there are predicted_boxes"),
        ({"predicted_mask": [FINE], "confidence": 2}, r"image_results\[0\]\.confidence: got 2"),
        ({"predicted_mask": [whole(0, FINE, bbox=[1, 2])]}, r"predicted_mask\[0\]\.bbox: got \[1, 2\]"),
        ({"true_mask": [whole(0, FINE, area=-1)]}, r"true_mask\[0\]\.area: got -1"),
        ({"true_mask": [whole(0, FINE, iscrowd="no")]}, r"true_mask\[0\]\.iscrowd: got 'no', expected true or false"),
        ({"true_boxes": []}, "no image has true_mask or predicted_mask; expected masks, as results of segmentation"),
    ],
)
def test_what_is_wrong_is_named_by_index_and_field(result: dict[str, Any], said: str) -> None:
    with pytest.raises(PredictionsInvalid, match=said):
        read(result)


def test_all_that_is_wrong_is_said_at_once_but_at_most_twenty_times() -> None:
    with pytest.raises(PredictionsInvalid, match=r"; and 27 more$") as caught:
        read({"true_mask": [whole(9, FINE)] * 30})
    assert len(caught.value.problems) == 20
