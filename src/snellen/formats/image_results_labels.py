"""The labels of ``image_results``: what each image shows, and what a classifier took it for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from snellen.contract.tasks import TOP
from snellen.formats.image_results_fields import MOST_CLASSES, Problems, is_text, read_list, read_score

#: The fields that say what an image shows, and those that say what it was taken for.
TRUTH: Final = ("true_label", "true_label_id")
PREDICTION: Final = ("predicted_label", "predicted_label_id", "top5_predictions")


@dataclass(slots=True)
class Labels:
    """``true``: the class of each image, in order of the list; empty unless any was given.

    ``index`` (the image's place in the list), ``rank`` (from 1), ``class_id`` and ``score`` are the best five labels of
    each image.
    """

    class_names: tuple[str, ...] = ()
    true: list[int] = field(default_factory=list)
    index: list[int] = field(default_factory=list)
    rank: list[int] = field(default_factory=list)
    class_id: list[int] = field(default_factory=list)
    score: list[float] = field(default_factory=list)


class _Label(NamedTuple):
    """A label as it was given: by its id, its name or both, and where those are."""

    class_id: int | None
    name: str | None
    id_at: str
    name_at: str

    @property
    def at(self) -> str:
        """Where it is."""
        return self.id_at if self.name is None else self.name_at


@dataclass(slots=True)
class _Image:
    """What was given of one image; ``top`` are labels with their scores. What is wrong is None, but was given."""

    truth_given: bool
    prediction_given: bool
    true: _Label | None
    predicted: _Label | None
    confidence: float | None
    top: list[tuple[_Label, float]]


def read_labels(results: Sequence[Mapping[str, Any]], class_names: Sequence[str], problems: Problems) -> Labels:
    """The labels of all images; what is wrong is added to `problems`.

    Without `class_names` they are those that come with an id, or, where there are names only, all of them sorted.
    """
    images = [_read(f"image_results[{i}]", result, problems) for i, result in enumerate(results)]
    names = _Names.of(class_names, images, problems)
    found = Labels(names.names)
    truth_given = any(image.truth_given for image in images)
    if not truth_given and images and not any(image.prediction_given for image in images):
        problems.say("image_results: no image has true_label or predicted_label; expected those of a classifier")
        return found
    for i, image in enumerate(images):
        at = f"image_results[{i}]"
        if image.true is not None:
            found.true.append(names.id_of(image.true))
        elif truth_given and not image.truth_given:
            problems.say(f"{at}.true_label: missing; expected one of each image, or of none")
        for rank, (class_id, score) in enumerate(_ranked(image, names, at, problems), start=1):
            found.index.append(i)
            found.rank.append(rank)
            found.class_id.append(class_id)
            found.score.append(score)
    return found


def _ranked(image: _Image, names: _Names, at: str, problems: Problems) -> list[tuple[int, float]]:
    """The labels by falling score, the best :data:`TOP`; of equal ones the predicted label is first."""
    predicted = None if image.predicted is None else names.id_of(image.predicted)
    if not image.top:
        if not image.prediction_given:
            problems.say(f"{at}.predicted_label: missing; expected it, predicted_label_id or top5_predictions")
        if predicted is None:
            return []
        return [(predicted, 1.0 if image.confidence is None else image.confidence)]
    labels = [(names.id_of(label), score, label.at) for label, score in image.top]
    first: dict[int, str] = {}
    for class_id, _, where in labels:
        if class_id >= 0 and class_id in first:
            problems.say(f"{where}: class {class_id} is also that of {first[class_id]}; expected each once")
        first.setdefault(class_id, where)
    ranked = [(c, s) for c, s, _ in sorted(labels, key=lambda each: (-each[1], each[0] != predicted))]
    if predicted is not None and predicted >= 0 and ranked[0][0] not in (predicted, -1):
        problems.say(
            f"{at}.predicted_label: got class {predicted}, but class {ranked[0][0]} has the highest score in "
            "top5_predictions; expected them to agree"
        )
    return ranked[:TOP]


def _read(at: str, result: Mapping[str, Any], problems: Problems) -> _Image:
    told = [name for name in (*TRUTH, *PREDICTION) if result.get(name) not in (None, [])]
    true = _label(result, "true_label_id", ("true_label",), at, problems)
    predicted = _label(result, "predicted_label_id", ("predicted_label",), at, problems)
    confidence = result.get("confidence")
    score = None if confidence is None else read_score(confidence, f"{at}.confidence", problems)
    top: list[tuple[_Label, float]] = []
    where, given = f"{at}.top5_predictions", result.get("top5_predictions")
    for k, each in enumerate(() if given is None else read_list(given, where, "labels with their scores", problems)):
        found = _scored(each, f"{where}[{k}]", problems)
        if found is not None:
            top.append(found)
    truth_given, prediction_given = (any(name in told for name in names) for names in (TRUTH, PREDICTION))
    return _Image(truth_given, prediction_given, true, predicted, score, top)


def _scored(each: object, at: str, problems: Problems) -> tuple[_Label, float] | None:
    """One of the top five: an object, or a label and its score."""
    if isinstance(each, list | tuple) and len(each) == 2:
        each = {"label" if isinstance(each[0], str) else "class_id": each[0], "score": each[1]}
    if not isinstance(each, Mapping):
        problems.add(at, each, "{class_id or label, score} or [class_id, score]")
        return None
    label = _label(each, "class_id", ("label", "class_name"), at, problems)
    name = "confidence" if each.get("confidence") is not None else "score"
    score = read_score(each.get(name), f"{at}.{name}", problems)
    if label is None and each.get("class_id") is None:
        problems.say(f"{at}.class_id: missing; expected it, label or class_name")
    return None if label is None or score is None else (label, score)


def _label(
    given: Mapping[str, Any], id_field: str, name_fields: tuple[str, ...], at: str, problems: Problems
) -> _Label | None:
    class_id = given.get(id_field)
    if class_id is not None and (type(class_id) is not int or not 0 <= class_id <= MOST_CLASSES):
        problems.add(f"{at}.{id_field}", class_id, f"a whole number from 0 to {MOST_CLASSES}")
        return None
    names = [field_name for field_name in name_fields if given.get(field_name) is not None]
    if not names and class_id is None:
        return None
    name_at = f"{at}.{names[0] if names else name_fields[0]}"
    name = given[names[0]] if names else None
    if name is not None and not is_text(name):
        problems.add(name_at, name, "a name")
        return None
    return _Label(class_id, name, f"{at}.{id_field}", name_at)


@dataclass(slots=True)
class _Names:
    """The classes, and how labels lead to them."""

    names: tuple[str, ...]
    problems: Problems
    ids: dict[str, int]
    twice: set[str]
    given: bool

    @classmethod
    def of(cls, class_names: Sequence[str], images: Sequence[_Image], problems: Problems) -> _Names:
        names = tuple(class_names)
        if not names:
            names = _made(images)
        ids: dict[str, int] = {}
        for class_id, name in enumerate(names):
            ids.setdefault(name, class_id)
        twice = {name for class_id, name in enumerate(names) if ids[name] != class_id}
        return cls(names, problems, ids, twice, bool(class_names))

    def id_of(self, label: _Label) -> int:
        """The class; -1, and a problem, for one that isn't known."""
        class_id, name = label.class_id, label.name
        if class_id is None and name is not None:
            if name in self.ids and name not in self.twice:
                return self.ids[name]
            if name in self.twice:
                self.problems.say(f"{label.at}: several classes are called {name!r}; send the id too")
            elif self.given:
                self.problems.add(label.at, name, "one of class_names")
            else:
                self.problems.add(label.at, name, "a name that has an id elsewhere; or send class_names")
        elif class_id is None or class_id >= len(self.names):
            self.problems.add(label.id_at, class_id, f"a whole number from 0 to {len(self.names) - 1}")
        elif name is not None and name != self.names[class_id]:
            self.problems.add(label.at, name, f"{self.names[class_id]!r}, the name of class {class_id}")
        else:
            return class_id
        return -1


def _made(images: Sequence[_Image]) -> tuple[str, ...]:
    """Classes from the labels alone."""
    labels = [label for image in images for label in (image.true, image.predicted, *(top for top, _ in image.top))]
    known = [label for label in labels if label is not None]
    if all(label.class_id is None for label in known):
        return tuple(sorted({label.name for label in known if label.name is not None}))
    named: dict[int, str] = {}
    for label in known:
        if label.class_id is not None:
            named[label.class_id] = named.get(label.class_id) or label.name or ""
    return tuple(named.get(i) or f"class {i}" for i in range(max(named, default=-1) + 1))
