"""One XML file of Pascal VOC: the boxes of an image."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from snellen.formats.content import Annotation, ImageRecord
from snellen.formats.geometry import fit_box
from snellen.formats.problems import Problem
from snellen.formats.scan import Item

EDGES = ("xmin", "ymin", "xmax", "ymax")
#: The challenge's own files say so; in them pixels are counted from 1 and the last one is inside the box. The tools
#: that write this format today give edges, from 0.
OFFICIAL = "PASCAL VOC"


@dataclass(slots=True)
class VocObject:
    """One object as it stands in the file, with its line."""

    line: int
    name: str = ""
    difficult: bool = False
    edges: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class VocFile:
    """What a file says: the picture's name, its size in px (0 where it says none), its objects."""

    filename: str = ""
    official: bool = False
    size: dict[str, str] = field(default_factory=dict)
    objects: list[VocObject] = field(default_factory=list)


class VocXmlInvalid(Exception):
    """The file is no XML of this kind; ``line`` says where."""

    def __init__(self, message: str, line: int | None) -> None:
        super().__init__(message)
        self.line = line


class VocLabels:
    """Reads the file of an image: ``item.label`` is its path and how it is shown.

    Class names are known when all files are read, so the notes are the names and ``class_id`` counts them in the file.
    """

    def __call__(self, item: Item, image: ImageRecord) -> tuple[list[Annotation], list[Problem], list[str]]:
        """The boxes in pixels, problems with their lines, and the names of their classes."""
        if item.label is None:
            missing = Problem("warning", "image_unlabelled", "has no XML file; taken as background", item.shown)
            return [], [missing], []
        source, shown = item.label
        try:
            read = read_xml(source)
        except VocXmlInvalid as error:
            return [], [Problem("error", "xml", str(error), shown, error.line, item.path)], []
        problems: list[Problem] = []

        def tell(severity: str, code: str, message: str, line: int | None) -> None:
            problems.append(Problem(severity, code, message, shown, line, item.path))

        said = tuple(_number(read.size.get(side, "0")) for side in ("width", "height"))
        if all(side > 0 for side in said) and said != (image.width, image.height):
            sizes = f"says {said[0]:g} x {said[1]:g} px, the image has {image.width} x {image.height}"
            tell("warning", "image_size", f"{sizes}; boxes are taken as pixels of the image", None)
        names: list[str] = []
        found: dict[Annotation, None] = {}
        for each in read.objects:
            edges = [_number(each.edges.get(edge, "")) for edge in EDGES]
            if not each.name.strip():
                tell("error", "class_unknown", "an object without a name", each.line)
            elif not all(map(math.isfinite, edges)) or edges[2] < edges[0] or edges[3] < edges[1]:
                got = ", ".join(f"{edge} {each.edges.get(edge, 'missing')[:20]}" for edge in EDGES)
                tell("error", "box_range", f"got {got}; expected pixels, the largest at least the smallest", each.line)
            else:
                self._add(each, edges, read.official, image, found, names, tell)
        return list(found), problems, names

    def _add(
        self,
        each: VocObject,
        edges: list[float],
        official: bool,
        image: ImageRecord,
        found: dict[Annotation, None],
        names: list[str],
        tell: Callable[[str, str, str, int | None], None],
    ) -> None:
        name = each.name.strip()
        if name not in names:
            names.append(name)
        left, top, right, bottom = edges
        if official:
            left, top = left - 1, top - 1
        x, y, w, h, clipped = fit_box(left, top, right, bottom, image.width, image.height)
        box = Annotation.box(names.index(name), x, y, w, h)
        if clipped:
            tell("warning", "box_clipped", "reaches out of the image; clipped", each.line)
        if each.difficult:
            tell("warning", "difficult", "is marked difficult; taken as any other", each.line)
        if w <= 0 or h <= 0:
            tell("warning", "box_empty", "covers no part of the image; left out", each.line)
        elif box in found:
            tell("warning", "box_repeated", "the same object again; left out", each.line)
        else:
            found[box] = None


def read_xml(source: str) -> VocFile:
    """Read a file. Entities and other places are not followed. Raises :class:`VocXmlInvalid`."""
    from xml.sax import SAXParseException
    from xml.sax.handler import ContentHandler

    from defusedxml import DefusedXmlException, sax

    class Handler(ContentHandler):
        def __init__(self) -> None:
            super().__init__()
            self.found = VocFile()
            self.path: list[str] = []
            self.text: list[str] = []

        def startElement(self, name: str, attrs: Any) -> None:
            self.path.append(name)
            self.text.clear()
            if self.path == ["annotation", "object"]:
                line = self._locator.getLineNumber()  # type: ignore[attr-defined]
                self.found.objects.append(VocObject(line))

        def characters(self, content: str) -> None:
            self.text.append(content)

        def endElement(self, name: str) -> None:
            _take(self.found, self.path, "".join(self.text).strip())
            self.path.pop()
            self.text.clear()

    handler = Handler()
    try:
        with open(source, "rb") as file:
            sax.parse(file, handler)
    except SAXParseException as error:
        raise VocXmlInvalid(f"is no XML: {error.getMessage()}", error.getLineNumber()) from error
    except DefusedXmlException as error:
        raise VocXmlInvalid(f"declares a DTD or entities, which are not read: {error}", None) from error
    except (OSError, UnicodeError, ValueError) as error:
        raise VocXmlInvalid(f"can't be read: {error}", None) from error
    return handler.found


def _take(found: VocFile, path: list[str], text: str) -> None:
    match path:
        case ["annotation", "filename"]:
            found.filename = text
        case ["annotation", "source", "annotation"]:
            found.official = text.startswith(OFFICIAL)
        case ["annotation", "size", side]:
            found.size[side] = text
        case ["annotation", "object", "name"]:
            found.objects[-1].name = text
        case ["annotation", "object", "difficult"]:
            found.objects[-1].difficult = text == "1"
        case ["annotation", "object", "bndbox", edge]:
            found.objects[-1].edges[edge] = text


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
