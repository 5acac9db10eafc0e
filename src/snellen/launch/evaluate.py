"""Evaluates a trainer's prediction set against the snapshot, beside the training and never in its way."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from snellen.contract.spec import JobSpec
from snellen.errors import PredictionsInvalid
from snellen.formats.path_map import PATH_MAP
from snellen.formats.snapshot import IMAGES, OBJECTS


@dataclass(frozen=True, slots=True)
class Evaluated:
    """The files to store, and the ``evaluation`` of the validation callback."""

    predictions: Path
    matches: Path
    evaluation: dict[str, Any]


class Evaluator:
    """Knows the job's truth; reads it from the job's ``dataset/`` when the first set comes."""

    def __init__(self, spec: JobSpec, dataset: Path) -> None:
        self._spec = spec
        self._dataset = dataset
        self._truth: tuple[Any, dict[str, int]] | None = None

    def evaluate(self, raw: Path, epoch: int) -> Evaluated:
        """Turn a raw set into the final one beside it and evaluate it.

        Raises :class:`~snellen.errors.PredictionsInvalid` naming what doesn't fit the snapshot.
        """
        from snellen.evaluation import evaluate_detection
        from snellen.formats.predictions import resolve, write_predictions

        if self._spec.dataset is None:
            raise PredictionsInvalid("the job has no dataset in Snellen, so its predictions have no truth to meet")
        objects, ids = self._load()
        names = self._spec.dataset.class_names
        found = resolve(raw, ids, class_count=len(names))
        final = raw.with_name(f"final-{epoch:06d}.parquet")
        write_predictions(
            final,
            found.frame,
            image_ids=found.image_ids,
            task=found.task,
            class_count=len(names),
            metadata=found.metadata,
        )
        result = evaluate_detection(found.frame, objects, found.image_ids, names)
        matches = raw.with_name(f"matches-{epoch:06d}.parquet")
        result.matches.write_parquet(matches)
        return Evaluated(final, matches, result.as_dict())

    def _load(self) -> tuple[Any, dict[str, int]]:
        import polars as pl

        if self._truth is None:
            images = pl.read_parquet(self._dataset / IMAGES)
            objects = pl.read_parquet(self._dataset / OBJECTS)
            by_path = dict(zip(images["path"].to_list(), images["image_id"].to_list(), strict=True))
            path_map = json.loads((self._dataset / PATH_MAP).read_text(encoding="utf-8"))
            self._truth = objects, {here: by_path[there] for here, there in path_map.items()}
        return self._truth
