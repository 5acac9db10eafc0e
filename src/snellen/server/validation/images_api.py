"""The images of a validation over HTTP: by pages, one by one, and the objects in them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from snellen.evaluation.thresholds import DEFAULT_IOU
from snellen.server.auth.people import Permission
from snellen.server.jobs.access import of_job
from snellen.server.state import AppState
from snellen.server.validation import explore, listing
from snellen.server.validation.image_schemas import (
    ImagePage,
    ImagesSort,
    Neighbours,
    ObjectPage,
    ObjectSize,
    ObjectsSort,
)
from snellen.server.validation.reading import RESULTS, Begin, Conf, Epoch, Iou, frames_of, score_of
from snellen.server.validation.schemas import ErrorType, ImageDetail, Outcome
from snellen.server.validation.wanted import Wanted

router = APIRouter(tags=["validation"], dependencies=[of_job(Permission.READ)])

ImageId = Annotated[int, Path(ge=0)]
Limit = Annotated[int, Query(ge=1, le=500)]


def wanted_of(
    true: Annotated[int | None, Query(ge=0, description="index into the matrix' labels")] = None,
    pred: Annotated[int | None, Query(ge=0, description="index into the matrix' labels")] = None,
    class_id: Annotated[int | None, Query(ge=0, alias="class")] = None,
    outcome: Outcome | None = None,
    error: Annotated[ErrorType | None, Query(description="a kind of error, as TIDE tells them apart")] = None,
    size: Annotated[ObjectSize | None, Query(description="of the object: COCO's, by its area")] = None,
    split: Annotated[str | None, Query(max_length=200)] = None,
    text: Annotated[str | None, Query(max_length=500, description="part of the path, in any case")] = None,
) -> Wanted:
    """What narrows the images down; all of it must hold."""
    return Wanted(true, pred, class_id, outcome, error, size, split, text or None)


Asked = Annotated[Wanted, Depends(wanted_of)]


@router.get(RESULTS + "/{epoch}/images")
def images(
    job_id: int,
    epoch: Epoch,
    state: AppState,
    wanted: Asked,
    begin: Begin,
    conf: Conf = None,
    iou: Iou = DEFAULT_IOU,
    sort: ImagesSort = "worst",
    limit: Limit = 60,
) -> ImagePage:
    """The images behind a cell, a class, an outcome or a kind of error, exactly; all of them without a filter.
    Any part of the list can be had: begin at ``offset``, or go on at ``cursor``."""
    frames = frames_of(state, job_id, epoch)
    return listing.images(
        frames,
        wanted,
        conf=score_of(frames, conf),
        iou=iou,
        sort=sort,
        limit=limit,
        offset=begin,
    )


@router.get(RESULTS + "/{epoch}/objects")
def objects(
    job_id: int,
    epoch: Epoch,
    state: AppState,
    wanted: Asked,
    begin: Begin,
    conf: Conf = None,
    iou: Iou = DEFAULT_IOU,
    sort: ObjectsSort = "score",
    limit: Limit = 60,
) -> ObjectPage:
    """The same, object by object: each pair with the part of its image that it is in. Not for classification."""
    frames = frames_of(state, job_id, epoch)
    return listing.objects(
        frames,
        wanted,
        conf=score_of(frames, conf),
        iou=iou,
        sort=sort,
        limit=limit,
        offset=begin,
    )


@router.get(RESULTS + "/{epoch}/images/{image_id}")
def image(
    job_id: int,
    epoch: Epoch,
    image_id: ImageId,
    state: AppState,
    conf: Conf = None,
    iou: Iou = DEFAULT_IOU,
) -> ImageDetail:
    """One image: truth, predictions at or above the score, and their matches."""
    frames = frames_of(state, job_id, epoch)
    return explore.image(frames, image_id, conf=score_of(frames, conf), iou=iou)


@router.get(RESULTS + "/{epoch}/images/{image_id}/neighbours")
def neighbours(
    job_id: int,
    epoch: Epoch,
    image_id: ImageId,
    state: AppState,
    wanted: Asked,
    conf: Conf = None,
    iou: Iou = DEFAULT_IOU,
    sort: ImagesSort = "worst",
) -> Neighbours:
    """Where an image is in the list of images, and which come before and after it."""
    frames = frames_of(state, job_id, epoch)
    return listing.neighbours(frames, image_id, wanted, conf=score_of(frames, conf), iou=iou, sort=sort)
