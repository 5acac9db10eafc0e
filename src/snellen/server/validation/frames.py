"""The frames of a result: predictions, truth and matches, read once and kept while somebody looks at them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from snellen.errors import PredictionsInvalid, ResultNotFound, SnapshotNotFound
from snellen.server.datasets.frames import SnapshotFrames
from snellen.server.kept import Kept
from snellen.storage import Store, object_keys

if TYPE_CHECKING:
    import polars as pl

KEEP = 6
MATCH_COLUMNS = ("iou_index", "prediction_id", "object_id", "iou", "ignored")
Key = tuple[str, str, str | None, tuple[str, ...], int | None]


@dataclass(frozen=True, slots=True)
class ResultSource:
    """What a result's row says of where its data is."""

    job_id: int
    epoch: int
    task_type: str
    class_names: tuple[str, ...]
    dataset_id: int | None
    snapshot: str | None
    predictions_key: str | None
    matches_key: str | None
    truth_key: str | None


@dataclass(frozen=True, slots=True)
class Frames:
    """Everything that a matrix, a cell or an image is sliced from.

    ``images`` has the evaluated images only; columns as in the design, section 6.
    """

    images: pl.DataFrame
    objects: pl.DataFrame
    predictions: pl.DataFrame
    matches: pl.DataFrame
    class_names: tuple[str, ...]
    dataset_id: int | None
    snapshot: str | None


class ResultFrames:
    """The last few results' frames in memory, keyed by their files, which never change."""

    def __init__(self, internal: Store, snapshots: SnapshotFrames) -> None:
        self._internal = internal
        self._snapshots = snapshots
        self._kept: Kept[Key, Frames] = Kept(KEEP)

    def get(self, source: ResultSource) -> Frames:
        """The frames; :class:`~snellen.errors.ResultNotFound` when the result has no prediction set or no truth."""
        if source.predictions_key is None:
            raise ResultNotFound(
                f"the result of job {source.job_id}, epoch {source.epoch} came without predictions; "
                "only its reported metrics can be shown"
            )
        truth = source.truth_key or source.snapshot
        if truth is None:
            raise ResultNotFound(
                f"job {source.job_id} has no dataset in Snellen and epoch {source.epoch} brought no truth; "
                "create the job with a dataset, or send true_boxes in image_results"
            )
        key = (source.predictions_key, truth, source.matches_key, source.class_names, source.dataset_id)
        return self._kept.get(key, lambda: self._load(source))

    def _load(self, source: ResultSource) -> Frames:

        import polars as pl

        from snellen.evaluation import match_boxes
        from snellen.formats.predictions import read_predictions

        assert source.predictions_key is not None  # noqa: S101 - checked by get()
        found = read_predictions(self._internal.get_bytes(source.predictions_key))
        images, objects = self._truth(source)
        evaluated = pl.Series("image_id", list(found.image_ids), dtype=images["image_id"].dtype)
        images = images.filter(pl.col("image_id").is_in(evaluated.implode()))
        objects = objects.filter(pl.col("image_id").is_in(evaluated.implode()))
        if source.matches_key is not None:
            matches = _read_matches(self._internal.get_bytes(source.matches_key), source)
        else:
            matches = match_boxes(found.frame, objects)
        _check_classes(found.frame, objects, source)
        return Frames(images, objects, found.frame, matches, source.class_names, source.dataset_id, source.snapshot)

    def _truth(self, source: ResultSource) -> tuple[pl.DataFrame, pl.DataFrame]:
        import io

        import polars as pl

        if source.truth_key is None:
            assert source.snapshot is not None  # noqa: S101 - checked by get()
            try:
                snapshot = self._snapshots.get(source.snapshot)
            except SnapshotNotFound as error:
                if source.dataset_id is not None:
                    raise
                raise SnapshotNotFound(
                    f"the dataset of job {source.job_id} has been deleted: the metrics remain, images can't be shown"
                ) from error
            return snapshot.images, snapshot.objects
        keys = object_keys.truth_keys(source.truth_key)
        images, objects = (pl.read_parquet(io.BytesIO(self._internal.get_bytes(key))) for key in keys)
        return images, objects


def _read_matches(data: bytes, source: ResultSource) -> pl.DataFrame:
    import io

    import polars as pl

    try:
        found = pl.read_parquet(io.BytesIO(data))
    except (pl.exceptions.PolarsError, OSError) as error:
        raise PredictionsInvalid(f"{source.matches_key}: no Parquet file ({error}); send the epoch again") from error
    if missing := [name for name in MATCH_COLUMNS if name not in found.columns]:
        raise PredictionsInvalid(
            f"{source.matches_key}: no match table, it has no {', '.join(missing)}; send the epoch again"
        )
    return found


def _check_classes(predictions: pl.DataFrame, objects: pl.DataFrame, source: ResultSource) -> None:
    names = len(source.class_names)
    for frame in (predictions, objects):
        if frame.filter(frame["class_id"] >= names).height:
            raise PredictionsInvalid(
                f"epoch {source.epoch} of job {source.job_id} names {names} classes, but has objects of others; "
                "send the epoch again with all class_names"
            )
