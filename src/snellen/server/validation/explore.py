"""Answers about one result, sliced from its frames: the matrix, the images behind a cell, one image, the curves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from snellen.errors import ImageNotFound, InvalidInput
from snellen.server.schemas import encode_cursor
from snellen.server.validation.frames import Frames
from snellen.server.validation.schemas import (
    BestF1,
    CurvesOut,
    Highlight,
    ImageDetail,
    ImageItem,
    ImagePage,
    MatrixAt,
    Outcome,
    PerClass,
    PrCurve,
    PredictionOut,
    TruthOut,
)

if TYPE_CHECKING:
    import polars as pl

MAX_CELLS = 50_000
THUMBNAIL = 320
HIGHLIGHTS_AN_IMAGE = 50


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which pairs are asked for; ``true`` and ``pred`` are label indices, the number of classes is background."""

    true: int | None = None
    pred: int | None = None
    class_id: int | None = None
    outcome: Outcome | None = None

    @property
    def is_everything(self) -> bool:
        """Whether nothing narrows the images down."""
        return self == Wanted()


def matrix(frames: Frames, *, conf: float, iou: float) -> MatrixAt:
    """The confusion matrix and per-class numbers at a score and an IoU."""
    from snellen import evaluation

    iou = evaluation.snap_iou(iou)
    found = evaluation.confusion(
        frames.predictions, frames.objects, frames.matches, class_count=len(frames.class_names), score=conf, iou=iou
    )
    rows = evaluation.per_class(
        frames.predictions, frames.objects, frames.matches, class_names=frames.class_names, score=conf, iou=iou
    )
    cells = found.cells(limit=MAX_CELLS)
    return MatrixAt(
        labels=[*frames.class_names, "background"],
        cells=cells,
        truncated=len(cells) < found.nonzero,
        conf=conf,
        iou=iou,
        per_class=[PerClass(**row) for row in rows],
    )


def images(frames: Frames, wanted: Wanted, *, conf: float, iou: float, sort: str, limit: int, offset: int) -> ImagePage:
    """The images that contain a pair asked for, with those pairs highlighted."""
    import polars as pl

    from snellen import evaluation

    _check_labels(frames, wanted)
    iou = evaluation.snap_iou(iou)
    pairs = evaluation.pairs(
        frames.predictions,
        frames.objects,
        frames.matches,
        class_count=len(frames.class_names),
        score=conf,
        iou=iou,
        true=wanted.true,
        pred=wanted.pred,
        class_id=wanted.class_id,
        outcome=wanted.outcome,
    )
    summary = evaluation.image_summary(
        frames.predictions, frames.objects, frames.matches, image_ids=frames.images["image_id"], score=conf, iou=iou
    )
    counts = pairs.group_by("image_id").agg(pl.len().alias("pairs"))
    table = frames.images.join(summary, on="image_id", how="left").join(
        counts, on="image_id", how="left" if wanted.is_everything else "inner"
    )
    table = table.with_columns(pl.col("pairs").fill_null(0), pl.col("tp", "fp", "fn", "error_score").fill_null(0))
    order = {"worst": ["error_score", "image_id"], "best": ["error_score", "image_id"], "name": ["path"]}[sort]
    descending = [sort == "worst"] + [False] * (len(order) - 1)
    page = table.sort(order, descending=descending).slice(offset, limit)
    highlights = {} if wanted.is_everything else _highlights(frames, pairs, page["image_id"])
    end = offset + page.height
    return ImagePage(
        items=[_item(frames, row, highlights.get(row["image_id"], [])) for row in page.iter_rows(named=True)],
        total_pairs=pairs.height,
        total_images=table.height,
        next_cursor=encode_cursor(end if end < table.height else None),
    )


