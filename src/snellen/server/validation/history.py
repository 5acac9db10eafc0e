"""One image over the epochs of a job: what was found, missed and invented at each. Only that image's rows are read."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from snellen.contract.tasks import Task
from snellen.errors import ImageNotFound, InvalidInput, PredictionsInvalid
from snellen.server.kept import Kept
from snellen.server.validation.frames import ResultFrames, ResultSource
from snellen.server.validation.schemas import HistoryRow, ImageHistory

if TYPE_CHECKING:
    import polars as pl

    from snellen.evaluation.columns import Ints, ObjectColumns, PredictionColumns
    from snellen.evaluation.outcomes import Outcomes

#: More epochs are thinned to this many: a chart shows no more, and every one costs a look into two files.
MOST_EPOCHS = 300
KEEP = 20_000
KEEP_BYTES = 64 * 1024**2
SEEN = ("image_id", "class_id", "score")
Key = tuple[str, str, str | None, str, int]


@dataclass(frozen=True, slots=True)
class ImageSlice:
    """One image at one epoch: its predictions, its truth and their matches at every IoU."""

    found: PredictionColumns
    truth: ObjectColumns
    matches: pl.DataFrame
    #: Of a classifier's predictions, from 1.
    ranks: Ints | None

    @property
    def size(self) -> int:
        """About how many bytes it takes."""
        return int(self.matches.estimated_size()) + 40 * len(self.found) + 80 * len(self.truth) + 1000


class ImageHistories:
    """Slices of the images that somebody looked at, so that a slider's move reads no file again."""

    def __init__(self, results: ResultFrames) -> None:
        self._results = results
        #: None for an image that wasn't evaluated at an epoch.
        self._kept: Kept[Key, ImageSlice | None] = Kept(
            KEEP, weigh=lambda one: 100 if one is None else one.size, most_weight=KEEP_BYTES
        )

    def history(
        self,
        sources: Sequence[ResultSource],
        image_id: int,
        *,
        conf: float,
        iou: float,
        keep: set[int],
        object_id: int | None = None,
        most: int = MOST_EPOCHS,
    ) -> ImageHistory:
        """What became of the image at each epoch, `keep` among those that stay when there are more than `most`."""
        from snellen.evaluation import snap_iou

        iou = snap_iou(iou)
        shown = thin(sources, most, keep)
        rows = [
            _row(source, one, conf=conf, iou=iou, object_id=object_id)
            for source in shown
            if (one := self.slice(source, image_id)) is not None
        ]
        if not rows:
            raise ImageNotFound(f"image {image_id} was not evaluated at any epoch of this job that has predictions")
        if object_id is not None and all(row.object is None for row in rows):
            raise InvalidInput(f"object_id: got {object_id}, which is no object of image {image_id}")
        return ImageHistory(
            image_id=image_id,
            items=rows,
            total_epochs=len(sources),
            thinned=len(shown) < len(sources),
            conf=conf,
            iou=iou,
        )

    def slice(self, source: ResultSource, image_id: int) -> ImageSlice | None:
        """The image at an epoch; None if it wasn't evaluated there."""
        assert source.predictions_key is not None  # noqa: S101 - only such results are asked for
        truth = source.truth_key or source.snapshot or ""
        key = (source.predictions_key, truth, source.matches_key, source.task_type, image_id)
        return self._kept.get(key, lambda: self._read(source, image_id))

    def _read(self, source: ResultSource, image_id: int) -> ImageSlice | None:
        import polars as pl

        from snellen.evaluation.columns import numbered_objects

        frames = self._results.peek(source)
        if frames is None and source.matches_key is None:
            frames = self._results.get(source)
        if frames is not None:
            evaluated = frames.images.filter(pl.col("image_id") == image_id).height > 0
            predictions, matches = frames.predictions.lazy().with_row_index("_row"), frames.matches.lazy()
            truth = numbered_objects(frames.objects).filter(pl.col("image_id") == image_id)
        else:
            data, evaluated = self._results.prediction_bytes(source), None
            predictions = pl.scan_parquet(io.BytesIO(data), row_index_name="_row")
            matches = pl.scan_parquet(io.BytesIO(self._results.match_bytes(source)))
            truth = self._results.objects(source, image_id)
        try:
            here = predictions.filter(pl.col("image_id") == image_id)
            columns = ["_row", *SEEN, *(["rank"] if source.task_type == Task.CLASSIFICATION else [])]
            rows = here.select(columns).collect()
            if evaluated is None and rows.is_empty():
                evaluated = image_id in _evaluated(data)
            if evaluated is False:
                return None
            # A range first: from a file only the blocks that may hold it are read.
            ids = rows["_row"].cast(pl.Int64)
            near = pl.col("prediction_id").is_between(ids.min() or 0, -1 if ids.is_empty() else ids.max())
            found = matches.filter(near).collect()
        except (pl.exceptions.PolarsError, OSError) as error:
            raise PredictionsInvalid(
                f"the predictions of epoch {source.epoch} of job {source.job_id} can't be read ({error}); "
                "send the epoch again"
            ) from error
        return _slice(rows, found.filter(pl.col("prediction_id").is_in(ids.implode())), truth)


