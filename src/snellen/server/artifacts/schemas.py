"""Artifacts and uploads as they come and go over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from snellen.contract.events import ArtifactKind

#: It becomes a header of the download.
CONTENT_TYPE = r"^[A-Za-z0-9_.+-]+/[A-Za-z0-9_.+-]+(;[\x20-\x7e]*)?$"


class FileIn(BaseModel):
    """A file that a supervisor stores, without its bytes."""

    model_config = ConfigDict(extra="forbid")

    kind: ArtifactKind
    name: Annotated[str, Field(min_length=1, max_length=300, pattern=r"^[^\x00-\x1f\\]+$")]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    content_type: Annotated[str, Field(max_length=200, pattern=CONTENT_TYPE)] = "application/octet-stream"
    epoch: Annotated[int, Field(ge=1)] | None = None


class UploadCreate(FileIn):
    """A file that a supervisor wants to store."""

    attempt: Annotated[int, Field(ge=1)] | None = None
    size: Annotated[int, Field(ge=0)]
    metadata: dict[str, Any] = Field(default_factory=dict)


class ArtifactOut(BaseModel):
    """A published file."""

    id: int
    kind: str
    name: str
    epoch: int | None
    key: str
    size: int
    sha256: str
    content_type: str
    metadata: dict[str, Any]
    created_at: int
    url: str


class ArtifactPage(BaseModel):
    """Artifacts, newest first."""

    items: list[ArtifactOut]
    next_cursor: str | None


class UploadOut(BaseModel):
    """Where to send the bytes; with ``already`` there is nothing to send and ``artifact`` is there.

    A file of one part goes to ``url``. Of one with more, part n (from 1) has ``part_size`` bytes, the last one the
    rest; those in ``received`` are there, and where each of the others goes is asked of ``…/parts/{n}``.
    """

    upload_id: str | None
    method: str
    url: str | None
    headers: dict[str, str]
    already: bool
    artifact: ArtifactOut | None
    part_size: int = 0
    parts: int = 0
    received: list[int] = []


class PartOut(BaseModel):
    """Where to send one part."""

    method: str
    url: str
    headers: dict[str, str]
