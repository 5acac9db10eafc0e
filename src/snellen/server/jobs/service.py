"""Jobs: create, find, stop, change state."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import Row, insert, select
from sqlalchemy.orm import Session

from snellen.contract import states
from snellen.contract.events import now_ms
from snellen.contract.states import ACTIVE, ENDED, JobState
from snellen.contract.tasks import (
    COMPUTED_DEFAULT,
    COMPUTED_PREFIX,
    PrimaryMetric,
    Source,
    Task,
    default_primary,
    direction_of,
)
from snellen.errors import (
    AttemptSuperseded,
    Conflict,
    InvalidInput,
    JobNotFound,
    NotAllowed,
    NotAuthenticated,
    NotFound,
)
from snellen.server.auth.people import OPERATOR, Permission, Person
from snellen.server.auth.service import JOB_PREFIX, hash_token, new_token
from snellen.server.datasets import service as datasets
from snellen.server.datasets.tables import Dataset, Snapshot
from snellen.server.db import add_or_find, tell_topic
from snellen.server.jobs import stream
from snellen.server.jobs.schemas import JobCreate, PrimaryMetricIn
from snellen.server.jobs.tables import Attempt, Job, JobTag, LogLine
from snellen.server.projects import service as projects
from snellen.server.projects.tables import Project

EXTERNAL = "external"
#: Where a job runs that names no launcher, and nobody asked the settings.
DEFAULT_LAUNCHER = "local"
#: The topic of schedulers.
QUEUE = "queue"
COMPUTED_NAMES = frozenset({*COMPUTED_DEFAULT.values(), "mAP50", "mAP75", "AR100", "precision", "recall", "f1"})
MAX_WARNINGS = 50


def made_before(session: Session, person: Person, client_id: uuid.UUID | None) -> Job | None:
    """The job that somebody made with a ``client_id``; :class:`~snellen.errors.Conflict` for another's."""
    found = None if client_id is None else session.scalar(select(Job).where(Job.client_id == str(client_id)))
    if found is None:
        return None
    if found.created_by != person.id or not person.may(Permission.WRITE, found.project_id):
        raise Conflict(f"client_id: {client_id} was used by somebody else; send a new random one")
    return found


def project_for(session: Session, person: Person, body: JobCreate, of_initial: int | None) -> Project:
    """Where a new job goes: see :class:`~snellen.server.jobs.schemas.JobCreate`; who asks may create jobs there.

    `of_initial` is the project of the checkpoint that it begins with.
    """
    wanted = body.project
    dataset_id = None if body.dataset is None else datasets.id_of(body.dataset)
    if wanted is None and dataset_id is not None:
        found = datasets.project_of(session, dataset_id)
        # One that they don't see is treated as none: it is refused in the same words, when it is looked for.
        wanted = found if found is not None and person.sees(found) else None
    elif wanted is None and of_initial is not None:
        wanted = of_initial
    return projects.project_for(session, person, wanted, "a job")


def with_task(session: Session, body: JobCreate, project_id: int) -> JobCreate:
    """Where no task is said and the dataset has no boxes to detect, the dataset's own.

    A dataset that isn't there is refused by :func:`create_job`, in its turn.
    """
    if body.dataset is None or "task" in body.model_fields_set:
        return body
    try:
        _, snapshot = _pinned(session, body.dataset, body.snapshot, project_id)
    except (NotFound, InvalidInput):
        return body
    of_dataset = Task(snapshot.info["task"])
    return body if _fits(body.task, of_dataset) else body.model_copy(update={"task": of_dataset})


def _pinned(
    session: Session, wanted: int | str, snapshot_hash: str | None, project_id: int
) -> tuple[Dataset, Snapshot]:
    """The dataset, and the snapshot of it that a job names, else its newest."""
    dataset, snapshot = datasets.resolve(session, wanted, project_id=project_id)
    if snapshot_hash is not None:
        snapshot = datasets.snapshot_of(session, dataset.id, snapshot_hash)
    return dataset, snapshot


