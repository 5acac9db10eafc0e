"""The frames of a result: predictions, truth and matches, read once and kept while somebody looks at them."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

from snellen.contract.tasks import Task
from snellen.errors import InvalidInput, PredictionsInvalid, PredictionsRemoved, ResultNotFound, SnapshotNotFound
from snellen.server.datasets.frames import SnapshotFrames
from snellen.server.kept import Kept
from snellen.storage import Store, object_keys

if TYPE_CHECKING:
    import polars as pl

    from snellen.evaluation import ErrorTypes, KeypointSettings, LabelSuspects
    from snellen.evaluation.cells_by_score import CellsByScore
    from snellen.evaluation.columns import ObjectColumns, PredictionColumns
    from snellen.evaluation.outcomes import Outcomes
    from snellen.formats import Snapshot
    from snellen.formats.predictions import PredictionSet
    from snellen.server.validation.listing import Listing

KEEP = 6
#: What the predictions and matches of results may take in memory together.
KEEP_BYTES = 1024**3
#: Thresholds of one result whose outcomes are kept: paging asks for the same again, a slider goes back and forth.
KEEP_THRESHOLDS = 4
#: Orders of one result's images that are kept, and of the objects in them: somebody scrolls through one.
KEEP_LISTINGS = 3
#: As many IoUs as there are: the slider of a result goes over all of them.
KEEP_IOUS = 18
#: Of the cases like a likely label error, the share in which the model must be right.
LEAST_RIGHT = 0.5
T = TypeVar("T")
Key = tuple[str, str, str | None, tuple[str, ...], int | None, str]


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
    #: Why there is no prediction set any more, if there was one.
    removed: str | None = None


@dataclass(frozen=True, slots=True)
class At:
    """One result at a score and an IoU: what became of everything, and every image's numbers."""

    outcomes: Outcomes
    summary: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Frames:
    """Everything that a matrix, a cell or an image is sliced from.

    ``images`` has the evaluated images only; columns as in the design, section 6. ``objects`` are as they are matched.
    """

    task: Task
    images: pl.DataFrame
    objects: pl.DataFrame
    predictions: pl.DataFrame
    matches: pl.DataFrame
    class_names: tuple[str, ...]
    dataset_id: int | None
    snapshot: str | None
    keypoints: KeypointSettings | None = None
    skeleton: tuple[tuple[int, int], ...] = ()
    _at: Kept[tuple[float, float], At] = field(default_factory=lambda: Kept(KEEP_THRESHOLDS), compare=False)
    _read: Kept[int, tuple[PredictionColumns, ObjectColumns]] = field(default_factory=lambda: Kept(1), compare=False)
    _every: Kept[float, Outcomes] = field(default_factory=lambda: Kept(2), compare=False)
    _cells: Kept[float, CellsByScore] = field(default_factory=lambda: Kept(KEEP_IOUS), compare=False)
    _errors: Kept[float, ErrorTypes] = field(default_factory=lambda: Kept(KEEP_THRESHOLDS), compare=False)
    _overlaps: Kept[float, pl.DataFrame] = field(default_factory=lambda: Kept(KEEP_THRESHOLDS), compare=False)
    _suspects: Kept[float, LabelSuspects] = field(default_factory=lambda: Kept(KEEP_THRESHOLDS), compare=False)
    _listings: Kept[Hashable, Listing] = field(default_factory=lambda: Kept(KEEP_LISTINGS), compare=False)
    _ordered: Kept[Hashable, pl.DataFrame] = field(default_factory=lambda: Kept(KEEP_LISTINGS), compare=False)

    def at(self, conf: float, iou: float) -> At:
        """The outcomes at a score and an IoU; the last few are kept."""
        from snellen.evaluation.label_ranks import label_summary
        from snellen.evaluation.outcomes import outcomes_of
        from snellen.evaluation.summaries import summary_of

        def make() -> At:
            found = outcomes_of(*self.columns(), self.matches, score=conf, iou=iou)
            ids = self.images["image_id"]
            if self.task is Task.CLASSIFICATION:
                return At(found, label_summary(self.predictions, self.objects, image_ids=ids, score=conf))
            return At(found, summary_of(found, ids))

        return self._at.get((conf, iou), make)

    def everything(self, iou: float) -> Outcomes:
        """The outcomes of every score, for curves and the like."""
        from snellen.evaluation.outcomes import outcomes_of

        return self._every.get(iou, lambda: outcomes_of(*self.columns(), self.matches, score=float("-inf"), iou=iou))

    def cells(self, iou: float) -> CellsByScore:
        """The matrix at an IoU and any score: made once, then counted for every move of the score's slider."""
        from snellen.evaluation.cells_by_score import cells_by_score

        return self._cells.get(iou, lambda: cells_by_score(self.everything(iou), len(self.class_names), iou))

    def columns(self) -> tuple[PredictionColumns, ObjectColumns]:
        """Predictions and objects as numbers, read once."""
        from snellen.evaluation.columns import object_columns, prediction_columns

        return self._read.get(0, lambda: (prediction_columns(self.predictions), object_columns(self.objects)))

    def errors(self, iou: float) -> ErrorTypes:
        """The TIDE errors at an IoU: computed when somebody asks, then kept."""
        from snellen.evaluation import error_types

        return self._errors.get(iou, lambda: self._matched_by(error_types, iou))

    def suspects(self, iou: float) -> LabelSuspects:
        """Labels that are likely wrong: looked for when somebody asks, then kept.

        A model that is wrong in most cases of a kind says nothing about the labels of those cases.
        """
        import polars as pl

        from snellen.evaluation import label_suspects

        def look() -> LabelSuspects:
            found = self._matched_by(label_suspects, iou)
            return replace(found, suspects=found.suspects.filter(pl.col("share") >= LEAST_RIGHT))

        return self._suspects.get(iou, look)

    def _matched_by(self, analysis: Callable[..., T], iou: float) -> T:
        """What an analysis with a matching of its own finds in everything that is here."""
        return analysis(
            self.task,
            self.predictions,
            self.objects,
            class_count=len(self.class_names),
            iou=iou,
            images=self.images,
            sigmas=() if self.keypoints is None else self.keypoints.sigmas,
        )

    def listing(self, key: Hashable, make: Callable[[], Listing]) -> Listing:
        """Images in an order; the last few are kept."""
        return self._listings.get(key, make)

    def ordered_pairs(self, key: Hashable, make: Callable[[], pl.DataFrame]) -> pl.DataFrame:
        """The pairs of a listing in an order; the last few are kept."""
        return self._ordered.get(key, make)

    def overlap(self, conf: float) -> pl.DataFrame:
        """Pixels that predicted and true masks have in common, by image and class."""
        from snellen.evaluation import mask_overlap

        if self.task is not Task.SEGMENTATION:
            raise InvalidInput(f"this result is of {self.task}; only masks have pixels in common")
        return self._overlaps.get(conf, lambda: mask_overlap(self.predictions, self.objects, self.images, score=conf))

    def overlap_of(self, image_ids: list[int], conf: float) -> pl.DataFrame:
        """The same of some images, without making it of all."""
        import polars as pl

        from snellen.evaluation import mask_overlap

        here = pl.col("image_id").is_in(image_ids)
        known = self._overlaps.peek(conf)
        if known is not None:
            return known.filter(here)
        tables = (self.predictions.filter(here), self.objects.filter(here), self.images.filter(here))
        return mask_overlap(*tables, score=conf)


