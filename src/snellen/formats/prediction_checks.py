"""The columns and rows of a prediction set, checked; what is wrong is named by row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from snellen.errors import PredictionsInvalid

if TYPE_CHECKING:
    import polars as pl

BOX: Final = ("x", "y", "w", "h")

#: How many wrong rows an error names.
NAMED_ROWS: Final = 20


def conform(columns: pl.DataFrame | Mapping[str, Any], image: str) -> pl.DataFrame:
    """`columns` as a frame with exactly `image`, ``class_id, score, x, y, w, h`` in their types.

    `image` is ``image`` (a path) or ``image_id``. Raises :class:`~snellen.errors.PredictionsInvalid` for a missing
    column, columns of unequal length and values that don't fit their column's type.
    """
    import polars as pl

    types: dict[str, Any] = {image: pl.String if image == "image" else pl.Int64, "class_id": pl.Int32}
    types |= {"score": pl.Float32, **dict.fromkeys(BOX, pl.Float64)}
    try:
        frame = columns if isinstance(columns, pl.DataFrame) else pl.DataFrame(dict(columns))
    except (pl.exceptions.PolarsError, TypeError, ValueError) as error:
        raise PredictionsInvalid(f"predictions: no table can be made of them ({error})") from error
    missing = [name for name in types if name not in frame.columns]
    if missing:
        raise PredictionsInvalid(
            f"predictions: no column {', '.join(missing)}; got {', '.join(frame.columns) or 'none'}, "
            f"expected {', '.join(types)}"
        )
    cast = []
    for name, kind in types.items():
        column = frame[name]
        number = column.dtype.is_numeric() and not (name == "class_id" and column.dtype.is_float())
        fits = number if kind != pl.String else column.dtype in (pl.String, pl.Categorical, pl.Enum)
        if not (fits or frame.is_empty() or column.dtype == pl.Null):
            raise PredictionsInvalid(f"predictions: column {name} is of type {column.dtype}; expected {kind()}")
        try:
            cast.append(column.cast(kind))
        except pl.exceptions.PolarsError as error:
            raise PredictionsInvalid(f"predictions: column {name} does not fit {kind()}: {error}") from error
    return pl.DataFrame(cast)


def check_rows(frame: pl.DataFrame, image: pl.Series, foreign: pl.Series, class_count: int | None) -> None:
    """Raise :class:`~snellen.errors.PredictionsInvalid` naming the rows that can't be evaluated.

    `foreign` says which rows are of an image that was not evaluated; without `class_count` any class from 0 is known.
    """
    import polars as pl

    known = pl.col("class_id").is_between(0, class_count - 1) if class_count is not None else pl.col("class_id") >= 0
    classes = f"0 to {class_count - 1}" if class_count is not None else "0 or more"
    rules: list[tuple[str, str, pl.Expr]] = [
        ("class_id", f"expected {classes}", ~known),
        ("score", "expected a number from 0 to 1", ~(pl.col("score").is_finite() & pl.col("score").is_between(0, 1))),
        *((side, "expected a finite number", ~pl.col(side).is_finite()) for side in BOX),
        *((side, "expected no negative size", pl.col(side) < 0) for side in ("w", "h")),
    ]
    problems: list[dict[str, object]] = []
    count = 0
    wrong = [("image", "not among the evaluated images", image, foreign.fill_null(True) | image.is_null())]
    for column, expected, rule in rules:
        values = frame[column]
        wrong.append((column, expected, values, frame.select(rule.fill_null(True)).to_series()))
    for column, expected, values, mask in wrong:
        rows = mask.arg_true()
        count += len(rows)
        for row in rows.head(max(0, NAMED_ROWS - len(problems))).to_list():
            problems.append({"row": row, "column": column, "message": f"{column} is {values[row]!r}; {expected}"})
    if problems:
        named = "; ".join(f"row {p['row']}: {p['message']}" for p in problems[:3])
        more = f" and {count - 3} more" if count > 3 else ""
        raise PredictionsInvalid(f"predictions: {named}{more}", problems=problems)
