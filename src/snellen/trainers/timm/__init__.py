"""timm: image classification."""

from __future__ import annotations

from snellen.trainers.timm.trainer import TimmTrainer

__all__ = ["TimmTrainer"]
