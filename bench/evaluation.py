"""How fast a COCO-sized prediction set is evaluated and explored, and how that grows.

    python bench/evaluation.py [--images 5000 --objects 36000 --predictions 490000 --classes 80] [--no-reference]
                               [--no-large]

The data are random but shaped like a detector's: most predictions lie near an object, some images are full. First
at the size of COCO's validation set, beside pycocotools and bare hotcoco; then at 100,000 images and 3,000,000
predictions.
Prints a line for each step, and last each limit and whether it is kept; the exit status says so too.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from snellen import evaluation
from snellen.contract.tasks import Task
from snellen.evaluation.average_precision import average_precision
from snellen.formats import SnapshotInfo
from snellen.formats.predictions import QUICK, read_predictions, write_predictions
from snellen.server.datasets.frames import SnapshotFrames
from snellen.server.validation import explore, figures, listing
from snellen.server.validation.frames import ResultFrames, ResultSource
from snellen.server.validation.wanted import Wanted
from snellen.storage import object_keys, open_store

SNAPSHOT = "0" * 64
LARGE = {"images": 100_000, "objects": 720_000, "predictions": 3_000_000}
MATRIX_MS, COLD_MS, WARM_MS, SLIDER_MS = 100.0, 50.0, 20.0, 1000.0
FASTER_THAN_PYCOCOTOOLS, TIMES_BARE_HOTCOCO = 40.0, 8.0

#: What is compared between the sizes: a step may take so many times longer as there is more of what it works on.
Times = dict[str, float]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("images", 5_000), ("objects", 36_000), ("predictions", 490_000), ("classes", 80)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--no-reference", action="store_true", help="leave pycocotools out (it takes a minute)")
    parser.add_argument("--no-large", action="store_true", help="leave the large size out")
    wanted = parser.parse_args()
    size = {name: getattr(wanted, name) for name in ("images", "objects", "predictions")}
    verdicts: list[bool] = []

    def limit(what: str, value: float, most: float, unit: str) -> None:
        kept = value <= most if unit != "times" else value >= most
        verdicts.append(kept)
        print(f"{what:52}{value:9.1f} {unit:6} (limit {most:.0f}) {'kept' if kept else 'NOT KEPT'}")

    times, ap, seconds = measure(size, wanted.classes, reference=not wanted.no_reference)
    print()
    if not wanted.no_reference:
        limit("set on disk to AP, quicker than pycocotools", seconds / times["set on disk to AP"] * 1e3, *_faster())
        print(f"  the same mAP50-95 {ap:.6f}; pycocotools, in memory: {seconds:.1f} s")
    ratio = times["set on disk to everything stored"] / times["bare hotcoco AP"]
    limit("set on disk to everything stored / bare hotcoco AP", ratio, TIMES_BARE_HOTCOCO, "")
    limit("matrix at a new score", times["matrix at a new score"], MATRIX_MS, "ms")
    limit("first page behind a cell, of another epoch", times["page: another epoch"], COLD_MS, "ms")
    limit("first page behind a cell, new thresholds", times["page: new thresholds"], COLD_MS, "ms")
    limit("first page behind a cell, again", times["page: again"], WARM_MS, "ms")
    if not wanted.no_large:
        print()
        large, _, _ = measure(LARGE, wanted.classes, reference=False)
        print()
        more = max(LARGE[name] / size[name] for name in size)
        print(
            f"{LARGE['predictions'] / size['predictions']:.1f} times the predictions, {more:.0f} times the images took:"
        )
        for name, value in large.items():
            limit(f"  {name}", value / max(times[name], 0.1), more, "x")
        for name in ("matrix at a new score", "page: new thresholds"):
            limit(f"{name}, large", large[name], SLIDER_MS, "ms")
    return 0 if all(verdicts) else 1


def _faster() -> tuple[float, str]:
    return FASTER_THAN_PYCOCOTOOLS, "times"


def measure(size: dict[str, int], classes: int, *, reference: bool) -> tuple[Times, float, float]:
    """Milliseconds of each step; mAP50-95, and with `reference` the seconds that pycocotools takes for it."""
    found, objects = detector_like(size["images"], size["objects"], size["predictions"], classes)
    images = pl.DataFrame(
        {
            "image_id": range(size["images"]),
            "path": [f"images/val/{i:06d}.jpg" for i in range(size["images"])],
            "split": ["val"] * size["images"],
            "width": [640] * size["images"],
            "height": [640] * size["images"],
        }
    )
    names, times = [str(i) for i in range(classes)], Times()
    print(f"{found.height:,} predictions, {objects.height:,} objects, {images.height:,} images, {classes} classes")

    def timed(what: str, work: Callable[[], Any], rounds: int = 3) -> Any:
        done = [clock(work) for _ in range(rounds)]
        times[what] = statistics.median(seconds for _, seconds in done) * 1e3
        print(f"  {what:34}{times[what]:9.1f} ms")
        return done[0][0]

    memory = Path("/dev/shm")  # noqa: S108 - the disk of a busy machine is not what is measured
    place = memory if memory.is_dir() and os.access(memory, os.W_OK) else None
    rounds = 3 if found.height < 1_000_000 else 1
    with tempfile.TemporaryDirectory(dir=place) as folder:
        predictions, matches = Path(folder, "predictions.parquet"), Path(folder, "matches.parquet")
        write_predictions(predictions, found, image_ids=range(images.height))
        timed("bare hotcoco AP", lambda: bare_hotcoco(found, objects, images.height, classes), rounds)
        ap = timed(
            "set on disk to AP",
            lambda: average_precision(read_predictions(predictions).frame, objects, images["image_id"], classes),
            rounds,
        ).summary["mAP50-95"]
        table = timed("match at 18 IoUs", lambda: evaluation.match_boxes(found, objects), rounds)

        def everything() -> None:
            frame = read_predictions(predictions).frame
            evaluation.evaluate(Task.DETECTION, frame, objects, images, names)

        timed("set on disk to everything stored", everything, rounds)
        table.write_parquet(matches, compression=QUICK)
        for what, path in (("prediction set", predictions), ("match table", matches)):
            print(f"  {what + ' on disk':34}{path.stat().st_size / 2**20:9.1f} MiB")
        write_snapshot(Path(folder), images, objects, names)
        explored(folder, names, timed)
    timed("error types (TIDE), when asked for", lambda: error_types(found, objects, classes), 1)
    print(f"  {'peak memory':34}{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10:9.0f} MiB")
    seconds = 0.0
    if reference:
        theirs, seconds = clock(lambda: pycocotools_ap(found, objects, images.height, classes))
        assert abs(theirs - ap) < 1e-9, (theirs, ap)
    return times, ap, seconds


def explored(folder: str, names: list[str], timed: Callable[..., Any]) -> None:
    """What a person waits for who moves a slider or opens a cell, without HTTP."""
    store = open_store(folder)
    source = ResultSource(1, 1, "detection", tuple(names), 1, SNAPSHOT, "predictions.parquet", "matches.parquet", None)

    def cell(kept: ResultFrames, score: float, true: int = 3) -> Any:
        wanted = Wanted(true=true, pred=len(names))
        return listing.images(kept.get(source), wanted, conf=score, iou=0.5, sort="worst", limit=60, offset=0)

    timed("page: server just started", lambda: cell(ResultFrames(store, SnapshotFrames(store)), 0.25), 5)
    snapshots = SnapshotFrames(store)
    snapshots.get(SNAPSHOT)
    # What whoever looked at any epoch of the job has in memory is the truth; the epoch's own files are on disk.
    timed("page: another epoch", lambda: cell(ResultFrames(store, snapshots), 0.25), 9)
    kept = ResultFrames(store, snapshots)
    frames = kept.get(source)
    scores = iter(np.linspace(0.01, 0.9, 40).tolist())
    timed("page: new thresholds", lambda: cell(kept, next(scores)), 5)
    timed("page: again", lambda: cell(kept, 0.25), 5)
    timed("page: another cell", lambda: cell(kept, 0.25, 5), 5)
    timed("matrix at a new score", lambda: explore.matrix(frames, conf=next(scores), iou=0.5), 15)
    timed("matrix at the lowest score", lambda: explore.matrix(frames, conf=0.001, iou=0.5), 1)
    timed("curves", lambda: figures.curves(frames, class_id=None, iou=0.5))
    timed("operating points", lambda: figures.operating_points(frames, iou=0.5, beta=1.0))
    timed("calibration", lambda: figures.calibration(frames, conf=next(scores), iou=0.5, bins=10))


def write_snapshot(folder: Path, images: pl.DataFrame, objects: pl.DataFrame, names: list[str]) -> None:
    """The tables of a snapshot where the server looks for them."""
    place = folder / object_keys.snapshot_prefix(SNAPSHOT)
    place.mkdir(parents=True)
    images.write_parquet(place / "images.parquet")
    objects.write_parquet(place / "objects.parquet")
    info = SnapshotInfo(SNAPSHOT, "detection", names, images.height, {"val": images.height}, objects.height, [], 0)
    (place / "snapshot.json").write_text(json.dumps(info.as_dict()))


def error_types(found: pl.DataFrame, objects: pl.DataFrame, classes: int) -> Any:
    return evaluation.error_types(Task.DETECTION, found, objects, class_count=classes)


def bare_hotcoco(found: pl.DataFrame, objects: pl.DataFrame, images: int, classes: int) -> Any:
    """hotcoco by itself, from columns to AP."""
    from hotcoco import COCO, COCOeval

    sides = ("x", "y", "w", "h")
    truth = COCO.from_arrays(
        [{"id": i + 1} for i in range(images)],
        [{"id": i + 1, "name": str(i)} for i in range(classes)],
        objects["image_id"].to_numpy() + 1,
        objects["class_id"].to_numpy() + 1,
        objects.select(sides).to_numpy(),
        area=objects["area"].to_numpy(),
        iscrowd=objects["iscrowd"].to_numpy().astype(np.int64),
    )
    columns = (found["image_id"] + 1, found.select(sides), found["score"].cast(pl.Float64), found["class_id"] + 1)
    evaluator = COCOeval(truth, truth.load_res(np.column_stack([column.to_numpy() for column in columns])), "bbox")
    evaluator.evaluate()
    evaluator.accumulate()
    evaluator.summary_lines()
    return evaluator.stats


def clock(work: Callable[[], Any]) -> tuple[Any, float]:
    start = time.perf_counter()
    done = work()
    return done, time.perf_counter() - start


def detector_like(images: int, objects: int, predictions: int, classes: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    r = np.random.default_rng(0)
    share = r.gamma(1.2, 1, images)
    image, kind = np.sort(r.choice(images, objects, p=share / share.sum())), r.integers(0, classes, objects)
    size = np.exp(r.normal(4.2, 0.9, (2, objects))).clip(4, 500)
    truth = np.concatenate([r.random((2, objects)) * (640 - size).clip(1), size])
    near = predictions * 3 // 5
    far = predictions - near
    source = r.integers(0, objects, near)
    moved = truth[:, source].copy()
    moved[:2] += r.normal(0, 0.25, (2, near)) * moved[2:]
    moved[2:] *= np.exp(r.normal(0, 0.25, (2, near)))
    anywhere = np.concatenate([r.random((2, far)) * 500, np.exp(r.normal(4.2, 0.9, (2, far))).clip(4, 500)])
    boxes = np.concatenate([moved, anywhere], axis=1)
    anything = r.integers(0, classes, predictions)
    guess = np.where(
        np.append(r.random(near) < 0.7, np.zeros(far, bool)), np.append(kind[source], anything[near:]), anything
    )
    score = np.append(r.beta(0.5, 2.5, near), r.beta(0.4, 6, far)).clip(0.001, 1).astype(np.float32)
    where = np.append(image[source], r.integers(0, images, far))
    order = np.argsort(where, kind="stable")
    sides = ("x", "y", "w", "h")
    return (
        pl.DataFrame(
            {"image_id": where[order], "class_id": guess[order], "score": score[order]}
            | dict(zip(sides, boxes[:, order], strict=True))
        ),
        pl.DataFrame(
            {"object_id": np.arange(objects), "image_id": image, "class_id": kind}
            | dict(zip(sides, truth, strict=True))
            | {"area": size[0] * size[1], "iscrowd": r.random(objects) < 0.012}
        ),
    )


def pycocotools_ap(predictions: pl.DataFrame, objects: pl.DataFrame, images: int, classes: int) -> float:
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    sides = ("x", "y", "w", "h")
    truth = COCO()
    truth.dataset = {
        "images": [{"id": i + 1} for i in range(images)],
        "categories": [{"id": i + 1, "name": str(i)} for i in range(classes)],
        "annotations": [
            {
                "id": o["object_id"] + 1,
                "image_id": o["image_id"] + 1,
                "category_id": o["class_id"] + 1,
                "bbox": [o[side] for side in sides],
                "area": o["area"],
                "iscrowd": int(o["iscrowd"]),
            }
            for o in objects.iter_rows(named=True)
        ],
    }
    p = predictions
    with contextlib.redirect_stdout(io.StringIO()):
        truth.createIndex()
        found = truth.loadRes(
            np.column_stack([p["image_id"] + 1, p.select(sides), p["score"].cast(pl.Float64), p["class_id"] + 1])
        )
        reference = COCOeval(truth, found, "bbox")
        reference.evaluate()
        reference.accumulate()
        reference.summarize()
    return float(reference.stats[0])


if __name__ == "__main__":
    sys.exit(main())
