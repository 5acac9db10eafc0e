"""The images of a result, the objects in them, and labels that are likely wrong, as they go out over HTTP."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

#: COCO's: below 32², below 96² and from there on, in square pixels.
ObjectSize = Literal["small", "medium", "large"]
#: Another class; no label; a label of nothing; a label at the wrong place.
SuspectKind = Literal["class", "missing", "spurious", "place"]
ImagesSort = Literal["worst", "best", "errors", "name", "iou", "score"]
ObjectsSort = Literal["score", "unsure", "iou", "small", "large", "name"]


class Region(BaseModel):
    """A box in pixels of the original image, origin top-left."""

    x: float
    y: float
    w: float
    h: float


class Highlight(Region):
    """A box of a pair that was asked for; ``wrong`` is an object that is missed, a prediction that is false."""

    kind: Literal["truth", "prediction"]
    wrong: bool


class ImageItem(BaseModel):
    """An image among those asked for; ``pairs`` is how many of the pairs asked for it has.

    ``mean_iou`` is that of its true positives (of poses the OKS); ``semantic_iou`` and ``dice`` are those of united
    masks, means over the classes that have pixels in the image. ``true`` and ``pred`` are the names of a classified
    image's labels. ``score`` is that of the first choice, where there are objects the highest of the pairs asked for.
    """

    image_id: int
    path: str
    width: int | None
    height: int | None
    split: str | None
    url: str | None
    tp: int
    fp: int
    fn: int
    pairs: int
    error_score: float
    mean_iou: float | None
    semantic_iou: float | None
    dice: float | None
    true: str | None
    pred: str | None
    score: float | None
    highlights: list[Highlight]


class ImagePage(BaseModel):
    """The images behind a cell, a class, an outcome and so on; ``splits`` are those that evaluated images are of."""

    items: list[ImageItem]
    total_pairs: int
    total_images: int
    splits: list[str]
    next_cursor: str | None


class Neighbours(BaseModel):
    """Where an image is among those asked for (from 0; null if it isn't), which are beside it, and its pairs."""

    index: int | None
    total: int
    previous: int | None
    next: int | None
    highlights: list[Highlight]


class ObjectItem(BaseModel):
    """A pair asked for: an object, a prediction, or both; null is background. ``url`` shows the part ``crop``.

    ``area`` in square pixels is the object's, of a prediction without one that of its box. ``found``: both are of the
    same class and match at the thresholds.
    """

    image_id: int
    path: str
    url: str | None
    crop: Region
    object_id: int | None
    prediction_id: int | None
    true: str | None
    pred: str | None
    score: float | None
    iou: float | None
    area: float
    found: bool
    truth: Region | None
    prediction: Region | None


class ObjectPage(BaseModel):
    """The objects behind a cell, a kind of error and so on."""

    items: list[ObjectItem]
    total: int
    total_images: int
    next_cursor: str | None


class LabelError(BaseModel):
    """A label that is likely wrong, or that is missing; ``url`` shows the part ``crop``, of a classified image all.

    ``given`` is the label's class, ``suggested`` what the model says with ``score``; the label's own class has
    ``own_score`` there. From ``sure_from`` on the model is sure of the suggested class, and ``share`` says how often it
    is right then; of a ``spurious`` label, which share of such objects it finds.
    """

    kind: SuspectKind
    suspicion: float
    image_id: int
    path: str
    url: str | None
    crop: Region | None
    object_id: int | None
    prediction_id: int | None
    given: str | None
    suggested: str | None
    score: float | None
    own_score: float | None
    iou: float | None
    share: float | None
    sure_from: float | None
    truth: Region | None
    prediction: Region | None


class LabelErrorsOut(BaseModel):
    """Labels that are likely wrong, the most suspect first; ``counts`` are of all kinds, whatever was chosen."""

    iou: float
    counts: dict[SuspectKind, int]
    total: int
    items: list[LabelError]
    next_cursor: str | None
