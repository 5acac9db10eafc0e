"""Ends a training in the midst of an epoch."""

from __future__ import annotations

from typing import Any


class StopNow(Exception):
    """Somebody asked to stop at once: what the epoch under way has learned is dropped."""


def close_loaders(trainer: Any) -> None:
    """End the processes that load images; an exception leaves them running for as long as the trainer lives."""
    for name in ("train_loader", "test_loader"):
        loader: Any = getattr(trainer, name, None)
        if hasattr(loader, "close"):
            loader.close()
