"""``image_results``: predictions, and perhaps their truth, that came as JSON with a validation.

Each is ``{image_name, true_boxes?, predicted_boxes?, …}``; a box is ``{class_id, bbox: [x, y, w, h], confidence?}``,
in pixels of the original image, origin top-left. The rest of an image's fields is not for detection.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from snellen.contract.numbers import decode
from snellen.errors import PredictionsInvalid
from snellen.formats.prediction_checks import BOX, conform
from snellen.formats.predictions import PredictionSet, RawPredictions, resolve

if TYPE_CHECKING:
    import polars as pl

#: How many problems an error names.
NAMED = 20

#: The highest class id where no names were given: a matrix of more classes than this is somebody's mistake.
MOST_CLASSES = 100_000


@dataclass(frozen=True, slots=True)
class ImageResults:
    """What the JSON held, as the frames that an evaluation takes.

    ``images``: ``image_id`` (int64), ``path``, ``split, width, height`` (null: nobody said), one row an image.
    ``objects``: ``object_id, image_id`` (int64), ``class_id`` (int32), ``x, y, w, h, area`` (float64), ``iscrowd``
    (bool); without rows unless ``has_truth``. ``predictions``: the final set of all these images. ``class_names``:
    those given, else made from the boxes' ``class_name``.
    """

    images: pl.DataFrame
    objects: pl.DataFrame
    predictions: PredictionSet
    class_names: tuple[str, ...]
    has_truth: bool


def from_image_results(
    results: Sequence[Mapping[str, Any]],
    class_names: Sequence[str] = (),
    *,
    image_ids: Mapping[str, int] | None = None,
) -> ImageResults:
    """Turn ``image_results`` into frames.

    Without `image_ids` an image's id is its place among the names sorted; with it, the names are paths of a dataset,
    and an unknown one is refused. A predicted box without ``confidence`` has 1. Raises
    :class:`~snellen.errors.PredictionsInvalid`; its message and ``problems`` name each index and field.
    """
    problems: list[str] = []
    names = _names(results, problems)
    truth = _Boxes.read("true_boxes", results, len(class_names), problems)
    predicted = _Boxes.read("predicted_boxes", results, len(class_names), problems)
    if results and not (truth.given or predicted.given):
        problems.append("image_results: no image has true_boxes or predicted_boxes; expected those of a detector")
    if problems:
        more = f"; and {len(problems) - 3} more" if len(problems) > 3 else ""
        raise PredictionsInvalid(
            "; ".join(problems[:3]) + more, problems=[{"message": problem} for problem in problems[:NAMED]]
        )
    import polars as pl

    ids = image_ids if image_ids is not None else {name: i for i, name in enumerate(sorted(names))}
    labels = tuple(class_names) or _labels(truth.labels | predicted.labels)
    raw = conform(
        {"image": [names[i] for i in predicted.index], **predicted.columns, "score": predicted.scores}, "image"
    )
    found = resolve(RawPredictions(raw, tuple(names)), ids, class_count=len(labels))
    nobody = [None] * len(names)
    images = pl.DataFrame(
        {"image_id": [ids[name] for name in names], "path": names, "split": nobody, "width": nobody, "height": nobody},
        schema={"image_id": pl.Int64, "path": pl.String, "split": pl.String, "width": pl.Int32, "height": pl.Int32},
    ).sort("image_id")
    objects = pl.DataFrame(
        {"image_id": [ids[names[i]] for i in truth.index], **truth.columns, "iscrowd": truth.crowds},
        schema={"image_id": pl.Int64, "class_id": pl.Int32, **dict.fromkeys(BOX, pl.Float64), "iscrowd": pl.Boolean},
    ).sort("image_id", maintain_order=True)
    objects = objects.with_row_index("object_id").with_columns(
        pl.col("object_id").cast(pl.Int64), (pl.col("w") * pl.col("h")).alias("area")
    )
    return ImageResults(images, objects, found, labels, truth.given)


def _names(results: Sequence[Mapping[str, Any]], problems: list[str]) -> list[str]:
    names: list[str] = []
    seen: dict[str, int] = {}
    for i, result in enumerate(results):
        name = result.get("image_name") if isinstance(result, Mapping) else None
        if not isinstance(name, str) or not name:
            problems.append(f"image_results[{i}].image_name: got {name!r}, expected a name")
            name = ""
        elif name in seen:
            problems.append(f"image_results[{i}].image_name: {name!r} is also that of image_results[{seen[name]}]")
        seen.setdefault(name, i)
        names.append(name)
    return names


def _labels(known: Mapping[int, str]) -> tuple[str, ...]:
    return tuple(known.get(i) or f"class {i}" for i in range(max(known, default=-1) + 1))


@dataclass(slots=True)
class _Boxes:
    """The boxes of one field of all images; ``index`` is the image's place in the list."""

    given: bool
    index: list[int]
    columns: dict[str, list[Any]]
    scores: list[float]
    crowds: list[bool]
    labels: dict[int, str]

    @classmethod
    def read(cls, name: str, results: Sequence[Mapping[str, Any]], class_count: int, problems: list[str]) -> _Boxes:
        boxes = cls(False, [], {column: [] for column in ("class_id", *BOX)}, [], [], {})
        for i, result in enumerate(results):
            given = result.get(name) if isinstance(result, Mapping) else None
            if given is None:
                continue
            boxes.given = True
            if not isinstance(given, Sequence) or isinstance(given, str):
                problems.append(f"image_results[{i}].{name}: got {type(given).__name__}, expected a list of boxes")
                continue
            for k, box in enumerate(given):
                boxes._add(i, box, class_count, f"image_results[{i}].{name}[{k}]", problems)
        return boxes

    def _add(self, i: int, box: object, class_count: int, where: str, problems: list[str]) -> None:
        if not isinstance(box, Mapping):
            problems.append(f"{where}: got {type(box).__name__}, expected an object with class_id and bbox")
            return
        class_id = box.get("class_id")
        most = class_count - 1 if class_count else MOST_CLASSES
        if type(class_id) is not int or not 0 <= class_id <= most:
            problems.append(f"{where}.class_id: got {class_id!r}, expected a whole number from 0 to {most}")
            return
        sides = list(_numbers(box.get("bbox")))
        if len(sides) != 4 or sides[2] < 0 or sides[3] < 0:
            problems.append(f"{where}.bbox: got {box.get('bbox')!r}, expected [x, y, w, h], finite, no negative size")
            return
        score = list(_numbers([1.0 if box.get("confidence") is None else box.get("confidence")]))
        if not score or not 0 <= score[0] <= 1:
            problems.append(f"{where}.confidence: got {box.get('confidence')!r}, expected a number from 0 to 1")
            return
        for column, value in zip(("class_id", *BOX), (class_id, *sides), strict=True):
            self.columns[column].append(value)
        self.index.append(i)
        self.scores.append(score[0])
        self.crowds.append(bool(box.get("iscrowd", False)))
        label = box.get("class_name")
        self.labels[class_id] = label if isinstance(label, str) else self.labels.get(class_id, "")


def _numbers(values: object) -> Iterator[float]:
    """The finite numbers in a list; nothing for anything else."""
    if not isinstance(values, Sequence) or isinstance(values, str):
        return
    for value in values:
        try:
            number = decode(value)
        except (ValueError, OverflowError):
            continue
        if math.isfinite(number):
            yield number
