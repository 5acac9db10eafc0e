"""Projects, their members, and who asks, as they come and go over HTTP."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from snellen.server.auth.people import Permission, Role


def _project_name(name: str) -> str:
    if not name or name.isdigit() or any(each in "/\\" or not each.isprintable() for each in name):
        raise ValueError("expected up to 200 characters without slashes, not digits alone: those are ids")
    return name


ProjectName = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), AfterValidator(_project_name)]
#: A project in a body: its id or its name.
ProjectRef = Annotated[int, Field(ge=1, lt=2**31)] | Annotated[str, Field(min_length=1, max_length=200)] | None
#: ``?project=`` of lists.
InProject = Annotated[str | None, Query(alias="project", max_length=200, description="id or name; all without")]


class ProjectIn(BaseModel):
    """A new project, or another name for one."""

    model_config = ConfigDict(extra="forbid")

    name: ProjectName


class ProjectOut(BaseModel):
    """A project, and what who asks is in it."""

    id: int
    name: str
    created_at: int
    role: Role
    run_code: bool
    members: int


class ProjectList(BaseModel):
    """The projects that who asks sees, by name."""

    items: list[ProjectOut]


class MemberIn(BaseModel):
    """A role in a project; ``run_code`` is the role's own without: only administrators have it."""

    model_config = ConfigDict(extra="forbid")

    role: Role
    run_code: bool | None = None


class MemberOut(BaseModel):
    """A member of a project."""

    user_id: int
    name: str
    display_name: str | None
    role: Role
    run_code: bool
    disabled: bool
    created_at: int


class MemberList(BaseModel):
    """The members of a project, by name."""

    items: list[MemberOut]


class MyProject(BaseModel):
    """A project of who asks."""

    id: int
    name: str
    role: Role
    run_code: bool


class Me(BaseModel):
    """Who asks, and what they may do with what they showed; ``id`` is null for the server's operator."""

    id: int | None
    name: str
    display_name: str | None
    email: str | None
    kind: Literal["operator", "user"]
    mode: Literal["single", "users"]
    is_admin: bool
    #: Whether there is an MLflow whose runs can be shown.
    mlflow: bool
    scopes: list[Permission]
    projects: list[MyProject]
