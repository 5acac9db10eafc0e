"""What a new job must pass before it is made: the same for a person's own request and for a sweep in their name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy.orm import Session

from snellen.contract.spec import Resources
from snellen.contract.tasks import Task
from snellen.errors import InvalidInput, NotAllowed
from snellen.server.auth import audit
from snellen.server.auth.access import note_denial
from snellen.server.auth.people import Permission, Person
from snellen.server.datasets.roots import Roots
from snellen.server.jobs import code, going_on, service
from snellen.server.jobs.catalogue import TrainerCatalogue
from snellen.server.jobs.places import check_places
from snellen.server.jobs.scheduler import Scheduler
from snellen.server.jobs.schemas import JobCreate, ResourcesIn
from snellen.server.jobs.tables import Job
from snellen.server.state import State


@dataclass(frozen=True, slots=True)
class Settled:
    """A request whose project, trainer and task are known, and the checkpoint that it begins with."""

    body: JobCreate
    project_id: int
    initial: dict[str, Any] | None


def scheduler_of(state: State) -> Scheduler:
    """The application's scheduler."""
    return cast(Scheduler, state.parts["scheduler"])


def trainers_of(state: State) -> TrainerCatalogue:
    """The application's catalogue of trainers."""
    return cast(TrainerCatalogue, state.parts["trainers"])


def weights_of(state: State) -> going_on.StoredWeights:
    """What is known of stored checkpoints."""
    return cast(going_on.StoredWeights, state.parts["weights"])


def settle(state: State, person: Person, body: JobCreate) -> Settled:
    """Where the job goes, which `person` may create jobs in, and what it begins with."""
    if body.launcher is None:
        body = body.model_copy(update={"launcher": scheduler_of(state).default_launcher})
    weights = weights_of(state)
    with state.database.write() as session:
        service.made_before(session, person, body.client_id)
        of_initial = None if body.init_from is None else weights.project_of(session, body.init_from, person)
        project = service.project_for(session, person, body, of_initial)
        if body.init_from is None:
            body = service.with_task(session, body, project.id)
    initial = None if body.init_from is None else weights.initial(body.init_from, project.id)
    if initial is not None:
        body = going_on.like_parent(body, initial)
    if body.launcher == service.EXTERNAL:
        body = body.model_copy(update={"trainer": body.trainer or service.EXTERNAL})
    return Settled(body.model_copy(update={"project": project.id}), project.id, initial)


def check(state: State, person: Person, settled: Settled) -> bool:
    """Refuse a launcher, a model, hyperparameters or code that the job may not have; returns whether it runs code."""
    body, initial = settled.body, settled.initial
    if body.launcher == service.EXTERNAL:
        return True
    check_launcher(state, str(body.launcher), body.resources, trainer=body.trainer)
    catalogue = trainers_of(state)
    told = catalogue.describe(body.trainer)
    check_places(body.model, body.hyperparameters, runs_code=bool(told.get("runs_code")))
    described = catalogue.check(body.trainer, Task(body.task), body.hyperparameters)
    why = code.why_code(body, described, initial)
    try:
        code.check_code(person, settled.project_id, why, body, described, Roots(state.settings))
    except NotAllowed:
        note_denial(state, person, Permission.RUN_CODE, settled.project_id, f"a job of trainer {body.trainer}")
        raise
    return why is not None


def check_launcher(state: State, name: str, wanted: ResourcesIn, *, trainer: str) -> None:
    """:class:`~snellen.errors.InvalidInput` for a launcher that isn't there, and for what is never given or used."""
    scheduler_of(state).launcher(name).check(Resources(**wanted.model_dump()))
    if wanted.nodes > 1 and not trainers_of(state).describe(trainer).get("several_nodes"):
        raise InvalidInput(
            f"resources.nodes: got {wanted.nodes}, but trainer {trainer} trains on one node; expected 1, and all the "
            "GPUs of that one, if need be"
        )


def make(
    session: Session, person: Person, settled: Settled, *, runs_code: bool, **noted: Any
) -> tuple[Job, str | None, bool]:
    """The job, its token (external jobs only) and whether it is new; `noted` goes into the audit log besides."""
    job, token, is_new = service.create_job(
        session, body=settled.body, initial=settled.initial, person=person, runs_code=runs_code
    )
    if is_new:
        audit.record(
            session, person, "job.create", target=f"job {job.id}", project_id=job.project_id, trainer=job.trainer,
            launcher=job.launcher, runs_code=runs_code, **noted,
        )  # fmt: skip
    return job, token, is_new
