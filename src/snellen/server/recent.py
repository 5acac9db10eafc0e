"""Answers that are asked for again at once: a page of pictures asks the same two questions sixty times."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Recent(Generic[T]):
    """Values for a few seconds; what changed is seen after that time at the latest."""

    def __init__(self, seconds: float, *, most: int = 1000, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._most = most
        self._clock = clock
        self._values: dict[Hashable, tuple[float, T]] = {}

    def get(self, key: Hashable) -> T | None:
        """The value, if it was put lately."""
        found = self._values.get(key)
        return found[1] if found is not None and self._clock() < found[0] else None

    def clear(self) -> None:
        """Forget everything: something ended."""
        self._values = {}

    def put(self, key: Hashable, value: T) -> T:
        """Keep a value, and give it back."""
        if len(self._values) >= self._most:
            self._values = {}
        self._values[key] = (self._clock() + self._seconds, value)
        return value
