"""``image_results`` that came as JSON: made a prediction set, evaluated, stored, before the result's row is."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from snellen.contract.tasks import Task
from snellen.errors import InvalidInput, SnapshotNotFound
from snellen.server.datasets.frames import SnapshotFrames
from snellen.server.jobs.tables import Job
from snellen.server.validation.schemas import Evaluation, ResultIn
from snellen.server.validation.service import StoredKeys, class_names
from snellen.storage import Store, object_keys

if TYPE_CHECKING:
    import polars as pl

    from snellen.evaluation import Evaluation as Computed
    from snellen.formats import Snapshot
    from snellen.formats.image_results import ImageResults

NO_TRUTH = "neither the job nor image_results has truth to evaluate against"
NO_CLASSES = "no class is known: image_results has neither objects nor predictions, and nobody sent class_names"


def store(internal: Store, snapshots: SnapshotFrames, *, job: Job, body: ResultIn) -> tuple[ResultIn, StoredKeys]:
    """The result with its evaluation and its names, and where its files are.

    Without truth in the JSON the job's snapshot is the truth, and images are named as there. With neither there is
    nothing to evaluate against: the predictions are kept, and the result says so. Nothing is stored unless all can be
    read and evaluated. Raises :class:`~snellen.errors.PredictionsInvalid` naming index and field of what can't be read,
    :class:`~snellen.errors.InvalidInput` for results of another task than the job's.
    """
    from snellen.formats.image_results import brings_truth, from_image_results

    if body.task_type != job.task:
        raise InvalidInput(
            f"task_type: got {body.task_type}, but job {job.id} is for {job.task}; "
            f"send image_results of {job.task}, or create a job for {body.task_type}"
        )
    task, results = body.task_type, body.image_results or []
    snapshot = _snapshot(snapshots, job, own_truth=brings_truth(results, task))
    named = snapshot.info.keypoints if snapshot is not None and task is Task.POSE else None
    found = from_image_results(
        results,
        class_names(body, job),
        task=task,
        dataset=None if snapshot is None else snapshot.images,
        keypoints=None if named is None else len(named["names"]),
    )
    changes: dict[str, object] = {"class_names": list(found.class_names)}
    objects = found.objects if found.has_truth or snapshot is None else snapshot.objects
    computed = None
    if not found.has_truth and snapshot is None:
        changes["evaluation_error"] = NO_TRUTH
    elif not found.class_names:
        changes["evaluation_error"] = NO_CLASSES
    else:
        computed = _evaluate(found, task, objects, named)
        changes["evaluation"] = Evaluation(**computed.as_dict())
    return body.model_copy(update=changes), _put(internal, job, body, found, computed)


def _snapshot(snapshots: SnapshotFrames, job: Job, *, own_truth: bool) -> Snapshot | None:
    """The job's snapshot; results that bring their own truth can do without one that was deleted."""
    if job.snapshot is None:
        return None
    try:
        return snapshots.get(job.snapshot)
    except SnapshotNotFound:
        if own_truth:
            return None
        raise


def _evaluate(found: ImageResults, task: Task, objects: pl.DataFrame, named: dict[str, list[str]] | None) -> Computed:
    """With the settings of a supervisor. Keypoints without names are called by their numbers."""
    import polars as pl

    from snellen.evaluation import KeypointSettings, evaluate

    settings = None
    if task is Task.POSE and named is not None:
        settings = KeypointSettings.of_dataset(named)
    elif task is Task.POSE:
        settings = KeypointSettings.numbered(found.keypoints or 0)
    # Only of images without any mask nobody knows the size, and there nothing hangs on it.
    images = found.images.with_columns(pl.col("width", "height").fill_null(1))
    return evaluate(task, found.predictions.frame, objects, images, found.class_names, keypoints=settings)


def _put(internal: Store, job: Job, body: ResultIn, found: ImageResults, computed: Computed | None) -> StoredKeys:
    """Store the prediction set, the match table, and the truth if the JSON had it."""
    from snellen.formats.predictions import write_predictions
    from snellen.formats.snapshot import parquet_bytes

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "set.parquet")
        write_predictions(
            file,
            found.predictions.frame,
            image_ids=found.predictions.image_ids,
            task=found.predictions.task,
            metadata=found.predictions.metadata,
        )
        data = file.read_bytes()
    files = {object_keys.predictions_key(job.id, body.epoch, _hash(data)): data}
    predictions, matches, truth = next(iter(files)), None, None
    if computed is not None:
        table = parquet_bytes(computed.matches)
        matches = object_keys.evaluation_key(job.id, body.epoch, "matches.parquet", _hash(table))
        files[matches] = table
    if found.has_truth:
        images, objects = parquet_bytes(found.images), parquet_bytes(found.objects)
        truth = object_keys.truth_prefix(job.id, body.epoch, _hash(data, images, objects))
        files |= dict(zip(object_keys.truth_keys(truth), (images, objects), strict=True))
    for key, content in files.items():
        internal.put_bytes(key, content, object_keys.PARQUET)
    return StoredKeys(predictions, matches, truth)


def _hash(*parts: bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.hexdigest()
