"""What a request needs in the project that its path names."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path

from snellen.server.auth.access import check_place, needs
from snellen.server.auth.api import CurrentPerson
from snellen.server.auth.people import Permission
from snellen.server.projects.service import no_project
from snellen.server.projects.tables import Project
from snellen.server.state import AppState

ProjectId = Annotated[int, Path(ge=1, lt=2**31)]


def in_project(permission: Permission) -> Any:
    """A permission in the path's ``project_id``."""

    async def check(project_id: ProjectId, person: CurrentPerson, state: AppState) -> None:
        def find(session: Any) -> int:
            if session.get(Project, project_id) is None:
                raise no_project(project_id)
            return project_id

        await check_place(
            state,
            person,
            permission,
            key=("project", project_id),
            find=find,
            missing=no_project(project_id),
            what=f"project {project_id}",
        )

    return needs(check, f"{permission} in the project")
