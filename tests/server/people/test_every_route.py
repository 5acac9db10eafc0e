"""Every route says what it needs, and each role is refused what it lacks, in the words of what isn't there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from tests.server.people.town import API, TUS, Town

from snellen.server.app import create_app
from snellen.server.settings import Settings

#: Who asks these is not asked who they are; who enrols has a code.
PUBLIC = {
    "/health", "/ready", "/auth/methods", "/auth/login", "/auth/logout", "/auth/oidc/start", "/auth/oidc/callback",
    "/auth/password/setup", "/training/jobs/{job_id}/enrol",
}  # fmt: skip
#: What a role may do in the project of a thing.
MAY = {
    "stranger": None,
    "nobody": None,
    "viewer": {"read"},
    "editor": {"read", "write"},
    "admin": {"read", "write", "admin"},
    "boss": {"read", "write", "admin"},
}
#: No thing has this id.
NONE = 987654


def said_by(dependant: Dependant) -> Iterator[str]:
    """What the dependencies of a route say that it needs."""
    for each in dependant.dependencies:
        if (said := getattr(each.call, "needs", None)) is not None:
            yield said
        yield from said_by(each)


class Way(NamedTuple):
    """A route of the API: its path, its methods, what its dependencies say that it needs."""

    path: str
    methods: frozenset[str]
    needs: list[str]


def ways_of(app: FastAPI) -> list[Way]:
    """Every route that the OpenAPI document has."""
    documented = set(app.openapi()["paths"])
    found = []
    for holder in app.routes:
        # Newer versions of the framework keep an included router as it is, without its prefix.
        router = getattr(holder, "original_router", None)
        for route in [holder] if router is None else router.routes:
            if isinstance(route, APIRoute):
                path = route.path if route.path.startswith(API) else API + route.path
                if route.include_in_schema and path in documented:
                    found.append(Way(path, frozenset(route.methods), list(said_by(route.dependant))))
    return found


def test_every_route_names_what_it_needs(settings: Settings) -> None:
    with TestClient(create_app(settings)) as client:
        app: FastAPI = client.app  # type: ignore[assignment]
        ways, paths = ways_of(app), app.openapi()["paths"]
    assert {way.path for way in ways} == set(paths), "the walk misses some"
    open_ones = {way.path.removeprefix(API) for way in ways if not way.needs}
    assert open_ones <= PUBLIC


@pytest.mark.db
def test_each_role_is_refused_what_it_lacks(town: Town) -> None:
    """What somebody doesn't see is 404 in the same words as what isn't there; what they see and may not do is 403."""
    things = town.furnish(town.cats)
    for role in MAY:
        check_role(town, role, things)


def check_role(town: Town, role: str, things: dict[str, Any]) -> None:
    client, may = town.people[role], MAY[role]
    checked = {404: 0, 403: 0, 200: 0}
    for route in ways_of(town.app):
        about = [each.split(" in ")[0] for each in route.needs if " in the " in each and "token" not in each]
        if not about:
            continue
        for method in sorted(route.methods - {"HEAD"}):
            what = f"{role}: {method} {route.path}"
            if may is None:
                hidden, absent = (client.request(method, filled(route.path, ids)) for ids in (things, nothing(things)))
                assert hidden.status_code == absent.status_code == 404, f"{what}: {hidden.text}"
                assert without_ids(hidden.json()) == without_ids(absent.json()), what
                checked[404] += 1
            elif not set(about) <= may:
                answer = client.request(method, filled(route.path, things), headers=TUS)
                assert answer.status_code == 403, f"{what}: {answer.status_code} {answer.text}"
                assert "an administrator of the project can grant it" in answer.json()["detail"], what
                checked[403] += 1
            elif method == "GET" and not route.path.endswith("/stream"):
                answer = client.get(filled(route.path, things), follow_redirects=False)
                assert answer.status_code not in {401, 403}, f"{what}: {answer.text}"
                checked[200] += 1
    assert checked[404] > 30 if may is None else checked[200] > 20
    assert (checked[403] > 3) == (may is not None and "write" not in may) or role == "editor"


@pytest.mark.db
def test_a_token_does_no_more_than_its_scopes(town: Town) -> None:
    things = town.furnish(town.cats)
    reader = town.client("admin", scopes=["read"])
    assert reader.get(f"{API}/training/jobs/{things['job_id']}").status_code == 200
    for method, path, scope in (
        ("POST", f"/training/jobs/{things['job_id']}/stop", "write"),
        ("DELETE", f"/datasets/{things['dataset_id']}", "write"),
        ("PATCH", f"/projects/{town.cats}", "admin"),
    ):
        answer = reader.request(method, API + path, json={"name": "other"})
        assert answer.status_code == 403, path
        assert f"lacks the scope {scope}" in answer.json()["detail"]


@pytest.mark.db
def test_the_servers_own_affairs_are_its_administrators(town: Town) -> None:
    calls = [
        ("POST", "/users", {"name": "new"}),
        ("GET", "/users/1", None),
        ("PATCH", "/users/1", {"is_admin": True}),
        ("POST", "/projects", {"name": "new"}),
        ("DELETE", f"/projects/{town.cats}", None),
    ]
    for role in ("viewer", "editor", "admin"):
        for method, path, body in calls:
            assert town.people[role].request(method, API + path, json=body).status_code == 403, (role, method, path)
    limited = town.client("boss", projects=[town.cats])
    unscoped = town.client("boss", scopes=["write"])
    for client in (limited, unscoped):
        assert client.post(f"{API}/users", json={"name": "new"}).status_code == 403
    assert town.people["boss"].post(f"{API}/users", json={"name": "new"}).status_code == 201


def filled(path: str, things: dict[str, Any]) -> str:
    """A path that names the things; what isn't one of them is user 1 or a part that exists."""
    names = {"user_id": 1, "snapshot": "0" * 64, **things}
    return re.sub(r"{(\w+)(:path)?}", lambda found: str(names[found[1]]), path)


def nothing(things: dict[str, Any]) -> dict[str, Any]:
    """The same names, of things that don't exist."""
    return {name: NONE if name.endswith("_id") else value for name, value in things.items()}


def without_ids(said: dict[str, Any]) -> dict[str, Any]:
    return {
        name: re.sub(r"\d+", "#", value) if isinstance(value, str) else value
        for name, value in said.items()
        if name != "request_id"
    }