def image(frames: Frames, image_id: int, *, conf: float, iou: float) -> ImageDetail:
    """One image's truth, predictions and their matches."""
    import polars as pl

    from snellen import evaluation

    found = frames.images.filter(pl.col("image_id") == image_id)
    if found.is_empty():
        raise ImageNotFound(f"image {image_id} was not evaluated at this epoch")
    iou = evaluation.snap_iou(iou)
    truths, predictions = evaluation.image_outcomes(
        frames.predictions, frames.objects, frames.matches, image_id=image_id, score=conf, iou=iou
    )
    names = frames.class_names
    row = found.row(0, named=True)
    return ImageDetail(
        **_place(frames, row),
        truths=[TruthOut(**t, class_name=names[t["class_id"]]) for t in truths],
        predictions=[PredictionOut(**p, class_name=names[p["class_id"]]) for p in predictions],
        conf=conf,
        iou=iou,
    )


def curves(frames: Frames, *, class_id: int | None, iou: float) -> CurvesOut:
    """Precision, recall and F1 against the score, and precision against recall."""
    from snellen import evaluation

    if class_id is not None and class_id >= len(frames.class_names):
        raise InvalidInput(f"class: got {class_id}, expected 0 to {len(frames.class_names) - 1}")
    iou = evaluation.snap_iou(iou)
    found = evaluation.curves(frames.predictions, frames.objects, frames.matches, class_id=class_id, iou=iou)
    return CurvesOut(
        scores=found.scores.tolist(),
        precision=_nullable(found.precision),
        recall=_nullable(found.recall),
        f1=_nullable(found.f1),
        pr=PrCurve(recall=found.pr_recall.tolist(), precision=_nullable(found.pr_precision)),
        best_f1=BestF1(score=found.best_score, value=found.best_f1),
        iou=iou,
        class_id=class_id,
    )


def _check_labels(frames: Frames, wanted: Wanted) -> None:
    background = len(frames.class_names)
    for name, value, most in (
        ("true", wanted.true, background),
        ("pred", wanted.pred, background),
        ("class", wanted.class_id, background - 1),
    ):
        if value is not None and not 0 <= value <= most:
            raise InvalidInput(f"{name}: got {value}, expected 0 to {most}")


def _highlights(frames: Frames, pairs: pl.DataFrame, image_ids: pl.Series) -> dict[int, list[Highlight]]:
    import polars as pl

    shown = pairs.filter(pl.col("image_id").is_in(image_ids.implode()))
    box = ["x", "y", "w", "h"]
    sides = (
        ("truth", frames.objects.select("object_id", *box), "object_id"),
        (
            "prediction",
            frames.predictions.with_row_index("prediction_id").select("prediction_id", *box),
            "prediction_id",
        ),
    )
    found: dict[int, list[Highlight]] = {}
    for kind, table, key in sides:
        ids = shown.select("image_id", pl.col(key).cast(pl.Int64)).drop_nulls()
        for row in ids.join(table.with_columns(pl.col(key).cast(pl.Int64)), on=key).iter_rows(named=True):
            boxes = found.setdefault(row["image_id"], [])
            if len(boxes) < HIGHLIGHTS_AN_IMAGE:
                boxes.append(Highlight(**{side: row[side] for side in box}, kind=kind))  # type: ignore[arg-type]
    return found


def _item(frames: Frames, row: dict[str, Any], highlights: list[Highlight]) -> ImageItem:
    place = _place(frames, row, size=THUMBNAIL)
    numbers = {k: row[k] for k in ("tp", "fp", "fn", "pairs", "error_score")}
    return ImageItem(**place, **numbers, highlights=highlights)


def _place(frames: Frames, row: dict[str, Any], *, size: int | None = None) -> dict[str, Any]:
    url = None
    if frames.dataset_id is not None:
        query = urlencode({"snapshot": frames.snapshot} | ({"size": size} if size else {"view": "true"}))
        url = f"/api/v1/datasets/{frames.dataset_id}/images/{row['image_id']}/file?{query}"
    fields = ("image_id", "path", "width", "height", "split")
    return {**{name: row.get(name) for name in fields}, "url": url}


def _nullable(values: Any) -> list[float | None]:
    return [None if value != value else float(value) for value in values.tolist()]
