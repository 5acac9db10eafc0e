"""The boxes, masks and poses of ``image_results``, of the truth or predicted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from snellen.contract.tasks import Task
from snellen.formats.image_results_fields import Classes, Problems, finite, read_flag, read_list, read_score
from snellen.formats.image_results_shapes import Box, Masks, Poses, extent

#: The field of each task that holds its objects, after ``true_`` or ``predicted_``, and what is in it.
FIELDS: Final = {
    Task.DETECTION: ("boxes", "boxes"),
    Task.SEGMENTATION: ("mask", "masks"),
    Task.POSE: ("keypoints", "poses"),
}


@dataclass(slots=True)
class Objects:
    """Objects of all images in columns; ``index`` is the image's place in the list.

    ``shapes`` are the counts of RLEs or lists of ``[x, y, v]``, by task; None for boxes. ``given`` says whether any
    image has the field at all.
    """

    given: bool = False
    index: list[int] = field(default_factory=list)
    class_id: list[int] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)
    area: list[float] = field(default_factory=list)
    score: list[float] = field(default_factory=list)
    crowd: list[bool] = field(default_factory=list)
    shapes: list[Any] = field(default_factory=list)


class _Row(NamedTuple):
    """An object as it was read: ``box`` and ``area`` may still be those of its shape."""

    image: int
    at: str
    class_id: int
    box: Box | None
    area: float | None
    score: float
    crowd: bool
    shape: Any


class _Element(NamedTuple):
    """One object: its ``shape`` (a mask, a pose; a box has none) and the ``fields`` that say the rest of it.

    ``at`` and ``fields_at`` are where the two are in the JSON.
    """

    image: int
    at: str
    shape: Any
    fields: Mapping[str, Any]
    fields_at: str
    #: The class of a pose may be left out.
    default_class: int | None = None


class _Boxes(NamedTuple):
    """The boxes that bare shapes of an image belong to, by their places."""

    items: Sequence[Any]
    where: str
    problems: Problems

    @classmethod
    def of(cls, i: int, result: Mapping[str, Any], name: str, problems: Problems) -> _Boxes | None:
        given, where = result.get(name), f"image_results[{i}].{name}"
        return None if given is None else cls(read_list(given, where, "boxes", problems), where, problems)

    def at(self, k: int) -> str:
        """Where a box is."""
        return f"{self.where}[{k}]"

    def is_object(self, k: int) -> bool:
        """Whether it is an object; else a problem."""
        if isinstance(self.items[k], Mapping):
            return True
        self.problems.add_kind(self.at(k), self.items[k], "an object with class_id and bbox")
        return False


@dataclass(slots=True)
class ObjectReader:
    """Reads the objects of one task; masks of one image must be of one size, all poses of as many keypoints."""

    task: Task
    results: Sequence[Mapping[str, Any]]
    classes: Classes
    masks: Masks
    poses: Poses
    problems: Problems

    def read(self, side: str) -> Objects:
        """The objects that are ``true`` or ``predicted``; what is wrong is added to the problems."""
        name = FIELDS[self.task][0]
        given = any(result.get(f"{side}_{name}") is not None for result in self.results)
        rows = [
            row
            for i, result in enumerate(self.results)
            for element in self._elements(i, result, side, expected=given or side == "predicted")
            if (row := self._row(element, truth=side == "true")) is not None
        ]
        return self._columns(rows) if given else Objects()

    def _columns(self, rows: list[_Row]) -> Objects:
        """Whatever nobody said of boxes and areas is that of the shape."""
        found = Objects(given=True)
        measured: list[tuple[Box, float]] | None = None
        if self.task is Task.SEGMENTATION:
            columns = ([row.shape for row in rows], [row.image for row in rows], [row.at for row in rows])
            measured = self.masks.measure(*columns)
        for k, row in enumerate(rows):
            if measured is not None:
                (held, area), box = measured[k], row.box
                box = held if box is None else box
            else:
                box = row.box or (extent(row.shape) if self.task is Task.POSE else (0.0, 0.0, 0.0, 0.0))
                area = box[2] * box[3]
            found.index.append(row.image)
            found.class_id.append(row.class_id)
            found.boxes.append(box)
            found.area.append(area if row.area is None else row.area)
            found.score.append(row.score)
            found.crowd.append(row.crowd)
            found.shapes.append(row.shape)
        return found

    def _elements(self, i: int, result: Mapping[str, Any], side: str, *, expected: bool) -> Iterator[_Element]:
        """The objects of an image; `expected` says that boxes without shapes are a mistake."""
        name, what = FIELDS[self.task]
        at, given = f"image_results[{i}].{side}_{name}", result.get(f"{side}_{name}")
        boxes = _Boxes.of(i, result, f"{side}_boxes", self.problems) if self.task is not Task.DETECTION else None
        if given is None:
            if boxes is not None and boxes.items and expected:
                self.problems.say(f"{at}: missing, but there are {side}_boxes; expected {what}, one of each box")
            return
        places = [(at, given)]
        if not self._is_one(given):
            places = [(f"{at}[{k}]", each) for k, each in enumerate(read_list(given, at, what, self.problems))]
        bare = [self._is_bare(each) for _, each in places]
        if any(bare) and boxes is not None and len(boxes.items) != len(places):
            self.problems.say(
                f"{at}: got {len(places)} {what} and {len(boxes.items)} {side}_boxes, expected one of each box"
            )
            return
        for k, (where, each) in enumerate(places):
            if bare[k] and boxes is None:
                fields = {"class_id": 0, "confidence": result.get("confidence")}
                yield _Element(i, where, each, fields, f"image_results[{i}]")
            elif bare[k] and boxes is not None:
                if boxes.is_object(k):
                    yield _Element(i, where, each, boxes.items[k], boxes.at(k))
            elif not isinstance(each, Mapping):
                self.problems.add_kind(where, each, self._expected())
            elif self.task is Task.DETECTION:
                yield _Element(i, where, None, each, where)
            elif self.task is Task.SEGMENTATION:
                yield _Element(i, f"{where}.segmentation", each.get("segmentation"), each, where)
            else:
                yield _Element(i, f"{where}.keypoints", each.get("keypoints"), each, where, default_class=0)

    def _is_one(self, given: object) -> bool:
        """Whether this is one object where a list of them is expected."""
        if self.task is Task.POSE and isinstance(given, list | tuple) and given:
            return isinstance(given[0], list | tuple) and bool(given[0]) and isinstance(given[0][0], int | float)
        return isinstance(given, Mapping) and self.task is not Task.DETECTION

    def _is_bare(self, each: object) -> bool:
        """Whether this is a shape alone, without a class."""
        if self.task is Task.SEGMENTATION:
            return isinstance(each, Mapping) and "counts" in each
        return self.task is Task.POSE and isinstance(each, list | tuple)

    def _expected(self) -> str:
        if self.task is Task.SEGMENTATION:
            return "an object with class_id and segmentation, or an RLE {size, counts}"
        if self.task is Task.POSE:
            return "an object with keypoints, or [[x, y, v], …]"
        return "an object with class_id and bbox"

    def _row(self, element: _Element, *, truth: bool) -> _Row | None:
        """One object; None, and problems, if anything of it is wrong."""
        fields, at = element.fields, element.fields_at
        class_id = self.classes.read(fields, at, default=element.default_class)
        box = self._box(fields, at)
        shape: Any = None
        if self.task is Task.SEGMENTATION:
            shape = self.masks.read(element.image, element.shape, element.at)
        elif self.task is Task.POSE:
            shape = self.poses.read(element.shape, element.at, truth=truth)
        confidence = fields.get("confidence")
        score = 1.0 if confidence is None else read_score(confidence, f"{at}.confidence", self.problems)
        area = self._area(fields, at) if truth else None
        crowd = read_flag(fields.get("iscrowd"), f"{at}.iscrowd", self.problems)
        lacking = box if self.task is Task.DETECTION else shape
        if class_id is None or score is None or lacking is None:
            return None
        return _Row(element.image, element.at, class_id, box, area, score, crowd, shape)

    def _box(self, fields: Mapping[str, Any], at: str) -> Box | None:
        given = fields.get("bbox")
        if given is None and self.task is not Task.DETECTION:
            return None
        sides = finite(given, 4)
        if sides is None or sides[2] < 0 or sides[3] < 0:
            self.problems.add(f"{at}.bbox", given, "[x, y, w, h], finite, no negative size")
            return None
        x, y, w, h = sides
        return x, y, w, h

    def _area(self, fields: Mapping[str, Any], at: str) -> float | None:
        """None where there is none, or where it was left at 0 by the tool that wrote it."""
        given = fields.get("area")
        if given is None:
            return None
        area = finite([given])
        if area is None or area[0] < 0:
            self.problems.add(f"{at}.area", given, "square pixels, finite, from 0")
            return None
        return area[0] or None
