"""Who is what in a project."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from snellen.contract.events import now_ms
from snellen.errors import InvalidInput, NotAllowed, UserNotFound
from snellen.server.auth import users
from snellen.server.auth.people import Permission, Person, Role
from snellen.server.auth.people_tables import Membership, User
from snellen.server.projects.schemas import MemberIn, MemberOut


def members_of(session: Session, project_id: int) -> list[MemberOut]:
    """The members of a project, by name."""
    query = select(Membership, User).join(User).where(Membership.project_id == project_id).order_by(User.name)
    return [_out(row, user) for row, user in session.execute(query)]


def put_member(session: Session, person: Person, *, project_id: int, user_id: int, body: MemberIn) -> MemberOut:
    """Make somebody a member, or change what they are. Nobody grants what they haven't: see ``run_code``."""
    user = users.get_user(session, user_id)
    row = session.get(Membership, (user_id, project_id))
    had = row is not None and row.run_code
    run_code = body.run_code
    if run_code is None:
        run_code = body.role is Role.ADMIN and (had or person.may(Permission.RUN_CODE, project_id))
    if run_code and body.role is Role.VIEWER:
        raise InvalidInput("run_code: got true for a viewer, who starts nothing; make them an editor, or leave it out")
    if run_code and not had and not person.may(Permission.RUN_CODE, project_id):
        raise NotAllowed("run_code: you have not got it yourself here; an administrator of the server can grant it")
    if row is None:
        row = Membership(user_id=user_id, project_id=project_id, created_at=now_ms())
        session.add(row)
    row.role, row.run_code = body.role, run_code
    session.flush()
    return _out(row, user)


def remove_member(session: Session, *, project_id: int, user_id: int) -> MemberOut:
    """End a membership; :class:`~snellen.errors.UserNotFound` for who is none."""
    row = session.get(Membership, (user_id, project_id))
    if row is None:
        raise UserNotFound(f"user {user_id} is no member of project {project_id}")
    found = _out(row, users.get_user(session, user_id))
    session.delete(row)
    session.flush()
    return found


def _out(row: Membership, user: User) -> MemberOut:
    return MemberOut(
        user_id=user.id,
        name=user.name,
        display_name=user.display_name,
        role=Role(row.role),
        run_code=row.run_code,
        disabled=user.disabled,
        created_at=row.created_at,
    )
