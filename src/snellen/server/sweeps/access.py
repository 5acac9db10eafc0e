"""Who may see and change a sweep: who may do so in its project, as with jobs."""

from __future__ import annotations

from typing import Any

from snellen.server.auth.access import check_place, needs
from snellen.server.auth.api import CurrentPerson
from snellen.server.auth.people import Permission
from snellen.server.state import AppState
from snellen.server.sweeps import service


def of_sweep(permission: Permission) -> Any:
    """A permission in the project of the path's ``sweep_id``."""

    async def check(sweep_id: int, person: CurrentPerson, state: AppState) -> None:
        await check_place(
            state,
            person,
            permission,
            key=("sweep", sweep_id),
            find=lambda session: service.project_of(session, sweep_id),
            missing=service.no_sweep(sweep_id),
            what=f"sweep {sweep_id}",
        )

    return needs(check, f"{permission} in the sweep's project")