class ResultFrames:
    """The last few results' frames in memory, keyed by their files, which never change."""

    def __init__(self, internal: Store, snapshots: SnapshotFrames) -> None:
        self._internal = internal
        self._snapshots = snapshots
        self._kept: Kept[Key, Frames] = Kept(KEEP, weigh=_bytes, most_weight=KEEP_BYTES)

    def get(self, source: ResultSource) -> Frames:
        """The frames; :class:`~snellen.errors.ResultNotFound` when the result has no prediction set or no truth."""
        if source.predictions_key is None and source.removed is not None:
            raise PredictionsRemoved(
                f"the prediction set of job {source.job_id}, epoch {source.epoch} was removed: {source.removed}; its "
                "numbers, its matrix and its plots remain"
            )
        if source.predictions_key is None:
            raise ResultNotFound(
                f"the result of job {source.job_id}, epoch {source.epoch} came without predictions; "
                "only its reported metrics can be shown"
            )
        truth = source.truth_key or source.snapshot
        if truth is None:
            raise ResultNotFound(
                f"job {source.job_id} has no dataset in Snellen and epoch {source.epoch} brought no truth; "
                "create the job with a dataset, or send its truth in image_results"
            )
        return self._kept.get(_key(source, source.predictions_key, truth), lambda: self._load(source))

    def peek(self, source: ResultSource) -> Frames | None:
        """The frames if they are in memory."""
        truth = source.truth_key or source.snapshot
        if source.predictions_key is None or truth is None:
            return None
        return self._kept.peek(_key(source, source.predictions_key, truth))

    def prediction_bytes(self, source: ResultSource) -> bytes:
        """The file of the prediction set."""
        assert source.predictions_key is not None  # noqa: S101 - the caller looked
        return self._internal.get_bytes(source.predictions_key)

    def match_bytes(self, source: ResultSource) -> bytes:
        """The file of the match table."""
        assert source.matches_key is not None  # noqa: S101 - the caller looked
        return self._internal.get_bytes(source.matches_key)

    def objects(self, source: ResultSource, image_id: int) -> pl.DataFrame:
        """The truth of one image as it is matched."""
        import polars as pl

        from snellen.evaluation import truth_for
        from snellen.evaluation.columns import numbered_objects

        _, objects, _ = self._truth(source)
        return truth_for(Task(source.task_type), numbered_objects(objects).filter(pl.col("image_id") == image_id))

    def _load(self, source: ResultSource) -> Frames:
        import polars as pl

        from snellen.evaluation import match_for, truth_for

        task = Task(source.task_type)
        found, matches = self._predictions(source, task), self._matches(source)
        images, objects, named = self._truth(source)
        keypoints, skeleton = _keypoints(named, objects, found.frame) if task is Task.POSE else (None, ())
        evaluated = pl.Series(list(found.image_ids), dtype=pl.Int64).implode()
        known = images["image_id"].cast(pl.Int64).is_in(evaluated)
        if known.sum() < len(found.image_ids):
            raise PredictionsInvalid(
                f"the predictions of epoch {source.epoch} of job {source.job_id} are of {len(found.image_ids)} images, "
                f"of which the truth has {known.sum()}; send the epoch again with ids of images of the dataset"
            )
        if not known.all():
            images = images.filter(known)
            objects = objects.filter(pl.col("image_id").cast(pl.Int64).is_in(evaluated))
        objects = truth_for(task, objects)
        _check_classes(found.frame, objects, source)
        if matches is None:
            sigmas = () if keypoints is None else keypoints.sigmas
            matches = match_for(task, found.frame, objects, images=images, sigmas=sigmas)
        return Frames(
            task,
            images,
            objects,
            found.frame,
            matches,
            source.class_names,
            source.dataset_id,
            source.snapshot,
            keypoints,
            skeleton,
        )

    def _predictions(self, source: ResultSource, task: Task) -> PredictionSet:
        from snellen.formats.predictions import read_predictions

        assert source.predictions_key is not None  # noqa: S101 - checked by get()
        return read_predictions(self._internal.get_bytes(source.predictions_key), task=task)

    def _matches(self, source: ResultSource) -> pl.DataFrame | None:
        if source.matches_key is None:
            return None
        return _read_matches(self._internal.get_bytes(source.matches_key), source)

    def _truth(self, source: ResultSource) -> tuple[pl.DataFrame, pl.DataFrame, dict[str, Any] | None]:
        """Images, objects, and the snapshot's keypoints if it has some."""
        import io

        import polars as pl

        snapshot = self._snapshot(source)
        if source.truth_key is not None:
            keys = object_keys.truth_keys(source.truth_key)
            images, objects = (pl.read_parquet(io.BytesIO(self._internal.get_bytes(key))) for key in keys)
        else:
            assert snapshot is not None  # noqa: S101 - checked by get()
            images, objects = snapshot.images, snapshot.objects
        return images, objects, None if snapshot is None else snapshot.info.keypoints

    def _snapshot(self, source: ResultSource) -> Snapshot | None:
        """The job's; a result that brought its own truth can do without one that was deleted."""
        if source.snapshot is None:
            return None
        try:
            return self._snapshots.get(source.snapshot)
        except SnapshotNotFound as error:
            if source.truth_key is not None:
                return None
            if source.dataset_id is not None:
                raise
            raise SnapshotNotFound(
                f"the dataset of job {source.job_id} has been deleted: the metrics remain, images can't be shown"
            ) from error


