"""Prediction sets that came by their key, without an evaluation: evaluated here, as a supervisor would have."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from snellen.contract.tasks import Task
from snellen.errors import ObjectMissing, PredictionsInvalid, SnellenError
from snellen.server.datasets.frames import SnapshotFrames
from snellen.server.jobs.tables import Job
from snellen.server.validation.schemas import Evaluation, KeptPredictions, ResultIn
from snellen.server.validation.service import StoredKeys, class_names
from snellen.storage import Store, object_keys

if TYPE_CHECKING:
    from snellen.evaluation import Evaluation as Computed
    from snellen.formats import Snapshot
    from snellen.formats.predictions import PredictionSet

NO_TRUTH = "the job has no dataset in Snellen, so its predictions have no truth to meet"


def evaluate(
    internal: Store, snapshots: SnapshotFrames, *, job: Job, body: ResultIn, keys: StoredKeys
) -> tuple[ResultIn, StoredKeys]:
    """The result with its evaluation, or with the reason why there is none: what was reported is kept in any case."""
    from snellen.formats.snapshot import parquet_bytes

    assert keys.predictions is not None  # noqa: S101 - asked for only then
    try:
        if job.snapshot is None:
            raise PredictionsInvalid(NO_TRUTH)
        snapshot = snapshots.get(job.snapshot)
        found, computed = _computed(internal.get_bytes(keys.predictions), snapshot, body, class_names(body, job))
    except ObjectMissing:
        return _without(body, f"there is no object {keys.predictions}; upload the set and send its key"), keys
    except SnellenError as error:
        return _without(body, error.detail), keys
    table = parquet_bytes(computed.matches)
    matches = object_keys.evaluation_key(job.id, body.epoch, "matches.parquet", hashlib.sha256(table).hexdigest())
    internal.put_bytes(matches, table, object_keys.PARQUET)
    limits = {name: float(found.metadata[name]) for name in ("min_score", "max_per_image") if name in found.metadata}
    kept = KeptPredictions(**limits) if len(limits) == 2 else None  # type: ignore[arg-type]
    evaluation = Evaluation(**computed.as_dict(), kept=kept)
    return body.model_copy(update={"evaluation": evaluation}), StoredKeys(keys.predictions, matches, keys.truth)


def _computed(data: bytes, snapshot: Snapshot, body: ResultIn, names: list[str]) -> tuple[PredictionSet, Computed]:
    import polars as pl

    from snellen.evaluation import KeypointSettings
    from snellen.evaluation import evaluate as evaluated
    from snellen.formats.predictions import read_predictions

    points: dict[str, Any] | None = snapshot.info.keypoints
    settings = None
    if body.task_type is Task.POSE and points is not None:
        settings = KeypointSettings.of_dataset(points)
    found = read_predictions(
        data,
        task=body.task_type,
        class_count=len(names),
        keypoints=None if settings is None else len(settings.names),
        images=snapshot.images,
    )
    images = snapshot.images.filter(pl.col("image_id").is_in(found.image_ids))
    if images.height < len(found.image_ids):
        missing = len(found.image_ids) - images.height
        raise PredictionsInvalid(
            f"predictions: {missing} of {len(found.image_ids)} evaluated images are not in the job's snapshot, "
            f"which has ids 0 to {snapshot.images.height - 1}"
        )
    done = evaluated(body.task_type, found.frame, snapshot.objects, images, names, keypoints=settings)
    return found, done


def _without(body: ResultIn, reason: str) -> ResultIn:
    return body.model_copy(update={"evaluation_error": reason[:2000]})
