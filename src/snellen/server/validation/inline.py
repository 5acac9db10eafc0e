"""``image_results`` that came as JSON: made a prediction set, evaluated, stored, before the result's row is."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from snellen.contract.tasks import Task
from snellen.errors import InvalidInput
from snellen.server.datasets.frames import SnapshotFrames
from snellen.server.jobs.tables import Job
from snellen.server.validation.schemas import Evaluation, ResultIn
from snellen.server.validation.service import StoredKeys, class_names
from snellen.storage import Store, object_keys

if TYPE_CHECKING:
    pass


def store(internal: Store, snapshots: SnapshotFrames, *, job: Job, body: ResultIn) -> tuple[ResultIn, StoredKeys]:
    """The result with its evaluation and its names, and where its files are.

    Without truth in the JSON the job's snapshot is the truth, and images are named as there. With neither there is
    nothing to evaluate against: the predictions are kept, and the result says so. Raises
    :class:`~snellen.errors.PredictionsInvalid` naming index and field of what can't be read.
    """
    from snellen.evaluation import evaluate_detection
    from snellen.formats.image_results import from_image_results
    from snellen.formats.predictions import write_predictions
    from snellen.formats.snapshot import parquet_bytes

    if body.task_type is not Task.DETECTION:
        raise InvalidInput(
            f"image_results: only detection is evaluated from JSON so far, got task_type {body.task_type}"
        )
    names = class_names(body, job)
    found = from_image_results(body.image_results or [], names)
    images, objects = found.images, found.objects
    if not found.has_truth and job.snapshot is not None:
        snapshot = snapshots.get(job.snapshot)
        ids = dict(zip(snapshot.images["path"].to_list(), snapshot.images["image_id"].to_list(), strict=True))
        found = from_image_results(body.image_results or [], names, image_ids=ids)
        images, objects = snapshot.images, snapshot.objects
    has_truth = found.has_truth or job.snapshot is not None
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "set.parquet")
        write_predictions(file, found.predictions.frame, image_ids=found.predictions.image_ids)
        data = file.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    key = object_keys.predictions_key(job.id, body.epoch, digest)
    internal.put_bytes(key, data, object_keys.PARQUET)
    changes: dict[str, object] = {"class_names": list(found.class_names)}
    truth_key = None
    if found.has_truth:
        truth = parquet_bytes(objects)
        both = hashlib.sha256(data + truth).hexdigest()
        truth_key = object_keys.truth_prefix(job.id, body.epoch, both)
        images_key, objects_key = object_keys.truth_keys(truth_key)
        internal.put_bytes(images_key, parquet_bytes(images), object_keys.PARQUET)
        internal.put_bytes(objects_key, truth, object_keys.PARQUET)
    if has_truth and found.class_names:
        result = evaluate_detection(
            found.predictions.frame, objects, list(found.predictions.image_ids), list(found.class_names)
        )
        changes["evaluation"] = Evaluation(**result.as_dict())
    else:
        changes["evaluation_error"] = "neither the job nor image_results has truth to evaluate against"
    return body.model_copy(update=changes), StoredKeys(predictions=key, truth=truth_key)
