"""Truth and predictions from files, as an evaluation takes them: COCO's JSON, or Parquet."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from snellen.contract.tasks import Task
from snellen.errors import DatasetInvalid, PredictionsInvalid
from snellen.formats.path_map import PATH_MAP
from snellen.formats.prediction_checks import TOP, check_rows, conform
from snellen.formats.predictions import MAX_PER_IMAGE, PredictionSet, check_task, read_predictions, read_raw, resolve

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class TruthFile:
    """The truth of a file. ``images`` has ``image_id, width, height``, ``objects`` the columns of a snapshot.

    ``image_ids`` leads from what a file of predictions may call an image (COCO's id as text, a path) to its id, and
    ``class_ids`` from COCO's category ids as text to classes.
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


def read_truth(path: Path, task: Task | None = None, *, split: str | None = None) -> TruthFile:
    """Read a COCO JSON, a snapshot's ``objects.parquet`` with the tables beside it, or the folder that holds them.

    With `split` only that part of a snapshot is the truth. Raises :class:`~snellen.errors.DatasetInvalid` saying what
    is wrong with the file and what it should be.
    """
    if path.suffix.lower() == ".json":
        from snellen.formats.coco_truth import read_coco_truth

        if split is not None:
            raise DatasetInvalid(f"split: got {split!r}, but {path.name} is a COCO JSON, which has no splits")
        return read_coco_truth(path, task)
    folder = path if path.is_dir() else path.parent
    if not path.exists():
        raise DatasetInvalid(f"{path}: no such file or folder; expected a COCO JSON or the tables of a snapshot")
    return _read_snapshot(folder, split)


def read_found(path: Path, truth: TruthFile, task: Task | None = None) -> PredictionSet:
    """Read COCO results, or a prediction set in its final or its raw form, against a truth.

    COCO results are taken whole and say nothing of images, so all those of the truth were evaluated. Raises
    :class:`~snellen.errors.PredictionsInvalid` naming rows, from 0.
    """
    if not path.is_file():
        raise PredictionsInvalid(f"{path}: no such file; expected COCO results (JSON) or a prediction set (Parquet)")
    if path.suffix.lower() == ".json":
        from snellen.formats.coco_truth import read_coco_results

        kind, columns = read_coco_results(path, truth, task)
        return _checked(columns, kind, truth)
    return _read_set(path, truth, task)


def _checked(columns: Mapping[str, Any], task: Task, truth: TruthFile) -> PredictionSet:
    import polars as pl

    frame = conform(columns, "image_id", task)
    if task is Task.CLASSIFICATION:
        frame = frame.filter(pl.col("rank") <= TOP)
    ids = truth.images["image_id"]
    area = truth.images["width"].cast(pl.Int64) * truth.images["height"].cast(pl.Int64)
    check_rows(
        frame,
        frame["image_id"],
        ~frame["image_id"].is_in(ids.implode()),
        len(truth.class_names),
        task=task,
        keypoints=len(truth.keypoint_names) or None,
        pixels=frame["image_id"].replace_strict(ids, area, default=None, return_dtype=pl.Int64),
    )
    return PredictionSet(frame, tuple(ids.to_list()), task)


def _read_set(path: Path, truth: TruthFile, task: Task | None) -> PredictionSet:
    import polars as pl

    options: dict[str, Any] = {"class_count": len(truth.class_names), "images": truth.images}
    if task is Task.POSE or truth.keypoint_names:
        options["keypoints"] = len(truth.keypoint_names) or None
    try:
        raw = "image" in pl.read_parquet_schema(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise PredictionsInvalid(f"{path}: no whole Parquet file ({str(error).splitlines()[0][:200]})") from error
    if raw:
        found = read_raw(path)
        check_task(found.task, task)
        limits: dict[str, Any] = {"min_score": 0.0, "max_per_image": max(MAX_PER_IMAGE, found.frame.height)}
        return resolve(found, truth.paths, **options, **limits)
    found_set = read_predictions(path, task=task, class_count=len(truth.class_names))
    ids = {int(key): value for key, value in truth.image_ids.items() if key.isdecimal()}
    foreign = [image for image in found_set.image_ids if image not in ids]
    if foreign:
        raise PredictionsInvalid(
            f"{path}: {len(foreign)} of {len(found_set.image_ids)} evaluated images are not in the truth, the first "
            f"{foreign[0]}; expected image ids of {len(ids)} images"
        )
    column = found_set.frame["image_id"].replace_strict(list(ids), list(ids.values()), return_dtype=pl.Int64)
    return PredictionSet(
        found_set.frame.with_columns(column.alias("image_id")),
        tuple(sorted(ids[image] for image in found_set.image_ids)),
        found_set.task,
        found_set.metadata,
    )


def _read_snapshot(folder: Path, split: str | None) -> TruthFile:
    import polars as pl

    from snellen.errors import SnapshotNotFound
    from snellen.formats.snapshot import load_snapshot

    try:
        found = load_snapshot(folder)
    except (SnapshotNotFound, pl.exceptions.PolarsError, ValueError, TypeError) as error:
        raise DatasetInvalid(
            f"{folder}: no whole snapshot ({str(error).splitlines()[0][:200]}); expected images.parquet, "
            "objects.parquet and snapshot.json, as in a store's snapshots/<hash>/ or a job's dataset/"
        ) from error
    points, images = found.info.keypoints, found.images
    if split is not None:
        images = images.filter(pl.col("split") == split)
        if images.is_empty():
            raise DatasetInvalid(f"split: got {split!r}, the snapshot has {', '.join(found.info.by_split)}")
    ids = images["image_id"].to_list()
    paths = dict(zip(images["path"].to_list(), ids, strict=True))
    try:
        here = json.loads((folder / PATH_MAP).read_text(encoding="utf-8"))
        paths |= {mine: paths[path] for mine, path in here.items() if path in paths}
    except (OSError, ValueError):
        pass  # a store's snapshot has none: its paths are the only ones
    return TruthFile(
        images,
        found.objects,
        tuple(found.info.class_names),
        {str(i): i for i in ids},
        {str(i + 1): i for i in range(len(found.info.class_names))},
        Task(found.info.task),
        () if points is None else tuple(points["names"]),
        None if points is None or points.get("sigmas") is None else tuple(points["sigmas"]),
        paths,
    )
