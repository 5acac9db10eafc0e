"""What the collectors keep of masks, keypoints and labels: in pixels of the original image, named as in the dataset."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hotcoco import mask

from snellen.trainers.ultralytics.predictions import (
    MASK_SCORE,
    Collector,
    LabelCollector,
    MaskCollector,
    PoseCollector,
)

torch = pytest.importorskip("torch")
Make = Callable[[type[Collector]], Any]
#: 200 x 100 px, halved to 100 x 50 and centred in 128 x 64: 14 px left, 7 px above.
BATCH = {
    "ori_shape": [(100, 200), (100, 200)],
    "ratio_pad": [((0.5, 0.5), (14.0, 7.0))] * 2,
    "img": torch.zeros((2, 3, 64, 128)),
}


@pytest.fixture
def collector(tmp_path: Path) -> Make:
    """A collector beside a validator that does nothing of its own."""

    def make(kind: type[Collector]) -> Any:
        nothing = lambda *_, **__: None  # noqa: E731
        validator = SimpleNamespace(training=True, update_metrics=nothing, init_metrics=nothing, process=nothing)
        return kind(validator, str(tmp_path)), validator

    return make


def named(tmp_path: Path) -> list[str]:
    return [str(tmp_path / "images/val/a.png"), str(tmp_path / "images/val/b.png")]


def predictions(boxes: list[list[float]], scores: list[float], **more: Any) -> dict[str, Any]:
    classes = torch.arange(len(scores), dtype=torch.float32)
    return {"bboxes": torch.tensor(boxes).reshape(-1, 4), "cls": classes, "conf": torch.tensor(scores), **more}


def test_keypoints_come_back_to_the_original_image(collector: Make, tmp_path: Path) -> None:
    found, validator = collector(PoseCollector)
    points = torch.tensor([[[14.0 + 10, 7.0 + 20, 0.75], [14.0, 7.0, 0.25]]])
    pred = predictions([[14.0, 7.0, 24.0, 17.0]], [0.5], keypoints=points)
    nothing = predictions([], [], keypoints=torch.zeros((0, 2, 3)))
    validator.update_metrics([nothing, pred], BATCH | {"im_file": named(tmp_path)})
    columns, images = found.take()
    assert images == ["images/val/a.png", "images/val/b.png"]
    assert columns["image"] == ["images/val/b.png"]
    assert columns["keypoints"].tolist() == [[[20.0, 40.0, 0.75], [0.0, 0.0, 0.25]]]
    without = predictions([[14.0, 7.0, 24.0, 17.0]], [0.5], keypoints=points[..., :2])
    validator.update_metrics([without, nothing], BATCH | {"im_file": named(tmp_path)})
    assert found.take()[0]["keypoints"].tolist() == [[[20.0, 40.0, 1.0], [0.0, 0.0, 1.0]]]


def test_masks_are_made_again_at_the_size_of_the_image(collector: Make, tmp_path: Path) -> None:
    found, validator = collector(MaskCollector)
    validator.init_metrics(None)
    # One prototype, a quarter of the input's 128 x 64: positive in the right half of what is no padding.
    proto = torch.full((1, 16, 32), -4.0)
    proto[:, :, 16:] = 4.0
    coefficients = torch.tensor([[1.0], [-1.0], [1.0]])
    boxes = [[14.0, 7.0, 114.0, 57.0]] * 3
    scores = [0.9, MASK_SCORE, MASK_SCORE / 2]
    validator.process(proto, coefficients, torch.tensor(boxes), shape=[64, 128])
    validator.process(proto, coefficients[:0], torch.zeros((0, 4)), shape=[64, 128])
    validator.update_metrics([predictions(boxes, scores), predictions([], [])], BATCH | {"im_file": named(tmp_path)})
    columns, images = found.take()
    assert (len(images), columns["class_id"].tolist()) == (2, [0, 1])  # the third is below the least score
    right, left = (mask.decode({"size": [100, 200], "counts": counts}) for counts in columns["rle"])
    assert right[:, 104:].all()
    assert not right[:, :96].any()
    assert left[:, :96].all()
    assert not left[:, 104:].any()
    assert np.logical_or(right, left).mean() > 0.98
    assert found.min_score == MASK_SCORE


def test_a_mask_in_a_padded_batch_is_where_its_box_is(collector: Make, tmp_path: Path) -> None:
    found, validator = collector(MaskCollector)
    validator.init_metrics(None)
    # The same image in a batch of 160 x 96: 30 px left, 23 px above; a disc in the middle of the input, 32 px wide.
    batch = {
        "ori_shape": [(100, 200)],
        "ratio_pad": [((0.5, 0.5), (30.0, 23.0))],
        "img": torch.zeros((1, 3, 96, 160)),
        "im_file": named(tmp_path)[:1],
    }
    y, x = torch.meshgrid(torch.arange(24) - 11.5, torch.arange(40) - 19.5, indexing="ij")
    disc = (16.0 - (x**2 + y**2))[None]
    boxes = [[80.0 - 18, 48.0 - 18, 80.0 + 18, 48.0 + 18]]
    validator.process(disc, torch.ones((1, 1)), torch.tensor(boxes), shape=[96, 160])
    validator.update_metrics([predictions(boxes, [0.5])], batch)
    columns, _ = found.take()
    left, top, width, height = mask.to_bbox({"size": [100, 200], "counts": columns["rle"][0]})
    assert (left + width / 2, top + height / 2) == pytest.approx((100, 50), abs=1.5)
    assert (width, height) == pytest.approx((64, 64), abs=4)
    assert [columns[side][0] for side in "xywh"] == pytest.approx([64, 14, 72, 72])


def test_masks_of_several_batches_keep_to_their_images(collector: Make, tmp_path: Path) -> None:
    found, validator = collector(MaskCollector)
    validator.init_metrics(None)
    for folder, value in (("first", 4.0), ("second", -4.0)):
        for _ in range(2):
            validator.process(torch.full((1, 16, 32), value), torch.ones((1, 1)), torch.zeros((1, 4)), shape=[64, 128])
        one = predictions([[14.0, 7.0, 114.0, 57.0]], [0.5])
        validator.update_metrics([one, one], BATCH | {"im_file": [str(tmp_path / folder / n) for n in ("a", "b")]})
    columns, images = found.take()
    areas = [int(mask.area({"size": [100, 200], "counts": counts})) for counts in columns["rle"]]
    assert areas == [20_000, 20_000, 0, 0]
    assert len(images) == 4


def test_the_best_five_labels_of_each_image_are_kept(collector: Make, tmp_path: Path) -> None:
    found, validator = collector(LabelCollector)
    scores = torch.tensor([[0.05, 0.4, 0.1, 0.2, 0.15, 0.1], [0.9, 0.02, 0.02, 0.02, 0.02, 0.02]])
    validator.update_metrics(scores, {"im_file": named(tmp_path)[::-1]})
    columns, images = found.take()
    assert images == ["images/val/b.png", "images/val/a.png"]
    assert columns["image"] == ["images/val/b.png"] * 5 + ["images/val/a.png"] * 5
    assert columns["rank"].tolist() == [1, 2, 3, 4, 5] * 2
    assert columns["class_id"].tolist()[:3] == [1, 3, 4]
    assert columns["score"][:3] == pytest.approx([0.4, 0.2, 0.15])


def test_of_few_classes_all_labels_are_kept(collector: Make, tmp_path: Path) -> None:
    found, validator = collector(LabelCollector)
    validator.update_metrics(torch.tensor([[0.7, 0.3], [0.4, 0.6]]), {"im_file": named(tmp_path)})
    assert found.take()[0]["rank"].tolist() == [1, 2, 1, 2]
    assert found.take()[0]["rank"].tolist() == []


def test_a_closing_validation_is_no_epoch(collector: Make, tmp_path: Path) -> None:
    found, validator = collector(LabelCollector)
    validator.training = False
    validator.update_metrics(torch.tensor([[0.7, 0.3]]), {"im_file": named(tmp_path)[:1]})
    assert found.take()[1] == []


def test_an_image_that_a_sampler_gives_twice_counts_once(collector: Make, tmp_path: Path) -> None:
    found, validator = collector(LabelCollector)
    first, second = named(tmp_path)
    scores = torch.tensor([[0.7, 0.3], [0.4, 0.6], [0.7, 0.3]])
    validator.update_metrics(scores, {"im_file": [first, second, first]})
    columns, images = found.take()
    assert images == ["images/val/a.png", "images/val/b.png"]
    assert columns["image"] == ["images/val/a.png"] * 2 + ["images/val/b.png"] * 2
    assert columns["class_id"].tolist() == [0, 1, 1, 0]
    masks, validator = collector(MaskCollector)
    validator.init_metrics(None)
    for _ in range(2):
        for _ in range(2):
            validator.process(torch.full((1, 16, 32), 4.0), torch.ones((1, 1)), torch.zeros((1, 4)), shape=[64, 128])
        one = predictions([[14.0, 7.0, 114.0, 57.0]], [0.5])
        validator.update_metrics([one, one], BATCH | {"im_file": named(tmp_path)})
    columns, images = masks.take()
    assert (len(columns["rle"]), len(columns["score"]), len(images)) == (2, 2, 2)
