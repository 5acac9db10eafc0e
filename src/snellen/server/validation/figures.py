"""Figures of one result at thresholds that somebody chose: curves, calibration, error types, PCK, overlap."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

from snellen.errors import InvalidInput
from snellen.server.validation.frames import Frames
from snellen.server.validation.schemas import (
    BestF1,
    CalibrationOut,
    CurvesOut,
    ErrorTypesOut,
    KeypointsOut,
    OperatingPointOut,
    OperatingPointsOut,
    OverlapOut,
    OverlapRow,
    PrCurve,
)


def curves(frames: Frames, *, class_id: int | None, iou: float) -> CurvesOut:
    """Precision, recall and F1 against the score, and precision against recall."""
    from snellen import evaluation
    from snellen.evaluation.score_curves import curves_of

    if class_id is not None and class_id >= len(frames.class_names):
        raise InvalidInput(f"class: got {class_id}, expected 0 to {len(frames.class_names) - 1}")
    iou = evaluation.snap_iou(iou)
    found = curves_of(frames.everything(iou), class_id, iou)
    return CurvesOut(
        scores=found.scores.tolist(),
        precision=_nullable(found.precision),
        recall=_nullable(found.recall),
        f1=_nullable(found.f1),
        pr=PrCurve(recall=found.pr_recall.tolist(), precision=_nullable(found.pr_precision)),
        best_f1=BestF1(score=found.best_score, value=found.best_f1),
        iou=iou,
        class_id=class_id,
    )


def calibration(frames: Frames, *, conf: float, iou: float, bins: int) -> CalibrationOut:
    """The reliability diagram of predictions that reach a score."""
    from snellen import evaluation
    from snellen.evaluation.reliability import calibration_of

    iou = evaluation.snap_iou(iou)
    return CalibrationOut(**calibration_of(frames.at(conf, iou).outcomes, bins).as_dict(), conf=conf, iou=iou)


def operating_points(frames: Frames, *, iou: float, beta: float) -> OperatingPointsOut:
    """The scores at which F-beta is highest."""
    from snellen.evaluation.operating import points_of

    found = points_of(frames.everything(iou), len(frames.class_names), iou, beta)
    return OperatingPointsOut(
        beta=found.beta,
        iou=found.iou,
        overall=OperatingPointOut(**dataclasses.asdict(found.overall)),
        per_class=[OperatingPointOut(**dataclasses.asdict(point)) for point in found.per_class],
    )


def error_types(frames: Frames, *, iou: float) -> ErrorTypesOut:
    """What each kind of error costs."""
    from snellen import evaluation

    return ErrorTypesOut(**frames.errors(evaluation.snap_iou(iou)).as_dict())


def keypoints(frames: Frames, *, conf: float, fraction: float) -> KeypointsOut:
    """PCK, by keypoint and over all."""
    from snellen import evaluation

    if frames.keypoints is None:
        raise InvalidInput(f"this result is of {frames.task}; only poses have keypoints")
    found = evaluation.keypoint_accuracy(
        frames.predictions,
        frames.objects,
        frames.matches,
        names=frames.keypoints.names,
        fraction=fraction,
        score=conf,
    )
    return KeypointsOut(
        pck=_defined(found.pck),
        fraction=fraction,
        conf=conf,
        sigmas=list(frames.keypoints.sigmas),
        keypoints=found.rows(),  # type: ignore[arg-type]
    )


def overlap(frames: Frames, *, conf: float) -> OverlapOut:
    """Semantic IoU and Dice, by class and their means."""
    from snellen import evaluation

    found = frames.overlap(conf)
    iou, dice = evaluation.class_overlap(found, len(frames.class_names))
    rows = zip(_nullable(iou), _nullable(dice), strict=True)
    return OverlapOut(
        conf=conf,
        iou=_mean(_nullable(iou)),
        dice=_mean(_nullable(dice)),
        per_class=[
            OverlapRow(class_id=i, class_name=name, iou=each_iou, dice=each_dice)
            for i, (name, (each_iou, each_dice)) in enumerate(zip(frames.class_names, rows, strict=True))
        ],
    )


def _mean(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _defined(value: float) -> float | None:
    return None if math.isnan(value) else value


def _nullable(values: Any) -> list[float | None]:
    return [_defined(float(value)) for value in values.tolist()]