def create_job(
    session: Session,
    *,
    body: JobCreate,
    initial: dict[str, Any] | None = None,
    person: Person = OPERATOR,
    runs_code: bool = True,
) -> tuple[Job, str | None, bool]:
    """A new job, its token (external jobs only) and whether it is new.

    A ``client_id`` that was seen before gives the job it made. Hyperparameters, and whether `person` may run its code
    (`runs_code`), have been checked before; `initial` is the checkpoint that it begins with.
    """
    found = made_before(session, person, body.client_id)
    if found is not None:
        return found, _token_again(session, found), False
    client_id = str(body.client_id or uuid.uuid4())
    project = project_for(session, person, body, None if initial is None else initial.get("project_id"))
    snapshot, dataset = None, None
    if body.dataset is not None:
        dataset, snapshot = _pinned(session, body.dataset, body.snapshot, project.id)
        _check_task(body.task, Task(snapshot.info["task"]), dataset.name)
    elif body.snapshot is not None:
        raise InvalidInput("snapshot: got one without a dataset; name the dataset too")
    elif body.launcher != EXTERNAL:
        raise InvalidInput(
            "dataset: none given; expected the id or the name of an imported dataset (`snellen datasets list`)"
        )
    primary = primary_metric_of(body)
    model = _model(body, initial)
    job = Job(
        project_id=project.id,
        created_by=person.id,
        runs_code=runs_code,
        client_id=client_id,
        name=body.name or _default_name(model, dataset.name if dataset else None),
        state=JobState.QUEUED,
        trainer=body.trainer,
        task=body.task,
        model=model,
        initial=initial,
        epochs=body.epochs,
        params=body.hyperparameters,
        resources=body.resources.model_dump(),
        launcher=body.launcher or DEFAULT_LAUNCHER,
        restarts=body.restarts,
        dataset_id=dataset.id if dataset else None,
        dataset_name=dataset.name if dataset else None,
        snapshot=snapshot.hash if snapshot else None,
        class_names=snapshot.info["class_names"] if snapshot else [],
        primary_name=primary.name,
        primary_direction=primary.direction,
        primary_source=primary.source,
        primary_given=body.primary_metric is not None,
        created_at=now_ms(),
        warnings=[],
        tagged=[JobTag(tag=tag, project_id=project.id) for tag in body.tags],
    )
    made = add_or_find(session, job, lambda: session.scalar(select(Job).where(Job.client_id == client_id)))
    if made is not job:  # the same request came twice at once
        made_before(session, person, body.client_id)
        return made, _token_again(session, made), False
    token = None
    if body.launcher == EXTERNAL:
        token = start_attempt(session, job).token
    stream.tell(session, job.id, "job")
    tell_topic(session, QUEUE)
    return job, token, True


def _token_again(session: Session, job: Job) -> str | None:
    """Who made an external job and did not hear the answer asks again: a new token, as long as nothing was reported."""
    session.refresh(job, with_for_update=True)
    if job.launcher != EXTERNAL or job.state != JobState.QUEUED:
        return None
    return start_attempt(session, job).token


def _model(body: JobCreate, initial: dict[str, Any] | None) -> str:
    """As asked for, else that of the checkpoint's job; a script is named after its program."""
    if body.model is not None:
        return body.model
    if initial is not None:
        return str(initial["model"])
    command = body.hyperparameters.get("command")
    if isinstance(command, list) and command:
        words = [str(word) for word in command if not str(word).startswith("-")]
        return next((word for word in words[1:] if "." in word), words[0] if words else "script")[:1000]
    raise InvalidInput("model: none given; expected a name of the trainer's (`snellen trainers`), or weights")


def _check_task(task: Task, of_dataset: Task, name: str) -> None:
    if _fits(task, of_dataset):
        return
    raise InvalidInput(
        f"task: got {task}, but dataset {name!r} is for {of_dataset}; train that, or import it for {task}"
    )


def _fits(task: Task, of_dataset: Task) -> bool:
    """Masks and keypoints have boxes too, so they can train a detector; nothing else fits."""
    return task is of_dataset or (task is Task.DETECTION and of_dataset in (Task.SEGMENTATION, Task.POSE))


