"""Everything that is computed of one prediction set and stored with its validation result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl

from snellen.contract.numbers import encode
from snellen.contract.tasks import TOP, Task
from snellen.errors import InvalidInput, PredictionsInvalid
from snellen.evaluation.average_precision import AveragePrecision, average_precision
from snellen.evaluation.columns import ImageIds, ImageSet, ints, object_columns, prediction_columns
from snellen.evaluation.keypoint_columns import check_sigmas, default_sigmas, keypoint_array, labelled
from snellen.evaluation.label_ranks import label_summary, top_accuracy
from snellen.evaluation.layout import ByImage
from snellen.evaluation.matching import match, match_boxes, match_keypoints, match_labels, match_masks
from snellen.evaluation.matrix import Confusion, count_pairs
from snellen.evaluation.operating import OperatingPoints, points_of
from snellen.evaluation.outcomes import Outcomes, outcomes_of
from snellen.evaluation.pck import DEFAULT_FRACTION, KeypointAccuracy, keypoint_accuracy
from snellen.evaluation.reliability import Calibration, calibration_of
from snellen.evaluation.semantic_overlap import class_overlap, mask_overlap
from snellen.evaluation.similarity import similarity_of
from snellen.evaluation.summaries import class_counts, class_rows, none_if_nan
from snellen.evaluation.thresholds import DEFAULT_IOU, default_score, snap_iou

#: What the IoU of a task is the IoU of; poses are matched by OKS, labels by nothing.
SIMILARITY: Final = {
    Task.DETECTION: "box IoU",
    Task.SEGMENTATION: "mask IoU",
    Task.POSE: "OKS",
    Task.CLASSIFICATION: None,
}

#: Of the boxes of masks and poses, beside their own.
BOX_KEYS: Final = ("mAP50-95", "mAP50", "mAP75")


@dataclass(frozen=True, slots=True)
class KeypointSettings:
    """How poses are judged: ``names`` of the keypoints, their OKS ``sigmas``, and the ``fraction`` of PCK."""

    names: tuple[str, ...]
    sigmas: tuple[float, ...]
    fraction: float = DEFAULT_FRACTION

    @classmethod
    def of(
        cls, names: Sequence[str], sigmas: Sequence[float] | None = None, fraction: float = DEFAULT_FRACTION
    ) -> KeypointSettings:
        """Without `sigmas` COCO's for 17 keypoints, else 1 / their number each.

        Raises :class:`~snellen.errors.InvalidInput` for another number of sigmas, or one that isn't above 0.
        """
        given = default_sigmas(len(names)) if sigmas is None else check_sigmas(sigmas, len(names))
        return cls(tuple(names), given, fraction)

    @classmethod
    def of_dataset(cls, keypoints: Mapping[str, Any]) -> KeypointSettings:
        """Of a dataset's keypoints: ``{names}``, perhaps ``sigmas``."""
        return cls.of(keypoints["names"], keypoints.get("sigmas"))

    @classmethod
    def numbered(cls, count: int) -> KeypointSettings:
        """Of keypoints that nobody named: numbers from 0 are their names."""
        return cls.of([str(i) for i in range(count)])


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What Snellen computes of one prediction set; nothing in it was reported by a framework.

    ``metrics``: see docs/reference/evaluation.md; NaN where undefined. ``per_class``: the rows of
    :func:`~snellen.evaluation.per_class` with the best operating point of each class, and by task ``ap50, ap75,
    ap50_95`` and (of masks, semantic) ``iou, dice``; None where undefined. ``confusion``, ``calibration``,
    ``per_class`` and the metrics that hang on thresholds are at ``score`` and ``iou``. ``matches``: the match table, to
    slice at other thresholds.
    """

    task: Task
    class_names: tuple[str, ...]
    score: float
    iou: float
    metrics: dict[str, float]
    per_class: list[dict[str, Any]]
    confusion: Confusion
    matches: pl.DataFrame
    calibration: Calibration
    best: OperatingPoints
    keypoints: KeypointAccuracy | None = None
    settings: KeypointSettings | None = None

    def as_dict(self) -> dict[str, Any]:
        """The ``evaluation`` of a validation result, ready for JSON: NaN metrics are ``"NaN"``."""
        answer: dict[str, Any] = {
            "source": "computed",
            "similarity": SIMILARITY[self.task],
            "thresholds": {"score": self.score, "iou": self.iou},
            "metrics": {key: encode(value) for key, value in self.metrics.items()},
            "per_class": self.per_class,
            "confusion_matrix": self.confusion.as_dict(self.class_names),
            "calibration": self.calibration.as_dict(),
        }
        if self.keypoints is not None and self.settings is not None:
            answer |= {
                "keypoints": self.keypoints.rows(),
                "sigmas": list(self.settings.sigmas),
                "pck_fraction": self.keypoints.fraction,
            }
        return answer


def evaluate(
    task: Task,
    predictions: pl.DataFrame,
    objects: pl.DataFrame,
    images: pl.DataFrame,
    class_names: Sequence[str],
    *,
    score: float | None = None,
    iou: float = DEFAULT_IOU,
    keypoints: KeypointSettings | None = None,
) -> Evaluation:
    """Evaluate `predictions` against the `objects` of exactly `images`.

    `images` has ``image_id``, and for masks ``width, height`` in pixels; `objects` the columns of a snapshot
    (``object_id, image_id, class_id, x, y, w, h``, perhaps ``area, iscrowd``, for masks ``rle``, for poses
    ``keypoints``); `predictions` those of a prediction set of the task. Boxes and keypoints are pixels of the original
    image, origin top-left. Objects of other images don't count. Without `score` it is 0.25, for classification 0. Poses
    need `keypoints`.

    Raises :class:`~snellen.errors.PredictionsInvalid` for a prediction of an image that is not among `images` or of an
    unknown class, :class:`~snellen.errors.InvalidInput` for a truth that can't be one: unknown classes, masks or
    keypoints that are missing, several labels of an image.
    """
    task, names = Task(task), tuple(class_names)
    evaluated = ImageSet(ints(images, "image_id", "images"))
    objects = _checked(predictions, objects, evaluated, len(names))
    at_score = default_score(task) if score is None else score
    case = _Case(task, predictions, truth_for(task, objects), objects, images, evaluated.ids, names, at_score, iou)
    if task is Task.CLASSIFICATION:
        return case.labels()
    if task is Task.POSE:
        if keypoints is None:
            raise InvalidInput("keypoints: poses are judged by named keypoints; pass KeypointSettings.of(names)")
        return case.poses(keypoints)
    return case.masks() if task is Task.SEGMENTATION else case.boxes()


def evaluate_detection(
    predictions: pl.DataFrame,
    objects: pl.DataFrame,
    image_ids: ImageIds,
    class_names: Sequence[str],
    *,
    score: float | None = None,
    iou: float = DEFAULT_IOU,
) -> Evaluation:
    """:func:`evaluate` for boxes, which need nothing of their images but the ids."""
    images = pl.DataFrame({"image_id": ImageSet(image_ids).ids}, schema={"image_id": pl.Int64})
    return evaluate(Task.DETECTION, predictions, objects, images, class_names, score=score, iou=iou)


def match_for(
    task: Task,
    predictions: pl.DataFrame,
    objects: pl.DataFrame,
    *,
    images: pl.DataFrame | None = None,
    sigmas: Sequence[float] = (),
) -> pl.DataFrame:
    """The match table of a task; `objects` are those of :func:`truth_for`."""
    if task is Task.CLASSIFICATION:
        return match_labels(predictions, objects)
    at = ByImage.of(predictions, objects)
    return match(at, similarity_of(task, at, predictions, objects, images=images, sigmas=sigmas))


def truth_for(task: Task, objects: pl.DataFrame) -> pl.DataFrame:
    """The objects as they are matched: poses without a labelled keypoint can't be judged, so they are crowds."""
    if task is not Task.POSE or objects.is_empty() or "keypoints" not in objects.columns:
        return objects
    lengths = objects["keypoints"].drop_nulls().list.len()
    points = keypoint_array(objects, int(lengths[0]) if len(lengths) else 0, "objects")
    blind = pl.Series("iscrowd", ~labelled(points).any(axis=-1))
    crowd = objects["iscrowd"].cast(pl.Boolean).fill_null(False) if "iscrowd" in objects.columns else False
    return objects.with_columns((blind | crowd).alias("iscrowd"))


