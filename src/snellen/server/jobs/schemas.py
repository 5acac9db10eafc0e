"""Jobs as they come and go over HTTP."""

from __future__ import annotations

import unicodedata
import uuid
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from snellen.contract.states import JobState
from snellen.contract.tasks import Direction, Source, Task
from snellen.server.projects.schemas import ProjectRef
from snellen.server.schemas import Num

#: Of a job; of a tag, which is one line in lower case.
MAX_TAGS = 20
MAX_TAG_CHARACTERS = 50
LogLevel = Literal["debug", "info", "warning", "error"]


def _tag(text: str) -> str:
    """``" Night  Shift"`` is ``night shift``: one tag, however it is written."""
    tag = " ".join(unicodedata.normalize("NFC", text).lower().split())
    if not 1 <= len(tag) <= MAX_TAG_CHARACTERS or not tag.isprintable() or "," in tag:
        raise ValueError(f"expected 1 to {MAX_TAG_CHARACTERS} characters that can be seen, without commas")
    return tag


def _tags(tags: list[str]) -> list[str]:
    found = sorted(set(tags))
    if len(found) > MAX_TAGS:
        raise ValueError(f"got {len(found)} different tags, expected at most {MAX_TAGS}")
    return found


#: A tag as it is kept; in lower case, with single spaces.
Tag = Annotated[str, Field(max_length=200), AfterValidator(_tag)]
Tags = Annotated[list[Tag], Field(max_length=100), AfterValidator(_tags)]
CustomResource = Annotated[str, Field(pattern=r"^[\w.:/-]{1,100}$")]
Amount = Annotated[float, Field(gt=0, le=1e6, allow_inf_nan=False)]
JobName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class PrimaryMetricIn(BaseModel):
    """The metric that decides which epoch is best."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=300)]
    direction: Direction | None = None
    source: Source | None = None


class ResourcesIn(BaseModel):
    """What the job needs while it runs, on each of its ``nodes``; launchers of clusters take all of it.

    ``memory`` is in bytes; ``custom`` are resources that the cluster's nodes were given names for. With ``min_nodes``
    the job also begins, and goes on after the death of a node, with fewer than ``nodes``.
    """

    model_config = ConfigDict(extra="forbid")

    gpus: Annotated[int, Field(ge=0, le=64)] = 0
    cpus: Annotated[int, Field(ge=1, le=4096)] | None = None
    memory: Annotated[int, Field(ge=1, le=2**50)] | None = None
    accelerator_type: Annotated[str, Field(pattern=r"^[\w.-]{1,100}$")] | None = None
    custom: Annotated[dict[CustomResource, Amount], Field(max_length=20)] = {}
    nodes: Annotated[int, Field(ge=1, le=1000)] = 1
    min_nodes: Annotated[int, Field(ge=1, le=1000)] | None = None

    @model_validator(mode="after")
    def _fewer(self) -> ResourcesIn:
        if self.min_nodes is not None and self.min_nodes > self.nodes:
            raise ValueError(f"min_nodes: got {self.min_nodes}, expected at most nodes, which is {self.nodes}")
        return self


class JobCreate(BaseModel):
    """A new training, pinned to a snapshot: the newest of the dataset unless ``snapshot`` names another by its hash.

    ``project`` (id or name) is that of the dataset or of ``init_from`` where one is given by its id, else the default
    project or one's only one.

    ``init_from`` is the id of a checkpoint of another job to begin with; ``model`` is that job's unless it is given.

    ``launcher`` says where it runs: the server's default unless one is named, ``external`` for a training that Snellen
    doesn't start. A job that is lost goes on by itself ``restarts`` times.
    """

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    tags: Tags = []
    project: ProjectRef = None
    dataset: int | str | None = None
    snapshot: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    trainer: str = "ultralytics"
    model: Annotated[str, Field(min_length=1, max_length=1000)] | None = None
    task: Task = Task.DETECTION
    epochs: Annotated[int, Field(ge=1, le=100_000)]
    hyperparameters: dict[str, Any] = Field(default_factory=dict)
    primary_metric: PrimaryMetricIn | str | None = None
    resources: ResourcesIn = ResourcesIn()
    launcher: Annotated[str, Field(max_length=100)] | None = None
    restarts: Annotated[int, Field(ge=0, le=1000)] = 0
    init_from: Annotated[int, Field(ge=1)] | None = None
    client_id: uuid.UUID | None = None


class JobChange(BaseModel):
    """Another name, other tags; what isn't given stays. ``tags`` are all that it has then."""

    model_config = ConfigDict(extra="forbid")

    name: JobName | None = None
    tags: Tags | None = None


