"""Datasets, snapshots and imports as they come and go over HTTP."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from snellen.contract.tasks import Task
from snellen.server.projects.schemas import ProjectRef
from snellen.server.schemas import Problem

Format = Literal["yolo", "coco", "voc", "imagefolder"]
Phase = Literal["waiting", "fetching", "extracting", "reading", "saving"]


class Fractions(BaseModel):
    """How much of the images goes to which split."""

    model_config = ConfigDict(extra="forbid")

    train: Annotated[float, Field(gt=0, lt=1)]
    val: Annotated[float, Field(gt=0, lt=1)]
    test: Annotated[float, Field(ge=0, lt=1)] = 0.0

    @model_validator(mode="after")
    def _whole(self) -> Fractions:
        if abs(self.train + self.val + self.test - 1) > 1e-6:
            raise ValueError(f"got {self.train} + {self.val} + {self.test}, expected fractions that sum to 1")
        return self


class ClassCount(BaseModel):
    """A class and its number of objects."""

    id: int
    name: str
    objects: int


class ImageCount(BaseModel):
    """Images in all and by split."""

    total: int
    by_split: dict[str, int]


class Keypoints(BaseModel):
    """What the keypoints of a pose dataset are; ``skeleton`` holds pairs of indices, ``sigmas`` are for the OKS."""

    names: list[str]
    flip_idx: list[int] | None
    skeleton: list[tuple[int, int]] | None
    sigmas: list[float] | None = None


class SplitReport(BaseModel):
    """Whether the splits were as given, else how they were made."""

    given: bool
    seed: int | None
    fractions: dict[str, float] | None


class Report(BaseModel):
    """What an import found; ``background`` counts images without objects, ``sizes`` are the smallest and largest in px,
    ``problems`` counts them by code."""

    format: str
    images: dict[str, int]
    background: int
    objects: dict[str, int]
    sizes: dict[str, tuple[int, int]]
    problems: dict[str, int]
    split: SplitReport


class SnapshotOut(BaseModel):
    """One immutable version of a dataset; ``warnings`` are the first of ``problem_count``."""

    id: int
    hash: str
    task: str
    class_names: list[str]
    images: ImageCount
    objects: int
    classes: list[ClassCount]
    bytes: int
    keypoints: Keypoints | None
    report: Report | None
    warnings: list[Problem]
    problem_count: int
    created_at: int


class DatasetOut(BaseModel):
    """A dataset and its newest snapshot."""

    id: int
    project_id: int
    project: str
    name: str
    created_at: int
    latest: SnapshotOut | None


class DatasetDetail(DatasetOut):
    """A dataset with all its snapshots, newest first."""

    snapshots: list[SnapshotOut]


class DatasetPage(BaseModel):
    """Datasets, newest first."""

    items: list[DatasetOut]
    next_cursor: str | None


class ImportCreate(BaseModel):
    """An import: from a folder or an archive on the server's machine, an upload, or a place in the external store.

    ``format`` and ``task`` are recognised where they aren't said; ``split`` (fractions that sum to 1) and ``seed`` are
    for data without splits, or divide it anew; ``decode`` decodes every image wholly instead of checking its structure.
    """

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f/\\]+$")]
    #: Id or name.
    project: ProjectRef = None
    source: Annotated[str, Field(min_length=1, max_length=4096)]
    format: Format | None = None
    task: Task | None = None
    split: Fractions | None = None
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    decode: bool = False


class ImportOut(BaseModel):
    """How far an import is, then what came of it. ``problems`` holds the first hundred of ``problem_count``.

    ``done`` of ``total`` (0 when unknown) count bytes while it fetches or unpacks, images after; ``is_new`` is false
    when the same content was there already. ``filename`` is what an uploaded file was called.
    """

    id: int
    project_id: int
    project: str
    name: str
    source: str
    filename: str | None
    state: Literal["running", "completed", "failed"]
    phase: Phase | None
    done: int
    total: int
    dataset_id: int | None
    snapshot: str | None
    is_new: bool | None
    error: str | None
    problems: list[Problem]
    problem_count: int
    report: Report | None
    created_at: int


class ImportPage(BaseModel):
    """Imports, newest first."""

    items: list[ImportOut]
    next_cursor: str | None
