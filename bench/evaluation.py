"""How fast a COCO-sized prediction set is evaluated: AP beside pycocotools', the matching, a matrix at a new score.

    python bench/evaluation.py [--images 5000 --objects 36000 --predictions 490000 --classes 80] [--no-reference]

The data are random but shaped like a detector's: most predictions lie near an object, some images are full. Prints a
line for each step, and last the ratio to pycocotools and whether the matrix stays under its limit of 100 ms.
"""

from __future__ import annotations

import argparse
import contextlib
import io
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
from snellen.evaluation.average_precision import average_precision
from snellen.formats.predictions import read_predictions, write_predictions

#: Up to half a million predictions; ten times that beyond, where a slider may take a second.
MATRIX_LIMIT_MS = 100.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("images", 5_000), ("objects", 36_000), ("predictions", 490_000), ("classes", 80)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--no-reference", action="store_true", help="leave pycocotools out (it takes a minute)")
    wanted = parser.parse_args()
    made, objects = detector_like(wanted.images, wanted.objects, wanted.predictions, wanted.classes)
    images, names = range(wanted.images), [str(i) for i in range(wanted.classes)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "predictions.parquet"
        write_predictions(path, made, image_ids=images)
        print(f"{made.height} predictions, {objects.height} objects, {wanted.images} images, {wanted.classes} classes")
        print(f"prediction set on disk  {path.stat().st_size / 2**20:8.1f} MiB")
        found = timed("read the set", lambda: read_predictions(path)).frame
        ap, ap_seconds = clock(lambda: average_precision(read_predictions(path).frame, objects, images, len(names)))
        print(f"{'set on disk to AP':24}{ap_seconds * 1e3:8.1f} ms")
        matches = timed("match at 18 IoUs", lambda: evaluation.match_boxes(found, objects))
        matches.write_parquet(path)
        print(f"match table on disk     {path.stat().st_size / 2**20:8.1f} MiB, {matches.height} rows")
    at: dict[str, Any] = {"class_count": len(names), "iou": 0.5}
    scores = [0.001, *np.linspace(0.02, 0.95, 20).tolist()]
    times = [clock(lambda s=s: evaluation.confusion(found, objects, matches, score=s, **at))[1] for s in scores]
    print(f"matrix at a new score   {statistics.median(times) * 1e3:8.1f} ms, slowest {max(times) * 1e3:.1f} ms")
    timed("pairs of one cell", lambda: evaluation.pairs(found, objects, matches, true=1, pred=len(names), **at))
    timed("every image's numbers", lambda: evaluation.image_summary(found, objects, matches, image_ids=images))
    timed("curves", lambda: evaluation.curves(found, objects, matches))
    timed("everything stored", lambda: evaluation.evaluate_detection(found, objects, images, names))
    print(f"peak memory             {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10:8.0f} MiB")
    if not wanted.no_reference:
        theirs, seconds = clock(lambda: pycocotools_ap(found, objects, wanted.images, wanted.classes))
        assert abs(theirs - ap.summary["mAP50-95"]) < 1e-9
        print(f"pycocotools, in memory  {seconds * 1e3:8.1f} ms")
        print(f"AP: {seconds / ap_seconds:.0f} times faster than pycocotools, the same mAP50-95 {theirs:.6f}")
    limit = MATRIX_LIMIT_MS if made.height <= 500_000 else MATRIX_LIMIT_MS * 10
    within = max(times) * 1e3 <= limit
    print(f"matrix: {'within' if within else 'OVER'} its limit of {limit:.0f} ms")
    return 0 if within else 1


def clock(work: Callable[[], Any]) -> tuple[Any, float]:
    start = time.perf_counter()
    done = work()
    return done, time.perf_counter() - start


def timed(what: str, work: Callable[[], Any]) -> Any:
    done, seconds = clock(work)
    print(f"{what:24}{seconds * 1e3:8.1f} ms")
    return done


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
