"""Whether the numbers of a trained model on a real dataset are those of the libraries that everybody trusts.

    python bench/agreement.py FOLDER [--epochs 20] [--size 256] [--model yolo11n] [--seed 0]

Reads a dataset in any format, trains Ultralytics' smallest model on it from scratch, predicts its validation images and
evaluates the predictions with Snellen and with pycocotools, torchmetrics, tidecv or scikit-learn. Prints every number
beside theirs, and Ultralytics' own for comparison. Exits with 1 if one differs by more than it may.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from snellen.contract.tasks import Task
from snellen.evaluation import Evaluation, KeypointSettings, class_overlap, error_types, evaluate, mask_overlap
from snellen.evaluation.average_precision import POSE_SUMMARY_KEYS, SUMMARY_KEYS
from snellen.formats import Snapshot, load_snapshot, read_folder, save_snapshot
from snellen.formats.export_yolo import export_yolo
from snellen.formats.path_map import PATH_MAP
from snellen.formats.prediction_checks import conform
from snellen.formats.predictions import RawPredictions, resolve
from snellen.storage import open_store
from snellen.storage.object_keys import file_key

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.evaluation import references
from tests.evaluation.random_sets import Set

OURS = {Task.DETECTION: "detect", Task.SEGMENTATION: "segment", Task.POSE: "pose", Task.CLASSIFICATION: "classify"}
ENDINGS = {Task.DETECTION: "", Task.SEGMENTATION: "-seg", Task.POSE: "-pose", Task.CLASSIFICATION: "-cls"}
KINDS = {Task.DETECTION: "bbox", Task.SEGMENTATION: "segm", Task.POSE: "keypoints"}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--task", choices=[str(task) for task in Task])
    parser.add_argument("--model", default="yolo11n")
    for name, default in (("epochs", 20), ("size", 256), ("seed", 0)):
        parser.add_argument(f"--{name}", type=int, default=default)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        snapshot, folder = prepared(wanted.folder, wanted.task, Path(place))
        task = Task(snapshot.info.task)
        start = time.perf_counter()
        model, theirs = trained(task, folder, wanted)
        print(f"{task}: {snapshot.info.images} images, trained {time.perf_counter() - start:.0f} s")
        found = predicted(model, task, folder, snapshot, wanted.size)
    d = Set(found.frame, *truth_of(snapshot, found.image_ids), snapshot.info.class_names)
    points = snapshot.info.keypoints
    keypoints = None if points is None or task is not Task.POSE else KeypointSettings.of(points["names"])
    ours = evaluate(task, d.predictions, d.objects, d.images, d.names, keypoints=keypoints)
    print(f"{found.frame.height:,} predictions on {len(found.image_ids)} images with {d.objects.height:,} objects\n")
    worst = 0.0
    for name, value, expected, most in compared(task, d, ours, keypoints):
        same = abs(value - expected) <= most or (math.isnan(value) and math.isnan(expected))
        worst = max(worst, 0.0 if same else math.inf)
        print(f"{name:34}{value:12.6f}{expected:12.6f}  within {most:g}: {'yes' if same else 'NO'}")
    print("\nUltralytics' own (its definitions are others):")
    for name, value in theirs.items():
        if name.startswith("metrics/"):
            print(f"{name:34}{'':12}{value:12.6f}")
    return 1 if worst else 0


def prepared(source: Path, task: str | None, place: Path) -> tuple[Snapshot, Path]:
    """The dataset as a snapshot, and exported for the framework."""
    store = open_store(str(place / "store"), create=True)
    reading = read_folder(source, task=task, keep=store)
    info = save_snapshot(reading.content, store, kept=True)
    snapshot = load_snapshot(store, info.hash)

    def fetch(files: list[tuple[str, Path]]) -> None:
        for sha256, target in files:
            target.write_bytes(store.get_bytes(file_key(sha256)))

    export_yolo(snapshot, place / "data", fetch)
    return snapshot, place / "data"


def trained(task: Task, folder: Path, wanted: argparse.Namespace) -> tuple[Any, dict[str, float]]:
    """A model of the framework, and what it says of itself on the validation images."""
    os.environ.update(YOLO_OFFLINE="1", YOLO_CONFIG_DIR=str(folder.parent))
    from ultralytics import YOLO, settings

    settings.update({"mlflow": False, "tensorboard": False, "sync": False})
    data = str(folder if task is Task.CLASSIFICATION else folder / "data.yaml")
    model = YOLO(f"{wanted.model}{ENDINGS[task]}.yaml", task=OURS[task])
    common: dict[str, Any] = {"data": data, "imgsz": wanted.size, "device": "cpu", "project": str(folder.parent)}
    model.train(epochs=wanted.epochs, seed=wanted.seed, plots=False, verbose=False, workers=2, **common)
    report = model.val(plots=False, verbose=False, **common)
    return model, dict(report.results_dict)


def predicted(model: Any, task: Task, folder: Path, snapshot: Snapshot, size: int) -> Any:
    """Everything that the model finds on the validation images, as a prediction set."""
    there = json.loads((folder / PATH_MAP).read_text(encoding="utf-8"))
    by_path = dict(snapshot.images.select("path", "image_id").iter_rows())
    split = dict(snapshot.images.select("path", "split").iter_rows())
    images = [name for name, path in there.items() if split[path] == "val"]
    columns: dict[str, list[Any]] = {}
    for name in images:
        one = model.predict(
            str(folder / name), imgsz=size, conf=0.001, max_det=300, retina_masks=True, verbose=False, device="cpu"
        )[0]
        for key, values in rows_of(one, task, model.names).items():
            columns.setdefault(key, []).extend(values)
        columns.setdefault("image", []).extend([name] * (len(columns["score"]) - len(columns.get("image", []))))
    raw = RawPredictions(conform(columns, "image", task), tuple(images), task)
    ids = {name: by_path[there[name]] for name in images}
    return resolve(raw, ids, class_count=len(snapshot.info.class_names), images=snapshot.images)


def rows_of(one: Any, task: Task, names: dict[int, str]) -> dict[str, list[Any]]:
    if task is Task.CLASSIFICATION:
        return {"class_id": list(one.probs.top5), "score": one.probs.top5conf.tolist()}
    boxes = one.boxes.xyxy.numpy().astype(np.float64)
    columns: dict[str, list[Any]] = {
        "class_id": one.boxes.cls.int().tolist(),
        "score": one.boxes.conf.tolist(),
        **dict(zip("xy", boxes[:, :2].T.tolist(), strict=True)),
        **dict(zip("wh", (boxes[:, 2:] - boxes[:, :2]).T.tolist(), strict=True)),
    }
    if task is Task.SEGMENTATION:
        from hotcoco import mask

        masks = [] if one.masks is None else one.masks.data.numpy() > 0.5
        columns["rle"] = [mask.encode(np.asfortranarray(m.astype(np.uint8)))["counts"].decode() for m in masks]
    if task is Task.POSE:
        columns["keypoints"] = one.keypoints.data.tolist()
    return columns


def truth_of(snapshot: Snapshot, image_ids: tuple[int, ...]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The objects and the sizes of the evaluated images."""
    here = pl.col("image_id").is_in(image_ids)
    objects = snapshot.objects.filter(here)
    unused = [name for name in ("rle", "keypoints") if objects[name].null_count() == objects.height]
    return objects.drop(unused), snapshot.images.filter(here)


