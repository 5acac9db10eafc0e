"""What predictions are worth, against a truth: pure functions on polars frames, no files, no network.

Match once (:func:`match_boxes`, :func:`match_masks`, :func:`match_keypoints`, :func:`match_labels`); then any score and
any of 18 IoUs is a slice. Definitions of every number: docs/reference/evaluation.md. The names below load numpy and
polars when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snellen.evaluation.evaluators import (
        Evaluation,
        KeypointSettings,
        evaluate,
        evaluate_detection,
        match_for,
        truth_for,
    )
    from snellen.evaluation.keypoint_columns import default_sigmas
    from snellen.evaluation.label_ranks import label_summary
    from snellen.evaluation.matching import match_boxes, match_keypoints, match_labels, match_masks
    from snellen.evaluation.matrix import Confusion, confusion, pairs
    from snellen.evaluation.operating import OperatingPoint, OperatingPoints, operating_points
    from snellen.evaluation.outcomes import image_outcomes
    from snellen.evaluation.pck import DEFAULT_FRACTION, KeypointAccuracy, keypoint_accuracy
    from snellen.evaluation.reliability import Calibration, calibration
    from snellen.evaluation.score_curves import Curves, curves
    from snellen.evaluation.semantic_overlap import class_overlap, image_overlap, mask_overlap
    from snellen.evaluation.summaries import image_summary, per_class
    from snellen.evaluation.suspect_labels import SUSPECT_KINDS, LabelSuspects, label_suspects
    from snellen.evaluation.thresholds import (
        DEFAULT_IOU,
        DEFAULT_SCORE,
        IOU_THRESHOLDS,
        default_score,
        iou_index,
        snap_iou,
    )
    from snellen.evaluation.tide_errors import ERROR_TYPES, ErrorTypes, error_types

__all__ = [
    "DEFAULT_FRACTION",
    "DEFAULT_IOU",
    "DEFAULT_SCORE",
    "ERROR_TYPES",
    "IOU_THRESHOLDS",
    "SUSPECT_KINDS",
    "Calibration",
    "Confusion",
    "Curves",
    "ErrorTypes",
    "Evaluation",
    "KeypointAccuracy",
    "KeypointSettings",
    "LabelSuspects",
    "OperatingPoint",
    "OperatingPoints",
    "calibration",
    "class_overlap",
    "confusion",
    "curves",
    "default_score",
    "default_sigmas",
    "error_types",
    "evaluate",
    "evaluate_detection",
    "image_outcomes",
    "image_overlap",
    "image_summary",
    "iou_index",
    "keypoint_accuracy",
    "label_summary",
    "label_suspects",
    "mask_overlap",
    "match_boxes",
    "match_for",
    "match_keypoints",
    "match_labels",
    "match_masks",
    "operating_points",
    "pairs",
    "per_class",
    "snap_iou",
    "truth_for",
]

# No module is named like a function: importing it would put the module in the function's place.
_HOMES = {
    "tide_errors": ("ERROR_TYPES", "ErrorTypes", "error_types"),
    "evaluators": ("Evaluation", "KeypointSettings", "evaluate", "evaluate_detection", "match_for", "truth_for"),
    "pck": ("DEFAULT_FRACTION", "KeypointAccuracy", "keypoint_accuracy"),
    "keypoint_columns": ("default_sigmas",),
    "label_ranks": ("label_summary",),
    "suspect_labels": ("SUSPECT_KINDS", "LabelSuspects", "label_suspects"),
    "matching": ("match_boxes", "match_keypoints", "match_labels", "match_masks"),
    "matrix": ("Confusion", "confusion", "pairs"),
    "operating": ("OperatingPoint", "OperatingPoints", "operating_points"),
    "outcomes": ("image_outcomes",),
    "reliability": ("Calibration", "calibration"),
    "score_curves": ("Curves", "curves"),
    "semantic_overlap": ("class_overlap", "image_overlap", "mask_overlap"),
    "summaries": ("image_summary", "per_class"),
    "thresholds": ("DEFAULT_IOU", "DEFAULT_SCORE", "IOU_THRESHOLDS", "default_score", "iou_index", "snap_iou"),
}


def __getattr__(name: str) -> object:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{home}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
