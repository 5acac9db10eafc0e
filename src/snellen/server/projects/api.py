"""Projects and their members over HTTP, and who asks."""

from __future__ import annotations

from fastapi import APIRouter
from sqlalchemy.orm import Session

from snellen.server.auth import audit
from snellen.server.auth.access import administrator, signed_in
from snellen.server.auth.api import CurrentPerson
from snellen.server.auth.people import Permission, Person
from snellen.server.auth.people_tables import User
from snellen.server.projects import members, service
from snellen.server.projects.access import ProjectId, in_project
from snellen.server.projects.schemas import (
    Me,
    MemberIn,
    MemberList,
    MemberOut,
    MyProject,
    ProjectIn,
    ProjectList,
    ProjectOut,
)
from snellen.server.projects.tables import Project
from snellen.server.state import AppState

router = APIRouter(tags=["projects"])
who_asks = APIRouter(tags=["auth"])


@who_asks.get("/auth/me", dependencies=[signed_in])
def me(person: CurrentPerson, state: AppState) -> Me:
    """Who is asking, and what they may do."""
    with state.database.read() as session:
        user = None if person.id is None else session.get(User, person.id)
        mine = [_mine(person, project) for project in service.visible_projects(session, person)]
    return Me(
        id=person.id,
        name=person.name,
        display_name=None if user is None else user.display_name,
        email=None if user is None else user.email,
        kind="operator" if person.id is None else "user",
        mode=state.settings.auth,
        is_admin=person.administers,
        mlflow=state.parts["mlflow"].connected,
        scopes=[scope for scope in Permission if scope in person.scopes],
        projects=mine,
    )


@router.get("/projects", dependencies=[signed_in])
def index(person: CurrentPerson, state: AppState) -> ProjectList:
    """The projects that one sees."""
    with state.database.read() as session:
        return ProjectList(items=_outs(session, person, service.visible_projects(session, person)))


@router.post("/projects", status_code=201, dependencies=[administrator])
def create(body: ProjectIn, person: CurrentPerson, state: AppState) -> ProjectOut:
    """A new project, without members."""
    with state.database.write() as session:
        project = service.create_project(session, body.name)
        audit.record(session, person, "project.create", target=f"project {project.name}", project_id=project.id)
        return _out(session, person, project)


@router.get("/projects/{project_id}", dependencies=[in_project(Permission.READ)])
def read(project_id: ProjectId, person: CurrentPerson, state: AppState) -> ProjectOut:
    """One project."""
    with state.database.read() as session:
        return _out(session, person, service.find_project(session, person, project_id))


@router.patch("/projects/{project_id}", dependencies=[in_project(Permission.ADMIN)])
def rename(project_id: ProjectId, body: ProjectIn, person: CurrentPerson, state: AppState) -> ProjectOut:
    """Give a project another name."""
    with state.database.write() as session:
        project = service.find_project(session, person, project_id)
        before = project.name
        service.rename_project(session, project, body.name)
        audit.record(
            session, person, "project.rename", target=f"project {before}", project_id=project_id, name=body.name
        )
        return _out(session, person, project)


@router.delete("/projects/{project_id}", status_code=204, dependencies=[in_project(Permission.READ), administrator])
def remove(project_id: ProjectId, person: CurrentPerson, state: AppState) -> None:
    """Delete a project that holds no jobs and no datasets."""
    with state.database.write() as session:
        project = service.find_project(session, person, project_id)
        service.delete_project(session, project)
        audit.record(session, person, "project.delete", target=f"project {project.name}", project_id=project_id)
    state.parts["places"].clear()


@router.get("/projects/{project_id}/members", dependencies=[in_project(Permission.READ)])
def list_members(project_id: ProjectId, state: AppState) -> MemberList:
    """The members of a project. Administrators of the server need not be among them."""
    with state.database.read() as session:
        return MemberList(items=members.members_of(session, project_id))


@router.put("/projects/{project_id}/members/{user_id}", dependencies=[in_project(Permission.ADMIN)])
def put_member(
    project_id: ProjectId, user_id: int, body: MemberIn, person: CurrentPerson, state: AppState
) -> MemberOut:
    """Make a user a member of a project, or change what they are there."""
    with state.database.write() as session:
        answer = members.put_member(session, person, project_id=project_id, user_id=user_id, body=body)
        audit.record(
            session, person, "member.put", target=f"user {answer.name}", project_id=project_id, role=answer.role,
            run_code=answer.run_code,
        )  # fmt: skip
    state.parts["people"].clear()
    return answer


@router.delete("/projects/{project_id}/members/{user_id}", status_code=204, dependencies=[in_project(Permission.ADMIN)])
def remove_member(project_id: ProjectId, user_id: int, person: CurrentPerson, state: AppState) -> None:
    """Take a user out of a project; what they made there stays."""
    with state.database.write() as session:
        gone = members.remove_member(session, project_id=project_id, user_id=user_id)
        audit.record(session, person, "member.remove", target=f"user {gone.name}", project_id=project_id)
    state.parts["people"].clear()


def _mine(person: Person, project: Project) -> MyProject:
    member = person.member_of(project.id)
    assert member is not None  # noqa: S101 - it is visible
    return MyProject(
        id=project.id,
        name=project.name,
        role=member.role,
        run_code=person.may(Permission.RUN_CODE, project.id),
    )


def _out(session: Session, person: Person, project: Project) -> ProjectOut:
    return _outs(session, person, [project])[0]


def _outs(session: Session, person: Person, projects: list[Project]) -> list[ProjectOut]:
    counts = service.member_counts(session)
    return [
        ProjectOut(**_mine(person, each).model_dump(), created_at=each.created_at, members=counts.get(each.id, 0))
        for each in projects
    ]