def primary_metric_of(body: JobCreate) -> PrimaryMetric:
    """The job's primary metric: as asked for, else the default of its task.

    A bare name that Snellen computes (``mAP50-95``, also with ``snellen/`` before it) is computed, any other
    is taken from what the framework reports.
    """
    asked = body.primary_metric
    if asked is None:
        return default_primary(body.task)
    if isinstance(asked, str):
        asked = PrimaryMetricIn(name=asked) if asked else PrimaryMetricIn(name=COMPUTED_DEFAULT[body.task])
    name, source = asked.name, asked.source
    if name.startswith(COMPUTED_PREFIX):
        name, source = name.removeprefix(COMPUTED_PREFIX), source or Source.COMPUTED
    source = source or (Source.COMPUTED if name in COMPUTED_NAMES else Source.REPORTED)
    if source is Source.COMPUTED and name not in COMPUTED_NAMES:
        raise InvalidInput(
            f"primary_metric: Snellen does not compute {name!r}; expected one of {', '.join(sorted(COMPUTED_NAMES))}, "
            'or {"source": "reported"} for a key of the trainer'
        )
    return PrimaryMetric(name, asked.direction or direction_of(name), source)


class StartedAttempt:
    """A new attempt and its token, which is known only now."""

    def __init__(self, row: Attempt, token: str) -> None:
        self.row = row
        self.token = token


def start_attempt(
    session: Session, job: Job, *, folder: str | None = None, machine: str | None = None
) -> StartedAttempt:
    """A new attempt; from now on posts of the one before are refused."""
    token = new_token(JOB_PREFIX)
    job.attempt += 1
    row = Attempt(
        job_id=job.id,
        number=job.attempt,
        token_hash=hash_token(token),
        folder=folder,
        machine=machine,
        created_at=now_ms(),
    )
    session.add(row)
    session.flush()
    return StartedAttempt(row, token)


def renew_token(attempt: Attempt) -> str:
    """A new token for whoever goes on with an attempt; its old one opens nothing any more."""
    token = new_token(JOB_PREFIX)
    attempt.token_hash = hash_token(token)
    return token


def get_job(session: Session, job_id: int, *, lock: bool = False) -> Job:
    """The job; :class:`~snellen.errors.JobNotFound` when there is none."""
    job = session.get(Job, job_id, with_for_update=lock or None)
    if job is None:
        raise no_job(job_id)
    return job


def no_job(job_id: int) -> JobNotFound:
    """What is said of a job that isn't there, and of one that isn't there for who asks."""
    return JobNotFound(f"there is no job {job_id}; `GET /api/v1/training/jobs` lists those there are")


def project_of(session: Session, job_id: int) -> int:
    """The project of a job; :class:`~snellen.errors.JobNotFound` when there is none."""
    found = session.scalar(select(Job.project_id).where(Job.id == job_id))
    if found is None:
        raise no_job(job_id)
    return found


def attempt_of_token(session: Session, job_id: int, token: str | None, *, hours: float) -> Attempt:
    """The attempt that a job token belongs to, once it is sure that it opens this job.

    Raises ``NotAuthenticated`` (no token, an unknown one, or one of a job that has ended more than `hours` ago),
    ``NotAllowed`` (another job's).
    """
    if not token:
        raise NotAuthenticated("no job token; send `Authorization: Bearer TOKEN` with the token of this job")
    attempt = session.scalar(select(Attempt).where(Attempt.token_hash == hash_token(token)))
    if attempt is None:
        raise NotAuthenticated("this job token is unknown")
    if attempt.job_id != job_id:
        raise NotAllowed(f"this token opens job {attempt.job_id} only, not job {job_id}")
    ended = get_job(session, job_id).ended_at
    if ended is not None and now_ms() - ended > hours * 3600 * 1000:
        raise NotAuthenticated(
            f"this token has expired: job {job_id} has ended more than {hours:g} hours ago (SNELLEN_JOB_TOKEN_HOURS)"
        )
    return attempt


def check_sender(session: Session, job_id: int, number: int, *, lock: bool = False) -> None:
    """What :func:`get_job` and :func:`check_attempt` do, for who needs nothing else of the job."""
    query = select(Job.id, Job.state, Job.launcher, Job.attempt).where(Job.id == job_id)
    row = session.execute(query.with_for_update() if lock else query).first()
    if row is None:
        raise no_job(job_id)
    check_attempt(row, number)


