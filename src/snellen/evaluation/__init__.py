"""What predictions are worth, against a truth: pure functions on polars frames, no files, no network.

Match once with :func:`match_boxes`; then any score and any of 18 IoUs is a slice. Definitions of every number:
docs/reference/evaluation.md. The names below load numpy and polars when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snellen.evaluation.detection import DetectionEvaluation, evaluate_detection
    from snellen.evaluation.matching import match_boxes
    from snellen.evaluation.matrix import Confusion, confusion, pairs
    from snellen.evaluation.outcomes import image_outcomes
    from snellen.evaluation.score_curves import Curves, curves
    from snellen.evaluation.summaries import image_summary, per_class
    from snellen.evaluation.thresholds import DEFAULT_IOU, DEFAULT_SCORE, IOU_THRESHOLDS, iou_index, snap_iou

__all__ = [
    "DEFAULT_IOU",
    "DEFAULT_SCORE",
    "IOU_THRESHOLDS",
    "Confusion",
    "Curves",
    "DetectionEvaluation",
    "confusion",
    "curves",
    "evaluate_detection",
    "image_outcomes",
    "image_summary",
    "iou_index",
    "match_boxes",
    "pairs",
    "per_class",
    "snap_iou",
]

# No module is named like a function: importing it would put the module in the function's place.
_HOMES = {
    "detection": ("DetectionEvaluation", "evaluate_detection"),
    "matching": ("match_boxes",),
    "matrix": ("Confusion", "confusion", "pairs"),
    "outcomes": ("image_outcomes",),
    "score_curves": ("Curves", "curves"),
    "summaries": ("image_summary", "per_class"),
    "thresholds": ("DEFAULT_IOU", "DEFAULT_SCORE", "IOU_THRESHOLDS", "iou_index", "snap_iou"),
}


def __getattr__(name: str) -> object:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{home}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
