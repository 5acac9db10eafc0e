"""Truth and predictions from files, as an evaluation takes them: COCO's JSON, or Parquet."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from snellen.contract.tasks import TOP, Task
from snellen.errors import DatasetInvalid, PredictionsInvalid
from snellen.formats.prediction_checks import check_rows, conform
from snellen.formats.predictions import (
    MAX_PER_IMAGE,
    PredictionSet,
    check_task,
    pixels_of,
    read_predictions,
    read_raw,
    resolve,
)

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class TruthFile:
    """The truth of a file. ``images`` has ``image_id, width, height``, ``objects`` the columns of a snapshot.

    ``image_ids`` leads from what a file of predictions may call an image (COCO's id as text, a path) to its id, and
    ``class_ids`` from COCO's category ids as text to classes. ``complete`` is False where nothing lists the images but
    their objects, ``named`` where nothing names the classes: there may be others.
    """

    images: pl.DataFrame
    objects: pl.DataFrame
    class_names: tuple[str, ...]
    image_ids: Mapping[str, int]
    class_ids: Mapping[str, int]
    task: Task | None = None
    keypoint_names: tuple[str, ...] = ()
    sigmas: tuple[float, ...] | None = None
    paths: Mapping[str, int] = field(default_factory=dict)
    complete: bool = True
    named: bool = True


def read_both(
    truth: Path, predictions: Path, task: Task | None = None, *, split: str | None = None
) -> tuple[TruthFile, PredictionSet]:
    """Read predictions and their truth: COCO's JSON, a prediction set, the tables of a snapshot; any with any.

    Without `task` the predictions say what they are of. COCO results say nothing of images, so all those of the truth
    were evaluated. With `split` only that part of a snapshot counts, in both.

    Raises :class:`~snellen.errors.PredictionsInvalid` and :class:`~snellen.errors.DatasetInvalid` naming rows, from 0.
    """
    if not predictions.is_file():
        raise PredictionsInvalid(
            f"{predictions}: no such file; expected COCO results (JSON) or a prediction set (Parquet)"
        )
    if _is_json(predictions):
        from snellen.formats.coco_truth import decode_results, result_columns, task_of

        results = decode_results(predictions)
        true = read_truth(truth, task or (task_of(results) if results else None))
        of = task or (task_of(results) if results else true.task) or Task.DETECTION
        found = _checked(result_columns(results, predictions, true, of), of, true)
    else:
        true, found = _read_set(predictions, truth, task)
    check_truth(true, found.task, truth)
    return (true, found) if split is None else _of_split(true, found, split)


def read_truth(path: Path, task: Task | None = None) -> TruthFile:
    """Read a COCO JSON, a snapshot's ``objects.parquet`` with the tables beside it, or the folder that holds them.

    Raises :class:`~snellen.errors.DatasetInvalid` saying what is wrong with the file and what it should be.
    """
    if not path.exists():
        raise DatasetInvalid(f"{path}: no such file or folder; expected a COCO JSON or the tables of a snapshot")
    if path.is_file() and _is_json(path):
        from snellen.formats.coco_truth import read_coco_truth

        return read_coco_truth(path, task)
    from snellen.formats.snapshot_truth import read_tables

    return read_tables(path)


def check_truth(truth: TruthFile, task: Task, path: Path) -> None:
    """Raise :class:`~snellen.errors.DatasetInvalid` naming the first object, from 0, that can't be one of `task`."""
    import polars as pl

    from snellen.formats.rle_pixels import rle_pixels

    objects, images = truth.objects, truth.images
    rules = [] if task is Task.CLASSIFICATION else [("a box of finite numbers and no negative size", _no_box(objects))]
    if task is Task.SEGMENTATION:
        unsized = images["width"].is_null() | images["height"].is_null()
        if unsized.any():
            raise DatasetInvalid(
                f"{path}: {unsized.sum()} images have no width and height, the first {images['image_id'][unsized][0]} "
                "(counted from 0); masks are judged at the size of their images"
            )
        covered = pl.Series(rle_pixels(objects["rle"].fill_null("").to_list()), dtype=pl.Int64)
        rules.append(
            (
                "a mask of the image's size (boxes are --task detection)",
                covered != pixels_of(objects["image_id"], images),
            )
        )
    if task is Task.POSE:
        lengths, count = objects["keypoints"].list.len(), len(truth.keypoint_names)
        if len(lengths) and lengths.is_null().all():
            raise DatasetInvalid(f"{path}: no object has keypoints; expected a truth of poses, or another --task")
        rules.append((f"{count} keypoints", lengths != count))
    for expected, wrong in rules:
        rows = wrong.fill_null(False).arg_true()
        if len(rows):
            raise DatasetInvalid(f"{path}: object {rows[0]} (counted from 0) has not {expected} ({len(rows)} such)")


def _no_box(objects: pl.DataFrame) -> pl.Series:
    import polars as pl

    finite = pl.all_horizontal(pl.col(side).is_finite() for side in "xywh")
    return objects.select((~finite | (pl.col("w") < 0) | (pl.col("h") < 0)).fill_null(True)).to_series()


def _is_json(path: Path) -> bool:
    if path.suffix.lower() in (".json", ".parquet"):
        return path.suffix.lower() == ".json"
    with path.open("rb") as file:
        return file.read(64).removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"[", b"{")