def check_attempt(job: Job | Row[int, str, str, int], number: int) -> None:
    """Refuse an attempt that a newer one has replaced, or will: a resumed job waits for its next attempt."""
    if job.state == JobState.QUEUED and job.launcher != EXTERNAL:
        raise AttemptSuperseded(f"job {job.id} has been resumed and waits for its next attempt; end this trainer")
    if number != job.attempt:
        raise AttemptSuperseded(
            f"attempt {number} of job {job.id} has been superseded by attempt {job.attempt}; end this trainer"
        )


def request_stop(session: Session, job: Job, *, now: bool = False, reason: str | None = None) -> None:
    """Ask the job to finish at the next epoch boundary, or `now`, at the batch; `reason` is why it ended then.

    A waiting one is stopped at once, an ended one stays.
    """
    if job.state in ENDED:
        return
    if not job.stop_requested:
        job.stop_reason = reason
    job.stop_requested = True
    job.stop_now = job.stop_now or now
    if job.state in {JobState.QUEUED, JobState.LOST}:
        set_state(session, job, JobState.STOPPED, reason="stopped before it ran" if job.started_at is None else None)
    else:
        stream.tell(session, job.id, "job")


def set_state(
    session: Session, job: Job, wanted: JobState, *, reason: str | None = None, detail: str | None = None
) -> None:
    """Move the job along its table of transitions; the times and the reason follow."""
    states.check(JobState(job.state), wanted)
    job.state = wanted
    job.waits_for = None  # what it waited for before is past
    if wanted in ACTIVE:
        job.started_at = job.started_at or now_ms()
        job.ended_at = None
    if wanted in ENDED or wanted is JobState.LOST:
        job.ended_at = now_ms()
        job.exit_reason, job.exit_detail = reason, detail
        if wanted is JobState.STOPPED and job.stop_reason is not None:
            job.exit_reason = job.stop_reason
        if job.progress is not None:
            job.progress = {**job.progress, "eta_seconds": None}
    elif wanted is JobState.RUNNING:
        job.exit_reason = job.exit_detail = None
    elif wanted is JobState.QUEUED:
        tell_topic(session, QUEUE)
    stream.tell(session, job.id, "job")


def back_to_queue(session: Session, job: Job, why: str | None = None) -> None:
    """A job that was taken from the queue and never began waits again, unless it was to stop meanwhile."""
    if job.stop_requested:
        set_state(session, job, JobState.STOPPED)
        return
    set_state(session, job, JobState.LOST)
    set_state(session, job, JobState.QUEUED)
    job.ended_at = job.exit_reason = None
    job.waits_for = why


def begin_external(session: Session, job: Job) -> None:
    """A job that nobody here starts runs from the moment that it reports something."""
    if job.state == JobState.QUEUED and job.launcher == EXTERNAL:
        set_state(session, job, JobState.STARTING)
        set_state(session, job, JobState.RUNNING)


def warn(session: Session, job: Job, text: str) -> None:
    """Keep a warning on the job, once and bounded."""
    if text not in job.warnings and len(job.warnings) < MAX_WARNINGS:
        job.warnings = [*job.warnings, text[:2000]]
        stream.tell(session, job.id, "job")


def add_log_lines(session: Session, job: Job, lines: list[dict[str, Any]]) -> None:
    """Append lines (``time``, ``level``, ``text``) to the job's log."""
    if not lines:
        return
    numbered = [{"line": job.log_lines + n, **line} for n, line in enumerate(lines, 1)]
    session.execute(insert(LogLine), [{"job_id": job.id, **line} for line in numbered])
    job.log_lines += len(lines)
    stream.tell(session, job.id, "log", {"lines": numbered})


def log_line(text: str, level: str = "info") -> dict[str, Any]:
    """A line of the server's own for a job's log."""
    return {"time": now_ms(), "level": level, "text": text}


def _default_name(model: str, dataset: str | None) -> str:
    stem = model.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    return (f"{stem} on {dataset}" if dataset else stem)[:200]
