"""Single values of ``image_results``, checked; what is wrong is collected and named by index and field."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeGuard

from snellen.contract.numbers import decode
from snellen.errors import PredictionsInvalid

#: How many problems an error names.
NAMED: Final = 20

#: The highest class id where no names were given: a matrix of more classes than this is somebody's mistake.
MOST_CLASSES: Final = 100_000

_NUMBERS: Final = frozenset({int, float})

#: So much of a wrong value is shown.
SHOWN: Final = 80


class Problems:
    """All that is wrong; the first :data:`NAMED` are told."""

    def __init__(self) -> None:
        self._told: list[str] = []
        self._count = 0

    def add(self, where: str, got: object, expected: str) -> None:
        """A value that isn't what was expected."""
        text = repr(got)
        self.say(f"{where}: got {text if len(text) <= SHOWN else text[: SHOWN - 1] + '…'}, expected {expected}")

    def add_kind(self, where: str, got: object, expected: str) -> None:
        """A value of another kind than was expected; it may be large."""
        self.say(f"{where}: got {type(got).__name__}, expected {expected}")

    def say(self, text: str) -> None:
        """Anything else that is wrong."""
        self._count += 1
        if len(self._told) < NAMED:
            self._told.append(text)

    def refuse(self) -> None:
        """Raise :class:`~snellen.errors.PredictionsInvalid` if there is any."""
        if self._told:
            more = f"; and {self._count - 3} more" if self._count > 3 else ""
            raise PredictionsInvalid(
                "; ".join(self._told[:3]) + more, problems=[{"message": problem} for problem in self._told]
            )


@dataclass(slots=True)
class Classes:
    """The classes that ids are of: those of ``names``, else any, with what the objects call them in ``labels``."""

    names: tuple[str, ...]
    problems: Problems
    labels: dict[int, str] = field(default_factory=dict)

    @property
    def highest(self) -> int:
        """The highest id that is taken."""
        return len(self.names) - 1 if self.names else MOST_CLASSES

    def read(self, given: Mapping[str, Any], where: str, *, default: int | None = None) -> int | None:
        """The ``class_id`` of an object; None, and a problem, where there is none.

        With a `default` it may be left out: then ``class_name`` says it, and without that it is the default.
        """
        class_id, label = given.get("class_id"), given.get("class_name")
        if class_id is None and default is not None:
            class_id = default
            if is_text(label) and self.names:
                if label not in self.names:
                    self.problems.add(f"{where}.class_name", label, "one of class_names")
                    return None
                class_id = self.names.index(label)
        if type(class_id) is not int or not 0 <= class_id <= self.highest:
            self.problems.add(f"{where}.class_id", class_id, f"a whole number from 0 to {self.highest}")
            return None
        self.labels[class_id] = label if is_text(label) else self.labels.get(class_id, "")
        return class_id

    def final(self) -> tuple[str, ...]:
        """The names given, else those that the objects brought."""
        return self.names or tuple(self.labels.get(i) or f"class {i}" for i in range(max(self.labels, default=-1) + 1))


def is_text(value: object) -> TypeGuard[str]:
    """Whether this is text of at least a character, all of which UTF-8 can write."""
    if not isinstance(value, str) or not value:
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def read_score(value: object, where: str, problems: Problems) -> float | None:
    """A number from 0 to 1; None, and a problem, for anything else."""
    score = finite([value])
    if score is None or not 0 <= score[0] <= 1:
        problems.add(where, value, "a number from 0 to 1")
        return None
    return score[0]


def read_flag(value: object, where: str, problems: Problems) -> bool:
    """A truth value: absent is false; 0 and 1 are fine too, as COCO writes them."""
    if value is None or (isinstance(value, int) and value in (0, 1)):
        return bool(value)
    problems.add(where, value, "true or false")
    return False


def read_list(value: object, where: str, what: str, problems: Problems) -> Sequence[Any]:
    """A list; nothing, and a problem, for anything else."""
    if isinstance(value, list | tuple):
        return value
    problems.add_kind(where, value, f"a list of {what}")
    return ()


def finite(values: object, count: int | None = None) -> list[float] | None:
    """The numbers of a list if it holds finite numbers only, and `count` of them; else None."""
    if not isinstance(values, list | tuple) or (count is not None and len(values) != count):
        return None
    try:
        # Most are numbers already, and there are many of them.
        plain = _NUMBERS.issuperset(map(type, values))
        numbers = list(map(float, values)) if plain else [decode(value) for value in values]
    except (ValueError, OverflowError):
        return None
    return numbers if all(map(math.isfinite, numbers)) else None
