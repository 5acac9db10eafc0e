"""Reads the images of a dataset and their labels, in parallel."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from snellen.formats.content import Annotation, ImageRecord
from snellen.formats.images import UnreadableImage, read_image
from snellen.formats.keep import Keeper
from snellen.formats.options import ReadOptions
from snellen.formats.parallel import for_each
from snellen.formats.problems import Problem


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
    """What was found: no image if it can't be read. ``notes`` are the reader's own, for when all are read.

    ``kept`` says that the file was stored and had not been there.
    """

    image: ImageRecord | None
    annotations: list[Annotation]
    problems: list[Problem]
    notes: Any = None
    kept: bool = False


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
    keeper: Keeper | None

    def __call__(self, item: Item) -> tuple[Any, ...]:
        """Read the image, then its labels: what the item itself doesn't say, as plain tuples, which travel quickly."""
        found = self._read(item)
        image = None if found.image is None else found.image[2:-1]
        return (image, [tuple(annotation) for annotation in found.annotations], *found[2:])

    def _read(self, item: Item) -> Found:
        try:
            item.shown.encode()
        except UnicodeEncodeError:
            return Found(None, [], [Problem("error", "image_name", "its name is no UTF-8; rename it", item.shown)])
        try:
            image, data = read_image(item.source, path=item.path, split=item.split, decode=self.decode)
        except UnreadableImage as error:
            return Found(None, [], [Problem("error", "image_unreadable", str(error), item.shown)])
        kept = self.keeper is not None and self.keeper.keep(image.sha256, data)
        return Found(image, *self.reader(item, image), kept)


def scan(items: Sequence[Item], reader: LabelReader, options: ReadOptions) -> Iterator[Found]:
    """Read all, in order; ``options.progress(done, total)`` counts images."""
    work = Reading(reader, options.decode, options.keeper)
    results = for_each(work, items, workers=options.workers)
    for done, (item, (measured, objects, *rest)) in enumerate(zip(items, results, strict=True), 1):
        image = None if measured is None else ImageRecord._make((item.path, item.split, *measured, item.source))
        found = Found(image, list(map(Annotation._make, objects)), *rest)
        if found.kept and found.image is not None:
            options.kept.append(found.image.sha256)
        yield found
        if options.progress is not None:
            options.progress(done, len(items))
