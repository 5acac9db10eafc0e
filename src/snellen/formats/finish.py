"""From what was read to a dataset: what all formats have in common."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from snellen.contract.tasks import Task
from snellen.formats.content import (
    DatasetContent,
    DatasetReading,
    ImageRecord,
    Keypoints,
    SplitReport,
    report_on,
)
from snellen.formats.options import FRACTIONS, ReadOptions
from snellen.formats.problems import Problem, Problems
from snellen.formats.splits import Pair, divide


@dataclass(slots=True)
class Dataset:
    """What a reader knows of a dataset, and its images; those to be divided have no split."""

    format: str
    task: Task
    class_names: list[str]
    keypoints: Keypoints | None = None
    found: list[Pair] = field(default_factory=list)


def finish(dataset: Dataset, problems: Problems, options: ReadOptions) -> DatasetReading:
    """Divide what has no split, look for repeated images, and refuse what has errors.

    Raises :class:`~snellen.errors.DatasetInvalid`, which lists every error with file and line.
    """
    if not dataset.found and not problems.errors:
        problems.error("empty", "expected images; there are none")
    problems.extend(_same_paths([image for image, _ in dataset.found]))
    problems.refuse()
    pairs, split = _with_splits(dataset.found, options)
    images = sorted((image for image, _ in pairs), key=lambda image: image.path)
    problems.extend(_same_bytes(images))
    present = {image.split for image in images}
    for name in ("train", "val"):
        if name not in present:
            hint = "say how to divide the images (split)" if split.given else "there are too few images to divide"
            problems.error("split_empty", f"no images for {name}; {hint}")
    problems.refuse()
    content = DatasetContent.of(dataset.task, dataset.class_names, pairs, dataset.keypoints)
    report = report_on(content, problems.counts, format=dataset.format, split=split)
    return DatasetReading(content, report, problems.warnings, kept=options.keeper is not None)


def _with_splits(found: list[Pair], options: ReadOptions) -> tuple[list[Pair], SplitReport]:
    loose = [pair for pair in found if not pair[0].split]
    if not loose:
        return found, SplitReport(given=True)
    given = [pair for pair in found if pair[0].split]
    fractions = options.split or FRACTIONS
    divided = divide(loose, fractions, options.seed)
    return given + divided, SplitReport(given=False, seed=options.seed, fractions=dict(fractions))


def _same_paths(images: Sequence[ImageRecord]) -> Iterator[Problem]:
    paths: set[str] = set()
    folded: dict[str, str] = {}
    for image in images:
        if image.path in paths:
            yield Problem("error", "path_repeated", "another image has this path too", image.path)
        paths.add(image.path)
        other = folded.setdefault(image.path.casefold(), image.path)
        if other != image.path:
            message = f"its path differs from {other} by upper and lower case only"
            yield Problem("warning", "path_case", message, image.path)


def _same_bytes(images: Sequence[ImageRecord]) -> Iterator[Problem]:
    first: dict[str, ImageRecord] = {}
    for image in images:
        other = first.setdefault(image.sha256, image)
        if other is not image:
            leak = f", and leaks from {other.split} to {image.split}" if other.split != image.split else ""
            code = "image_leaked" if leak else "image_repeated"
            yield Problem("warning", code, f"same bytes as {other.path}{leak}", image.path)
