"""The images of a snapshot as a table to filter, sort and page: what a grid of pictures shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple
from unicodedata import normalize

if TYPE_CHECKING:
    import polars as pl

Sort = Literal["path", "objects", "size"]
#: Stands for every code in the filter by problem.
ANY = "any"


class Listed(NamedTuple):
    """One page: its rows, how many there are in all, and where the next page begins (None at the end)."""

    rows: pl.DataFrame
    total: int
    following: int | None


def image_table(images: pl.DataFrame, objects: pl.DataFrame, problems: pl.DataFrame | None) -> pl.DataFrame:
    """``images.parquet`` with ``objects`` (u32), ``classes`` (list of i32, each once) and ``problems`` (codes)."""
    import polars as pl

    of_objects = objects.group_by("image_id").agg(
        pl.len().alias("objects"), pl.col("class_id").unique().sort().alias("classes")
    )
    table = images.join(of_objects, on="image_id", how="left").with_columns(
        pl.col("objects").fill_null(0), pl.col("classes").fill_null([])
    )
    if problems is None or problems.is_empty():
        return table.with_columns(pl.lit([], dtype=pl.List(pl.String)).alias("problems")).sort("image_id")
    codes = problems.drop_nulls("image_id").group_by("image_id").agg(pl.col("code").unique().sort().alias("problems"))
    return table.join(codes, on="image_id", how="left").with_columns(pl.col("problems").fill_null([])).sort("image_id")


def list_images(
    table: pl.DataFrame,
    *,
    split: str | None = None,
    class_id: int | None = None,
    problem: str | None = None,
    empty: bool | None = None,
    search: str | None = None,
    sort: Sort = "path",
    limit: int = 60,
    start: int = 0,
) -> Listed:
    """Rows of :func:`image_table` that pass every filter, from the `start`-th on.

    ``problem`` is a code or :data:`ANY`; ``empty`` chooses images without objects, or those with; ``search`` is a part
    of the path, upper or lower case, accents in one character or in two (as file names of macOS have).
    ``objects`` and ``size`` (pixels) sort the largest first, equal ones by path.
    """
    import polars as pl

    wanted = []
    if split is not None:
        wanted.append(pl.col("split") == split)
    if class_id is not None:
        wanted.append(pl.col("classes").list.contains(class_id))
    if problem is not None:
        codes = pl.col("problems")
        wanted.append(codes.list.len() > 0 if problem == ANY else codes.list.contains(problem))
    if empty is not None:
        wanted.append((pl.col("objects") == 0) == empty)
    if search:
        path = pl.col("path") if search.isascii() else pl.col("path").str.normalize("NFC")
        wanted.append(path.str.to_lowercase().str.contains(normalize("NFC", search).lower(), literal=True))
    found = table.filter(*wanted) if wanted else table
    if sort == "objects":
        found = found.sort("objects", "image_id", descending=[True, False])
    elif sort == "size":
        pixels = pl.col("width").cast(pl.Int64) * pl.col("height")
        found = found.sort(pixels, "image_id", descending=[True, False])
    end = start + limit
    return Listed(found.slice(start, limit), found.height, end if end < found.height else None)