class PrimaryMetricOut(BaseModel):
    """The metric that decides which epoch is best, and whose number it is."""

    name: str
    direction: Direction
    source: Source


class ResourcesOut(BaseModel):
    """What the job was given."""

    gpus: int = 0
    cpus: int | None = None
    memory: int | None = None
    accelerator_type: str | None = None
    custom: dict[str, float] = {}
    nodes: int = 1
    min_nodes: int | None = None


class JobDataset(BaseModel):
    """The snapshot that the job is pinned to."""

    id: int | None
    name: str | None
    snapshot: str | None
    class_names: list[str]


class JobParent(BaseModel):
    """The job and the checkpoint that a job began with."""

    job_id: int
    checkpoint: str
    epoch: int | None


class JobSweep(BaseModel):
    """The sweep that a job is a trial of, and its number there, from 1."""

    id: int
    name: str
    trial: int


class StopIn(BaseModel):
    """How to stop: at the end of the epoch, or ``now``, at the batch."""

    model_config = ConfigDict(extra="forbid")

    now: bool = False


class ResumeIn(BaseModel):
    """Where to go on, and with what; what isn't given stays."""

    model_config = ConfigDict(extra="forbid")

    launcher: Annotated[str, Field(max_length=100)] | None = None
    resources: ResourcesIn | None = None


class Progress(BaseModel):
    """How far the job is; ``fraction`` is of the whole job, from 0 to 1."""

    epoch: int
    epochs: int
    fraction: float
    phase: str
    message: str | None = None
    eta_seconds: float | None = None


class JobOut(BaseModel):
    """A job as people and programs see it. Times are Unix milliseconds."""

    id: int
    project_id: int
    project: str
    client_id: str
    name: str
    tags: list[str]
    state: JobState
    trainer: str
    task: Task
    model: str
    epochs: int
    params: dict[str, Any]
    resources: ResourcesOut
    launcher: str
    #: Why it is not started yet, while it waits and somebody has looked.
    waits_for: str | None
    #: How often it goes on by itself when it is lost, and how often it did.
    restarts: int
    restarted: int
    #: Whether it runs code that somebody brought: to resume it needs the permission ``run_code``, as do its weights.
    runs_code: bool
    dataset: JobDataset | None
    parent: JobParent | None
    sweep: JobSweep | None
    primary_metric: PrimaryMetricOut
    attempt: int
    progress: Progress | None
    best_epoch: int | None
    best_value: Num | None
    last_epoch: int | None
    evaluation_lag: int
    exit_reason: str | None
    exit_detail: str | None
    stop_requested: bool
    stop_now: bool
    warnings: list[str]
    mlflow_run_id: str | None
    created_at: int
    started_at: int | None
    ended_at: int | None
    heartbeat_at: int | None


class JobCreated(JobOut):
    """A new job; ``job_token`` only for the launcher ``external``, and only this once."""

    job_token: str | None = None


class EventIn(BaseModel):
    """One line of the journal and its number; the rest depends on ``type`` and is kept as it came."""

    model_config = ConfigDict(extra="allow")

    seq: Annotated[int, Field(ge=1)]
    type: Annotated[str, Field(max_length=50)]
    time: Annotated[int, Field(ge=0, lt=2**53)] = 0


class EventBatch(BaseModel):
    """Events of one attempt, in order; an empty batch is a heartbeat."""

    attempt: Annotated[int, Field(ge=1)]
    events: Annotated[list[EventIn], Field(max_length=5000)] = []


class EventAnswer(BaseModel):
    """What is stored for good, and whether the job is asked to stop, and that at once."""

    accepted_through: int
    stop_requested: bool
    stop_now: bool = False


class TrainerOut(BaseModel):
    """A trainer and, where its framework is installed, its hyperparameters as a JSON Schema per task."""

    name: str
    version: str | None
    tasks: list[str]
    installed: bool
    install: str | None
    #: Whether each of its jobs runs a program of somebody's, which needs the permission ``run_code``; an older Snellen
    #: in the trainers' Python doesn't say.
    runs_code: bool = True
    #: Whether its jobs may have several nodes.
    several_nodes: bool = False
    #: A pattern of further model names, besides ``models``, that don't need it.
    own_models: str | None = None
    schema_: Annotated[dict[str, Any] | None, Field(alias="schema", serialization_alias="schema")] = None
    models: list[str]


class TrainerList(BaseModel):
    """All trainers."""

    items: list[TrainerOut]
