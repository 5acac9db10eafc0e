"""Ends a training before its last epoch: in the midst of one, or because nothing gets better."""

from __future__ import annotations

import math
from dataclasses import dataclass


class StopNow(Exception):
    """Somebody asked to stop at once: what the epoch under way has learned is dropped."""


@dataclass(slots=True)
class Best:
    """The best val/top1 so far, from 0 to 1, and its epoch; the first of equals."""

    value: float = -math.inf
    epoch: int = 0

    def take(self, value: float, epoch: int) -> bool:
        """Whether this epoch is the best; remembered if so."""
        if not value > self.value:
            return False
        self.value, self.epoch = value, epoch
        return True

    def stops_early(self, epoch: int, patience: int | None) -> str | None:
        """Why a training ends with `epoch`: it had no better value for `patience` epochs. None if it goes on."""
        if patience is None or epoch - self.epoch < patience:
            return None
        return (
            f"stopped early at epoch {epoch}: no better val/top1 for {patience} epochs "
            f"(best {self.value:.4f} at epoch {self.epoch})"
        )
