"""``snellen evaluate``: the numbers of files are those of pycocotools, whatever form the files have."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from snellen.cli.evaluate import evaluate_files
from snellen.contract.tasks import Task
from snellen.errors import DatasetInvalid, InvalidInput, PredictionsInvalid
from snellen.formats.predictions import write_predictions, write_raw

from ..evaluation import random_sets, references  # noqa: TID252 - tests are no package
from .conftest import run

KINDS = {Task.DETECTION: "bbox", Task.SEGMENTATION: "segm", Task.POSE: "keypoints"}
Sets = Callable[..., Any]


def made(task: Task) -> Any:
    shape = {"images": 8, "objects": 20, "predictions": 60, "crowds": 0.1}
    if task is Task.POSE:
        return random_sets.poses(3, 4, **shape)
    return random_sets.masks(3, **shape) if task is Task.SEGMENTATION else random_sets.boxes(3, **shape)


def truth_of(d: Any, names: tuple[str, ...] = ()) -> dict[str, Any]:
    document = references.coco_truth(d)
    for category in document["categories"]:
        category |= {"keypoints": list(names)} if names else {}
    for image in document["images"]:
        image["file_name"] = f"{image['id']}.png"
    return document


def write(folder: Path, truth: Any, found: Any) -> dict[str, Path]:
    (folder / "truth.json").write_text(json.dumps(truth))
    (folder / "found.json").write_text(json.dumps(found))
    return {"truth": folder / "truth.json", "predictions": folder / "found.json"}


@pytest.fixture
def document(capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """What the command prints with ``--json``."""

    def make(**options: Any) -> Any:
        evaluate_files(**options, as_json=True)
        return json.loads(capsys.readouterr().out, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))

    return make


@pytest.mark.parametrize("task", KINDS)
def test_coco_files_give_the_numbers_of_pycocotools(tmp_path: Path, document: Sets, task: Task) -> None:
    d, names = made(task), ("a", "b", "c", "d") if task is Task.POSE else ()
    files = write(tmp_path, truth_of(d, names), references.coco_results(d, KINDS[task]))
    answer = document(**files, errors=True)
    sigmas = [0.25] * 4 if names else None
    expected = references.pycocotools(d, KINDS[task], sigmas).stats
    metrics = answer["metrics"]
    assert (answer["task"], answer["images"]) == (task, 8)
    assert [metrics[key] for key in ("mAP50-95", "mAP50", "mAP75")] == pytest.approx(expected[:3], abs=1e-9)
    assert metrics["AR20" if names else "AR100"] == pytest.approx(expected[5 if names else 8], abs=1e-9)
    assert {"mIoU", "Dice"} <= set(metrics) or task is not Task.SEGMENTATION
    assert set(answer["errors"]["counts"]) == {"Cls", "Loc", "Both", "Dupe", "Bkg", "Miss"}
    assert answer.get("sigmas") == sigmas


@pytest.mark.parametrize("task", list(KINDS))
def test_sets_in_parquet_give_what_json_gives(tmp_path: Path, document: Sets, task: Task) -> None:
    d, names = made(task), ("a", "b", "c", "d") if task is Task.POSE else ()
    files = write(tmp_path, truth_of(d, names), references.coco_results(d, KINDS[task]))
    expected = document(**files)
    boxes = d.predictions
    if task is not Task.DETECTION:  # results of masks and poses have no boxes of their own
        expected["metrics"] = {k: v for k, v in expected["metrics"].items() if not k.endswith("-box")}
    final, raw = tmp_path / "final.parquet", tmp_path / "raw.parquet"
    coco = boxes.with_columns(pl.col("image_id") + 1)  # the ids that the JSON has
    write_predictions(final, coco, image_ids=[i + 1 for i in d.image_ids], task=task)
    named = coco.with_columns((pl.col("image_id").cast(pl.String) + ".png").alias("image")).drop("image_id")
    write_raw(raw, named, images=[f"{i + 1}.png" for i in d.image_ids], task=task, min_score=0, max_per_image=10_000)
    for path in (final, raw):
        answer = document(truth=files["truth"], predictions=path)
        assert {k: answer["metrics"][k] for k in expected["metrics"]} == expected["metrics"]
        assert answer["confusion_matrix"] == expected["confusion_matrix"]


def test_labels_of_images_as_json(tmp_path: Path, document: Sets) -> None:
    d = random_sets.labels(5, images=40, classes=7)
    keys = ("image_id", "category_id", "score")
    found = [dict(zip(keys, row, strict=True)) for row in d.predictions.select("image_id", "class_id", "score").rows()]
    true = [dict(zip(keys, row, strict=False)) for row in d.objects.select("image_id", "class_id").rows()]
    truth = {"images": [{"id": i} for i in d.image_ids], "categories": [{"id": i} for i in range(7)]}
    files = write(tmp_path, truth | {"annotations": true}, found)
    answer = document(**files, task="classification")
    first = d.predictions.filter(pl.col("rank") == 1).join(d.objects.select("image_id", true="class_id"), on="image_id")
    assert answer["metrics"]["top1"] == (first["class_id"] == first["true"]).sum() / 40
    five = d.predictions.join(d.objects.select("image_id", "class_id"), on=["image_id", "class_id"])
    assert answer["metrics"]["top5"] == five.height / 40
    with pytest.raises(InvalidInput, match="expected one of detection"):
        evaluate_files(**files, task="juggling")


def test_for_people_there_are_tables(tmp_path: Path) -> None:
    d = made(Task.POSE)
    files = write(tmp_path, truth_of(d, ("a", "b", "c", "d")), references.coco_results(d, "keypoints"))
    answer = run("evaluate", "--truth", str(files["truth"]), "--predictions", str(files["predictions"]), "--errors")
    assert answer.returncode == 0, answer.stderr
    for text in ("pose: 8 images", "score 0.25, OKS 0.5", "mAP50-95", "PCK", "best_score", "keypoint", "Loc"):
        assert text in answer.stdout


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"image_id": 99}, r"results\[1\].image_id: got 99, which the truth doesn't have"),
        ({"category_id": 99}, r"results\[1\].category_id: got 99"),
        ({"bbox": [1, 2, 3]}, r"results\[1\]: bbox: got \[1.0, 2.0, 3.0\]"),
        ({"bbox": [1, 2, -3, 4]}, "row 1: w is -3.0; expected no negative size"),
        ({"score": 1.5}, "row 1: score is 1.5; expected a number from 0 to 1"),
        ({"score": None}, "result 1 has no score"),
        ({"bbox": None}, r"results\[1\]: got no bbox"),
        ({"bbox": "1 2 3 4"}, "expected COCO results"),
    ],
)
def test_wrong_results_are_named(tmp_path: Path, change: dict[str, Any], named: str) -> None:
    d = made(Task.DETECTION)
    results = references.coco_results(d, "bbox")
    results[1] |= change
    with pytest.raises(PredictionsInvalid, match=named):
        evaluate_files(**write(tmp_path, truth_of(d), results))


def test_wrong_files_are_named(tmp_path: Path) -> None:
    d = made(Task.DETECTION)
    files = write(tmp_path, truth_of(d), references.coco_results(d, "bbox"))
    for text, named in (("[1, 2", "expected COCO annotations"), ('{"images": []}', "missing required field")):
        broken = tmp_path / "broken.json"
        broken.write_text(text)
        with pytest.raises(DatasetInvalid, match=named):
            evaluate_files(truth=broken, predictions=files["predictions"])
    with pytest.raises(DatasetInvalid, match="no such file or folder"):
        evaluate_files(truth=tmp_path / "nothing", predictions=files["predictions"])
    with pytest.raises(DatasetInvalid, match="no whole snapshot"):
        evaluate_files(truth=tmp_path, predictions=files["predictions"])
    short = tmp_path / "short.parquet"
    write_predictions(short, d.predictions, image_ids=d.image_ids)
    short.write_bytes(short.read_bytes()[:-30])
    with pytest.raises(PredictionsInvalid, match="no whole Parquet file"):
        evaluate_files(truth=files["truth"], predictions=short)
    posed = tmp_path / "posed.parquet"
    write_predictions(posed, made(Task.POSE).predictions, image_ids=d.image_ids, task=Task.POSE)
    with pytest.raises(PredictionsInvalid, match="of pose, expected one of detection"):
        evaluate_files(truth=files["truth"], predictions=posed, task="detection")
    for option, value, named in (("sigmas", "a,b", "with commas"), ("score", 2, "from 0 to 1"), ("iou", 5, "0 to 1")):
        options: dict[str, Any] = {option: value}
        with pytest.raises(InvalidInput, match=named):
            evaluate_files(**files, **options)


def test_what_is_wrong_is_a_clear_line_and_a_status(tmp_path: Path) -> None:
    d = made(Task.DETECTION)
    results = references.coco_results(d, "bbox")
    results[7]["score"] = 7
    files = write(tmp_path, truth_of(d), results)
    answer = run("evaluate", "--truth", str(files["truth"]), "--predictions", str(files["predictions"]), "--json")
    assert (answer.returncode, answer.stdout) == (1, "")
    assert answer.stderr.startswith("snellen: predictions: row 7: score is 7.0; expected a number from 0 to 1\n")


def test_without_truth_numbers_are_undefined(tmp_path: Path, document: Sets) -> None:
    d = made(Task.DETECTION)
    answer = document(**write(tmp_path, truth_of(d) | {"annotations": []}, []), errors=True)
    assert (answer["images"], answer["metrics"]["mAP50-95"], answer["metrics"]["recall"]) == (8, "NaN", "NaN")


def test_a_snapshots_tables_are_a_truth(
    tmp_path: Path, document: Sets, digits_snapshot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr("snellen.cli.evaluate.tell", told.append)
    images = pl.read_parquet(digits_snapshot / "images.parquet").filter(pl.col("split") == "val")
    objects = pl.read_parquet(digits_snapshot / "objects.parquet").filter(
        pl.col("image_id").is_in(images["image_id"].implode())
    )
    results = [
        {"image_id": o["image_id"], "category_id": o["class_id"] + 1, "bbox": [o[s] for s in "xywh"], "score": 0.5}
        for o in objects.to_dicts()
    ]
    (tmp_path / "found.json").write_text(json.dumps(results))
    answer = document(truth=digits_snapshot / "objects.parquet", predictions=tmp_path / "found.json", split="val")
    assert answer["images"] == images.height
    assert answer["metrics"]["mAP50-95"] == pytest.approx(1.0)
    assert told == []
    whole = document(truth=digits_snapshot, predictions=tmp_path / "found.json")
    assert "no predictions on the 4 images of train" in told[-1]
    assert math.isclose(
        whole["metrics"]["recall"], objects.height / pl.read_parquet(digits_snapshot / "objects.parquet").height
    )
    part = document(truth=digits_snapshot, predictions=tmp_path / "found.json", split="train")
    assert (part["images"], part["metrics"]["recall"], part["best_operating_point"]["f"]) == (4, 0, 0)
    with pytest.raises(DatasetInvalid, match="split: got 'dev'"):
        evaluate_files(truth=digits_snapshot, predictions=tmp_path / "found.json", split="dev")


@pytest.fixture
def digits_snapshot(tmp_path: Path) -> Path:
    """The folder of a snapshot in a store."""
    from snellen.cli.digits import write_digits
    from snellen.formats import read_folder, save_snapshot
    from snellen.storage import open_store
    from snellen.storage.object_keys import snapshot_prefix

    write_digits(tmp_path / "digits", train=4, val=3, size=96)
    store = open_store(str(tmp_path / "store"), create=True)
    info = save_snapshot(read_folder(tmp_path / "digits").content, store)
    return tmp_path / "store" / snapshot_prefix(info.hash)
