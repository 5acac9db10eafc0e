"""Datasets, snapshots and imports as they come and go over HTTP."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from snellen.server.schemas import Problem


class ClassCount(BaseModel):
    """A class and its number of objects."""

    id: int
    name: str
    objects: int


class ImageCount(BaseModel):
    """Images in all and by split."""

    total: int
    by_split: dict[str, int]


class SnapshotOut(BaseModel):
    """One immutable version of a dataset."""

    id: int
    hash: str
    task: str
    class_names: list[str]
    images: ImageCount
    objects: int
    classes: list[ClassCount]
    bytes: int
    warnings: list[Problem]
    created_at: int


class DatasetOut(BaseModel):
    """A dataset and its newest snapshot."""

    id: int
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
    """An import from a folder of the server's machine."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f/\\]+$")]
    source: Annotated[str, Field(min_length=1, max_length=4096)]
    format: Literal["yolo"] | None = None


class ImportOut(BaseModel):
    """How far an import is, then what came of it. ``problems`` holds the first hundred of ``problem_count``."""

    id: int
    name: str
    state: Literal["running", "completed", "failed"]
    done: int
    total: int
    dataset_id: int | None
    snapshot: str | None
    error: str | None
    problems: list[Problem]
    problem_count: int
