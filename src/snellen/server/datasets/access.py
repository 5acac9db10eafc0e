"""Who may see and change datasets and imports."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from snellen.errors import NotAllowed, NotFound
from snellen.server.auth.access import check_place, needs
from snellen.server.auth.api import CurrentPerson
from snellen.server.auth.people import Permission, Person
from snellen.server.datasets import service
from snellen.server.datasets.tables import Dataset, Import
from snellen.server.state import AppState, State


def of_dataset(permission: Permission) -> Any:
    """A permission in the project of the path's ``dataset_id``."""

    async def check(dataset_id: int, person: CurrentPerson, state: AppState) -> None:
        missing = service.no_dataset(dataset_id)
        await _check(state, person, permission, "dataset", dataset_id, service.get_dataset, missing)

    return needs(check, f"{permission} in the dataset's project")


def of_import(permission: Permission) -> Any:
    """A permission in the project of the path's ``import_id``."""

    async def check(import_id: int, person: CurrentPerson, state: AppState) -> None:
        missing = service.no_import(import_id)
        await _check(state, person, permission, "import", import_id, service.get_import, missing)

    return needs(check, f"{permission} in the import's project")


async def _check(
    state: State,
    person: Person,
    permission: Permission,
    kind: str,
    number: int,
    get: Callable[[Session, int], Dataset | Import],
    missing: NotFound,
) -> None:
    await check_place(
        state,
        person,
        permission,
        key=(kind, number),
        find=lambda session: get(session, number).project_id,
        missing=missing,
        what=f"{kind} {number}",
    )


async def _may_import(person: CurrentPerson) -> None:
    """Whoever may import somewhere; what they upload is theirs alone."""
    anywhere = person.is_admin and Permission.WRITE in person.scopes
    if not anywhere and not any(person.may(Permission.WRITE, project_id) for project_id in person.memberships):
        raise NotAllowed("uploads: you are editor of no project, or this token lacks the scope write; ask for either")


editor_somewhere = needs(_may_import, "write in some project")
