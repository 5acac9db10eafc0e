"""The columns of predictions, truth and matches as numpy arrays, checked once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from snellen.errors import InvalidInput

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
#: The evaluated images, in any order.
ImageIds = Sequence[int] | npt.NDArray[np.integer[Any]] | pl.Series


@dataclass(frozen=True)
class PredictionColumns:
    """Predictions in the order of their file; a prediction's id is its place here.

    ``image_id``, ``class_id`` int64 [n]; ``score`` float32 [n]. ``first`` bool [n], for a classifier's: which are its
    first choices; its others count nowhere but in the top 5.
    """

    image_id: Ints
    class_id: Ints
    score: npt.NDArray[np.float32]
    first: Bools | None = None

    def __len__(self) -> int:
        return len(self.image_id)

    @cached_property
    def by_score(self) -> Ints:
        """The places by falling score, equal ones in the order of the file; int64 [n]."""
        return np.argsort(-self.score, kind="stable")

    @cached_property
    def falling(self) -> npt.NDArray[np.float32]:
        """Minus the scores in the order of :attr:`by_score`, so that they rise and can be searched; float32 [n]."""
        return np.asarray(-self.score[self.by_score])

    def reaches(self, score: float) -> Bools:
        """Which predictions reach `score`; it is rounded to float32 first, as the scores were."""
        reached = np.asarray(self.score >= np.float32(score), dtype=np.bool_)
        return reached if self.first is None else reached & self.first


@dataclass(frozen=True, slots=True)
class ObjectColumns:
    """Truth in order of ``object_id``, int64 [n]; ``boxes`` float64 [4, n] as :func:`box_columns` gives them;
    ``area`` in square pixels; ``crowd`` bool [n]."""

    object_id: Ints
    image_id: Ints
    class_id: Ints
    boxes: Floats
    area: Floats
    crowd: Bools

    def __len__(self) -> int:
        return len(self.image_id)

    def place_of(self, object_id: Ints) -> Ints:
        """The places of the objects with these ids; :class:`~snellen.errors.InvalidInput` for one that isn't here."""
        place = np.searchsorted(self.object_id, object_id).astype(np.int64)
        known = place < len(self)
        known[known] = self.object_id[place[known]] == object_id[known]
        if not bool(known.all()):
            raise InvalidInput(
                f"matches: object_id {object_id[~known][0]} is not among the {len(self)} objects of the evaluated "
                "images; the match table belongs to another truth: match again"
            )
        return place

    def take(self, keep: Bools | Ints) -> ObjectColumns:
        """The objects for which `keep` is true, or those at the places `keep`."""
        return ObjectColumns(
            self.object_id[keep],
            self.image_id[keep],
            self.class_id[keep],
            self.boxes[:, keep],
            self.area[keep],
            self.crowd[keep],
        )


def prediction_columns(frame: pl.DataFrame) -> PredictionColumns:
    """Read ``image_id, class_id, score``, and ``rank`` (from 1) where there is one.

    :class:`~snellen.errors.InvalidInput` names a missing column.
    """
    return PredictionColumns(
        ints(frame, "image_id", "predictions"),
        ints(frame, "class_id", "predictions"),
        _column(frame, "score", "predictions").cast(pl.Float32).to_numpy(),
        ints(frame, "rank", "predictions") == 1 if "rank" in frame.columns else None,
    )


def numbered_objects(frame: pl.DataFrame) -> pl.DataFrame:
    """The truth with an ``object_id`` (without one a row's place is its id), in the order of :func:`object_columns`."""
    if "object_id" not in frame.columns:
        return frame.with_row_index("object_id")
    return frame if frame["object_id"].is_sorted() else frame.sort("object_id")


