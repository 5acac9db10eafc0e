"""NaN and infinities as strings: JSON has neither, and SQLite turns NaN into NULL."""

from __future__ import annotations

import math

NAN, POSITIVE_INFINITY, NEGATIVE_INFINITY = "NaN", "Infinity", "-Infinity"
_BY_NAME = {NAN: math.nan, POSITIVE_INFINITY: math.inf, NEGATIVE_INFINITY: -math.inf}
NAMES = (NAN, POSITIVE_INFINITY, NEGATIVE_INFINITY)


def encode(value: float) -> float | str:
    """A finite number as it is, any other as its name.

    >>> encode(0.5), encode(float("nan")), encode(float("-inf"))
    (0.5, 'NaN', '-Infinity')
    """
    return float(value) if math.isfinite(value) else kind_of(value)


def decode(value: object) -> float:
    """The number behind `value`; ``ValueError`` for anything that is neither a number nor one of the names.

    >>> decode("Infinity"), decode(3)
    (inf, 3.0)
    """
    if isinstance(value, str) and value in _BY_NAME:
        return _BY_NAME[value]
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f'got {value!r}; expected a number, "NaN", "Infinity" or "-Infinity"')
    try:
        return float(value)
    except OverflowError as error:
        raise ValueError("got an integer beyond what a float can hold") from error


def kind_of(value: float) -> str:
    """``finite``, or the name of what it is."""
    if math.isnan(value):
        return NAN
    if math.isinf(value):
        return POSITIVE_INFINITY if value > 0 else NEGATIVE_INFINITY
    return "finite"
