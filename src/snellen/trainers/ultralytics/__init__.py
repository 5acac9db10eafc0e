"""Ultralytics YOLO."""

from __future__ import annotations

from snellen.trainers.ultralytics.trainer import UltralyticsTrainer

__all__ = ["UltralyticsTrainer"]