def _checked(columns: Mapping[str, Any], task: Task, truth: TruthFile) -> PredictionSet:
    import polars as pl

    frame = conform(columns, "image_id", task)
    if task is Task.CLASSIFICATION:
        # Results may name all classes: rows are counted before the best of them are taken.
        again = ~frame.select(pl.struct("image_id", "class_id").is_first_distinct()).to_series()
        unfit = ~frame["score"].is_between(0, 1)
        for wrong, what in ((unfit, "its score is not from 0 to 1"), (again, "its image has the class already")):
            if wrong.any():
                raise PredictionsInvalid(f"predictions: row {wrong.arg_true()[0]}: {what} ({wrong.sum()} such rows)")
        frame = frame.filter(pl.col("rank") <= TOP)
    _check(frame, task, truth)
    return PredictionSet(frame, tuple(truth.images["image_id"].to_list()), task)


def _check(frame: pl.DataFrame, task: Task, truth: TruthFile) -> None:
    check_rows(
        frame,
        frame["image_id"],
        ~frame["image_id"].is_in(truth.images["image_id"].implode()),
        len(truth.class_names),
        task=task,
        keypoints=len(truth.keypoint_names) or None,
        pixels=pixels_of(frame["image_id"], truth.images),
    )


def _read_set(path: Path, truth: Path, task: Task | None) -> tuple[TruthFile, PredictionSet]:
    import polars as pl

    try:
        raw = "image" in pl.read_parquet_schema(path)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        raise PredictionsInvalid(f"{path}: no whole Parquet file ({str(error).splitlines()[0][:200]})") from error
    if raw:
        given = read_raw(path)
        check_task(given.task, task)
        true = read_truth(truth, given.task)
        found = resolve(
            given,
            true.paths,
            class_count=len(true.class_names),
            keypoints=len(true.keypoint_names) or None,
            images=true.images,
            min_score=0.0,
            max_per_image=max(MAX_PER_IMAGE, given.frame.height),
        )
        return true, found
    found = read_predictions(path, task=task)
    true = read_truth(truth, found.task)
    ids = {int(key): value for key, value in true.image_ids.items() if key.isdecimal()}
    foreign = [image for image in found.image_ids if image not in ids]
    if foreign and not true.complete:
        more = pl.DataFrame({"image_id": foreign}, schema={"image_id": pl.Int64})
        true = dataclasses.replace(true, images=pl.concat([true.images, more], how="diagonal"))
        ids |= {image: image for image in foreign}
    elif foreign:
        raise PredictionsInvalid(
            f"{path}: {len(foreign)} of {len(found.image_ids)} evaluated images are not in the truth, the first "
            f"{foreign[0]}; expected image ids of {len(ids)} images"
        )
    if not true.named:
        most = max([len(true.class_names) - 1, *found.frame["class_id"].to_list()])
        true = dataclasses.replace(true, class_names=tuple(str(i) for i in range(most + 1)))
    column = found.frame["image_id"].replace_strict(list(ids), list(ids.values()), return_dtype=pl.Int64)
    frame = found.frame.with_columns(column.alias("image_id"))
    _check(frame, found.task, true)
    return true, dataclasses.replace(found, frame=frame, image_ids=tuple(sorted(ids[i] for i in found.image_ids)))


def _of_split(truth: TruthFile, found: PredictionSet, split: str) -> tuple[TruthFile, PredictionSet]:
    import polars as pl

    if "split" not in truth.images.columns:
        raise DatasetInvalid(f"split: got {split!r}, but the truth has no splits; only a snapshot's images have")
    images = truth.images.filter(pl.col("split") == split)
    if images.is_empty():
        known = ", ".join(truth.images["split"].unique(maintain_order=True))
        raise DatasetInvalid(f"split: got {split!r}, the snapshot has {known}")
    kept = set(images["image_id"].to_list())
    return (
        dataclasses.replace(truth, images=images),
        dataclasses.replace(
            found,
            frame=found.frame.filter(pl.col("image_id").is_in(images["image_id"].implode())),
            image_ids=tuple(i for i in found.image_ids if i in kept),
        ),
    )