def _key(source: ResultSource, predictions: str, truth: str) -> Key:
    return predictions, truth, source.matches_key, source.class_names, source.dataset_id, source.task_type


def _keypoints(
    named: dict[str, Any] | None, objects: pl.DataFrame, predictions: pl.DataFrame
) -> tuple[KeypointSettings, tuple[tuple[int, int], ...]]:
    """Those of the snapshot; without one, numbers from 0 are their names."""
    from snellen.evaluation import KeypointSettings

    if named is not None:
        skeleton = tuple((int(a), int(b)) for a, b in named.get("skeleton") or ())
        return KeypointSettings.of_dataset(named), skeleton
    for frame in (objects, predictions):
        poses = frame["keypoints"].drop_nulls() if "keypoints" in frame.columns else frame["image_id"].head(0)
        if len(poses):
            return KeypointSettings.numbered(len(poses[0])), ()
    return KeypointSettings.numbered(0), ()


def _bytes(frames: Frames) -> int:
    """What a result holds once somebody has looked around: its tables, and what is made of them.

    Columns as numbers, outcomes at a few thresholds, the order by score and cells at every IoU take about 270 bytes a
    prediction. The truth is counted too, though a snapshot's is shared by all results on it.
    """
    tables = (frames.predictions, frames.matches, frames.objects, frames.images)
    return int(sum(table.estimated_size() for table in tables) + 270 * frames.predictions.height)


