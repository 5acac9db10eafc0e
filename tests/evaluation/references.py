"""What other libraries say of the same sets."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from unittest import mock

import numpy as np
import polars as pl

from .random_sets import SIDES, Floats, Set


def coco_truth(d: Set) -> dict[str, Any]:
    """The truth as a COCO document; all ids are one more than ours."""
    sizes = d.sizes
    annotations = []
    for o in d.objects.to_dicts():
        annotation = {
            "id": o["object_id"] + 1,
            "image_id": o["image_id"] + 1,
            "category_id": o["class_id"] + 1,
            "bbox": [o[side] for side in SIDES],
            "area": o["area"],
            "iscrowd": int(o["iscrowd"]),
        }
        if "rle" in o:
            annotation["segmentation"] = {"size": list(sizes[o["image_id"]]), "counts": o["rle"]}
        if "keypoints" in o:
            annotation["keypoints"] = [value for point in o["keypoints"] for value in point]
            annotation["num_keypoints"] = sum(v > 0 for _, _, v in o["keypoints"])
        annotations.append(annotation)
    return {
        "images": [{"id": i + 1, "height": h, "width": w} for i, (h, w) in sizes.items()],
        "categories": [{"id": i + 1, "name": name} for i, name in enumerate(d.names)],
        "annotations": annotations,
    }


def coco_results(d: Set, kind: str) -> list[dict[str, Any]]:
    """The predictions as a result file of `kind`, with what that kind is judged by and nothing else."""
    sizes = d.sizes
    results = []
    for p in d.predictions.to_dicts():
        result = {"image_id": p["image_id"] + 1, "category_id": p["class_id"] + 1, "score": p["score"]}
        if kind == "bbox":
            result["bbox"] = [p[side] for side in SIDES]
        elif kind == "segm":
            result["segmentation"] = {"size": list(sizes[p["image_id"]]), "counts": p["rle"]}
        else:
            result["keypoints"] = [value for point in p["keypoints"] for value in point]
        results.append(result)
    return results


@dataclass(frozen=True)
class Coco:
    """The summary in COCO's order, and AP at 0.5, at 0.75 and from 0.5 to 0.95 of each class; NaN where undefined."""

    stats: list[float]
    ap50: list[float]
    ap75: list[float]
    ap50_95: list[float]


def pycocotools(d: Set, kind: str, sigmas: Sequence[float] | None = None) -> Coco:
    """AP and AR as pycocotools computes them."""
    with contextlib.redirect_stdout(io.StringIO()):
        evaluation = cocoeval(d, kind, sigmas)
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    precision = evaluation.eval["precision"][:, :, :, 0, -1]
    values = (evaluation.stats, precision[0].mean(0), precision[5].mean(0), precision.mean((0, 1)))
    return Coco(*(np.where(v == -1, np.nan, v).tolist() for v in values))


def cocoeval(d: Set, kind: str, sigmas: Sequence[float] | None = None) -> Any:
    """pycocotools' evaluation of `d`, not yet begun."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    truth = COCO()
    truth.dataset = coco_truth(d)
    truth.createIndex()
    results = coco_results(d, kind)
    if results:
        found = truth.loadRes(results)
    else:
        found = COCO()
        found.dataset = truth.dataset | {"annotations": []}
        found.createIndex()
    evaluation = COCOeval(truth, found, kind)
    if sigmas is not None:
        evaluation.params.kpt_oks_sigmas = np.array(sigmas)
    return evaluation


@dataclass(frozen=True)
class Tide:
    """tidecv's numbers, AP from 0 to 1, under the names that it prints."""

    ap: float
    delta_ap: dict[str, float]
    counts: dict[str, int]


def tidecv(
    d: Set, kind: str, *, pos: float = 0.5, bg: float = 0.1, limit: int = 100, sigmas: Sequence[float] = ()
) -> Tide:
    """The errors as tidecv finds them, of the `limit` best predictions of an image."""
    with _quiet_imports():
        from tidecv import TIDE, Data

    mode = "mask" if kind == "segm" else "box"
    sizes = d.sizes
    truth, found = Data("truth", max_dets=limit), Data("found", max_dets=limit)
    for image in d.image_ids:
        truth.add_image(image, str(image))

    def shape(row: dict[str, Any]) -> dict[str, Any]:
        if kind == "keypoints":
            return {"box": row}
        if kind == "bbox":
            return {"box": [row[side] for side in SIDES]}
        return {"mask": {"size": list(sizes[row["image_id"]]), "counts": row["rle"]}}

    for o in d.objects.sort("object_id").to_dicts():
        add = truth.add_ignore_region if o["iscrowd"] else truth.add_ground_truth
        add(o["image_id"], o["class_id"], **shape(o))
    for p in d.predictions.to_dicts():
        found.add_detection(p["image_id"], p["class_id"], p["score"], **shape(p))
    tide = TIDE(pos, bg, mode={"box": TIDE.BOX, "mask": TIDE.MASK}[mode])
    # tidecv knows no poses, but all that it asks of boxes is how alike they are.
    overlap = mock.Mock(iou=lambda found, truth, _: similarity(found, truth, sigmas))
    with mock.patch("tidecv.quantify.mask_utils", overlap) if kind == "keypoints" else contextlib.nullcontext():
        run = tide.evaluate(truth, found)
    errors = tide.get_all_errors()
    deltas = errors["main"]["found"] | errors["special"]["found"]
    return Tide(
        run.ap / 100,
        {name: value / 100 for name, value in deltas.items()},
        {kind.short_name: n for kind, n in run.count_errors().items()},
    )


def similarity(found: list[dict[str, Any]], truth: list[dict[str, Any]], sigmas: Sequence[float]) -> Any:
    """COCO's OKS of each of the poses `found` with each of `truth`, which all have a labelled keypoint."""
    if not truth:
        return np.zeros((len(found), 0))
    poses, points = (np.array([row["keypoints"] for row in rows], dtype=np.float64) for rows in (found, truth))
    area = np.array([row["area"] for row in truth]) + np.spacing(1)
    squares = ((poses[:, None, :, :2] - points[None, ..., :2]) ** 2).sum(-1)
    seen = points[..., 2] > 0
    near = np.exp(-squares / (8 * np.square(sigmas) * area[:, None]))
    return (near * seen).sum(-1) / seen.sum(-1)


def hotcoco_matrix(d: Set, kind: str, *, iou: float, score: float) -> Floats:
    """hotcoco's confusion matrix, the background last."""
    from hotcoco import COCO, COCOeval

    truth = COCO(coco_truth(d))
    evaluation = COCOeval(truth, truth.load_res(coco_results(d, kind)), kind)
    matrix = evaluation.confusion_matrix(iou_thr=iou, max_det=10_000, min_score=float(np.float32(score)))["matrix"]
    return np.asarray(matrix)


def dense(d: Set, frame: pl.DataFrame, image: int, class_id: int) -> Any:
    """The union of the masks of a class in one image; bool [height, width]."""
    from pycocotools import mask

    size = list(d.sizes[image])
    of_class = frame.filter((pl.col("image_id") == image) & (pl.col("class_id") == class_id))
    united = np.zeros(size, dtype=np.bool_)
    for rle in of_class["rle"]:
        united |= mask.decode({"size": size, "counts": rle}).astype(np.bool_)
    return united


@contextlib.contextmanager
def _quiet_imports() -> Iterator[None]:
    """Old packages warn when they are imported; that is no fault of ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
