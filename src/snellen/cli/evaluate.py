"""``snellen evaluate``: the numbers of a file of predictions against a file of truth, without a server."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from snellen.cli.output import JsonFlag, print_json, say, table, task_named, tell
from snellen.contract.numbers import encode
from snellen.contract.tasks import Task
from snellen.errors import InvalidInput

if TYPE_CHECKING:
    from snellen.evaluation import ErrorTypes, Evaluation, KeypointSettings, OperatingPoints
    from snellen.formats.evaluated_files import TruthFile
    from snellen.formats.predictions import PredictionSet

#: Shown first, in this order, as far as the task has them.
FIRST = ("mAP50-95", "mAP50", "mAP75", "AR100", "AR20", "top1", "top5", "mIoU", "Dice", "PCK")

#: What fits a terminal; ``--json`` has all.
PER_CLASS = ("truths", "precision", "recall", "f1", "best_score", "ap50", "ap50_95", "iou", "dice")


def evaluate_files(
    truth: Annotated[
        Path,
        typer.Option(help="COCO JSON, or a snapshot's objects.parquet with the tables beside it, or their folder."),
    ],
    predictions: Annotated[Path, typer.Option(help="COCO results (JSON), or a prediction set (Parquet).")],
    task: Annotated[
        str | None, typer.Option(help="detection, segmentation, pose or classification; the files say it without.")
    ] = None,
    split: Annotated[str | None, typer.Option(help="Only this part of a snapshot, like val.")] = None,
    score: Annotated[float | None, typer.Option(help="Predictions count from this score on.")] = None,
    iou: Annotated[float, typer.Option(help="Predictions match from this IoU (of poses the OKS) on.")] = 0.5,
    beta: Annotated[float, typer.Option(help="Recall counts so many times as much in the best score.")] = 1.0,
    sigmas: Annotated[str | None, typer.Option(help="OKS sigmas of the keypoints: 0.1,0.2,…")] = None,
    pck: Annotated[float, typer.Option(help="How near a keypoint must be, in parts of the longer side.")] = 0.2,
    errors: Annotated[bool, typer.Option("--errors", help="Also the kinds of errors, as TIDE has them.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Evaluate predictions in a file against the truth in another, with the numbers that the server shows."""
    from snellen import evaluation
    from snellen.formats.evaluated_files import read_both

    wanted = None if task is None else task_named(task)
    if score is not None and not 0 <= score <= 1:
        raise InvalidInput(f"--score: got {score}, expected a number from 0 to 1")
    true, found = read_both(truth, predictions, wanted, split=split)
    _tell_of_splits(true, found)
    given = true.sigmas if sigmas is None else _numbers(sigmas)
    keypoints = _keypoints(true, found, given, pck) if found.task is Task.POSE else None
    images = true.images.filter(true.images["image_id"].is_in(list(found.image_ids)))
    objects = true.objects.filter(true.objects["image_id"].is_in(list(found.image_ids)))
    names = true.class_names
    done = evaluation.evaluate(
        found.task, found.frame, objects, images, names, score=score, iou=iou, keypoints=keypoints
    )
    objects = evaluation.truth_for(found.task, objects)
    best = evaluation.operating_points(found.frame, objects, done.matches, class_count=len(names), iou=iou, beta=beta)
    kinds = None
    if errors:
        used = () if keypoints is None else keypoints.sigmas
        kinds = evaluation.error_types(
            found.task, found.frame, objects, class_count=len(names), iou=done.iou, images=images, sigmas=used
        )
    if as_json:
        print_json(_document(done, best, kinds, images.height))
    else:
        _print(done, best, kinds, images.height)


def _keypoints(
    true: TruthFile, found: PredictionSet, sigmas: Sequence[float] | None, fraction: float
) -> KeypointSettings:
    from snellen.evaluation import KeypointSettings

    poses = found.frame["keypoints"]
    names = true.keypoint_names or [str(i) for i in range(len(poses[0]) if len(poses) else 0)]
    return KeypointSettings.of(names, sigmas, fraction)


def _tell_of_splits(true: TruthFile, found: PredictionSet) -> None:
    """COCO results don't say on which images they were made: a part without any was perhaps none of them."""
    if "split" not in true.images.columns or found.frame.is_empty():
        return
    evaluated = true.images.filter(true.images["image_id"].is_in(list(found.image_ids)))
    seen = found.frame["image_id"].unique()
    for (part,), images in evaluated.group_by("split", maintain_order=True):
        if not images["image_id"].is_in(seen.implode()).any():
            tell(f"no predictions on the {images.height} images of {part}, whose objects count as missed; see --split")


def _numbers(text: str) -> list[float]:
    try:
        return [float(part) for part in text.split(",")]
    except ValueError as error:
        raise InvalidInput(f"--sigmas: got {text!r}, expected numbers with commas between them") from error


def _document(done: Evaluation, best: OperatingPoints, kinds: ErrorTypes | None, images: int) -> dict[str, Any]:
    point = {"score": best.overall.score, "precision": best.overall.precision, "recall": best.overall.recall}
    return {
        "task": str(done.task),
        "images": images,
        **done.as_dict(),
        "best_operating_point": {"beta": best.beta, **point, "f": best.overall.f},
        **({} if kinds is None else {"errors": kinds.as_dict()}),
    }


def _print(done: Evaluation, best: OperatingPoints, kinds: ErrorTypes | None, images: int) -> None:
    from snellen.evaluation.evaluators import SIMILARITY

    similarity = SIMILARITY[done.task]
    at = f"score {done.score:g}" + ("" if similarity is None else f", {similarity} {done.iou:g}")
    say(f"{done.task}: {images} images, {len(done.class_names)} classes; computed by Snellen, at {at} where it matters")
    names = [name for name in FIRST if name in done.metrics]
    names += [name for name in done.metrics if name not in names]
    table(["metric", "value"], [[name, _shown(done.metrics[name])] for name in names])
    if best.overall.score is not None:
        name = "F1" if best.beta == 1 else f"F{best.beta:g}"
        say(f"{name} is highest from score {best.overall.score:.3f} on: {_shown(best.overall.f)}\n")
    shown = [name for name in PER_CLASS if done.per_class and name in done.per_class[0]]
    table(["class", *shown], [[row["class_name"], *(_shown(row[name]) for name in shown)] for row in done.per_class])
    if done.keypoints is not None:
        rows, parts = done.keypoints.rows(), ("labelled", "correct", "pck")
        table(["keypoint", *parts], [[row["name"], *(_shown(row[part]) for part in parts)] for row in rows])
    if kinds is not None:
        rows_of = [[name, _shown(value), str(kinds.counts.get(name, ""))] for name, value in kinds.delta_ap.items()]
        table(["error", f"ΔAP at {kinds.iou:g}", "count"], rows_of)


def _shown(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, int):
        return str(value)
    return "-" if encode(value) == "NaN" else f"{value:.4f}"
