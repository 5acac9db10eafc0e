"""Sweeps over HTTP."""

from __future__ import annotations

from fastapi import APIRouter, Response
from sqlalchemy import select

from snellen.server.auth import audit
from snellen.server.auth.access import signed_in
from snellen.server.auth.api import CurrentPerson
from snellen.server.auth.people import Permission
from snellen.server.jobs.tables import Job
from snellen.server.projects import service as projects
from snellen.server.schemas import decode_cursor, encode_cursor
from snellen.server.state import AppState
from snellen.server.sweeps import importance, service, views
from snellen.server.sweeps.access import of_sweep
from snellen.server.sweeps.creating import make_sweep
from snellen.server.sweeps.schemas import Importances, ListQuery, SweepCreate, SweepOut, SweepPage

router = APIRouter(tags=["sweeps"])


@router.post(
    "/training/sweeps",
    status_code=201,
    dependencies=[signed_in],
    responses={200: {"model": SweepOut, "description": "An earlier request with this `client_id` made it"}},
)
def create(body: SweepCreate, person: CurrentPerson, state: AppState, response: Response) -> SweepOut:
    """Search for good hyperparameters: trials, each a job, are made one after another until there are enough."""
    sweep_id, is_new = make_sweep(state, person, body)
    if not is_new:
        response.status_code = 200
    with state.database.read() as session:
        return views.sweep_out(session, service.get_sweep(session, sweep_id))


@router.get("/training/sweeps", dependencies=[signed_in])
def index(query: ListQuery, person: CurrentPerson, state: AppState) -> SweepPage:
    """Sweeps, newest first, each with its best trial so far."""
    before = decode_cursor(query.cursor)
    with state.database.read() as session:
        seen = projects.ids_of(session, person, query.project)
        rows, following = views.list_sweeps(session, projects=seen, before=before, limit=query.limit)
        return SweepPage(items=rows, next_cursor=encode_cursor(following))


@router.get("/training/sweeps/{sweep_id}", dependencies=[of_sweep(Permission.READ)])
def read(sweep_id: int, state: AppState) -> SweepOut:
    """One sweep with its trials."""
    with state.database.read() as session:
        return views.sweep_out(session, service.get_sweep(session, sweep_id))


@router.get("/training/sweeps/{sweep_id}/importances", dependencies=[of_sweep(Permission.READ)])
def importances(sweep_id: int, state: AppState) -> Importances:
    """How much each parameter decided; those stopped early count with the best value that they had."""
    with state.database.read() as session:
        sweep = service.get_sweep(session, sweep_id)
        tried = importance.tried_with_value(session, sweep)
    return importance.importances(service.plan_of(sweep), tried)


@router.post("/training/sweeps/{sweep_id}/stop", dependencies=[of_sweep(Permission.WRITE)])
def stop(sweep_id: int, person: CurrentPerson, state: AppState) -> SweepOut:
    """No more trials; those that run finish their epoch. A sweep that has ended stays as it is."""
    with state.database.write() as session:
        sweep = service.get_sweep(session, sweep_id, lock=True)
        service.stop(session, sweep)
        audit.record(session, person, "sweep.stop", target=f"sweep {sweep_id}", project_id=sweep.project_id)
        session.flush()
        return views.sweep_out(session, sweep)


@router.post("/training/sweeps/{sweep_id}/resume", dependencies=[of_sweep(Permission.WRITE)])
def resume(sweep_id: int, person: CurrentPerson, state: AppState) -> SweepOut:
    """Go on with a stopped or failed sweep: with the trials that stopped with it, then with new ones."""
    with state.database.write() as session:
        sweep = service.get_sweep(session, sweep_id, lock=True)
        runs_code = session.scalar(select(Job.id).where(Job.sweep_id == sweep_id, Job.runs_code).limit(1))
        if runs_code is not None:
            person.check(Permission.RUN_CODE, sweep.project_id, f"sweep {sweep_id}")
        service.resume(session, sweep)
        audit.record(session, person, "sweep.resume", target=f"sweep {sweep_id}", project_id=sweep.project_id)
        session.flush()
        return views.sweep_out(session, sweep)
