"""What a trainer imports. Light: importing it loads neither torch nor numpy nor any of the server's dependencies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from snellen.sdk.context import JobContext
from snellen.sdk.job import open_job
from snellen.sdk.registry import available_trainers, load_trainer
from snellen.sdk.trainer import Trainer

if TYPE_CHECKING:
    from snellen.sdk.callback import CallbackClient
    from snellen.storage import DualStorage

__all__ = ["CallbackClient", "DualStorage", "JobContext", "Trainer", "available_trainers", "load_trainer", "open_job"]


def __getattr__(name: str) -> Any:
    if name == "CallbackClient":
        from snellen.sdk.callback import CallbackClient

        return CallbackClient
    if name == "DualStorage":
        from snellen.storage import DualStorage

        return DualStorage
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
