"""Users over HTTP: for administrators of the server; those of a project look up whom they add."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from snellen.server.auth import audit, users
from snellen.server.auth.access import administrator, signed_in
from snellen.server.auth.api import CurrentPerson
from snellen.server.auth.passwords import hash_password
from snellen.server.auth.people import Permission
from snellen.server.auth.people_tables import User
from snellen.server.auth.users_schemas import UserChange, UserCreate, UserOut, UserPage
from snellen.server.schemas import decode_cursor, encode_cursor
from snellen.server.state import AppState

router = APIRouter(tags=["users"])


@router.get("/users", dependencies=[signed_in])
def index(
    person: CurrentPerson,
    state: AppState,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    cursor: str | None = None,
) -> UserPage:
    """Everybody who has an account; administrators of a project see the names."""
    if not any(person.may(Permission.ADMIN, project_id) for project_id in person.memberships):
        person.check_administers("users")
    with state.database.read() as session:
        rows, after = users.list_users(session, limit=limit, after=decode_cursor(cursor))
    items = [_out(row, whole=person.administers) for row in rows]
    return UserPage(items=items, next_cursor=encode_cursor(after))


@router.post("/users", status_code=201, dependencies=[administrator])
def create(body: UserCreate, person: CurrentPerson, state: AppState) -> UserOut:
    """A new account. Without a password `POST /users/{id}/setup-link` gives a link with which they set one."""
    password_hash = None if body.password is None else hash_password(body.password)
    with state.database.write() as session:
        user = users.create_user(session, body=body, password_hash=password_hash)
        audit.record(session, person, "user.create", target=f"user {user.name}", is_admin=user.is_admin)
        return _out(user, whole=True)


@router.get("/users/{user_id}", dependencies=[administrator])
def read(user_id: int, state: AppState) -> UserOut:
    """One account."""
    with state.database.read() as session:
        return _out(users.get_user(session, user_id), whole=True)


@router.patch("/users/{user_id}", dependencies=[administrator])
def change(user_id: int, body: UserChange, person: CurrentPerson, state: AppState) -> UserOut:
    """Change an account, or disable it; accounts aren't deleted, so that what they made keeps its maker."""
    with state.database.write() as session:
        user = users.get_user(session, user_id)
        changes = body.model_dump(include=body.model_fields_set)
        users.change_user(session, user, changes)
        flags = {name: changes[name] for name in ("is_admin", "disabled") if name in changes}
        audit.record(session, person, "user.change", target=f"user {user.name}", fields=sorted(changes), **flags)
        answer = _out(user, whole=True)
    state.parts["people"].clear()
    return answer


def _out(row: User, *, whole: bool) -> UserOut:
    return UserOut(
        id=row.id,
        name=row.name,
        display_name=row.display_name,
        email=row.email if whole else None,
        is_admin=row.is_admin,
        disabled=row.disabled,
        has_password=row.password_hash is not None if whole else None,
        created_at=row.created_at,
    )
