"""Which pairs of a result are asked for: of a cell, a class, an outcome, a kind of error, a size; all at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from snellen.contract.tasks import Task
from snellen.errors import InvalidInput
from snellen.formats.statistics import LARGE, SMALL
from snellen.server.validation.frames import Frames
from snellen.server.validation.image_schemas import ObjectSize
from snellen.server.validation.schemas import ErrorType, Outcome

if TYPE_CHECKING:
    import polars as pl

    from snellen.evaluation.columns import Floats

#: COCO's bounds in square pixels: small is below the first, large from the second on.
SIZES: Final[dict[ObjectSize, tuple[float, float]]] = {
    "small": (0, SMALL),
    "medium": (SMALL, LARGE),
    "large": (LARGE, float("inf")),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which pairs are asked for; ``true`` and ``pred`` are label indices, the number of classes is background.

    ``error`` asks for the TIDE errors of a kind, which hang on the IoU alone. ``size`` is that of the object, of a
    prediction without one that of its box. ``split`` and ``text`` (in the path) are of the image. All must hold.
    """

    true: int | None = None
    pred: int | None = None
    class_id: int | None = None
    outcome: Outcome | None = None
    error: ErrorType | None = None
    size: ObjectSize | None = None
    split: str | None = None
    text: str | None = None

    @property
    def is_everything(self) -> bool:
        """Whether nothing narrows the pairs down, so that images without any are asked for too."""
        return self == Wanted(split=self.split, text=self.text)


def images_wanted(frames: Frames, wanted: Wanted) -> pl.DataFrame:
    """The evaluated images of a split whose path has the text in it."""
    import polars as pl

    images = frames.images
    if wanted.split is not None:
        known = splits_of(frames)
        if wanted.split not in known:
            have = ", ".join(known) or "none"
            raise InvalidInput(f"split: got {wanted.split[:200]!r}; the evaluated images are of: {have}")
        images = images.filter(pl.col("split") == wanted.split)
    if wanted.text:
        images = images.filter(pl.col("path").str.to_lowercase().str.contains(wanted.text.lower(), literal=True))
    return images


def splits_of(frames: Frames) -> list[str]:
    """The splits that evaluated images are of; a truth that came with the predictions has none."""
    if "split" not in frames.images.columns:
        return []
    return sorted(str(name) for name in frames.images["split"].unique().drop_nulls())


def pairs_wanted(frames: Frames, wanted: Wanted, *, conf: float, iou: float) -> pl.DataFrame:
    """The pairs asked for, in order of their images: columns as :func:`snellen.evaluation.pairs` has them."""
    import polars as pl

    from snellen.evaluation.matrix import pairs_of

    _check(frames, wanted)
    names = len(frames.class_names)
    if wanted.error is not None:
        found = _of_cell(_errors(frames, wanted.error, iou), wanted)
    else:
        found = pairs_of(
            frames.at(conf, iou).outcomes,
            names,
            true=wanted.true,
            pred=wanted.pred,
            class_id=wanted.class_id,
            outcome=wanted.outcome,
        )
    if wanted.size is not None:
        low, high = SIZES[wanted.size]
        area = areas(frames, found)
        found = found.filter(pl.Series((area >= low) & (area < high), dtype=pl.Boolean))
    return found.with_columns(pl.col("image_id").cast(frames.images.schema["image_id"]))


def areas(frames: Frames, pairs: pl.DataFrame) -> Floats:
    """The area of each pair's object, of a prediction without one that of its box; square pixels, float64 [n]."""
    import numpy as np
    import polars as pl

    _, truth = frames.columns()
    area = np.zeros(pairs.height)
    has_object = pairs["object_id"].is_not_null().to_numpy()
    area[has_object] = truth.area[truth.place_of(pairs["object_id"].drop_nulls().to_numpy())]
    alone = pairs.filter(pl.col("object_id").is_null())["prediction_id"]
    if len(alone):
        boxes = frames.predictions.select("w", "h")[alone.to_numpy()]
        area[~has_object] = (boxes["w"] * boxes["h"]).to_numpy()
    return area


def _check(frames: Frames, wanted: Wanted) -> None:
    background = len(frames.class_names)
    for name, value, most in (
        ("true", wanted.true, background),
        ("pred", wanted.pred, background),
        ("class", wanted.class_id, background - 1),
    ):
        if value is not None and not 0 <= value <= most:
            raise InvalidInput(f"{name}: got {value}, expected 0 to {most}")
    if wanted.size is not None and frames.task is Task.CLASSIFICATION:
        raise InvalidInput("size: images are classified as a whole; leave it out")


def _errors(frames: Frames, error: ErrorType, iou: float) -> pl.DataFrame:
    """TIDE's errors of a kind as pairs: a miss has no prediction, background no object."""
    import numpy as np
    import polars as pl

    background = len(frames.class_names)
    found = frames.errors(iou).errors.filter(pl.col("error") == error)
    columns, truth = frames.columns()
    predicted = found["prediction_id"].is_not_null().to_numpy()
    meant = found["object_id"].is_not_null().to_numpy()
    rows = found["prediction_id"].drop_nulls().to_numpy()
    true, pred = np.full(found.height, background), np.full(found.height, background)
    score = np.full(found.height, np.nan, dtype=np.float32)
    pred[predicted], score[predicted] = columns.class_id[rows], columns.score[rows]
    true[meant] = truth.class_id[truth.place_of(found["object_id"].drop_nulls().to_numpy())]
    missed = pl.col("prediction_id").is_null()
    return found.select(
        "image_id",
        "prediction_id",
        "object_id",
        pl.Series("true", true, dtype=pl.Int32),
        pl.Series("pred", pred, dtype=pl.Int32),
        pl.when(missed).then(pl.lit("fn")).alias("outcome_true"),
        pl.when(~missed).then(pl.lit("fp")).alias("outcome_pred"),
        pl.Series("score", score, dtype=pl.Float32).fill_nan(None),
        pl.when(~missed & pl.col("object_id").is_not_null()).then("iou").alias("iou"),
    )


def _of_cell(errors: pl.DataFrame, wanted: Wanted) -> pl.DataFrame:
    """Those of a cell, a class or an outcome; an error is of its prediction's class, a miss of its object's."""
    import polars as pl

    for name, value in (("true", wanted.true), ("pred", wanted.pred)):
        if value is not None:
            errors = errors.filter(pl.col(name) == value)
    if wanted.class_id is not None:
        own = pl.when(pl.col("prediction_id").is_null()).then("true").otherwise("pred")
        errors = errors.filter(own == wanted.class_id)
    if wanted.outcome is not None:
        side = {"tp": None, "fp": "outcome_pred", "fn": "outcome_true"}[wanted.outcome]
        errors = errors.clear() if side is None else errors.filter(pl.col(side) == wanted.outcome)
    return errors
