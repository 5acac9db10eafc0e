"""The list of jobs: filtered, sorted and cut into pages that stay in place while jobs arrive."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, SQLColumnExpression, case, func, literal, or_, select, tuple_
from sqlalchemy.orm import Session, defer, joinedload, selectinload

from snellen.contract.events import now_ms
from snellen.contract.states import JobState
from snellen.errors import InvalidInput
from snellen.server.jobs import views
from snellen.server.jobs.list_schemas import (
    Counted,
    CountedDataset,
    JobKinds,
    JobQuery,
    JobRow,
    JobSort,
    Order,
    RowDataset,
)
from snellen.server.jobs.schemas import Progress
from snellen.server.jobs.tables import Job, JobTag
from snellen.server.schemas import decode_place, encode_place

MAX_MODEL, MAX_REASON = 200, 300
MOST_TAGS, MOST_DATASETS = 200, 500
#: What needs a look comes first.
STATES = ("running", "starting", "queued", "lost", "failed", "stopped", "completed")
Value = str | int | float


@dataclass(frozen=True, slots=True)
class _Ordering:
    """Terms that are all sorted the same way, so that an index can be walked; the last of them is unique."""

    terms: tuple[SQLColumnExpression[Any], ...]
    types: tuple[type, ...]
    descending: bool


def list_jobs(
    session: Session, *, projects: Collection[int] | None, query: JobQuery
) -> tuple[list[JobRow], str | None]:
    """A page of the jobs of the projects, or of all, and the cursor of the next one."""
    name = f"{query.sort}.{_order(query)}"
    after, as_of = _decode(query.cursor, name)
    ordering = _ordering(query.sort, _order(query), as_of)
    named: list[Any] = [term.label(f"term_{number}") for number, term in enumerate(ordering.terms)]
    ids = _filtered(select(Job.id.label("found"), *named), projects, query)
    if after is not None:
        place = tuple_(*ordering.terms)
        last = tuple_(*map(literal, _typed(after, ordering)))
        ids = ids.where(place < last if ordering.descending else place > last)
    directed = (term.desc() if ordering.descending else term.asc() for term in ordering.terms)
    found = session.execute(ids.order_by(*directed).limit(query.limit + 1)).all()
    page = found[: query.limit]
    following = encode_place([name, as_of, *page[-1][1:]]) if len(found) > query.limit else None
    return _rows(session, [row[0] for row in page]), following


def kinds(session: Session, *, projects: Collection[int] | None) -> JobKinds:
    """What the jobs of the projects, or all, can be filtered by."""
    j = Job
    counted = select(j.state, j.trainer, j.task, j.dataset_id, func.count()).group_by(
        j.state, j.trainer, j.task, j.dataset_id
    )
    tags = select(JobTag.tag, func.count().label("jobs")).group_by(JobTag.tag)
    if projects is not None:
        counted, tags = counted.where(j.project_id.in_(projects)), tags.where(JobTag.project_id.in_(projects))
    sums: list[dict[Any, int]] = [{}, {}, {}, {}]
    for *values, count in session.execute(counted):
        for of, value in zip(sums, values, strict=True):
            of[value] = of.get(value, 0) + count
    states, trainers, tasks, datasets = sums
    datasets.pop(None, None)
    most = session.execute(tags.order_by(func.count().desc(), JobTag.tag).limit(MOST_TAGS))
    return JobKinds(
        total=sum(states.values()),
        states=_counted(states),
        trainers=_counted(trainers),
        tasks=_counted(tasks),
        datasets=_datasets(session, datasets),
        tags=[Counted(value=tag, count=count) for tag, count in most],
    )


def _order(query: JobQuery) -> Order:
    usual = Order.ASC if query.sort in {JobSort.NAME, JobSort.STATE} else Order.DESC
    return query.order or usual


def _ordering(sort: JobSort, order: Order, as_of: int) -> _Ordering:
    j, descending = Job, order is Order.DESC
    if sort is JobSort.CREATED:
        return _Ordering((j.id,), (int,), descending)
    if sort is JobSort.NAME:
        return _Ordering((j.name, j.id), (str, int), descending)
    if sort is JobSort.EPOCHS:
        return _Ordering((j.epochs, j.id), (int, int), descending)
    if sort is JobSort.BEST:
        return _Ordering((j.primary_name, j.primary_source, j.best_rank, j.id), (str, str, float, int), descending)
    if sort is JobSort.STATE:
        rank = case({state: number for number, state in enumerate(STATES)}, value=j.state, else_=len(STATES))
        return _Ordering((rank, -j.id), (int, int), descending)
    # What has not begun is the last of both.
    length = func.coalesce(func.coalesce(j.ended_at, as_of) - j.started_at, -1 if descending else 2**62)
    return _Ordering((length, j.id), (int, int), descending)


def _filtered(query: Select[Any], projects: Collection[int] | None, wanted: JobQuery) -> Select[Any]:
    if projects is not None:
        query = query.where(Job.project_id.in_(projects))
    for column, values in (
        (Job.state, wanted.state), (Job.trainer, wanted.trainer), (Job.task, wanted.task),
        (Job.dataset_id, wanted.dataset),
    ):  # fmt: skip
        if values:
            query = query.where(column.in_(values))
    if wanted.sweep is not None:
        query = query.where(Job.sweep_id == wanted.sweep)
    for tag in wanted.tag:
        query = query.where(Job.id.in_(select(JobTag.job_id).where(JobTag.tag == tag)))
    text = (wanted.search or "").strip()
    if text:
        number = text.removeprefix("#")
        named = [Job.name.icontains(text, autoescape=True), Job.model.icontains(text, autoescape=True)]
        if number.isascii() and number.isdigit() and int(number) < 2**31:
            named.append(Job.id == int(number))
        query = query.where(or_(*named))
    return query


def _rows(session: Session, ids: Sequence[int]) -> list[JobRow]:
    """The rows in the order of their ids; what a row doesn't show, long lists among it, is not read."""
    query = (
        select(Job)
        .where(Job.id.in_(ids))
        .options(
            *(defer(each) for each in (Job.class_names, Job.params, Job.warnings, Job.exit_detail, Job.initial)),
            joinedload(Job.project),
            joinedload(Job.sweep),
            selectinload(Job.tagged),
        )
    )
    by_id = {job.id: _row(job) for job in session.scalars(query)}
    return [by_id[each] for each in ids if each in by_id]


