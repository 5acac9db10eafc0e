"""The columns and rows of a prediction set, checked; what is wrong is named by row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from snellen.contract.tasks import TOP, Task
from snellen.errors import PredictionsInvalid

if TYPE_CHECKING:
    import polars as pl

BOX: Final = ("x", "y", "w", "h")

#: How many wrong rows an error names.
NAMED_ROWS: Final = 20


def column_types(task: Task, image: str) -> dict[str, Any]:
    """The columns of a set and their types; `image` is ``image`` (a path) or ``image_id``."""
    import polars as pl

    types: dict[str, Any] = {image: pl.String if image == "image" else pl.Int64}
    if task is Task.CLASSIFICATION:
        return types | {"rank": pl.UInt8, "class_id": pl.Int32, "score": pl.Float32}
    types |= {"class_id": pl.Int32, "score": pl.Float32, **dict.fromkeys(BOX, pl.Float64)}
    if task is Task.SEGMENTATION:
        types["rle"] = pl.String
    if task is Task.POSE:
        types["keypoints"] = pl.List(pl.List(pl.Float32))
    return types


def conform(columns: pl.DataFrame | Mapping[str, Any], image: str, task: Task = Task.DETECTION) -> pl.DataFrame:
    """`columns` as a frame with exactly the columns of :func:`column_types`, in their types.

    A classifier's ``rank`` may be left out: the scores say it. ``keypoints`` may be an array [n, K, 3]. Raises
    :class:`~snellen.errors.PredictionsInvalid` for a missing column, columns of unequal length and values that don't
    fit their column's type.
    """
    import polars as pl

    types = column_types(task, image)
    try:
        frame = columns if isinstance(columns, pl.DataFrame) else pl.DataFrame(_series(columns))
    except (pl.exceptions.PolarsError, TypeError, ValueError) as error:
        raise PredictionsInvalid(f"predictions: no table can be made of them ({error})") from error
    if task is Task.CLASSIFICATION and "rank" not in frame.columns and {image, "score"}.issubset(frame.columns):
        frame = frame.with_columns(
            pl.col("score").rank("ordinal", descending=True).over(image).clip(upper_bound=255).alias("rank")
        )
    missing = [name for name in types if name not in frame.columns]
    if missing:
        raise PredictionsInvalid(
            f"predictions of {task}: no column {', '.join(missing)}; got {', '.join(frame.columns) or 'none'}, "
            f"expected {', '.join(types)}"
        )
    return pl.DataFrame([_cast(frame[name], kind) for name, kind in types.items()])


def _series(columns: Mapping[str, Any]) -> list[pl.Series]:
    """Sequences and arrays as columns; whole numbers and others may stand side by side."""
    import polars as pl

    nested = pl.List(pl.List(pl.Float32))
    return [
        pl.Series(
            name, values, dtype=nested if name == "keypoints" and isinstance(values, list) else None, strict=False
        )
        for name, values in columns.items()
    ]


def _cast(column: pl.Series, kind: Any) -> pl.Series:
    import polars as pl

    name, whole = column.name, column.name in ("class_id", "rank")
    if kind == pl.String:
        fits = column.dtype in (pl.String, pl.Categorical, pl.Enum)
    elif name == "keypoints":
        fits = isinstance(column.dtype, pl.List | pl.Array)
    else:
        fits = column.dtype.is_numeric() and not (whole and column.dtype.is_float())
    if not (fits or column.is_empty() or column.dtype == pl.Null):
        expected = "lists of [x, y, score]" if name == "keypoints" else str(kind())
        raise PredictionsInvalid(f"predictions: column {name} is of type {column.dtype}; expected {expected}")
    try:
        return pl.Series(name, [], kind) if column.is_empty() else column.cast(kind)
    except pl.exceptions.PolarsError as error:
        raise PredictionsInvalid(f"predictions: column {name} does not fit {kind}: {error}") from error


def check_rows(
    frame: pl.DataFrame,
    image: pl.Series,
    foreign: pl.Series,
    class_count: int | None,
    *,
    task: Task = Task.DETECTION,
    keypoints: int | None = None,
    pixels: pl.Series | None = None,
) -> None:
    """Raise :class:`~snellen.errors.PredictionsInvalid` naming the rows that can't be evaluated.

    `foreign` says which rows are of an image that was not evaluated; without `class_count` any class from 0 is known.
    A pose must have `keypoints` keypoints (without it, as many as the first). With `pixels` (int64 by row; null where
    nobody knows) a mask must cover those of its image.
    """
    import polars as pl

    known = pl.col("class_id").is_between(0, class_count - 1) if class_count is not None else pl.col("class_id") >= 0
    classes = f"0 to {class_count - 1}" if class_count is not None else "0 or more"
    rules: list[tuple[str, str, pl.Expr]] = [
        ("class_id", f"expected {classes}", ~known),
        ("score", "expected a number from 0 to 1", ~(pl.col("score").is_finite() & pl.col("score").is_between(0, 1))),
    ]
    if task is Task.CLASSIFICATION:
        rules.append(("rank", f"expected 1 to {TOP}", ~pl.col("rank").is_between(1, TOP)))
    else:
        rules += [(side, "expected a finite number", ~pl.col(side).is_finite()) for side in BOX]
        rules += [(side, "expected no negative size", pl.col(side) < 0) for side in ("w", "h")]
    wrong = [("image", "not among the evaluated images", image, foreign.fill_null(True) | image.is_null())]
    # All rules at once say which are broken; only those are asked for their rows.
    broken = frame.select(rule.fill_null(True).any().alias(str(i)) for i, (_, _, rule) in enumerate(rules)).row(0)
    wrong += [
        (name, expected, frame[name], frame.select(rule.fill_null(True)).to_series())
        for (name, expected, rule), is_broken in zip(rules, broken, strict=True)
        if is_broken
    ]
    if task is Task.CLASSIFICATION:
        wrong += _repeated(frame, image)
    elif task is Task.SEGMENTATION:
        wrong.append(_masks(frame["rle"], pixels))
    elif task is Task.POSE:
        wrong += _poses(frame["keypoints"], keypoints)
    problems: list[dict[str, object]] = []
    count = 0
    for column, expected, values, mask in wrong:
        rows = mask.arg_true()
        count += len(rows)
        for row in rows.head(max(0, NAMED_ROWS - len(problems))).to_list():
            problems.append({"row": row, "column": column, "message": f"{column} is {_shown(values[row])}; {expected}"})
    if problems:
        named = "; ".join(f"row {p['row']}: {p['message']}" for p in problems[:3])
        more = f" and {count - 3} more" if count > 3 else ""
        raise PredictionsInvalid(f"predictions: {named}{more}", problems=problems)


_Wrong = tuple[str, str, "pl.Series", "pl.Series"]


def _shown(value: object) -> str:
    import polars as pl

    text = repr(value.to_list() if isinstance(value, pl.Series) else value)
    return text if len(text) <= 80 else f"{text[:77]}…"


def _repeated(frame: pl.DataFrame, image: pl.Series) -> list[_Wrong]:
    """Rows whose rank or class the image has already."""
    import polars as pl

    again = "which the image has already"
    pairs = frame.select(image.alias("_image"), "rank", "class_id")
    seen = pairs.select(pl.struct("_image", name).is_first_distinct().alias(name) for name in ("rank", "class_id"))
    return [(name, again, frame[name], ~seen[name]) for name in ("rank", "class_id")]


def _masks(rles: pl.Series, pixels: pl.Series | None) -> _Wrong:
    """Rows without a mask, or with one that isn't of the image's size."""
    import polars as pl

    from snellen.formats.rle_pixels import rle_pixels

    wrong = rles.is_null()
    if pixels is not None:
        covered = pl.Series(rle_pixels(rles.fill_null("").to_list()), dtype=pl.Int64)
        wrong = (covered < 0) | (covered != pixels).fill_null(False)
    return "rle", "expected the counts of a COCO RLE at the size of the image, height x width", rles, wrong


def _poses(poses: pl.Series, count: int | None) -> list[_Wrong]:
    """Rows with another number of keypoints, or with keypoints that are no [x, y, score]."""
    import polars as pl

    lengths = poses.list.len().fill_null(0)
    if count is None:
        count = int(lengths[0]) if len(lengths) else 0
    counted = (lengths != count) | poses.is_null()
    shaped = poses.list.eval(pl.element().list.len().eq(3).fill_null(False)).list.all().fill_null(False)
    numbers = poses.list.eval(pl.element().list.eval(pl.element().is_finite().fill_null(False)).list.all()).list.all()
    scores = poses.list.eval(pl.element().list.get(2, null_on_oob=True).is_between(0, 1).fill_null(False)).list.all()
    bad = ~(shaped & numbers.fill_null(False) & scores.fill_null(False)) & ~counted
    return [
        ("keypoints", f"expected {count} of them", poses, counted),
        ("keypoints", "expected [x, y, score] each, x and y finite, the score from 0 to 1", poses, bad),
    ]
