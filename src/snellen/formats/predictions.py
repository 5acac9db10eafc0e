"""Prediction sets: everything a model predicted on the evaluated images at one epoch, one Parquet file.

The **final** set has the columns ``image_id`` (int64), ``class_id`` (int32), ``score`` (float32), ``x, y, w, h``
(float64, pixels of the original image after EXIF rotation, origin top-left). A row's number from 0 is the
prediction's id. The **raw** set that a trainer writes has ``image`` (the path by which the trainer knows it) in the
place of ``image_id``. The file's key-value metadata holds ``snellen.task``; ``snellen.images``, a JSON list of all
evaluated images (ids, in a raw set paths), so that "nothing found" and "not evaluated" differ; ``snellen.min_score``
and ``snellen.max_per_image``, the limits of what was kept.

Nothing is imported here but the standard library: a trainer's process loads polars when it writes its first set.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from snellen.contract.tasks import Task
from snellen.errors import PredictionsInvalid
from snellen.formats.prediction_checks import check_rows, conform

if TYPE_CHECKING:
    import polars as pl

#: Predictions below this score are not kept.
MIN_SCORE: Final = 0.001

#: The best predictions of an image that are kept.
MAX_PER_IMAGE: Final = 300

_PREFIX = "snellen."


@dataclass(frozen=True, slots=True)
class PredictionSet:
    """A final set: ``frame`` with the columns above, ``image_ids`` of all evaluated images, ascending.

    ``metadata`` is the rest of the file's metadata, its keys without ``snellen.``.
    """

    frame: pl.DataFrame
    image_ids: tuple[int, ...]
    task: Task = Task.DETECTION
    metadata: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RawPredictions:
    """A set as a trainer wrote it: ``image`` paths instead of ids, ``images`` the paths of all evaluated images."""

    frame: pl.DataFrame
    images: tuple[str, ...]
    task: Task = Task.DETECTION
    metadata: dict[str, str] = field(default_factory=dict)


def write_raw(
    path: Path,
    columns: pl.DataFrame | Mapping[str, Any],
    *,
    images: Iterable[str],
    task: Task = Task.DETECTION,
    min_score: float = MIN_SCORE,
    max_per_image: int = MAX_PER_IMAGE,
) -> None:
    """Write what a trainer's model predicted; a reader sees the whole file or none.

    `columns` are ``image, class_id, score, x, y, w, h``, as a frame or as sequences or arrays of equal length;
    `images` are the paths of all evaluated images. Predictions below `min_score` and all but the best `max_per_image`
    of an image (for equal scores the first) are left out, the order stays. Values are checked when the set is
    resolved, so that a model that predicts NaN goes on training. Raises
    :class:`~snellen.errors.PredictionsInvalid` for missing or ill-typed columns.
    """
    frame = _keep_best(conform(columns, "image"), "image", min_score, max_per_image)
    _write(path, frame, list(dict.fromkeys(images)), task, _limits(min_score, max_per_image))


def read_raw(source: Path | bytes) -> RawPredictions:
    """Read what :func:`write_raw`, or a script in its place, wrote.

    Raises :class:`~snellen.errors.PredictionsInvalid` for a file that is cut off, corrupt or of other columns.
    """
    frame, images, task, metadata = _read(source, "image", str)
    return RawPredictions(frame, tuple(dict.fromkeys(images)), task, metadata)


def resolve(
    raw: RawPredictions | Path | bytes,
    image_ids: Mapping[str, int],
    *,
    class_count: int | None = None,
    min_score: float | None = None,
    max_per_image: int | None = None,
) -> PredictionSet:
    """The final set of a raw one: paths become the ids that `image_ids` gives them.

    The limits of what is kept are those given, else those that the raw set was written with, else the defaults.

    Raises :class:`~snellen.errors.PredictionsInvalid` naming rows (of the raw file, from 0) for an image that has no id
    or is not among those evaluated, a class outside 0 to `class_count` - 1, a score outside 0 to 1, a box or score that
    isn't finite, a negative size.
    """
    import polars as pl

    if not isinstance(raw, RawPredictions):
        raw = read_raw(raw)
    unknown = [image for image in raw.images if image not in image_ids]
    if unknown:
        raise PredictionsInvalid(
            f"{len(unknown)} of {len(raw.images)} evaluated images are not in the dataset, the first {unknown[0]!r}; "
            "expected paths relative to the job's dataset folder, with / between their parts",
            problems=[{"image": image, "message": "not in the dataset"} for image in unknown[:20]],
        )
    ids = {image: image_ids[image] for image in raw.images}
    column = (
        raw.frame["image"]
        .replace_strict(list(ids), list(ids.values()), default=None, return_dtype=pl.Int64)
        .alias("image_id")
    )
    check_rows(raw.frame, raw.frame["image"], column.is_null(), class_count)
    frame = raw.frame.select(column, pl.exclude("image"))
    if min_score is None:
        min_score = float(raw.metadata.get("min_score", MIN_SCORE))
    if max_per_image is None:
        max_per_image = int(raw.metadata.get("max_per_image", MAX_PER_IMAGE))
    frame = _keep_best(frame, "image_id", min_score, max_per_image)
    metadata = raw.metadata | _limits(min_score, max_per_image)
    return PredictionSet(frame, tuple(sorted(set(ids.values()))), raw.task, metadata)


def write_predictions(
    path: Path,
    frame: pl.DataFrame | Mapping[str, Any],
    *,
    image_ids: Sequence[int],
    task: Task = Task.DETECTION,
    class_count: int | None = None,
    metadata: Mapping[str, str] | None = None,
) -> None:
    """Write a final set; a reader sees the whole file or none. Rows are checked as :func:`resolve` does."""
    rows = conform(frame, "image_id")
    _check_final(rows, image_ids, class_count)
    _write(path, rows, sorted({int(i) for i in image_ids}), task, dict(metadata or {}))


def read_predictions(source: Path | bytes, *, class_count: int | None = None) -> PredictionSet:
    """Read a final set, from a file or its bytes.

    Raises :class:`~snellen.errors.PredictionsInvalid` for a file that is cut off or corrupt, for other columns, and for
    rows as :func:`resolve` does.
    """
    frame, images, task, metadata = _read(source, "image_id", int)
    _check_final(frame, images, class_count)
    return PredictionSet(frame, tuple(sorted(set(images))), task, metadata)


def _check_final(frame: pl.DataFrame, image_ids: Sequence[int], class_count: int | None) -> None:
    import polars as pl

    evaluated = pl.Series([int(i) for i in image_ids], dtype=pl.Int64)
    check_rows(frame, frame["image_id"], ~frame["image_id"].is_in(evaluated.implode()), class_count)


def _limits(min_score: float, max_per_image: int) -> dict[str, str]:
    return {"min_score": repr(float(min_score)), "max_per_image": str(max_per_image)}


def _keep_best(frame: pl.DataFrame, image: str, min_score: float, max_per_image: int) -> pl.DataFrame:
    import polars as pl

    # NaN is above every number to polars: it stays, and is named when the rows are checked.
    frame = frame.filter(pl.col("score") >= pl.lit(min_score, dtype=pl.Float32))
    if frame.is_empty():
        return frame
    rank = pl.col("score").rank("ordinal", descending=True).over(image)
    return frame.filter(rank <= max_per_image)


def _write(path: Path, frame: pl.DataFrame, images: list[Any], task: Task, metadata: dict[str, str]) -> None:
    values = {"task": str(Task(task)), "images": json.dumps(images, ensure_ascii=False), **metadata}
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        frame.write_parquet(temporary, metadata={_PREFIX + key: value for key, value in values.items()})
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _read(source: Path | bytes, image: str, kind: type) -> tuple[pl.DataFrame, list[Any], Task, dict[str, str]]:
    import polars as pl

    name = "the prediction set" if isinstance(source, bytes) else str(source)
    data = source if isinstance(source, bytes) else source.read_bytes()
    try:
        metadata = pl.read_parquet_metadata(io.BytesIO(data))
        frame = pl.read_parquet(io.BytesIO(data))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError) as error:
        raise PredictionsInvalid(
            f"{name}: {len(data)} bytes that are no whole Parquet file ({str(error).splitlines()[0][:200]}); "
            "was it cut off while it was written?"
        ) from error
    ours = {key[len(_PREFIX) :]: value for key, value in metadata.items() if key.startswith(_PREFIX)}
    try:
        images = json.loads(ours.pop("images"))
        task = Task(ours.pop("task", Task.DETECTION.value))
        if not isinstance(images, list) or not all(type(i) is kind for i in images):
            raise ValueError(f"snellen.images is no list of {'paths' if kind is str else 'ids'}")
    except (KeyError, ValueError) as error:
        raise PredictionsInvalid(
            f"{name}: its metadata don't say which images were evaluated ({type(error).__name__}: {error}); expected "
            '"snellen.images" with a JSON list and "snellen.task" with detection, segmentation, pose or classification'
        ) from error
    return conform(frame, image), images, task, ours