def thin(sources: Sequence[ResultSource], most: int, keep: set[int]) -> list[ResultSource]:
    """At most about `most`, evenly spread; the first, the last and the epochs in `keep` are among them."""
    if len(sources) <= most:
        return list(sources)
    last = len(sources) - 1
    places = {round(at * last / (most - 1)) for at in range(most)}
    return [source for at, source in enumerate(sources) if at in places or source.epoch in keep]


def _evaluated(data: bytes) -> list[int]:
    import polars as pl

    found: list[int] = json.loads(pl.read_parquet_metadata(io.BytesIO(data))["snellen.images"])
    return found


def _slice(rows: pl.DataFrame, matches: pl.DataFrame, truth: pl.DataFrame) -> ImageSlice:
    """Predictions are numbered anew from 0 within the image, objects keep their ids."""
    import numpy as np
    import polars as pl

    from snellen.evaluation.columns import ints, object_columns, prediction_columns

    place = np.searchsorted(rows["_row"].to_numpy(), matches["prediction_id"].to_numpy())
    return ImageSlice(
        prediction_columns(rows),
        object_columns(truth),
        matches.with_columns(pl.Series("prediction_id", place, dtype=pl.Int64)),
        ints(rows, "rank", "predictions") if "rank" in rows.columns else None,
    )


def _row(source: ResultSource, one: ImageSlice, *, conf: float, iou: float, object_id: int | None) -> HistoryRow:
    from snellen.evaluation.outcomes import outcomes_of

    at = outcomes_of(one.found, one.truth, one.matches, score=conf, iou=iou)
    hits = at.hits
    tp = int(hits.sum())
    more: dict[str, Any] = {}
    if source.task_type == Task.CLASSIFICATION:
        more = _label(source, one)
    elif tp:
        more = {"mean_iou": float(at.iou_of[hits].mean())}
    if object_id is not None:
        more["object"] = _object(source, at, object_id)
    return HistoryRow(
        epoch=source.epoch, tp=tp, fp=int(at.counts.sum()) - tp, fn=int((~one.truth.crowd).sum()) - tp, **more
    )


def _label(source: ResultSource, one: ImageSlice) -> dict[str, Any]:
    """How a classifier ranks the true class, and what it takes the image for."""
    if one.ranks is None:
        return {}
    first = one.ranks == 1
    known: dict[str, Any] = {}
    if first.any():
        known = {
            "pred": source.class_names[int(one.found.class_id[first][0])],
            "score": float(one.found.score[first][0]),
        }
    if len(one.truth):
        right = one.found.class_id == one.truth.class_id[0]
        if right.any():
            known |= {"true_score": float(one.found.score[right][0]), "true_rank": int(one.ranks[right][0])}
    return known


def _object(source: ResultSource, at: Outcomes, object_id: int) -> dict[str, Any] | None:
    """The prediction that took the object: its class, its score and how well it lies; none at all is a miss."""
    import numpy as np

    place = np.flatnonzero(at.objects.object_id == object_id)
    if not len(place):
        return None
    partner = int(at.prediction_of[place[0]])
    if partner < 0:
        return {"outcome": "ignored" if at.objects.crowd[place[0]] else "fn"}
    class_id = int(at.predictions.class_id[partner])
    return {
        "outcome": "tp" if class_id == int(at.objects.class_id[place[0]]) else "fn",
        "pred": source.class_names[class_id],
        "score": float(at.predictions.score[partner]),
        "iou": float(at.iou_of[partner]),
    }