def _checked(predictions: pl.DataFrame, objects: pl.DataFrame, images: ImageSet, class_count: int) -> pl.DataFrame:
    """The objects of the evaluated images."""
    image_id, class_id = ints(predictions, "image_id", "predictions"), ints(predictions, "class_id", "predictions")
    foreign = np.flatnonzero(~images.has(image_id))
    if len(foreign):
        raise PredictionsInvalid(
            f"predictions: row {foreign[0]} is of image {image_id[foreign[0]]}, which was not evaluated "
            f"({len(foreign)} such rows)"
        )
    unknown = np.flatnonzero((class_id < 0) | (class_id >= class_count))
    if len(unknown):
        raise PredictionsInvalid(
            f"predictions: row {unknown[0]} has class_id {class_id[unknown[0]]}; expected 0 to {class_count - 1} "
            f"({len(unknown)} such rows)"
        )
    classes = ints(objects, "class_id", "objects")
    if len(classes) and not 0 <= classes.min() <= classes.max() < class_count:
        raise InvalidInput(f"objects: classes {classes.min()} to {classes.max()}; expected 0 to {class_count - 1}")
    if "object_id" not in objects.columns:
        raise InvalidInput("objects: no column 'object_id'; expected the objects of a snapshot")
    return objects.filter(pl.Series(images.has(ints(objects, "image_id", "objects")), dtype=pl.Boolean))


