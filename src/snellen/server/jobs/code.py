"""Which jobs run code of somebody's choice on the server's machines: those need the permission ``run_code``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from snellen.errors import NotAllowed
from snellen.server.auth.people import Permission, Person
from snellen.server.datasets.roots import Roots
from snellen.server.jobs.schemas import JobCreate


def why_code(body: JobCreate, described: Mapping[str, Any], initial: Mapping[str, Any] | None) -> str | None:
    """Why a job of the platform's runs code that a person chose; None for one that runs the framework's alone.

    `described` is the trainer's description, `initial` the checkpoint that it begins with. Loading weights runs code,
    if their maker wants it to, and so do architectures in YAML.
    """
    if described.get("runs_code", True):  # an older Snellen in the trainers' Python doesn't say
        return f"trainer {body.trainer} runs a program that its job names"
    if initial is not None and initial["runs_code"]:
        return f"checkpoint {initial['name']} was written by code that somebody brought, and loading it may run some"
    if body.model is not None and not is_own_model(body.model, described):
        return f"model {body.model[:200]!r} is no name that {body.trainer} knows, and loading a file may run code"
    return None


def is_own_model(model: str, described: Mapping[str, Any]) -> bool:
    """Whether a model is one that its framework brings or fetches itself."""
    pattern = described.get("own_models") or ""
    return model in described.get("models", ()) or (bool(pattern) and re.fullmatch(pattern, model) is not None)


def check_code(
    person: Person, project_id: int, why: str | None, body: JobCreate, described: Mapping[str, Any], roots: Roots
) -> None:
    """:class:`~snellen.errors.NotAllowed` for a job that its maker may not run."""
    if why is None:
        return
    if not person.may(Permission.RUN_CODE, project_id):
        person.check(Permission.RUN_CODE, project_id, why)
    if body.model is not None and not described.get("runs_code", True) and _is_path(body.model):
        try:
            roots.check(person, body.model)
        except NotAllowed as error:
            raise NotAllowed(f"model: {error.detail}") from error


def _is_path(model: str) -> bool:
    """Whether it leads out of the job's own folder; a bare name is looked for there and among published weights."""
    return model.startswith("~") or any(each in model for each in "/\\")