def compared(
    task: Task, d: Set, ours: Evaluation, keypoints: KeypointSettings | None
) -> Iterator[tuple[str, float, float, float]]:
    """Names, our numbers, the others' and by how much they may differ."""
    if task is Task.CLASSIFICATION:
        yield from of_labels(d, ours)
        return
    sigmas = None if keypoints is None else keypoints.sigmas
    keys = POSE_SUMMARY_KEYS if task is Task.POSE else SUMMARY_KEYS
    coco = references.pycocotools(d, KINDS[task], sigmas)
    for key, expected in zip(keys, coco.stats, strict=True):
        yield f"{key} (pycocotools)", ours.metrics[key], expected, 1e-9
    for row, expected in zip(ours.per_class, coco.ap50_95, strict=True):
        value = math.nan if row["ap50_95"] is None else row["ap50_95"]
        yield f"AP of {row['class_name']}", value, expected, 1e-9
    found = error_types(task, d.predictions, d.objects, class_count=d.classes, images=d.images, sigmas=sigmas or ())
    tide = references.tidecv(d, KINDS[task], sigmas=sigmas or ())
    for name, delta in found.delta_ap.items():
        yield f"ΔAP of {name} (tidecv)", delta, tide.delta_ap[name], 1e-3
    if task is Task.SEGMENTATION:
        yield from of_pixels(d)


def of_pixels(d: Set) -> Iterator[tuple[str, float, float, float]]:
    import torch
    from torchmetrics.functional.classification import binary_f1_score, binary_jaccard_index

    iou, dice = class_overlap(mask_overlap(d.predictions, d.objects, d.images, score=0.25), d.classes)
    kept = d.predictions.filter(pl.col("score") >= pl.lit(0.25, dtype=pl.Float32))
    for i, name in enumerate(d.names):
        pixels = [
            torch.cat([torch.from_numpy(references.dense(d, frame, image, i).ravel()) for image in d.image_ids])
            for frame in (kept, d.objects)
        ]
        yield f"IoU of {name} (torchmetrics)", float(iou[i]), float(binary_jaccard_index(*pixels)), 1e-6
        yield f"Dice of {name} (torchmetrics)", float(dice[i]), float(binary_f1_score(*pixels)), 1e-6


def of_labels(d: Set, ours: Evaluation) -> Iterator[tuple[str, float, float, float]]:
    from sklearn import metrics

    first = d.predictions.filter(pl.col("rank") == 1).join(d.objects.select("image_id", true="class_id"), on="image_id")
    true, pred = first["true"].to_numpy(), first["class_id"].to_numpy()
    yield "top1 (scikit-learn)", ours.metrics["top1"], float(metrics.accuracy_score(true, pred)), 0.0
    classes = list(range(d.classes))
    expected = metrics.precision_recall_fscore_support(true, pred, labels=classes, zero_division=np.nan)
    for name, values in zip(("precision", "recall", "f1"), expected, strict=False):
        for row, value in zip(ours.per_class, values, strict=True):
            mine = math.nan if row[name] is None else row[name]
            yield f"{name} of {row['class_name']}", mine, float(value), 1e-15
        yield f"{name}, macro", ours.metrics[name], float(np.nanmean(values)), 1e-12
    matrix = metrics.confusion_matrix(true, pred, labels=classes)
    differing = int((ours.confusion.dense()[: d.classes, : d.classes] != matrix).sum())
    yield "cells of the matrix that differ", float(differing), 0.0, 0.0


if __name__ == "__main__":
    sys.exit(main())
