"""Predictions and objects side by side, image by image, so that whole arrays can be worked on at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from snellen.evaluation.columns import (
    Ints,
    ObjectColumns,
    PredictionColumns,
    numbered_objects,
    object_columns,
    prediction_columns,
)

#: Pairs in one image looked at together; bounds the memory, whatever the number of images.
PAIRS_AT_ONCE = 3_000_000


@dataclass(frozen=True, slots=True)
class ByImage:
    """Both tables in order of their images.

    ``order`` int64 [n]: the prediction (row) at each place. ``rank`` [n] by row: 0 for the best score, equal scores in
    the order of the file. ``truth`` [m] in order of image and ``object_id``; ``object_rows`` [m] their rows in
    :func:`~snellen.evaluation.columns.numbered_objects`. ``first`` and ``count`` [n] by place: where the objects of the
    prediction's image begin in ``truth``, and how many there are.
    """

    found: PredictionColumns
    truth: ObjectColumns
    order: Ints
    rank: Ints
    object_rows: Ints
    first: Ints
    count: Ints

    @classmethod
    def of(cls, predictions: pl.DataFrame, objects: pl.DataFrame) -> ByImage:
        """Lay them out; :class:`~snellen.errors.InvalidInput` for a missing column or a null."""
        found, truth = prediction_columns(predictions), object_columns(numbered_objects(objects))
        order, rows = _in_order(found.image_id), _in_order(truth.image_id)
        rank = np.empty(len(found), dtype=np.int64)
        rank[found.by_score] = np.arange(len(found))
        truth = truth.take(rows)
        first = np.searchsorted(truth.image_id, found.image_id[order], side="left")
        count = np.searchsorted(truth.image_id, found.image_id[order], side="right") - first
        return cls(found, truth, order, rank, rows, first, count)

    def blocks(self) -> Iterator[tuple[int, int]]:
        """Ranges of places of whole images with at most :data:`PAIRS_AT_ONCE` pairs, or of a single image."""
        image_id = self.found.image_id[self.order]
        if not len(image_id):
            return
        last = np.append(np.flatnonzero(image_id[1:] != image_id[:-1]), len(image_id) - 1)
        pairs = np.cumsum(self.count)[last]
        block, done = 0, 0
        while block < len(last):
            begin = int(last[block - 1]) + 1 if block else 0
            block = max(block + 1, int(np.searchsorted(pairs, done + PAIRS_AT_ONCE, side="right")))
            done = int(pairs[block - 1])
            yield begin, int(last[block - 1]) + 1

    def images(self, begin: int, end: int) -> Iterator[tuple[int, int]]:
        """The ranges of places of each image in a block, those without objects left out."""
        image_id = self.found.image_id[self.order[begin:end]]
        starts = np.append(0, np.flatnonzero(image_id[1:] != image_id[:-1]) + 1) + begin
        for start, stop in zip(starts.tolist(), [*starts[1:].tolist(), end], strict=True):
            if self.count[start]:
                yield start, stop


def _in_order(image_id: Ints) -> Ints:
    if bool((image_id[1:] >= image_id[:-1]).all()):
        return np.arange(len(image_id))
    return np.argsort(image_id, kind="stable")
