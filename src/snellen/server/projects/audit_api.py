"""The audit log over HTTP: all of it for administrators of the server, a project's for its administrators."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from snellen.server.auth import audit
from snellen.server.auth.access import signed_in
from snellen.server.auth.api import CurrentPerson
from snellen.server.auth.audit_schemas import AuditOut, AuditPage
from snellen.server.auth.people import Permission
from snellen.server.projects.service import find_project
from snellen.server.schemas import decode_cursor, encode_cursor
from snellen.server.state import AppState

router = APIRouter(tags=["audit"])
Text = Annotated[str | None, Query(max_length=300)]
Moment = Annotated[int | None, Query(ge=0, lt=2**62, description="milliseconds since 1970")]


@router.get("/audit", dependencies=[signed_in])
def entries(
    person: CurrentPerson,
    state: AppState,
    user: Text = None,
    action: Annotated[str | None, Query(max_length=100, description="`job.stop`, or `job` for all of them")] = None,
    target: Text = None,
    project: Annotated[str | None, Query(max_length=200, description="id or name")] = None,
    since: Moment = None,
    until: Moment = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    cursor: str | None = None,
) -> AuditPage:
    """Who did what, the newest first. Without a project: all for administrators of the server, else of one's own."""
    with state.database.read() as session:
        project_ids = None
        if project is not None:
            found = find_project(session, person, project)
            person.check(Permission.ADMIN, found.id, f"the audit log of project {found.name}")
            project_ids = frozenset({found.id})
        elif not person.administers:
            project_ids = frozenset(p for p in person.memberships if person.may(Permission.ADMIN, p))
            if not project_ids:
                person.check_administers("the audit log")
        wanted = audit.Filter(project_ids, user, action, target, since, until)
        rows, before = audit.find(session, wanted=wanted, before=decode_cursor(cursor), limit=limit)
        items = [AuditOut.model_validate(row, from_attributes=True) for row in rows]
    return AuditPage(items=items, next_cursor=encode_cursor(before))
