"""Values that cost much to make and are asked for by several requests at once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

K = TypeVar("K")
T = TypeVar("T")


class Kept(Generic[K, T]):
    """The last few values by key, each made once: who asks while it is made waits for it.

    With `weigh` the least recently used go while all together weigh more than `most_weight`; the last one stays.
    """

    def __init__(self, most: int, *, weigh: Callable[[T], int] | None = None, most_weight: int = 0) -> None:
        self._most = most
        self._weigh = weigh
        self._most_weight = most_weight
        self._values: OrderedDict[K, tuple[T, int]] = OrderedDict()
        #: Keys of values that are being made: the lock of their turn, and how many hold it or wait for it.
        self._making: dict[K, tuple[threading.Lock, int]] = {}
        self._lock = threading.Lock()

    def get(self, key: K, make: Callable[[], T]) -> T:
        """The value of a key, made if it isn't there; what `make` raises is raised, and the next one tries again."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key][0]
            turn, others = self._making.get(key, (threading.Lock(), 0))
            self._making[key] = turn, others + 1
        try:
            with turn:
                with self._lock:
                    if key in self._values:
                        return self._values[key][0]
                made = make()
                self._put(key, made)
                return made
        finally:
            with self._lock:
                turn, others = self._making.pop(key)
                if others > 1:
                    self._making[key] = turn, others - 1

    def peek(self, key: K) -> T | None:
        """The value of a key if it is there."""
        with self._lock:
            found = self._values.get(key)
        return None if found is None else found[0]

    def forget(self, concerned: Callable[[K], bool]) -> None:
        """Drop the values of keys that something concerns."""
        with self._lock:
            for key in [key for key in self._values if concerned(key)]:
                del self._values[key]

    def _put(self, key: K, value: T) -> None:
        weight = 0 if self._weigh is None else self._weigh(value)
        with self._lock:
            self._values[key] = (value, weight)
            while len(self._values) > 1 and self._is_full():
                self._values.popitem(last=False)

    def _is_full(self) -> bool:
        total = sum(weight for _, weight in self._values.values())
        return len(self._values) > self._most or total > self._most_weight
