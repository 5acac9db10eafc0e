"""Prediction sets: everything a model predicted on the evaluated images at one epoch, one Parquet file.

The **final** set has the columns ``image_id`` (int64), ``class_id`` (int32), ``score`` (float32), ``x, y, w, h``
(float64, pixels of the original image after EXIF rotation, origin top-left); for segmentation ``rle`` (the counts of
COCO's compressed RLE at the image's size), for pose ``keypoints`` (lists of ``[x, y, score]``, float32). A classifier's
has ``rank`` (uint8, from 1), ``class_id, score`` and no box: the top 5 labels of each image. A row's number from 0 is
the prediction's id. The **raw** set that a trainer writes has ``image`` (the path by which the trainer knows it) in the
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

from snellen.contract.tasks import TOP, Task
from snellen.errors import PredictionsInvalid
from snellen.formats.prediction_checks import check_rows, conform

if TYPE_CHECKING:
    import polars as pl

#: Predictions below this score are not kept.
MIN_SCORE: Final = 0.001

#: The best predictions of an image that are kept.
MAX_PER_IMAGE: Final = 300

#: For tables of numbers: a few percent larger than zstd and read four times as fast. Masks are text, which zstd halves.
QUICK: Final = "lz4"
SMALL: Final = "zstd"

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

    `columns` are those above with ``image`` for ``image_id``, as a frame or as sequences or arrays of equal length
    (keypoints also as an array [n, K, 3]); a classifier's ranks may be left to its scores. `images` are the paths of
    all evaluated images. Predictions below `min_score` and all but the best `max_per_image` of an image (for equal
    scores the first), of a classifier all labels but the top 5, are left out, the order stays. Values are checked when
    the set is resolved, so that a model that predicts NaN goes on training. Raises
    :class:`~snellen.errors.PredictionsInvalid` for missing or ill-typed columns.
    """
    task = Task(task)
    frame = _keep_best(conform(columns, "image", task), "image", task, min_score, max_per_image)
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
    task: Task | None = None,
    class_count: int | None = None,
    keypoints: int | None = None,
    images: pl.DataFrame | None = None,
    min_score: float | None = None,
    max_per_image: int | None = None,
) -> PredictionSet:
    """The final set of a raw one: paths become the ids that `image_ids` gives them.

    The limits of what is kept are those given, else those that the raw set was written with, else the defaults.

    Raises :class:`~snellen.errors.PredictionsInvalid` for a set of another task than `task`, and naming rows (of the
    raw file, from 0) for an image that has no id or is not among those evaluated, a class outside 0 to `class_count`
    - 1, a score outside 0 to 1, a box or score that isn't finite, a negative size; a mask that isn't of the size that
    `images` (``image_id, width, height``) says; a pose with other than `keypoints` keypoints, or keypoints that aren't
    finite; a rank outside 1 to 5, a rank or a label that an image has twice.
    """
    import polars as pl

    if not isinstance(raw, RawPredictions):
        raw = read_raw(raw)
    check_task(raw.task, task)
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
    check_rows(
        raw.frame,
        raw.frame["image"],
        column.is_null(),
        class_count,
        task=raw.task,
        keypoints=keypoints,
        pixels=pixels_of(column, images),
    )
    frame = raw.frame.select(column, pl.exclude("image"))
    if min_score is None:
        min_score = float(raw.metadata.get("min_score", MIN_SCORE))
    if max_per_image is None:
        max_per_image = int(raw.metadata.get("max_per_image", MAX_PER_IMAGE))
    frame = _keep_best(frame, "image_id", raw.task, min_score, max_per_image)
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
    rows = conform(frame, "image_id", Task(task))
    _check_final(rows, image_ids, class_count, Task(task))
    _write(path, rows, sorted({int(i) for i in image_ids}), task, dict(metadata or {}))


def read_predictions(
    source: Path | bytes,
    *,
    task: Task | None = None,
    class_count: int | None = None,
    keypoints: int | None = None,
    images: pl.DataFrame | None = None,
) -> PredictionSet:
    """Read a final set, from a file or its bytes.

    Raises :class:`~snellen.errors.PredictionsInvalid` for a file that is cut off or corrupt, for other columns, and for
    tasks and rows as :func:`resolve` does.
    """
    frame, image_ids, of, metadata = _read(source, "image_id", int)
    check_task(of, task)
    _check_final(frame, image_ids, class_count, of, keypoints=keypoints, pixels=pixels_of(frame["image_id"], images))
    return PredictionSet(frame, tuple(sorted(set(image_ids))), of, metadata)


def check_task(got: Task, expected: Task | None) -> None:
    """Raise :class:`~snellen.errors.PredictionsInvalid` for a set of another task."""
    if expected is not None and got is not expected:
        raise PredictionsInvalid(
            f"the prediction set is of {got}, expected one of {expected}; its metadata (snellen.task) say what it is"
        )


def _check_final(
    frame: pl.DataFrame, image_ids: Sequence[int], class_count: int | None, task: Task, **more: Any
) -> None:
    import polars as pl

    evaluated = pl.Series([int(i) for i in image_ids], dtype=pl.Int64)
    foreign = ~frame["image_id"].is_in(evaluated.implode())
    check_rows(frame, frame["image_id"], foreign, class_count, task=task, **more)


def pixels_of(image_id: pl.Series, images: pl.DataFrame | None) -> pl.Series | None:
    """How many pixels the image of each row has; null where nobody knows."""
    import polars as pl

    if images is None:
        return None
    area = images["width"].cast(pl.Int64) * images["height"].cast(pl.Int64)
    return image_id.replace_strict(images["image_id"], area, default=None, return_dtype=pl.Int64)


def _limits(min_score: float, max_per_image: int) -> dict[str, str]:
    return {"min_score": repr(float(min_score)), "max_per_image": str(max_per_image)}


def _keep_best(frame: pl.DataFrame, image: str, task: Task, min_score: float, max_per_image: int) -> pl.DataFrame:
    import polars as pl

    if task is Task.CLASSIFICATION:
        return frame.filter(pl.col("rank") <= TOP)
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
        frame.write_parquet(
            temporary,
            compression=SMALL if "rle" in frame.columns else QUICK,
            metadata={_PREFIX + key: value for key, value in values.items()},
        )
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _read(source: Path | bytes, image: str, kind: type) -> tuple[pl.DataFrame, list[Any], Task, dict[str, str]]:
    import polars as pl

    name = "the prediction set" if isinstance(source, bytes) else str(source)
    data = source if isinstance(source, bytes) else source.read_bytes()
    try:
        metadata = pl.read_parquet_metadata(io.BytesIO(data))
        frame = pl.read_parquet(data)
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
    return conform(frame, image, task), images, task, ours
