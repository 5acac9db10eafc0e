"""The default project."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from snellen.contract.events import now_ms
from snellen.server.db import add_or_find
from snellen.server.projects.tables import Project

DEFAULT_NAME = "default"


def default_project(session: Session) -> Project:
    """The project of everything that names none; made at its first use."""
    project = session.scalar(select(Project).where(Project.name == DEFAULT_NAME))
    if project is None:
        made = Project(name=DEFAULT_NAME, created_at=now_ms())
        return add_or_find(session, made, lambda: session.scalar(select(Project).where(Project.name == DEFAULT_NAME)))
    return project
