"""Who may see and change datasets and imports."""

from __future__ import annotations

from typing import Any

from snellen.errors import NotAllowed
from snellen.server.auth.access import check_place, needs
from snellen.server.auth.api import CurrentPerson
from snellen.server.auth.people import Permission
from snellen.server.datasets import service
from snellen.server.state import AppState


def of_dataset(permission: Permission) -> Any:
    """A permission in the project of the path's ``dataset_id``."""

    async def check(dataset_id: int, person: CurrentPerson, state: AppState) -> None:
        await check_place(
            state,
            person,
            permission,
            key=("dataset", dataset_id),
            find=lambda session: service.get_dataset(session, dataset_id).project_id,
            missing=service.no_dataset(dataset_id),
            what=f"dataset {dataset_id}",
        )

    return needs(check, f"{permission} in the dataset's project")


def of_import(permission: Permission) -> Any:
    """A permission in the project of the path's ``import_id``."""

    async def check(import_id: int, person: CurrentPerson, state: AppState) -> None:
        await check_place(
            state,
            person,
            permission,
            key=("import", import_id),
            find=lambda session: service.get_import(session, import_id).project_id,
            missing=service.no_import(import_id),
            what=f"import {import_id}",
        )

    return needs(check, f"{permission} in the import's project")


async def _may_import(person: CurrentPerson) -> None:
    """Whoever may import somewhere; what they upload is theirs alone."""
    anywhere = person.is_admin and Permission.WRITE in person.scopes
    if not anywhere and not any(person.may(Permission.WRITE, project_id) for project_id in person.memberships):
        raise NotAllowed("uploads: you are editor of no project, or this token lacks the scope write; ask for either")


editor_somewhere = needs(_may_import, "write in some project")
