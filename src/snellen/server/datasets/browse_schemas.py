"""What one sees of a snapshot: its images, their objects, numbers, and what differs from another."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from snellen.formats.compare import ClassChanges, ImageChanges, ObjectChanges
from snellen.server.schemas import Problem


class ImageProblem(Problem):
    """A problem, and the image that it concerns, if it is one's."""

    image_id: int | None


class ProblemPage(BaseModel):
    """Problems of an import; ``total`` counts those that pass the filter, ``codes`` all that were kept."""

    items: list[ImageProblem]
    total: int
    codes: dict[str, int]
    next_cursor: str | None


class ImageRow(BaseModel):
    """An image in a list; ``url`` is a thumbnail of 320 px."""

    image_id: int
    path: str
    split: str
    width: int
    height: int
    bytes: int
    objects: int
    classes: list[int]
    problems: list[str]
    url: str


class DatasetImagePage(BaseModel):
    """Images that pass the filters; ``total`` counts all pages."""

    items: list[ImageRow]
    total: int
    next_cursor: str | None


class ImageObject(BaseModel):
    """One object: pixels of the upright image, origin top-left.

    ``outlines`` are closed polygons ``[x0, y0, x1, y1, …]`` of the mask, to be filled even-odd, exact unless an image
    has so many corners that they are no longer seen; keypoints are ``[x, y, v]`` with v 0 (not labelled), 1 (hidden) or
    2 (visible).
    """

    object_id: int
    class_id: int
    class_name: str
    x: float
    y: float
    w: float
    h: float
    area: float
    iscrowd: bool
    outlines: list[list[int]] | None
    keypoints: list[tuple[float, float, float]] | None


class DatasetImageDetail(BaseModel):
    """One image with its objects; ``url`` is a picture that browsers show, ``previous`` and ``next`` by path."""

    image_id: int
    path: str
    split: str
    width: int
    height: int
    bytes: int
    content_type: str
    orientation: int
    sha256: str
    url: str
    problems: list[Problem]
    previous: int | None
    next: int | None
    objects: list[ImageObject]


Difference = Literal["file", "split", "objects"]


class ChangedImage(BaseModel):
    """An image that is not the same in both; ``what`` says what differs."""

    path: str
    change: Literal["added", "removed", "changed"]
    base_image_id: int | None
    head_image_id: int | None
    what: list[Difference]
    objects_added: int
    objects_removed: int


class ComparisonOut(BaseModel):
    """From ``base`` to ``head``; ``total`` counts the images that pass the filter."""

    base: str
    head: str
    images: ImageChanges
    objects: ObjectChanges
    classes: ClassChanges
    items: list[ChangedImage]
    total: int
    next_cursor: str | None
