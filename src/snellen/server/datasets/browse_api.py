"""Looking into a snapshot: images, objects, problems, numbers, differences. Tables alone are read, no pictures."""

from __future__ import annotations

from typing import Annotated, Any, Literal, cast, get_args

from fastapi import APIRouter, Query

from snellen.contract.tasks import Task
from snellen.errors import ImageNotFound, InvalidInput
from snellen.formats.statistics import Statistics
from snellen.formats.statistics import statistics as count
from snellen.server.auth.people import Permission
from snellen.server.datasets import service
from snellen.server.datasets.access import of_dataset
from snellen.server.datasets.browse_schemas import (
    ChangedImage,
    ComparisonOut,
    DatasetImageDetail,
    DatasetImagePage,
    Difference,
    ImageObject,
    ImageProblem,
    ImageRow,
    ProblemPage,
)
from snellen.server.datasets.frames import FoundProblems, SnapshotFrames
from snellen.server.outlines import drawn_outlines
from snellen.server.schemas import Problem, decode_cursor, encode_cursor
from snellen.server.state import AppState, State

THUMBNAIL = 320

Limit = Annotated[int, Query(ge=1, le=500)]
ClassId = Annotated[int | None, Query(alias="class", ge=0)]

router = APIRouter(tags=["datasets"], dependencies=[of_dataset(Permission.READ)])


@router.get("/datasets/{dataset_id}/problems")
def problems(
    dataset_id: int,
    state: AppState,
    snapshot: str | None = None,
    code: str | None = None,
    severity: Literal["error", "warning"] | None = None,
    limit: Limit = 100,
    cursor: str | None = None,
) -> ProblemPage:
    """What the import of a snapshot found odd."""
    snapshot_hash, odd = _resolve(state, dataset_id, snapshot)
    found = _frames(state).problems(snapshot_hash, odd)
    codes = dict(found["code"].value_counts(sort=True).iter_rows())
    for column, value in (("code", code), ("severity", severity)):
        if value is not None:
            found = found.filter(found[column] == value)
    start = decode_cursor(cursor) or 0
    rows = found.slice(start, limit).iter_rows(named=True)
    following = start + limit if start + limit < found.height else None
    items = [ImageProblem(**row) for row in rows]
    return ProblemPage(items=items, total=found.height, codes=codes, next_cursor=encode_cursor(following))


@router.get("/datasets/{dataset_id}/images")
def images(
    dataset_id: int,
    state: AppState,
    snapshot: str | None = None,
    split: str | None = None,
    class_id: ClassId = None,
    problem: str | None = None,
    empty: bool | None = None,
    search: Annotated[str | None, Query(max_length=500)] = None,
    sort: Literal["path", "objects", "size"] = "path",
    limit: Limit = 60,
    cursor: str | None = None,
) -> DatasetImagePage:
    """Images that pass every filter; ``problem`` is a code, or ``any``."""
    from snellen.formats.listing import list_images

    snapshot_hash, odd = _resolve(state, dataset_id, snapshot)
    _check(state, snapshot_hash, split, class_id)
    found = list_images(
        _frames(state).images(snapshot_hash, odd),
        split=split,
        class_id=class_id,
        problem=problem,
        empty=empty,
        search=search,
        sort=sort,
        limit=limit,
        start=decode_cursor(cursor) or 0,
    )
    items = [
        ImageRow(**row, url=_url(dataset_id, row["image_id"], snapshot_hash, f"&size={THUMBNAIL}"))
        for row in found.rows.iter_rows(named=True)
    ]
    return DatasetImagePage(items=items, total=found.total, next_cursor=encode_cursor(found.following))


