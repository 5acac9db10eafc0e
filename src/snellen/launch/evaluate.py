"""Evaluates a trainer's prediction set against the snapshot, beside the training and never in its way."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from snellen.contract.spec import JobSpec
from snellen.contract.tasks import Task
from snellen.errors import PredictionsInvalid
from snellen.formats.path_map import image_ids
from snellen.formats.snapshot import IMAGES, INFO, OBJECTS

if TYPE_CHECKING:
    import polars as pl

    from snellen.evaluation import KeypointSettings


@dataclass(frozen=True, slots=True)
class Evaluated:
    """The files to store, and the ``evaluation`` of the validation callback."""

    predictions: Path
    matches: Path
    evaluation: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Truth:
    """The snapshot's tables; ``ids`` lead from the paths in the job's folder to image ids."""

    images: pl.DataFrame
    objects: pl.DataFrame
    ids: dict[str, int]
    keypoints: KeypointSettings | None

    @classmethod
    def read(cls, dataset: Path, task: Task) -> _Truth:
        import polars as pl

        from snellen.evaluation import KeypointSettings

        images, objects = (pl.read_parquet(dataset / name) for name in (IMAGES, OBJECTS))
        points = json.loads((dataset / INFO).read_text(encoding="utf-8")).get("keypoints")
        settings = None
        if task is Task.POSE and points is not None:
            settings = KeypointSettings.of_dataset(points)
        return cls(images, objects, image_ids(dataset, images), settings)


class Evaluator:
    """Knows the job's truth; reads it from the job's ``dataset/`` when the first set comes."""

    def __init__(self, spec: JobSpec, dataset: Path, target: Path) -> None:
        """The files to store are made in `target`."""
        self._spec = spec
        self._dataset = dataset
        self._target = target
        self._truth: _Truth | None = None

    def evaluate(self, raw: bytes, epoch: int) -> Evaluated:
        """Turn a raw set into the final one and evaluate it.

        Raises :class:`~snellen.errors.PredictionsInvalid` naming what doesn't fit the job and its snapshot.
        """
        import polars as pl

        from snellen.evaluation import evaluate
        from snellen.formats.predictions import QUICK, resolve, write_predictions

        if self._spec.dataset is None:
            raise PredictionsInvalid("the job has no dataset in Snellen, so its predictions have no truth to meet")
        truth, task = self._load(), self._spec.task
        names = self._spec.dataset.class_names
        found = resolve(
            raw,
            truth.ids,
            task=task,
            class_count=len(names),
            keypoints=None if truth.keypoints is None else len(truth.keypoints.names),
            images=truth.images,
        )
        images = truth.images.filter(pl.col("image_id").is_in(found.image_ids))
        result = evaluate(task, found.frame, truth.objects, images, names, keypoints=truth.keypoints)
        final, matches = (self._target / f"{name}-{epoch:06d}.parquet" for name in ("final", "matches"))
        write_predictions(
            final,
            found.frame,
            image_ids=found.image_ids,
            task=found.task,
            class_count=len(names),
            metadata=found.metadata,
        )
        result.matches.write_parquet(matches, compression=QUICK)
        kept = {"min_score": float(found.metadata["min_score"]), "max_per_image": int(found.metadata["max_per_image"])}
        return Evaluated(final, matches, result.as_dict() | {"kept": kept})

    def _load(self) -> _Truth:
        if self._truth is None:
            self._truth = _Truth.read(self._dataset, self._spec.task)
        return self._truth