def _row(job: Job) -> JobRow:
    dataset = None
    if job.snapshot is not None:
        dataset = RowDataset(id=job.dataset_id, name=job.dataset_name, snapshot=job.snapshot)
    return JobRow(
        id=job.id,
        project_id=job.project_id,
        project=job.project.name,
        name=job.name,
        tags=job.tags,
        state=JobState(job.state),
        trainer=job.trainer,
        task=job.task,  # type: ignore[arg-type]
        model=job.model[:MAX_MODEL],
        epochs=job.epochs,
        launcher=job.launcher,
        dataset=dataset,
        sweep=views.sweep_out(job),
        primary_metric=views.primary_out(job),
        attempt=job.attempt,
        progress=None if job.progress is None else Progress(**job.progress),
        best_epoch=job.best_epoch,
        best_value=job.best_value,
        last_epoch=job.last_epoch,
        history=job.history,
        exit_reason=None if job.exit_reason is None else job.exit_reason[:MAX_REASON],
        stop_requested=job.stop_requested,
        created_at=job.created_at,
        started_at=job.started_at,
        ended_at=job.ended_at,
    )


def _counted(sums: dict[Any, int]) -> list[Counted]:
    return [Counted(value=value, count=count) for value, count in sorted(sums.items(), key=lambda each: str(each[0]))]


def _datasets(session: Session, sums: dict[Any, int]) -> list[CountedDataset]:
    """With the names that the newest of their jobs know."""
    most = sorted(sums, key=lambda each: -sums[each])[:MOST_DATASETS]
    newest = select(func.max(Job.id)).where(Job.dataset_id.in_(most)).group_by(Job.dataset_id)
    named = session.execute(select(Job.dataset_id, Job.dataset_name).where(Job.id.in_(newest)))
    found = [CountedDataset(id=each, name=name or "", count=sums[each]) for each, name in named if each is not None]
    return sorted(found, key=lambda each: each.name)


def _decode(cursor: str | None, name: str) -> tuple[list[Any] | None, int]:
    """The place behind a cursor, and the time that its first page was asked for: what runs is as long as then."""
    if cursor is None:
        return None, now_ms()
    try:
        of, as_of, *values = decode_place(cursor)
    except (ValueError, TypeError) as error:
        raise _no_cursor(cursor) from error
    if of != name or type(as_of) is not int or not 0 <= as_of < 2**53:
        raise _no_cursor(cursor)
    return values, as_of


def _typed(values: list[Any], ordering: _Ordering) -> list[Value]:
    """The values of a cursor, each of the type of its term."""
    if [type(each) for each in values] != list(ordering.types):
        raise InvalidInput("cursor: it belongs to another list; send a `next_cursor` of this one, or none")
    return values


def _no_cursor(cursor: str) -> InvalidInput:
    return InvalidInput(
        f"cursor: got {cursor[:100]!r}; send a `next_cursor` of an earlier answer with the same sort and order, or none"
    )
