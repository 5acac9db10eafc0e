"""Accounts: make them, find them, change them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from snellen.contract.events import now_ms
from snellen.errors import NameTaken, UserNotFound
from snellen.server.auth import sessions
from snellen.server.auth.people_tables import User
from snellen.server.auth.users_schemas import UserCreate
from snellen.server.schemas import cut_page


def create_user(session: Session, *, body: UserCreate, password_hash: str | None) -> User:
    """A new account; :class:`~snellen.errors.NameTaken` when there is one of that name."""
    user = User(
        name=body.name,
        display_name=body.display_name or None,
        email=body.email,
        password_hash=password_hash,
        is_admin=body.is_admin,
        disabled=False,
        created_at=now_ms(),
    )
    try:
        with session.begin_nested():
            session.add(user)
    except IntegrityError as error:
        raise NameTaken(f"name: there is a user {body.name!r} already; choose another name") from error
    return user


def get_user(session: Session, user_id: int) -> User:
    """The account; :class:`~snellen.errors.UserNotFound` when there is none."""
    found = session.get(User, user_id)
    if found is None:
        raise UserNotFound(f"there is no user {user_id}; `snellen users list` shows those there are")
    return found


def list_users(session: Session, *, limit: int, after: int | None) -> tuple[list[User], int | None]:
    """Accounts in the order of their making, and where the next page begins."""
    query = select(User).where(User.id > (after or 0)).order_by(User.id).limit(limit + 1)
    return cut_page(list(session.scalars(query)), limit, lambda row: row.id)


def change_user(session: Session, user: User, changes: dict[str, Any]) -> None:
    """Set what is given; whoever is disabled is logged out everywhere."""
    for name, value in changes.items():
        setattr(user, name, value)
    if user.disabled:
        sessions.end_all(session, user.id)
    session.flush()
