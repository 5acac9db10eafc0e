"""The validations of a training, evaluated as the platform does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from snellen.contract.spec import JobSpec
from snellen.contract.tasks import Task
from snellen.formats import load_snapshot
from snellen.formats.path_map import image_ids, snapshot_names
from snellen.sdk.conformance.failures import expect

if TYPE_CHECKING:
    from snellen.evaluation import KeypointSettings
    from snellen.formats import Snapshot
    from snellen.formats.predictions import PredictionSet


def evaluate_event(event: Mapping[str, Any], root: Path, spec: JobSpec, dataset: Path) -> dict[str, Any]:
    """The metrics that the platform computes of a validation event.

    Raises :class:`~snellen.errors.SnellenError` for predictions that can't be evaluated and
    :class:`~snellen.sdk.conformance.NotConforming` for those of other images than the dataset's to validate on.
    """
    if "results_path" in event:
        return _of_json(json.loads((root / event["results_path"]).read_bytes()), spec, dataset)
    return _of_set(root / event["predictions_path"], spec, dataset)


def _of_set(path: Path, spec: JobSpec, dataset: Path) -> dict[str, Any]:
    from snellen.formats.predictions import read_raw, resolve

    snapshot = load_snapshot(dataset)
    points = _keypoints(snapshot, spec.task)
    found = resolve(
        read_raw(path),
        image_ids(dataset, snapshot.images),
        task=spec.task,
        class_count=len(snapshot.info.class_names),
        keypoints=None if points is None else len(points.names),
        images=snapshot.images,
    )
    return _evaluated(found, snapshot, points)


def _of_json(body: Any, spec: JobSpec, dataset: Path) -> dict[str, Any]:
    from snellen.formats.image_results import from_image_results

    results = body.get("image_results") if isinstance(body, dict) else None
    results = results if isinstance(results, list) else []
    expect(bool(results), "its results_path holds no image_results, so there are no predictions to evaluate")
    snapshot = load_snapshot(dataset)
    points = _keypoints(snapshot, spec.task)
    found = from_image_results(
        snapshot_names(results, dataset),
        snapshot.info.class_names,
        task=spec.task,
        dataset=snapshot.images,
        keypoints=None if points is None else len(points.names),
    )
    return _evaluated(found.predictions, snapshot, points)


def _evaluated(found: PredictionSet, snapshot: Snapshot, points: KeypointSettings | None) -> dict[str, Any]:
    import polars as pl

    from snellen.evaluation import evaluate

    _expect_all_of(found.image_ids, snapshot.images)
    images = snapshot.images.filter(pl.col("image_id").is_in(found.image_ids))
    names = snapshot.info.class_names
    return dict(
        evaluate(found.task, found.frame, snapshot.objects, images, names, keypoints=points).as_dict()["metrics"]
    )


def _keypoints(snapshot: Snapshot, task: Task) -> KeypointSettings | None:
    from snellen.evaluation import KeypointSettings

    points = snapshot.info.keypoints
    return KeypointSettings.of_dataset(points) if task is Task.POSE and points is not None else None


def _expect_all_of(image_ids: tuple[int, ...], images: Any) -> None:
    rows = images.select("image_id", "path", "split").rows()
    wanted = {image_id: path for image_id, path, split in rows if split == "val"}
    missing = [path for image_id, path in wanted.items() if image_id not in image_ids]
    expect(not missing, f"not evaluated: {', '.join(missing)}; every image of the split val is")
    more = [path for image_id, path, _ in rows if image_id in image_ids and image_id not in wanted]
    expect(not more, f"evaluated, but not of the split val: {', '.join(more)}")
