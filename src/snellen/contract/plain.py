"""Anything as JSON-like data: what a trainer logs may be a numpy number, a path or a class of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from snellen.contract import numbers


def plain(value: Any) -> Any:
    """`value` as JSON holds it: numpy numbers and arrays as numbers and lists, NaN and infinities as their names.

    Text that is no Unicode (a lone surrogate, as in a file name of another encoding) gets ``?`` in its place;
    what JSON can't hold becomes its ``str``.

    >>> plain({"a": float("nan"), "b": (1, True, None)})
    {'a': 'NaN', 'b': [1, True, None]}
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return whole_text(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return numbers.encode(value)
    if isinstance(value, Mapping):
        return {whole_text(str(k)): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(v) for v in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    return whole_text(str(value))


def whole_text(text: str) -> str:
    """`text` with ``?`` for what UTF-8 can't hold.

    >>> whole_text("caf\\udce9")
    'caf?'
    """
    return text.encode("utf-8", errors="replace").decode("utf-8")


def whole_number(value: Any) -> int:
    """The integer that `value` is, also as a float or a numpy number; ``ValueError`` for anything else.

    >>> whole_number(3.0)
    3
    """
    if isinstance(value, bool | str | bytes):
        raise ValueError(f"got {value!r}, expected a whole number")
    try:
        number = int(value)
        if number == value:
            return number
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"got {value!r}, expected a whole number") from error
    raise ValueError(f"got {value!r}, expected a whole number")
