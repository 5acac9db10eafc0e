"""The comparison of two results as it goes over HTTP."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel


class Change(StrEnum):
    """What became of an image: right before and wrong now, the other way round, wrong or right both times."""

    BROKEN = "broken"
    FIXED = "fixed"
    NEVER = "never"
    ALWAYS = "always"


class ChangeCounts(BaseModel):
    """How many of each."""

    broken: int
    fixed: int
    never: int
    always: int


class ImageNumbers(BaseModel):
    """One image in one result."""

    tp: int
    fp: int
    fn: int
    error_score: float


class ImageChange(BaseModel):
    """An image in both; ``objects_broken`` only the first result found, ``objects_fixed`` only the second."""

    image_id: int
    path: str
    width: int | None
    height: int | None
    split: str | None
    url: str | None
    change: Change
    before: ImageNumbers
    after: ImageNumbers
    objects_broken: int
    objects_fixed: int


class ChangesOut(BaseModel):
    """Two results image by image; ``images`` and ``objects`` count all, ``total_images`` those asked for."""

    items: list[ImageChange]
    images: ChangeCounts
    objects: ChangeCounts
    total_images: int
    only_before: int
    only_after: int
    conf: float
    iou: float
    next_cursor: str | None
