"""What a job is to do: the content of ``job.json``."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from pathlib import Path

from snellen.contract.tasks import Direction, PrimaryMetric, Source, Task
from snellen.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Resources:
    """What a job occupies while it runs: on each node, where it has several.

    ``memory`` is in bytes. ``custom`` are resources that a cluster's nodes were given names for. ``nodes`` train
    together; with fewer, but at least ``min_nodes``, the job begins or goes on all the same.
    """

    gpus: int = 0
    cpus: int | None = None
    memory: int | None = None
    accelerator_type: str | None = None
    custom: dict[str, float] = field(default_factory=dict)
    nodes: int = 1
    min_nodes: int | None = None


@dataclass(frozen=True, slots=True)
class DatasetRef:
    """The snapshot that a job is pinned to."""

    id: int
    name: str
    snapshot: str
    class_names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JobSpec:
    """One attempt of one job, as the trainer reads it.

    ``params`` has already passed the trainer's JSON Schema. ``resume_from`` is the checkpoint of an earlier attempt
    of this job to go on from, ``init_from`` the weights of another job to begin with: paths relative to the job folder,
    or None. ``dataset`` is None for a job whose data Snellen doesn't hold. ``began_at`` is when the job's first attempt
    began, in Unix milliseconds.
    """

    job_id: int
    attempt: int
    name: str
    trainer: str
    task: Task
    model: str
    epochs: int
    primary_metric: PrimaryMetric
    dataset: DatasetRef | None = None
    params: dict[str, object] = field(default_factory=dict)
    resources: Resources = Resources()
    resume_from: str | None = None
    init_from: str | None = None
    began_at: int | None = None

    def to_json(self) -> str:
        """The text of ``job.json``."""
        return json.dumps(dataclasses.asdict(self), indent=2, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> JobSpec:
        """Read ``job.json``; :class:`~snellen.errors.InvalidInput` says what is missing or wrong."""
        try:
            raw = json.loads(text)
            primary = raw.pop("primary_metric")
            dataset = raw.pop("dataset", None)
            resources = raw.pop("resources", None) or {}
            return cls(
                task=Task(raw.pop("task")),
                primary_metric=PrimaryMetric(
                    primary["name"], Direction(primary["direction"]), Source(primary["source"])
                ),
                dataset=None
                if dataset is None
                else DatasetRef(**{**dataset, "class_names": tuple(dataset["class_names"])}),
                resources=Resources(**resources),
                **raw,
            )
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise InvalidInput(
                f"job.json can't be read ({type(error).__name__}: {error}); expected the JSON that Snellen "
                "writes when it creates the job. Create the job again, or compare with docs/reference/job-folder.md"
            ) from error

    @classmethod
    def read(cls, path: Path) -> JobSpec:
        """Read the spec from a file."""
        try:
            return cls.from_json(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise InvalidInput(
                f"{path}: can't be read ({error.strerror}); expected a job folder with a job.json"
            ) from error