@dataclass(frozen=True, slots=True)
class _Case:
    """What is evaluated; ``objects`` as they are matched, ``given`` as they came."""

    task: Task
    predictions: pl.DataFrame
    objects: pl.DataFrame
    given: pl.DataFrame
    images: pl.DataFrame
    image_ids: Any
    names: tuple[str, ...]
    score: float
    iou: float

    def boxes(self) -> Evaluation:
        precision = self._precision("bbox")
        return self._done(match_boxes(self.predictions, self.objects), precision.summary, _ap_columns(precision))

    def masks(self) -> Evaluation:
        of_boxes, precision = self._precision("bbox"), self._precision("segm", images=self.images)
        matches = match_masks(self.predictions, self.objects, self.images)
        overlap = mask_overlap(self.predictions, self.objects, self.images, score=self.score)
        iou, dice = class_overlap(overlap, len(self.names))
        columns = _ap_columns(precision) | {"iou": iou.tolist(), "dice": dice.tolist()}
        metrics = precision.summary | _of_boxes(of_boxes) | {"mIoU": _mean(iou), "Dice": _mean(dice)}
        return self._done(matches, metrics, columns)

    def poses(self, settings: KeypointSettings) -> Evaluation:
        of_boxes, precision = self._precision("bbox"), self._precision("keypoints", sigmas=settings.sigmas)
        matches = match_keypoints(self.predictions, self.objects, settings.sigmas)
        accuracy = keypoint_accuracy(
            self.predictions,
            self.objects,
            matches,
            names=settings.names,
            fraction=settings.fraction,
            score=self.score,
        )
        metrics = precision.summary | _of_boxes(of_boxes) | {"PCK": accuracy.pck}
        return self._done(matches, metrics, _ap_columns(precision), keypoints=accuracy, settings=settings)

    def labels(self) -> Evaluation:
        self._check_labels()
        summary = label_summary(self.predictions, self.objects, image_ids=self.image_ids, score=self.score)
        metrics = {f"top{rank}": top_accuracy(summary, rank) for rank in (1, TOP)}
        return self._done(match_labels(self.predictions, self.objects), metrics, {})

    def _check_labels(self) -> None:
        images = ImageSet(self.image_ids)
        for table, frame in (("objects", self.objects), ("predictions", self.predictions.filter(pl.col("rank") == 1))):
            times = np.bincount(images.place_of(ints(frame, "image_id", table)), minlength=len(images.ids))
            wrong = np.flatnonzero(times != 1)
            if len(wrong):
                what, error = ("labels", InvalidInput) if table == "objects" else ("first choices", PredictionsInvalid)
                raise error(
                    f"{table}: image {images.ids[wrong[0]]} has {times[wrong[0]]} {what}; expected one of each "
                    f"evaluated image ({len(wrong)} such images)"
                )

    def _precision(self, kind: Any, **more: Any) -> AveragePrecision:
        return average_precision(self.predictions, self.given, self.image_ids, len(self.names), kind, **more)

    def _done(
        self, matches: pl.DataFrame, metrics: dict[str, float], columns: dict[str, list[float]], **more: Any
    ) -> Evaluation:
        columns_of = prediction_columns(self.predictions), object_columns(self.objects)
        at = outcomes_of(*columns_of, matches, score=self.score, iou=self.iou)
        everything = outcomes_of(*columns_of, matches, score=-np.inf, iou=self.iou)
        best = points_of(everything, len(self.names), self.iou)
        reliability = calibration_of(at)
        rows = class_rows(at, self.names)
        for i, (row, point) in enumerate(zip(rows, best.per_class, strict=True)):
            row |= {"best_score": point.score, "best_precision": point.precision, "best_recall": point.recall}
            row |= {"best_f1": point.f} | {name: none_if_nan(values[i]) for name, values in columns.items()}
        together = _macro(rows) if self.task is Task.CLASSIFICATION else _micro(at, len(self.names))
        more_metrics = {
            "best_f1": np.nan if best.overall.f is None else best.overall.f,
            "best_f1_score": np.nan if best.overall.score is None else best.overall.score,
            "ece": reliability.ece,
        }
        return Evaluation(
            self.task,
            self.names,
            self.score,
            snap_iou(self.iou),
            metrics | together | more_metrics,
            rows,
            count_pairs(at, len(self.names), self.score, self.iou),
            matches,
            reliability,
            best,
            **more,
        )


def _ap_columns(precision: AveragePrecision) -> dict[str, list[float]]:
    return {
        "ap50": precision.ap50.tolist(),
        "ap75": precision.ap75.tolist(),
        "ap50_95": precision.ap50_95.tolist(),
    }


def _of_boxes(precision: AveragePrecision) -> dict[str, float]:
    return {f"{key}-box": precision.summary[key] for key in BOX_KEYS}


def _micro(at: Outcomes, class_count: int) -> dict[str, float]:
    """Each object counts once."""
    tp, predicted, truths = (int(column.sum()) for column in class_counts(at, class_count))
    return {
        "precision": tp / predicted if predicted else np.nan,
        "recall": tp / truths if truths else np.nan,
        "f1": 2 * tp / (predicted + truths) if predicted + truths else np.nan,
    }


def _macro(rows: list[dict[str, Any]]) -> dict[str, float]:
    """Each class counts once, those left out of which a number is undefined."""
    return {
        key: _mean(np.array([row[key] for row in rows if row[key] is not None], dtype=np.float64))
        for key in ("precision", "recall", "f1")
    }


def _mean(values: Any) -> float:
    """The mean of what is defined; NaN without any."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")
