"""Projects: find them, make them, choose one for what names none."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from snellen.contract.events import now_ms
from snellen.errors import InvalidInput, NameTaken, NotAllowed, ProjectInUse, ProjectNotFound
from snellen.server.auth.people import Permission, Person
from snellen.server.auth.people_tables import Membership
from snellen.server.db import add_or_find
from snellen.server.projects.tables import Project

DEFAULT_NAME = "default"
NAMED = 20


def default_project(session: Session) -> Project:
    """The project of everything that names none; made anew where it was renamed or deleted."""
    project = session.scalar(select(Project).where(Project.name == DEFAULT_NAME))
    if project is None:
        made = Project(name=DEFAULT_NAME, created_at=now_ms())
        named = select(Project).where(Project.name == DEFAULT_NAME)
        project = add_or_find(session, made, lambda: session.scalar(named))
    return project


def ensure_project(session: Session) -> None:
    """A new server has the default project, so that roles in it can be given before anybody uses it."""
    if session.scalar(select(Project.id).limit(1)) is None:
        default_project(session)


def visible_projects(session: Session, person: Person) -> list[Project]:
    """The projects that somebody sees, by name."""
    query, seen = select(Project).order_by(Project.name), person.visible()
    return list(session.scalars(query if seen is None else query.where(Project.id.in_(seen))))


def find_project(session: Session, person: Person, wanted: int | str) -> Project:
    """A project by its id or name; :class:`~snellen.errors.ProjectNotFound` also for one that they don't see."""
    is_id = isinstance(wanted, int) or (wanted.isascii() and wanted.isdigit())
    found = None
    if not is_id:
        found = session.scalar(select(Project).where(Project.name == wanted))
    elif int(wanted) < 2**31:
        found = session.get(Project, int(wanted))
    if found is None or not person.sees(found.id):
        raise no_project(wanted)
    return found


def no_project(wanted: int | str) -> ProjectNotFound:
    """What is said of a project that isn't there, and of one that isn't there for who asks."""
    shown = wanted if isinstance(wanted, int) else wanted[:200]
    return ProjectNotFound(f"there is no project {shown!r}; `snellen projects list` shows those there are")


def project_for(session: Session, person: Person, wanted: int | str | None, what: str) -> Project:
    """Where something new of somebody goes: where they say, else the default project if they see it, else their only.

    :class:`~snellen.errors.InvalidInput` names the projects to choose from; :class:`~snellen.errors.NotAllowed` where
    they may only look.
    """
    project = _chosen(session, person) if wanted is None else find_project(session, person, wanted)
    person.check(Permission.WRITE, project.id, f"{what} in project {project.name}")
    return project


def _chosen(session: Session, person: Person) -> Project:
    seen = visible_projects(session, person)
    named = [project for project in seen if project.name == DEFAULT_NAME]
    if len(named or seen) == 1:
        return (named or seen)[0]
    if not seen and person.administers:
        return default_project(session)
    if not seen:
        raise NotAllowed(
            "project: you are no member of any; an administrator of the server or of a project can add you"
        )
    names = ", ".join(project.name for project in seen[:NAMED])
    raise InvalidInput(f"project: none given, and there are several to choose from: {names}; say which")


def ids_of(session: Session, person: Person, wanted: str | None) -> frozenset[int] | None:
    """The projects whose things a list shows: the one asked for, else all that somebody sees; None for every one."""
    return person.visible() if wanted is None else frozenset({find_project(session, person, wanted).id})


def create_project(session: Session, name: str) -> Project:
    """A new project; :class:`~snellen.errors.NameTaken` when there is one of that name."""
    project = Project(name=name, created_at=now_ms())
    try:
        with session.begin_nested():
            session.add(project)
    except IntegrityError as error:
        raise _taken(name) from error
    return project


def rename_project(session: Session, project: Project, name: str) -> None:
    """Another name; :class:`~snellen.errors.NameTaken` when another has it."""
    try:
        with session.begin_nested():
            project.name = name
            session.flush()
    except IntegrityError as error:
        raise _taken(name) from error


def delete_project(session: Session, project: Project) -> None:
    """Remove a project that holds nothing; :class:`~snellen.errors.ProjectInUse` for any other.

    The database refuses while a job or a dataset names it; its memberships and what is known of its imports go with it.
    """
    try:
        with session.begin_nested():
            session.delete(project)
            session.flush()
    except IntegrityError as error:
        raise ProjectInUse(
            f"project {project.name} holds jobs or datasets; datasets can be deleted, a project with jobs stays"
        ) from error


def member_counts(session: Session) -> dict[int, int]:
    """How many members each project has."""
    query = select(Membership.project_id, func.count()).group_by(Membership.project_id)
    return {row[0]: row[1] for row in session.execute(query)}


def _taken(name: str) -> NameTaken:
    return NameTaken(f"name: there is a project {name!r} already; choose another name")