def object_columns(frame: pl.DataFrame) -> ObjectColumns:
    """Read the truth. Without ``object_id`` a row's place is its id, without ``area`` it is w·h, without
    ``iscrowd`` nothing is a crowd; labels of whole images have no box, which then has no size."""
    boxed = not {"x", "y", "w", "h"}.isdisjoint(frame.columns)
    boxes = box_columns(frame, "objects") if boxed else np.zeros((4, frame.height))
    n = frame.height
    object_id = ints(frame, "object_id", "objects") if "object_id" in frame.columns else np.arange(n)
    area = boxes[2] * boxes[3]
    if "area" in frame.columns:
        given = frame["area"].cast(pl.Float64).to_numpy()
        area = np.where(np.isnan(given), area, given)
    crowd = np.zeros(n, dtype=np.bool_)
    if "iscrowd" in frame.columns:
        crowd = frame["iscrowd"].cast(pl.Boolean).fill_null(False).to_numpy().astype(np.bool_)
    columns = ObjectColumns(
        object_id, ints(frame, "image_id", "objects"), ints(frame, "class_id", "objects"), boxes, area, crowd
    )
    if n > 1 and not bool((object_id[1:] > object_id[:-1]).all()):
        order = np.argsort(object_id, kind="stable")
        columns = columns.take(order)
        if bool((columns.object_id[1:] == columns.object_id[:-1]).any()):
            raise InvalidInput("objects: two rows have the same object_id; ids number the objects of a snapshot")
    return columns


class ImageSet:
    """The evaluated images; membership in constant time an id, where the ids don't lie far apart."""

    def __init__(self, image_ids: ImageIds) -> None:
        self.ids: Ints = np.unique(np.asarray(image_ids, dtype=np.int64))
        if len(self.ids) and self.ids[0] < 0:
            raise InvalidInput(f"image_ids: got {self.ids[0]}; ids count from 0")
        self._place: Ints | None = None
        most = int(self.ids[-1]) + 1 if len(self.ids) else 0
        if most <= max(16 * len(self.ids), 1 << 20):
            self._place = np.full(most, -1, dtype=np.int64)
            self._place[self.ids] = np.arange(len(self.ids))

    def place_of(self, image_id: Ints) -> Ints:
        """The place of each image in ``ids``; -1 for one that was not evaluated."""
        if self._place is None:
            near = np.searchsorted(self.ids, image_id).clip(max=len(self.ids) - 1)
            return np.where(self.ids[near] == image_id, near, -1)
        known = (image_id >= 0) & (image_id < len(self._place))
        place = np.full(len(image_id), -1, dtype=np.int64)
        place[known] = self._place[image_id[known]]
        return place

    def has(self, image_id: Ints) -> Bools:
        """Which of these images were evaluated."""
        return np.asarray(self.place_of(image_id) >= 0, dtype=np.bool_)


def ratio(above: npt.NDArray[Any], below: npt.NDArray[Any]) -> Floats:
    """`above` / `below`, NaN where `below` is 0."""
    values = np.full(np.shape(below), np.nan)
    np.divide(above, below, out=values, where=below > 0)
    return values


def image_id_type(objects: pl.DataFrame) -> pl.DataType:
    """The type that image ids have in the truth, so that answers can be joined with its images."""
    kind = objects.schema["image_id"]
    return kind if kind.is_integer() else pl.Int64()


def ints(frame: pl.DataFrame, name: str, table: str) -> Ints:
    """A column as int64."""
    return _column(frame, name, table).cast(pl.Int64).to_numpy()


def box_columns(frame: pl.DataFrame, table: str) -> Floats:
    """float64 [4, n]: x, y, w, h in pixels of the original image, origin top-left."""
    columns = [_column(frame, name, table).cast(pl.Float64).to_numpy() for name in ("x", "y", "w", "h")]
    return np.stack(columns) if frame.height else np.zeros((4, 0))


def _column(frame: pl.DataFrame, name: str, table: str) -> pl.Series:
    if name not in frame.columns:
        raise InvalidInput(f"{table}: no column {name!r}; got {', '.join(frame.columns) or 'none'}")
    column = frame[name]
    if column.null_count():
        raise InvalidInput(f"{table}: column {name!r} has {column.null_count()} nulls; expected a value in every row")
    return column
