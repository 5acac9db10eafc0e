"""The category of a metric, from its key alone, for any framework."""

from __future__ import annotations

import itertools
import re
from enum import StrEnum


class Category(StrEnum):
    """The groups in which charts are shown, in the order of the dashboard."""

    VALIDATION = "Validation Metrics"
    TRAINING_LOSS = "Training Loss"
    LEARNING_RATE = "Learning Rate"
    SYSTEM = "System"
    OTHER = "Other"


def category_of(key: str) -> Category:
    """Which group `key` belongs to. Words are what stands between anything that isn't a letter or a digit.

    >>> [category_of(k).name for k in ("system/cpu", "lr/pg0", "val/box_loss", "metrics/mAP50(B)", "fps")]
    ['SYSTEM', 'LEARNING_RATE', 'TRAINING_LOSS', 'VALIDATION', 'OTHER']
    """
    lower = key.lower()
    words = [w for w in re.split(r"[^a-z0-9]+", lower) if w]
    if lower.startswith("system/"):
        return Category.SYSTEM
    if "lr" in words or ("learning", "rate") in set(itertools.pairwise(words)):
        return Category.LEARNING_RATE
    if "loss" in words or lower.startswith("train/"):
        return Category.TRAINING_LOSS
    if lower.startswith(("metrics/", "snellen/")) or {"val", "eval", "test"}.intersection(words):
        return Category.VALIDATION
    return Category.OTHER
