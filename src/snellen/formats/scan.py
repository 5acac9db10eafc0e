"""Reads the images of a dataset and their labels, in parallel."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from snellen.formats.content import Annotation, ImageRecord
from snellen.formats.images import UnreadableImage, read_image
from snellen.formats.parallel import for_each
from snellen.formats.problems import Problem

Progress = Callable[[int, int], None]


class Item(NamedTuple):
    """An image to read. ``path`` is its name in the snapshot, ``shown`` its name in the dataset's folder.

    ``split`` is empty where the dataset has none; ``label`` is whatever the format's reader wants to know.
    """

    source: str
    path: str
    shown: str
    split: str
    label: Any = None


class Found(NamedTuple):
    """What was found: no image if it can't be read. ``notes`` are the reader's own, for when all are read."""

    image: ImageRecord | None
    annotations: list[Annotation]
    problems: list[Problem]
    notes: Any = None


class LabelReader(Protocol):
    """Reads the labels of an image whose size is known; it travels to other processes."""

    def __call__(self, item: Item, image: ImageRecord) -> tuple[list[Annotation], list[Problem], Any]:
        """Annotations, problems and notes."""
        ...


@dataclass(frozen=True, slots=True)
class Reading:
    """The work on one item."""

    reader: LabelReader
    decode: bool

    def __call__(self, item: Item) -> Found:
        """Read the image, then its labels."""
        try:
            item.shown.encode()
        except UnicodeEncodeError:
            return Found(None, [], [Problem("error", "image_name", "its name is no UTF-8; rename it", item.shown)])
        try:
            image = read_image(item.source, path=item.path, split=item.split, decode=self.decode)
        except UnreadableImage as error:
            return Found(None, [], [Problem("error", "image_unreadable", str(error), item.shown)])
        return Found(image, *self.reader(item, image))


def scan(
    items: Sequence[Item],
    reader: LabelReader,
    *,
    decode: bool = False,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Iterator[Found]:
    """Read all, in order; ``progress(done, total)`` counts images."""
    for done, found in enumerate(for_each(Reading(reader, decode), items, workers=workers), 1):
        yield found
        if progress is not None:
            progress(done, len(items))
