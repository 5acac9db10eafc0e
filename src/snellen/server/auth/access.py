"""What a request needs. Every route of the API has one of these, or of the features' own, as a dependency; a test
fails for one that has none."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from fastapi import Depends
from fastapi.concurrency import run_in_threadpool
from sqlalchemy.orm import Session

from snellen.errors import NotAllowed, NotFound
from snellen.server.auth import audit
from snellen.server.auth.api import CurrentPerson
from snellen.server.auth.people import Permission, Person
from snellen.server.recent import Recent
from snellen.server.state import State


def needs(check: Callable[..., Any], what: str) -> Any:
    """A dependency that is known to say what its route needs."""
    check.needs = what  # type: ignore[attr-defined]
    return Depends(check)


async def _anybody(person: CurrentPerson) -> None:
    """The handler shows what the person may see."""


async def _administrator(person: CurrentPerson) -> None:
    person.check_administers("this")


#: Whoever is known; the handler itself leaves out what they may not see.
signed_in = needs(_anybody, "a known person")
administrator = needs(_administrator, "an administrator of the server")


async def check_place(
    state: State,
    person: Person,
    permission: Permission,
    *,
    key: Hashable,
    find: Callable[[Session], int],
    missing: NotFound,
    what: str,
) -> None:
    """Check a permission in the project of a thing, which `find` looks up; it never changes, so it is kept.

    Raises what `find` raises, `missing` for who may not see the thing, in the same words as when it isn't there, and
    :class:`~snellen.errors.NotAllowed` for who sees it and may not do that.
    """
    places: Recent[int] = state.parts["places"]
    project_id = places.get(key)
    if project_id is None:
        project_id = places.put(key, await run_in_threadpool(_look_up, state, find))
    if not person.sees(project_id):
        raise missing
    try:
        person.check(permission, project_id, what)
    except NotAllowed:
        await run_in_threadpool(note_denial, state, person, permission, project_id, what)
        raise


def note_denial(state: State, person: Person, permission: Permission, project_id: int, what: str) -> None:
    """Put a refusal into the audit log; the same one only once a minute."""
    denials: Recent[bool] = state.parts["denials"]
    key = person.key, permission, project_id, what
    if denials.get(key) is None:
        denials.put(key, True)
        with state.database.write() as session:
            audit.record(session, person, "access.denied", target=what, project_id=project_id, needs=permission)


def _look_up(state: State, find: Callable[[Session], int]) -> int:
    with state.database.read() as session:
        return find(session)
