"""Labels that are likely wrong, each with what is to be looked at; sliced from a result's frames."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any, Final

from snellen.contract.tasks import Task
from snellen.errors import InvalidInput
from snellen.server.schemas import encode_cursor
from snellen.server.validation.frames import Frames
from snellen.server.validation.image_schemas import LabelError, LabelErrorsOut, SuspectKind
from snellen.server.validation.listing import THUMBNAIL, boxes_of, images_of
from snellen.server.validation.places import crop_of, place_of

if TYPE_CHECKING:
    import polars as pl

    from snellen.evaluation import LabelSuspects

CSV_COLUMNS: Final = (
    "image", "image_id", "kind", "label", "suggested", "suspicion", "score", "score_of_label", "iou", "model_right",
    "label_x", "label_y", "label_w", "label_h", "x", "y", "w", "h", "reason",
)  # fmt: skip


def page(
    frames: Frames, *, kind: SuspectKind | None, class_id: int | None, iou: float, limit: int, offset: int
) -> LabelErrorsOut:
    """A page of them, and how many there are of each kind."""
    found, chosen = _chosen(frames, kind=kind, class_id=class_id, iou=iou)
    items = _items(frames, chosen.slice(offset, limit), found)
    end = offset + len(items)
    return LabelErrorsOut(
        iou=found.iou,
        counts=found.counts,
        total=chosen.height,
        items=items,
        next_cursor=encode_cursor(end if end < chosen.height else None),
    )


def as_csv(frames: Frames, *, kind: SuspectKind | None, class_id: int | None, iou: float, limit: int) -> str:
    """The most suspect as a table for spreadsheets (RFC 4180), with the reason in words."""
    found, chosen = _chosen(frames, kind=kind, class_id=class_id, iou=iou)
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(CSV_COLUMNS)
    for item in _items(frames, chosen.head(limit), found):
        boxes = [
            "" if box is None else f"{getattr(box, side):.1f}"
            for box in (item.truth, item.prediction)
            for side in ("x", "y", "w", "h")
        ]
        shares = [_short(v) for v in (item.suspicion, item.score, item.own_score, item.iou, item.share)]
        row = [item.path, item.image_id, item.kind, item.given or "", item.suggested or "", *shares, *boxes]
        writer.writerow([_harmless(cell) for cell in [*row, _reason(item, frames.task)]])
    return file.getvalue()


def _chosen(
    frames: Frames, *, kind: SuspectKind | None, class_id: int | None, iou: float
) -> tuple[LabelSuspects, pl.DataFrame]:
    import polars as pl

    from snellen import evaluation

    if class_id is not None and class_id >= len(frames.class_names):
        raise InvalidInput(f"class: got {class_id}, expected 0 to {len(frames.class_names) - 1}")
    found = frames.suspects(evaluation.snap_iou(iou))
    chosen = found.suspects
    if kind is not None:
        chosen = chosen.filter(pl.col("kind") == kind)
    if class_id is not None:
        chosen = chosen.filter((pl.col("given") == class_id) | (pl.col("suggested") == class_id))
    return found, chosen


def _items(frames: Frames, rows: pl.DataFrame, found: LabelSuspects) -> list[LabelError]:
    import polars as pl

    rows = rows.with_columns(pl.col("image_id").cast(frames.images.schema["image_id"]))
    of_image = {row["image_id"]: row for row in images_of(frames, rows).iter_rows(named=True)}
    placed = frames.task is not Task.CLASSIFICATION
    truths = boxes_of(frames, rows.filter(pl.col("object_id").is_not_null()), "truth") if placed else {}
    predictions = boxes_of(frames, rows.filter(pl.col("prediction_id").is_not_null()), "prediction") if placed else {}
    names, items = frames.class_names, []
    for row in rows.iter_rows(named=True):
        image = of_image[row["image_id"]]
        truth, prediction = truths.get(row["object_id"]), predictions.get(row["prediction_id"])
        boxes = [box for box in (truth, prediction) if box is not None]
        crop = crop_of(boxes, image) if boxes else None
        place = place_of(frames, image, size=THUMBNAIL, crop=crop)
        numbers = ("image_id", "object_id", "prediction_id", "kind", "suspicion", "score", "iou", "own_score", "share")
        sure = None if row["suggested"] is None else float(found.sure_from[row["suggested"]])
        items.append(
            LabelError(
                **{name: row[name] for name in numbers},
                path=place["path"],
                url=place["url"],
                crop=crop,
                given=None if row["given"] is None else names[row["given"]],
                suggested=None if row["suggested"] is None else names[row["suggested"]],
                sure_from=sure,
                truth=truth,
                prediction=prediction,
            )
        )
    return items


def _reason(item: LabelError, task: Task) -> str:
    sure = "" if item.score is None else f"with score {item.score:.2f}, and is right in {item.share:.0%} when so sure"
    if item.kind == "class" and task is Task.CLASSIFICATION:
        return f"labelled {item.given}; the model takes it for {item.suggested} {sure}"
    if item.kind == "class":
        return f"labelled {item.given}; the model sees {item.suggested} there {sure}"
    if item.kind == "missing":
        return f"no label; the model sees {item.suggested} there {sure}"
    if item.kind == "place":
        return f"labelled {item.given}, but elsewhere: the model's overlaps it by {item.iou:.2f} only, {sure}"
    return f"labelled {item.given}; the model sees nothing there, though it finds {item.share:.0%} of such objects"


def _short(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"


def _harmless(cell: Any) -> Any:
    """A cell that a spreadsheet would take for a formula begins with a quote instead."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in {"=", "+", "-", "@", "\t", "\r"} else cell
