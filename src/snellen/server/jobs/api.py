"""Jobs over HTTP: for people and programs, and the callback of supervisors."""

from __future__ import annotations

from fastapi import APIRouter, Response

from snellen.server.auth import audit
from snellen.server.auth.access import signed_in
from snellen.server.auth.api import CurrentPerson
from snellen.server.auth.people import Permission
from snellen.server.jobs import changing, creating, events, going_on, listing, ordinary, service, views
from snellen.server.jobs.access import TokenAttempt, of_job
from snellen.server.jobs.counting import count_batch
from snellen.server.jobs.list_schemas import JobKinds, JobPage, ListQuery
from snellen.server.jobs.schemas import (
    EventAnswer,
    EventBatch,
    JobChange,
    JobCreate,
    JobCreated,
    JobOut,
    ResourcesIn,
    ResumeIn,
    StopIn,
    TrainerList,
    TrainerOut,
)
from snellen.server.jobs.tables import Attempt
from snellen.server.projects import service as projects
from snellen.server.projects.schemas import InProject
from snellen.server.state import AppState
from snellen.server.turns import in_turn

router = APIRouter(tags=["jobs"])
#: From the supervisor's side: a job token, no session.
callbacks = APIRouter(tags=["callbacks"])


@router.post(
    "/training/jobs",
    status_code=201,
    dependencies=[signed_in],
    responses={200: {"model": JobCreated, "description": "An earlier request with this `client_id` made it"}},
)
def create(body: JobCreate, person: CurrentPerson, state: AppState, response: Response) -> JobCreated:
    """Create a job; it waits in the queue until a slot is free."""
    settled = creating.settle(state, person, body)
    runs_code = creating.check(state, person, settled)
    with state.database.write() as session:
        job, token, is_new = creating.make(session, person, settled, runs_code=runs_code)
        if not is_new:
            response.status_code = 200
        return JobCreated(**views.job_fields(job), job_token=token)


@router.get("/training/jobs", dependencies=[signed_in])
def index(query: ListQuery, person: CurrentPerson, state: AppState) -> JobPage:
    """Jobs, newest first unless sorted otherwise; each with what a row of a list shows."""
    with state.database.read() as session:
        seen = projects.ids_of(session, person, query.project)
        rows, following = listing.list_jobs(session, projects=seen, query=query)
        return JobPage(items=rows, next_cursor=following)


@router.get("/training/job-kinds", dependencies=[signed_in])
def kinds(person: CurrentPerson, state: AppState, project: InProject = None) -> JobKinds:
    """What the list of jobs can be filtered by: states, trainers, tasks, datasets and tags, and how many jobs each."""
    with state.database.read() as session:
        return listing.kinds(session, projects=projects.ids_of(session, person, project))


@router.get("/training/jobs/{job_id}", dependencies=[of_job(Permission.READ)])
def read(job_id: int, state: AppState) -> JobOut:
    """One job."""
    with state.database.read() as session:
        return views.job_out(service.get_job(session, job_id))


@router.patch("/training/jobs/{job_id}", dependencies=[of_job(Permission.WRITE)])
def change(job_id: int, body: JobChange, person: CurrentPerson, state: AppState) -> JobOut:
    """Give a job another name or other tags, also while it runs."""
    with state.database.write() as session:
        job = service.get_job(session, job_id, lock=True)
        changed = changing.change_job(session, job, body)
        if changed:
            audit.record(session, person, "job.change", target=f"job {job_id}", project_id=job.project_id, **changed)
        return views.job_out(job)


@router.post("/training/jobs/{job_id}/stop", dependencies=[of_job(Permission.WRITE)])
def stop(job_id: int, person: CurrentPerson, state: AppState, body: StopIn | None = None) -> JobOut:
    """Finish at the next epoch boundary and keep the last checkpoint; a job that has ended stays as it is.

    With ``now`` the end of the epoch is not waited for: what it has learned is dropped.
    """
    with state.database.write() as session:
        job = service.get_job(session, job_id, lock=True)
        service.request_stop(session, job, now=body is not None and body.now)
        audit.record(session, person, "job.stop", target=f"job {job_id}", project_id=job.project_id)
        return views.job_out(job)


@router.post("/training/jobs/{job_id}/resume", dependencies=[of_job(Permission.WRITE)])
def resume(job_id: int, person: CurrentPerson, state: AppState, body: ResumeIn | None = None) -> JobOut:
    """Go on with a stopped, failed or lost job from its newest whole checkpoint, on the same curves.

    On another launcher or with other resources, where they are given.
    """
    body = body or ResumeIn()
    with state.database.read() as session:
        known = service.get_job(session, job_id)
        launcher, wanted = body.launcher or known.launcher, body.resources or ResourcesIn(**known.resources)
    if launcher != known.launcher or body.resources is not None:
        creating.check_launcher(state, launcher, wanted, trainer=known.trainer)
    with state.database.write() as session:
        job = service.get_job(session, job_id, lock=True)
        if job.runs_code and job.launcher != service.EXTERNAL:
            person.check(Permission.RUN_CODE, job.project_id, f"job {job_id}")
        resources = None if body.resources is None else body.resources.model_dump()
        going_on.resume(session, job, launcher=body.launcher, resources=resources)
        audit.record(session, person, "job.resume", target=f"job {job_id}", project_id=job.project_id)
        return views.job_out(job)


@router.get("/trainers", dependencies=[signed_in])
def trainers(state: AppState) -> TrainerList:
    """What can be trained with, and each trainer's hyperparameters per task."""
    catalogue = creating.trainers_of(state)
    return TrainerList(items=[TrainerOut(**catalogue.describe(name)) for name in catalogue.names()])


@callbacks.post("/training/jobs/{job_id}/events")
@in_turn
def post_events(job_id: int, body: EventBatch, number: TokenAttempt, state: AppState) -> EventAnswer:
    """A batch of numbered events; each is stored once. An empty batch is a heartbeat."""
    handlers = state.event_handlers
    with state.database.write() as session:
        done = ordinary.accept(session, job_id=job_id, number=number, batch=body, handlers=handlers)
        if done is None:
            job = service.get_job(session, job_id, lock=True)
            service.check_attempt(job, number)
            service.check_attempt(job, body.attempt)
            attempt = session.query(Attempt).filter_by(job_id=job_id, number=number).one()
            done = events.accept(session, job=job, attempt=attempt, batch=body, handlers=handlers)
    count_batch(state.measures, body, after=done.before, through=done.through)
    return EventAnswer(accepted_through=done.through, stop_requested=done.stop_requested, stop_now=done.stop_now)
