"""The package's face: what it exports, and that it loads nothing until it is used."""

from __future__ import annotations

import subprocess
import sys

from snellen import evaluation
from snellen.evaluation import IOU_THRESHOLDS, iou_index, snap_iou


def test_the_names_are_sorted_and_all_there() -> None:
    constants = sorted(n for n in evaluation.__all__ if n.isupper())
    classes = sorted(n for n in evaluation.__all__ if n[0].isupper() and not n.isupper())
    functions = sorted(n for n in evaluation.__all__ if n[0].islower())
    assert evaluation.__all__ == [*constants, *classes, *functions]
    assert all(callable(getattr(evaluation, name)) for name in [*classes, *functions])
    assert all(getattr(evaluation, name).__doc__ for name in [*classes, *functions])


def test_importing_the_package_or_the_prediction_files_loads_neither_numpy_nor_polars() -> None:
    code = (
        "import sys, snellen.evaluation, snellen.formats.predictions\n"
        "print(sorted({'numpy', 'polars', 'hotcoco'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_there_are_18_thresholds_and_any_iou_snaps_to_the_nearest() -> None:
    assert IOU_THRESHOLDS[0] == 0.1
    assert IOU_THRESHOLDS[-1] == 0.95
    assert len(IOU_THRESHOLDS) == 18
    assert [iou_index(t) for t in IOU_THRESHOLDS] == list(range(18))
    assert (snap_iou(0.52), snap_iou(0.0), snap_iou(1.0)) == (0.5, 0.1, 0.95)