@router.get("/datasets/{dataset_id}/images/{image_id}")
def image(dataset_id: int, image_id: int, state: AppState, snapshot: str | None = None) -> DatasetImageDetail:
    """One image with its objects and what was odd about it."""
    snapshot_hash, odd = _resolve(state, dataset_id, snapshot)
    frames = _frames(state)
    whole = frames.get(snapshot_hash)
    if not 0 <= image_id < whole.images.height:
        last = whole.images.height - 1
        raise ImageNotFound(f"snapshot {snapshot_hash[:12]} has images 0 to {last}, not {image_id}")
    row = whole.images.row(image_id, named=True)
    found = frames.problems(snapshot_hash, odd)
    return DatasetImageDetail(
        **row,
        url=_url(dataset_id, image_id, snapshot_hash, "&view=true"),
        problems=[Problem(**each) for each in found.filter(found["image_id"] == image_id).iter_rows(named=True)],
        previous=image_id - 1 if image_id > 0 else None,
        next=image_id + 1 if image_id + 1 < whole.images.height else None,
        objects=_objects(
            whole.objects.filter(whole.objects["image_id"] == image_id).to_dicts(), row, whole.info.class_names
        ),
    )


@router.get("/datasets/{dataset_id}/statistics")
def statistics(
    dataset_id: int,
    state: AppState,
    snapshot: str | None = None,
    split: str | None = None,
    class_id: ClassId = None,
) -> Statistics:
    """Classes, sizes and places of a snapshot, of one split or one class if wanted."""
    snapshot_hash, _ = _resolve(state, dataset_id, snapshot)
    _check(state, snapshot_hash, split, class_id)
    whole = _frames(state).get(snapshot_hash)
    return count(
        whole.images,
        whole.objects,
        whole.info.class_names,
        boxes=whole.info.task != Task.CLASSIFICATION,
        split=split,
        class_id=class_id,
    )


@router.get("/datasets/{dataset_id}/compare")
def compare(
    dataset_id: int,
    state: AppState,
    base: str,
    head: str,
    change: Literal["added", "removed", "changed"] | None = None,
    limit: Limit = 60,
    cursor: str | None = None,
) -> ComparisonOut:
    """What differs between two snapshots of a dataset, image by image."""
    hashes = [_resolve(state, dataset_id, each)[0] for each in (base, head)]
    found = _frames(state).comparison(*hashes)
    table = found.table if change is None else found.table.filter(found.table["change"] == change)
    start = decode_cursor(cursor) or 0
    following = start + limit if start + limit < table.height else None
    items = []
    for row in table.slice(start, limit).iter_rows(named=True):
        differs = {each: row.pop(each) and row["change"] == "changed" for each in get_args(Difference)}
        items.append(ChangedImage(**row, what=[each for each, differ in differs.items() if differ]))
    return ComparisonOut(
        base=hashes[0],
        head=hashes[1],
        images=found.images,
        objects=found.objects,
        classes=found.classes,
        items=items,
        total=table.height,
        next_cursor=encode_cursor(following),
    )


def _objects(every: list[dict[str, Any]], image: dict[str, Any], names: list[str]) -> list[ImageObject]:
    rles = [each.pop("rle") for each in every]
    drawn = drawn_outlines(rles, height=image["height"], width=image["width"])
    return [
        ImageObject(**each, class_name=names[each["class_id"]], outlines=outlines)
        for each, outlines in zip(every, drawn, strict=True)
    ]


def _resolve(state: State, dataset_id: int, snapshot: str | None) -> tuple[str, FoundProblems]:
    """A snapshot of the dataset, the newest if none is said, and its problems."""
    with state.database.read() as session:
        row = service.snapshot_of(session, dataset_id, snapshot)
        return row.hash, FoundProblems(row.id, row.problems_key, row.warnings)


def _check(state: State, snapshot_hash: str, split: str | None, class_id: int | None) -> None:
    info = _frames(state).get(snapshot_hash).info
    if split is not None and split not in info.by_split:
        raise InvalidInput(f"split: got {split!r}, this snapshot has: {', '.join(info.by_split)}")
    if class_id is not None and class_id >= len(info.class_names):
        raise InvalidInput(f"class: got {class_id}, this snapshot has 0 to {len(info.class_names) - 1}")


def _url(dataset_id: int, image_id: int, snapshot_hash: str, more: str) -> str:
    return f"/api/v1/datasets/{dataset_id}/images/{image_id}/file?snapshot={snapshot_hash}{more}"


def _frames(state: State) -> SnapshotFrames:
    return cast(SnapshotFrames, state.parts["frames"])
