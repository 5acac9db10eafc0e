"""Types that several features' schemas share."""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, PlainSerializer, WithJsonSchema

from snellen.contract import numbers
from snellen.errors import InvalidInput

Row = TypeVar("Row")

#: A number that may be NaN or infinite; those travel as strings, both ways.
Num = Annotated[
    float,
    BeforeValidator(numbers.decode),
    PlainSerializer(numbers.encode, return_type=float | str),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string", "enum": ["NaN", "Infinity", "-Infinity"]}]}),
]


class Problem(BaseModel):
    """Something wrong with an input, and where."""

    severity: str
    code: str
    message: str
    file: str | None = None
    line: int | None = None


def encode_numbers(value: Any) -> Any:
    """Replace NaN and infinities anywhere in JSON-like data, so that it can be stored and sent."""
    if isinstance(value, float):
        return numbers.encode(value)
    if isinstance(value, dict):
        return {str(k): encode_numbers(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [encode_numbers(v) for v in value]
    return value


#: No answer is to have more than 1 MB; what else is in one has the rest.
MOST_PAGE_BYTES = 800_000


def cut_page(
    rows: list[Row], limit: int, position: Callable[[Row], int], weigh: Callable[[Row], int] | None = None
) -> tuple[list[Row], int | None]:
    """The first `limit` of rows asked for with one to spare, and where the next page begins, if there is one.

    With `weigh`, which says about how many bytes a row has as JSON, those that have room in an answer, one at least.
    """
    page = rows[:limit]
    if weigh is not None:
        sums = itertools.accumulate(map(weigh, page))
        page = page[: max(1, sum(each <= MOST_PAGE_BYTES for each in sums))]
    return page, position(page[-1]) if len(rows) > len(page) else None


def encode_cursor(position: int | None) -> str | None:
    """A cursor is opaque to clients; no position has none."""
    if position is None:
        return None
    return _opaque(str(position))


def decode_cursor(cursor: str | None) -> int | None:
    """The position behind a cursor; :class:`~snellen.errors.InvalidInput` for one that we never gave."""
    if cursor is None:
        return None
    try:
        position = int(_plain(cursor))
    except ValueError as error:
        raise InvalidInput(f"cursor: got {cursor!r}; send a `next_cursor` of an earlier answer, or none") from error
    if not 0 <= position < 2**62:
        raise InvalidInput(f"cursor: got {cursor!r}; send a `next_cursor` of an earlier answer, or none")
    return position


def encode_place(values: list[Any]) -> str:
    """A cursor of a list that is ordered by several values: those of the last row that was given."""
    return _opaque(json.dumps(values, ensure_ascii=False, separators=(",", ":")))


def decode_place(cursor: str) -> Any:
    """What is behind such a cursor; :class:`ValueError` for what never was one. The caller checks the values."""
    try:
        return json.loads(_plain(cursor))
    except RecursionError as error:
        raise ValueError("nested too deeply for a cursor") from error


def _opaque(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _plain(cursor: str) -> bytes:
    return base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