def _read_matches(data: bytes, source: ResultSource) -> pl.DataFrame:
    import io

    import polars as pl

    from snellen.evaluation.matching import MATCH_SCHEMA

    try:
        found = pl.read_parquet(io.BytesIO(data))
    except (pl.exceptions.PolarsError, OSError) as error:
        raise PredictionsInvalid(f"{source.matches_key}: no Parquet file ({error}); send the epoch again") from error
    if missing := [name for name in MATCH_SCHEMA if name not in found.columns]:
        raise PredictionsInvalid(
            f"{source.matches_key}: no match table, it has no {', '.join(missing)}; send the epoch again"
        )
    for name, kind in MATCH_SCHEMA.items():
        if found.schema[name] != kind or found[name].null_count():
            raise PredictionsInvalid(
                f"{source.matches_key}: column {name} is of type {found.schema[name]} with {found[name].null_count()} "
                f"nulls; expected {kind()} and none; send the epoch again"
            )
    return found


def _check_classes(predictions: pl.DataFrame, objects: pl.DataFrame, source: ResultSource) -> None:
    names = len(source.class_names)
    for frame in (predictions, objects):
        most = frame["class_id"].max()
        if isinstance(most, int) and most >= names:
            raise PredictionsInvalid(
                f"epoch {source.epoch} of job {source.job_id} names {names} classes, but has objects of others; "
                "send the epoch again with all class_names"
            )
