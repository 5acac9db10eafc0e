"""Ends a training in the midst of an epoch."""

from __future__ import annotations

from typing import Any


class StopNow(Exception):
    """Somebody asked to stop at once: what the epoch under way has learned is dropped."""


def close_loaders(trainer: Any) -> None:
    """End the processes that load images; an exception leaves them running for as long as the trainer lives."""
    for name in ("train_loader", "test_loader"):
        iterator: Any = getattr(getattr(trainer, name, None), "iterator", None)
        if hasattr(iterator, "_shutdown_workers"):
            iterator._shutdown_workers()
