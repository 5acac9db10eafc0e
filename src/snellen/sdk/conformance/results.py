"""The validations of a training, evaluated as the platform does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from snellen.contract.spec import JobSpec
from snellen.contract.tasks import Task
from snellen.formats import load_snapshot
from snellen.formats.path_map import PATH_MAP
from snellen.sdk.conformance.failures import expect


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

    snapshot, points = load_snapshot(dataset), _keypoints(dataset, spec.task)
    by_path = dict(zip(snapshot.images["path"].to_list(), snapshot.images["image_id"].to_list(), strict=True))
    here = json.loads((dataset / PATH_MAP).read_text(encoding="utf-8"))
    raw = read_raw(path)
    found = resolve(
        raw,
        {mine: by_path[theirs] for mine, theirs in here.items()},
        task=spec.task,
        class_count=len(snapshot.info.class_names),
        keypoints=None if points is None else len(points.names),
        images=snapshot.images,
    )
    _expect_all_of(found.image_ids, snapshot.images)
    return _evaluated(found.frame, found.image_ids, spec.task, dataset)


def _of_json(body: Any, spec: JobSpec, dataset: Path) -> dict[str, Any]:
    from snellen.formats.image_results import from_image_results

    results = body.get("image_results") if isinstance(body, dict) else None
    results = results if isinstance(results, list) else []
    expect(bool(results), "its results_path holds no image_results, so there are no predictions to evaluate")
    snapshot, points = load_snapshot(dataset), _keypoints(dataset, spec.task)
    here = json.loads((dataset / PATH_MAP).read_text(encoding="utf-8"))
    found = from_image_results(
        [{**each, "image_name": here.get(each.get("image_name"), each.get("image_name"))} for each in results],
        snapshot.info.class_names,
        task=spec.task,
        dataset=snapshot.images,
        keypoints=None if points is None else len(points.names),
    )
    _expect_all_of(found.predictions.image_ids, snapshot.images)
    return _evaluated(found.predictions.frame, found.predictions.image_ids, spec.task, dataset)


def _evaluated(frame: Any, image_ids: tuple[int, ...], task: Task, dataset: Path) -> dict[str, Any]:
    import polars as pl

    from snellen.evaluation import evaluate

    snapshot = load_snapshot(dataset)
    images = snapshot.images.filter(pl.col("image_id").is_in(image_ids))
    names, points = snapshot.info.class_names, _keypoints(dataset, task)
    return dict(evaluate(task, frame, snapshot.objects, images, names, keypoints=points).as_dict()["metrics"])


def _keypoints(dataset: Path, task: Task) -> Any:
    from snellen.evaluation import KeypointSettings

    points = load_snapshot(dataset).info.keypoints
    return KeypointSettings.of_dataset(points) if task is Task.POSE and points is not None else None


def _expect_all_of(image_ids: tuple[int, ...], images: Any) -> None:
    rows = images.select("image_id", "path", "split").rows()
    wanted = {image_id: path for image_id, path, split in rows if split == "val"}
    missing = [path for image_id, path in wanted.items() if image_id not in image_ids]
    expect(not missing, f"not evaluated: {', '.join(missing)}; every image of the split val is")
    more = [path for image_id, path, _ in rows if image_id in image_ids and image_id not in wanted]
    expect(not more, f"evaluated, but not of the split val: {', '.join(more)}")
