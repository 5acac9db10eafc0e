"""Snellen trains computer-vision models and shows, at every epoch, what they see and what they miss."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from snellen.sdk.session import init

__all__ = ["__version__", "init"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name == "init":
        from snellen.sdk.session import init

        return init
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
