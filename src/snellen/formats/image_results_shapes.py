"""Masks and poses of ``image_results``: RLEs of one size in an image, poses of as many keypoints everywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from snellen.formats.image_results_fields import Problems, finite
from snellen.formats.masks import canonical
from snellen.formats.rle_pixels import rle_pixels

Box = tuple[float, float, float, float]
Points = list[list[float]]


@dataclass(slots=True)
class Masks:
    """Reads RLEs; ``sizes`` are the height and width of each image by its place in the list.

    Those of :meth:`known` images must be so; of any other the first mask says it.
    """

    problems: Problems
    sizes: dict[int, tuple[int, int]] = field(default_factory=dict)
    _said_by: dict[int, str] = field(default_factory=dict)

    def known(self, image: int, height: int, width: int) -> None:
        """An image whose size is known."""
        self.sizes[image] = height, width
        self._said_by[image] = "the dataset's image"

    def read(self, image: int, given: object, where: str) -> str | None:
        """The counts of an RLE as text; whether a text fits its size is seen by :meth:`measure`."""
        if not isinstance(given, Mapping):
            self.problems.add_kind(where, given, "an RLE {size: [h, w], counts}")
            return None
        size = self._size(image, given.get("size"), f"{where}.size")
        if size is None:
            return None
        counts = given.get("counts")
        if isinstance(counts, str):
            return counts
        if not isinstance(counts, list | tuple):
            self.problems.add_kind(f"{where}.counts", counts, "the text of COCO's RLE, or a list of numbers")
            return None
        if not all(type(run) is int and run >= 0 for run in counts):
            self.problems.add(f"{where}.counts", counts, "whole numbers from 0, the lengths of runs")
            return None
        if not self._covers(sum(counts), size, where):
            return None
        return canonical(list(counts), *size)

    def measure(
        self, rles: Sequence[str], images: Sequence[int], places: Sequence[str]
    ) -> list[tuple[Box, float]] | None:
        """The box and the area of each mask, in pixels; None, and problems, if one isn't of its image's size."""
        from hotcoco import mask

        sizes = [self.sizes[image] for image in images]
        covered = rle_pixels(list(rles)).tolist()
        if not all([self._covers(*each) for each in zip(covered, sizes, places, strict=True)]) or not rles:  # noqa: C419
            return None
        found = [{"size": list(size), "counts": rle} for size, rle in zip(sizes, rles, strict=True)]
        measured = zip(mask.toBbox(found).tolist(), mask.area(found).tolist(), strict=True)
        return [((x, y, w, h), float(area)) for (x, y, w, h), area in measured]

    def _covers(self, covered: int, size: tuple[int, int], where: str) -> bool:
        height, width = size
        if covered == height * width:
            return True
        expected = f"expected {height} x {width} = {height * width} pixels"
        self.problems.say(
            f"{where}.counts: {'this is no RLE' if covered < 0 else f'got {covered}'}, {expected} as its size says"
        )
        return False

    def _size(self, image: int, given: object, where: str) -> tuple[int, int] | None:
        from snellen.formats.images import MAX_PIXELS

        if not isinstance(given, list | tuple) or len(given) != 2 or not all(type(n) is int and n > 0 for n in given):
            self.problems.add(where, given, "[height, width] of the image in pixels")
            return None
        height, width = given
        if height * width > MAX_PIXELS:
            self.problems.add(where, given, f"at most {MAX_PIXELS} pixels")
            return None
        before = self.sizes.setdefault(image, (height, width))
        if before != (height, width):
            expected = f"{list(before)}, that of {self._said_by[image]}; masks are as large as their image"
            self.problems.add(where, given, expected)
            return None
        self._said_by.setdefault(image, where)
        return height, width


@dataclass(slots=True)
class Poses:
    """Reads lists of keypoints; ``count`` is how many each pose has: None until the first of all says it."""

    problems: Problems
    count: int | None = None
    _said_by: str = "the job's dataset"

    def read(self, given: object, where: str, *, truth: bool) -> Points | None:
        """``[[x, y, v], …]``; ``v`` is 0, 1 or 2 in the truth, else a score from 0 to 1."""
        if not isinstance(given, list | tuple) or not given:
            self.problems.add(where, given, "[[x, y, v], …]")
            return None
        points: Points = []
        for k, point in enumerate(given):
            numbers = finite(point, 3)
            if numbers is None:
                self.problems.add(f"{where}[{k}]", point, "[x, y, v], finite")
                return None
            if not (numbers[2] in (0, 1, 2) if truth else 0 <= numbers[2] <= 1):
                expected = "v to be 0, 1 or 2" if truth else "a score from 0 to 1 as the third"
                self.problems.add(f"{where}[{k}]", point, expected)
                return None
            points.append(numbers)
        if self.count is None:
            self.count, self._said_by = len(points), where
        if len(points) != self.count:
            self.problems.say(f"{where}: got {len(points)} keypoints, expected {self.count} as {self._said_by} has")
            return None
        return points


def extent(points: Points) -> Box:
    """The box that just holds the labelled keypoints (``v`` above 0); if there are none, all of them."""
    seen = [point for point in points if point[2] > 0] or points
    xs, ys = [point[0] for point in seen], [point[1] for point in seen]
    return min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)
