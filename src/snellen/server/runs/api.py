"""Runs of the connected MLflow over HTTP."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import APIRouter, Path, Query

from snellen.server.auth.access import signed_in
from snellen.server.auth.api import CurrentPerson
from snellen.server.auth.people import Person
from snellen.server.metrics.part import part_of
from snellen.server.metrics.schemas import Axis
from snellen.server.runs import access, service
from snellen.server.runs.connection import Connection
from snellen.server.runs.schemas import ExperimentList, ExperimentOut, RunMetricsOut, RunOut, RunPage, TrackerOut
from snellen.server.runs.tracker import MIRRORED, Run
from snellen.server.schemas import decode_cursor, encode_cursor
from snellen.server.state import AppState, State

RunId = Annotated[str, Path(pattern=r"^[0-9A-Za-z_-]{1,64}$")]
Search = Annotated[str | None, Query(max_length=200, description="a part of the name")]
Limit = Annotated[int, Query(ge=1, le=100)]

router = APIRouter(tags=["mlflow"], dependencies=[signed_in])


@router.get("/mlflow")
def tracker(person: CurrentPerson, state: AppState) -> TrackerOut:
    """Which MLflow is connected, and whether one sees all of it. Whether it answers is not asked."""
    connection, everything = _connection(state), access.reads_all(person, state.settings)
    return TrackerOut(
        state=connection.standing,
        embedded=connection.embedded,
        address=connection.address if everything else None,
        reads_all=everything,
    )


@router.get("/mlflow/experiments")
def experiments(person: CurrentPerson, state: AppState, search: Search = None, limit: Limit = 100) -> ExperimentList:
    """Experiments, the one changed last first; none for who sees the runs of jobs alone."""
    found = _connection(state).tracker
    if not access.reads_all(person, state.settings):
        return ExperimentList(items=[])
    items = found.experiments(search=search, limit=limit)
    return ExperimentList(items=[ExperimentOut(id=each.id, name=each.name) for each in items])


@router.get("/mlflow/runs")
def runs(
    person: CurrentPerson,
    state: AppState,
    experiment: Annotated[str | None, Query(max_length=64, description="its id; all without")] = None,
    search: Search = None,
    limit: Limit = 50,
    cursor: Annotated[str | None, Query(max_length=2000)] = None,
) -> RunPage:
    """Runs, newest first; a page may hold fewer than `limit` where some are not for who asks."""
    connection = _connection(state)
    if access.reads_all(person, state.settings):
        if experiment is not None:
            connection.experiment_name(experiment)  # says when there is none
        found, following = connection.tracker.runs(experiment_id=experiment, search=search, limit=limit, cursor=cursor)
    else:
        found, following = _mirrored(state, person, search=search, limit=limit, cursor=cursor)
    with state.database.read() as session:
        jobs = access.jobs_of(session, person, state.settings, found)
    items = [service.run_row(connection, run, jobs[run.id]) for run in found if run.id in jobs]
    return RunPage(items=items, next_cursor=following)


@router.get("/mlflow/runs/{run_id}")
def read(run_id: RunId, person: CurrentPerson, state: AppState) -> RunOut:
    """One run with its parameters, tags and keys."""
    run, job_id = _run(state, person, run_id)
    return service.run_out(_connection(state), run, job_id)


@router.get("/mlflow/runs/{run_id}/metrics")
def metrics(
    run_id: RunId,
    person: CurrentPerson,
    state: AppState,
    key: Annotated[
        list[str] | None, Query(max_length=100, description="one key; may be given several times; all without")
    ] = None,
    max_points: Annotated[int, Query(ge=2, le=service.MAX_POINTS_AN_ANSWER)] = 2000,
    axis: Annotated[Axis, Query(description="what `from` and `to` are: steps or Unix milliseconds")] = Axis.STEP,
    low: Annotated[float | None, Query(alias="from", allow_inf_nan=False, description="inclusive")] = None,
    high: Annotated[float | None, Query(alias="to", allow_inf_nan=False, description="inclusive")] = None,
) -> RunMetricsOut:
    """Every key of the run, or those asked for, down-sampled so that minima and maxima survive."""
    part = part_of(axis, low, high)
    run, _ = _run(state, person, run_id)
    return service.read_series(_connection(state), run, keys=key, max_points=max_points, part=part)


def _run(state: State, person: Person, run_id: str) -> tuple[Run, int | None]:
    """A run that somebody sees, and the job that it mirrors."""
    run = _connection(state).run(run_id)
    with state.database.read() as session:
        return run, access.check_run(session, person, state.settings, run)


def _mirrored(
    state: State, person: Person, *, search: str | None, limit: int, cursor: str | None
) -> tuple[list[Run], str | None]:
    """The runs of jobs of one's projects, found by way of the jobs: what else MLflow holds is never looked at."""
    before = decode_cursor(cursor)
    with state.database.read() as session:
        page = access.mirrored_page(session, projects=person.visible(), search=search, limit=limit, before=before)
        ids = [job.mlflow_run_id for job in page[:limit] if job.mlflow_run_id is not None]
        following = page[limit - 1].id if len(page) > limit else None
    place = {run_id: at for at, run_id in enumerate(ids)}
    found = _connection(state).tracker.runs_of(MIRRORED, ids) if ids else []
    return sorted(found, key=lambda run: place.get(run.id, limit)), encode_cursor(following)


def _connection(state: State) -> Connection:
    return cast(Connection, state.parts["mlflow"])
