"""``ctx.log_predictions``: what frameworks give becomes a set; what doesn't fit is told and raises nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch

from snellen.contract.folder import JobFolder
from snellen.contract.spec import DatasetRef, JobSpec
from snellen.contract.tasks import Task, default_primary
from snellen.formats.masks import measure_rle
from snellen.formats.predictions import RawPredictions, read_raw
from snellen.sdk import JobContext

MakeContext = Callable[[Task], JobContext]
IMAGES = ["images/val/a.png", "images/val/b.png"]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[MakeContext]:
    """A job of a task with two images, 8 x 6 and 4 x 4 px, and three classes."""
    opened: list[JobContext] = []

    def begin(task: Task) -> JobContext:
        folder = JobFolder(tmp_path / "job")
        spec = JobSpec(
            job_id=1, attempt=1, name="own", trainer="script", task=task, model="own", epochs=3,
            primary_metric=default_primary(task), dataset=DatasetRef(1, "own", "0" * 64, ("cat", "dog", "owl")),
        )  # fmt: skip
        folder.create(spec)
        folder.dataset.mkdir()
        path_map = {name: f"there/{name}" for name in IMAGES}
        (folder.dataset / "path_map.json").write_text(json.dumps(path_map))
        table = {"path": list(path_map.values()), "height": [6, 4], "width": [8, 4]}
        pl.DataFrame(table).write_parquet(folder.dataset / "images.parquet")
        opened.append(JobContext(folder))
        return opened[-1]

    yield begin
    for ctx in opened:
        ctx.close()


def events(ctx: JobContext) -> list[dict[str, Any]]:
    return [json.loads(line) for line in ctx.folder.events.read_text().splitlines()]


def stored(ctx: JobContext) -> RawPredictions:
    (event,) = events(ctx)
    return read_raw(ctx.folder.root / event["predictions_path"])


def rows(raw: RawPredictions, *columns: str) -> list[tuple[Any, ...]]:
    return raw.frame.select(columns).rows()


@pytest.mark.parametrize("kind", [list, np.array, torch.tensor])
@pytest.mark.parametrize(
    ("box_format", "box"), [("xyxy", [1, 2, 4, 6]), ("xywh", [1, 2, 3, 4]), ("cxcywh", [2.5, 4, 3, 4])]
)
def test_boxes_come_in_three_formats_from_any_framework(
    make: MakeContext, kind: Callable[[Any], Any], box_format: str, box: list[float]
) -> None:
    ctx = make(Task.DETECTION)
    one = {"boxes": kind([box, box]), "scores": kind([0.25, 0.5]), "labels": kind([1, 3])}
    none = {"boxes": kind([]), "scores": kind([]), "labels": kind([])}
    ctx.log_predictions(
        2, images=[ctx.dataset_dir / IMAGES[0], IMAGES[1]], predictions=[one, none], box_format=box_format,
        first_label=1, metrics={"val/loss": 0.5}, overall_loss=0.5,
    )  # fmt: skip
    (event,) = events(ctx)
    assert (event["epoch"], event["metrics"], event["overall_loss"]) == (2, {"val/loss": 0.5}, 0.5)
    assert stored(ctx).images == tuple(IMAGES)
    expected = [(IMAGES[0], 2, 0.5, 1, 2, 3, 4), (IMAGES[0], 0, 0.25, 1, 2, 3, 4)]
    assert rows(stored(ctx), "image", "class_id", "score", "x", "y", "w", "h") == expected


def test_tensors_of_every_kind_are_taken(make: MakeContext) -> None:
    ctx = make(Task.DETECTION)
    scores = torch.tensor([0.5], dtype=torch.bfloat16, requires_grad=True)
    one = {"boxes": [torch.tensor([1.0, 2.0, 3.0, 4.0])], "scores": scores, "labels": torch.tensor([0])}
    ctx.log_predictions(1, images=IMAGES[:1], predictions=[one], box_format="xywh")
    assert rows(stored(ctx), "score", "x", "h") == [(0.5, 1.0, 4.0)]


@pytest.mark.parametrize("shape", [(2, 6, 8), (2, 1, 6, 8)])
@pytest.mark.parametrize("kind", [bool, np.uint8, np.float32])
def test_masks_are_kept_with_the_boxes_around_them(make: MakeContext, shape: tuple[int, ...], kind: Any) -> None:
    ctx = make(Task.SEGMENTATION)
    masks = np.zeros((2, 6, 8))
    masks[0, 1:3, 2:7] = masks[1, 4, 0] = 1
    if kind is np.float32:
        masks = masks * 0.6 + 0.2
    one = {"masks": masks.reshape(shape).astype(kind), "scores": [0.5, 0.75], "labels": [0, 1]}
    none = {"masks": np.zeros((0, 4, 4)), "scores": [], "labels": []}
    ctx.log_predictions(1, images=IMAGES, predictions=[one, none])
    found = rows(stored(ctx), "class_id", "x", "y", "w", "h", "rle")
    assert [row[:5] for row in found] == [(1, 0, 4, 1, 1), (0, 2, 1, 5, 2)]
    assert [measure_rle(row[5], height=6, width=8)[0] for row in found] == [1, 10]


def test_poses_may_come_without_boxes(make: MakeContext) -> None:
    ctx = make(Task.POSE)
    points = torch.tensor([[[1.0, 2, 0.5], [4, 1, 1]], [[0, 0, 0], [2, 3, 1]]])
    one = {"keypoints": points, "scores": torch.tensor([0.5, 0.25]), "labels": torch.tensor([0, 0])}
    ctx.log_predictions(1, images=IMAGES[:1], predictions=[one])
    found = rows(stored(ctx), "x", "y", "w", "h", "keypoints")
    assert found[0] == (1, 1, 3, 1, [[1, 2, 0.5], [4, 1, 1]])
    assert found[1][:4] == (0, 0, 2, 3)


def test_of_probabilities_the_best_five_are_kept(make: MakeContext) -> None:
    ctx = make(Task.CLASSIFICATION)
    ctx.log_predictions(1, images=IMAGES, probabilities=torch.tensor([[0.2, 0.7, 0.1], [0.4, 0.4, 0.2]]))
    found = rows(stored(ctx), "image", "rank", "class_id")
    assert found == [(name, rank, c) for name, order in zip(IMAGES, ((1, 0, 2), (0, 1, 2)), strict=True)
                     for rank, c in enumerate(order, 1)]  # fmt: skip


def test_what_is_below_the_score_or_beyond_the_best_is_left_out_before_masks_are_made(make: MakeContext) -> None:
    ctx = make(Task.SEGMENTATION)
    masks = np.ones((400, 6, 8), dtype=bool)
    scores = np.linspace(0.0, 0.9, 400)
    ctx.log_predictions(
        1, images=IMAGES[:1], predictions=[{"masks": masks, "scores": scores, "labels": [0] * 400}], min_score=0.5
    )
    found = stored(ctx).frame["score"]
    assert (found.min(), len(found)) == (pytest.approx(0.5, abs=0.01), (scores >= 0.5).sum())


ONE = {"boxes": [[1, 2, 3, 4]], "scores": [0.5], "labels": [0]}
MASK = {"masks": np.ones((1, 6, 8), dtype=bool), "scores": [0.5], "labels": [0]}
POSE = {"keypoints": [[[1, 2, 1]]], "scores": [0.5], "labels": [0]}


@pytest.mark.parametrize(
    ("task", "change", "named"),
    [
        (Task.DETECTION, {"boxes": [[1, 2, 3, 4, 5]]}, "boxes: got an array [1, 5], expected [1, 4]"),
        (Task.DETECTION, {"boxes": [[1, 2, 3, 4]] * 2}, "boxes: got an array [2, 4], expected [1, 4]"),
        (Task.DETECTION, {"boxes": [[1, 2, 3, np.nan]]}, "boxes: not all are finite"),
        (Task.DETECTION, {"boxes": [[1, 2, -3, 4]]}, "boxes: got [1.0, 2.0, -3.0, 4.0] as xywh, which has a negative"),
        (Task.DETECTION, {"boxes": None}, "boxes: not there"),
        (Task.DETECTION, {"boxes": [["a"] * 4]}, "boxes: got an array of <U1, expected numbers"),
        (Task.DETECTION, {"boxes": [[1, 2], [3]]}, "boxes: no array can be made of it"),
        (Task.DETECTION, {"scores": [1.5]}, "scores: got 1.5, expected 0 to 1"),
        (Task.DETECTION, {"scores": [np.nan]}, "scores: got nan, expected 0 to 1"),
        (Task.DETECTION, {"scores": None}, "scores: not there; got boxes, scores, labels"),
        (Task.DETECTION, {"labels": [3]}, "labels: got 3, expected 0 to 2 (the first class is 0; first_label says"),
        (Task.DETECTION, {"labels": [0.5]}, "labels: got 0.5, expected 0 to 2"),
        (Task.DETECTION, {"labels": [[0]]}, "labels: got an array [1, 1], expected [1]"),
        (Task.SEGMENTATION, {"masks": None}, "masks: not there; expected an array [n, H, W]"),
        (Task.SEGMENTATION, {"masks": np.ones((1, 8, 6))}, "[1, 8, 6], expected [1, 6, 8], the size of the image"),
        (Task.SEGMENTATION, {"masks": np.ones((2, 6, 8))}, "masks: got an array [2, 6, 8], expected [1, 6, 8]"),
        (Task.POSE, {"keypoints": [[[1, 2]]]}, "keypoints: got an array [1, 1, 2], expected [1, n, 3]"),
        (Task.POSE, {"keypoints": [[[1, np.inf, 1]]]}, "keypoints: not all are finite"),
    ],
)
def test_what_does_not_fit_is_told_with_its_epoch_and_image_and_the_metrics_stay(
    make: MakeContext, task: Task, change: dict[str, Any], named: str
) -> None:
    ctx = make(task)
    wrong = {Task.DETECTION: ONE, Task.SEGMENTATION: MASK, Task.POSE: POSE}[task] | change
    right = dict.fromkeys(("boxes", "scores", "labels", "keypoints"), ()) | {"masks": np.zeros((0, 6, 8))}
    ctx.log_predictions(
        7, images=IMAGES, predictions=[right, wrong][::-1], box_format="xywh", metrics={"val/loss": 1.0}
    )
    told, validation = events(ctx)
    assert told["level"] == "warning"
    assert told["lines"][0].startswith(f"the predictions of epoch 7 are left out: image {IMAGES[0]!r}: ")
    assert named in told["lines"][0]
    assert (validation["metrics"], "predictions_path" in validation) == ({"val/loss": 1.0}, False)


@pytest.mark.parametrize(
    ("task", "given", "named"),
    [
        (Task.DETECTION, {"predictions": [ONE]}, "got predictions of 1 images, expected one for each of 2"),
        (Task.DETECTION, {"predictions": ONE}, "got one mapping, expected a list"),
        (Task.DETECTION, {"predictions": [ONE, 3]}, "image 'images/val/b.png': got a int, expected a mapping"),
        (Task.DETECTION, {"predictions": [ONE, ONE], "box_format": None}, "box_format: not said; expected 'xyxy'"),
        (Task.DETECTION, {"predictions": [ONE, ONE], "box_format": "yxyx"}, "box_format: got 'yxyx', expected one of"),
        (Task.DETECTION, {"probabilities": [[1, 0, 0]] * 2}, "for detection, predictions are expected"),
        (Task.DETECTION, {"images": ["a.png"], "predictions": [ONE]}, "'a.png' is not in the dataset"),
        (Task.DETECTION, {"images": IMAGES[:1] * 2, "predictions": [ONE] * 2}, "'images/val/a.png' is there twice"),
        (Task.DETECTION, {"images": 3, "predictions": [ONE]}, "TypeError: 'int' object is not iterable"),
        (Task.CLASSIFICATION, {"predictions": [ONE]}, "a classifier's predictions are its probabilities"),
        (Task.CLASSIFICATION, {"probabilities": [[1, 0]] * 2}, "got an array [2, 2], expected [2, 3]: images, classes"),
        (Task.CLASSIFICATION, {"probabilities": [[1, 0, 0], [-2, 3, 1]]}, "got -2, expected 0 to 1 (apply a softmax"),
        (Task.CLASSIFICATION, {"probabilities": [[1, 0, 0], [np.nan, 0, 1]]}, "'images/val/b.png': probabilities: got"),
    ],
)
def test_what_is_wrong_with_all_of_them_is_told_too(
    make: MakeContext, task: Task, given: dict[str, Any], named: str
) -> None:
    ctx = make(task)
    ctx.log_predictions(1, **({"images": IMAGES, "box_format": "xywh"} | given))
    told, validation = events(ctx)
    assert named in told["lines"][0]
    assert validation["epoch"] == 1


def test_images_that_snellen_does_not_hold_are_not_looked_up(tmp_path: Path) -> None:
    folder = JobFolder(tmp_path / "job")
    folder.create(JobSpec(1, 1, "own", "script", Task.SEGMENTATION, "own", 1, default_primary(Task.SEGMENTATION)))
    ctx = JobContext(folder)
    ctx.log_predictions(1, images=["a.png"], predictions=[MASK | {"labels": [70]}])
    assert rows(stored(ctx), "image", "class_id", "w") == [("a.png", 70, 8.0)]
    ctx.close()


def test_a_path_through_a_link_and_a_score_a_hair_above_one_are_taken(make: MakeContext, tmp_path: Path) -> None:
    ctx = make(Task.CLASSIFICATION)
    (tmp_path / "link").symlink_to(ctx.dataset_dir)
    probabilities = [[1.0000001, 0.0, 0.0], [0.0, 1.0, 0.0]]
    ctx.log_predictions(1, images=[tmp_path / "link" / name for name in IMAGES], probabilities=probabilities)
    assert stored(ctx).images == tuple(IMAGES)
    assert stored(ctx).frame["score"].max() == 1.0


@pytest.mark.parametrize(
    ("epoch", "images", "said"),
    [
        (None, IMAGES, "a validation came without an epoch; left out"),
        (1, IMAGES[0], "images: got the text 'images/val/a.png', expected a list of paths"),
    ],
)
def test_a_missing_epoch_and_a_lone_path_are_told(make: MakeContext, epoch: Any, images: Any, said: str) -> None:
    ctx = make(Task.CLASSIFICATION)
    ctx.log_predictions(epoch, images=images, probabilities=[[1.0, 0.0, 0.0]])
    assert any(said in line for event in events(ctx) for line in event.get("lines", []))


def test_a_keypoints_score_beyond_one_is_told_with_its_image(make: MakeContext) -> None:
    ctx = make(Task.POSE)
    pose = {"keypoints": [[[1, 2, 7.5]]], "scores": [0.5], "labels": [0]}
    ctx.log_predictions(1, images=IMAGES, predictions=[pose, pose], metrics={"a": 1})
    (told, kept) = events(ctx)
    assert "image 'images/val/a.png': keypoints: their scores, the third number: got 7.5" in told["lines"][0]
    assert kept["metrics"] == {"a": 1}
