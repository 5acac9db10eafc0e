"""Accounts, memberships and tokens: who makes them, and when they end."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from tests.server.people.town import API, Town

from snellen.contract.events import now_ms
from snellen.errors import StartRefused
from snellen.server.app import create_app
from snellen.server.auth.people_tables import User
from snellen.server.auth.tables import ApiToken
from snellen.server.auth.tokens import USED_MS
from snellen.server.projects.service import ensure_project
from snellen.server.settings import Settings, load

pytestmark = pytest.mark.db


def test_several_people_need_another_user_for_trainings(settings: Settings) -> None:
    with pytest.raises(StartRefused, match="SNELLEN_TRAINER_USER"):
        create_app(settings.model_copy(update={"allow_shared_user": False}))


def test_a_new_server_has_a_project_to_be_somebody_in(api: TestClient) -> None:
    assert [project["name"] for project in api.get("/api/v1/projects").json()["items"]] == ["default"]
    project = api.get("/api/v1/projects").json()["items"][0]
    assert api.patch(f"/api/v1/projects/{project['id']}", json={"name": "cells"}).status_code == 200
    with api.app.state.snellen.database.write() as session:  # type: ignore[attr-defined]
        ensure_project(session)
    assert [each["name"] for each in api.get("/api/v1/projects").json()["items"]] == ["cells"], "none that nobody wants"


def test_nobody_grants_what_they_have_not_got(town: Town) -> None:
    members = f"{API}/projects/{town.cats}/members"
    town.operator.put(f"{members}/{town.ids['admin']}", json={"role": "admin", "run_code": False})
    town.state.parts["people"].clear()
    admin = town.people["admin"]
    for name in ("admin", "editor"):
        refused = admin.put(f"{members}/{town.ids[name]}", json={"role": "editor", "run_code": True})
        assert refused.status_code == 403, name
    made = admin.put(f"{members}/{town.ids['nobody']}", json={"role": "admin"}).json()
    assert (made["role"], made["run_code"]) == ("admin", False)
    kept = admin.put(f"{members}/{town.ids['coder']}", json={"role": "editor", "run_code": True})
    assert kept.json()["run_code"], "what was granted before stays"
    viewer = town.operator.put(f"{members}/{town.ids['coder']}", json={"role": "viewer", "run_code": True})
    assert viewer.status_code == 422
    assert admin.put(f"{members}/987654", json={"role": "viewer"}).status_code == 404


def test_a_member_of_one_project_is_nobody_in_another(town: Town) -> None:
    place = f"{API}/projects/{town.cats}/members/{town.ids['stranger']}"
    assert town.people["stranger"].put(place, json={"role": "viewer"}).status_code == 404
    assert town.people["editor"].put(place, json={"role": "viewer"}).status_code == 403


def test_names_are_taken_once_and_are_never_numbers(town: Town) -> None:
    assert town.operator.post(f"{API}/users", json={"name": "Viewer"}).status_code == 409
    assert town.operator.post(f"{API}/projects", json={"name": "cats"}).status_code == 409
    assert town.operator.patch(f"{API}/projects/{town.dogs}", json={"name": "cats"}).status_code == 409
    for path in ("/users", "/projects"):
        assert town.operator.post(API + path, json={"name": "12"}).status_code == 422
        assert town.operator.post(API + path, json={"name": " "}).status_code == 422


def test_a_project_is_deleted_when_it_is_empty(town: Town) -> None:
    town.furnish(town.cats)
    refused = town.operator.delete(f"{API}/projects/{town.cats}")
    assert (refused.status_code, refused.json()["error"]) == (409, "project_in_use")
    assert town.operator.delete(f"{API}/projects/{town.dogs}").status_code == 204
    assert town.operator.get(f"{API}/projects/{town.dogs}").status_code == 404
    assert [p["name"] for p in town.people["boss"].get(f"{API}/projects").json()["items"]] == ["cats", "default"]


def test_who_is_disabled_is_out_at_once(town: Town) -> None:
    viewer = town.people["viewer"]
    assert viewer.get(f"{API}/auth/me").json()["projects"][0]["role"] == "viewer"
    place = f"{API}/users/{town.ids['viewer']}"
    assert town.operator.patch(place, json={"disabled": True}).json()["disabled"]
    refused = viewer.get(f"{API}/auth/me")
    assert (refused.status_code, "disabled" in refused.json()["detail"]) == (401, True)
    town.operator.patch(place, json={"disabled": False})
    assert viewer.get(f"{API}/auth/me").status_code == 200


def test_accounts_are_seen_by_who_needs_them(town: Town) -> None:
    town.operator.patch(f"{API}/users/{town.ids['viewer']}", json={"email": "v@example.org"})
    whole = {u["name"]: u["email"] for u in town.operator.get(f"{API}/users").json()["items"]}
    names = {u["name"]: u["email"] for u in town.people["admin"].get(f"{API}/users").json()["items"]}
    assert (whole["viewer"], names["viewer"]) == ("v@example.org", None)
    assert town.people["editor"].get(f"{API}/users").status_code == 403


def test_a_password_is_kept_as_argon2_alone(town: Town) -> None:
    secret = "correct horse battery"
    made = town.operator.post(f"{API}/users", json={"name": "ada", "password": secret})
    assert made.json()["has_password"]
    with town.state.database.read() as session:
        kept = session.get_one(User, made.json()["id"]).password_hash
    assert kept is not None
    assert kept.startswith("$argon2id$")
    assert secret not in kept
    assert town.operator.post(f"{API}/users", json={"name": "bob", "password": "short"}).status_code == 422


def test_a_token_makes_no_token_unless_it_may_administer(town: Town) -> None:
    writer = town.client("editor", scopes=["write"])
    refused = writer.post(f"{API}/auth/tokens", json={"name": "more", "scopes": ["read"]})
    assert refused.status_code == 403
    mine = writer.get(f"{API}/auth/tokens").json()["items"]
    assert writer.delete(f"{API}/auth/tokens/{mine[0]['id']}").status_code == 403


def test_a_new_token_does_no_more_than_its_maker(town: Town) -> None:
    maker = town.client("editor", scopes=["admin"], projects=[town.cats])
    body = {"name": "ci", "scopes": ["run_code"]}
    assert maker.post(f"{API}/auth/tokens", json=body).status_code == 403
    made = maker.post(f"{API}/auth/tokens", json={"name": "ci", "scopes": ["write"]}).json()
    assert made["projects"] == [town.cats], "the maker's own limit holds"
    assert made["scopes"] == ["read", "write"]
    beyond = maker.post(f"{API}/auth/tokens", json={"name": "ci", "scopes": ["read"], "projects": [town.dogs]})
    assert beyond.status_code == 422
    too_long = maker.post(f"{API}/auth/tokens", json={"name": "ci", "scopes": ["read"], "expires_in_days": 366})
    assert too_long.status_code == 422
    assert made["token"] not in town.operator.get(f"{API}/auth/tokens", params={"everybody": True}).text


def test_a_token_ends_when_its_time_is_over_or_it_is_revoked(town: Town) -> None:
    made = town.people["editor"].post(f"{API}/auth/tokens", json={"name": "ci", "scopes": ["read"]}).json()
    assert made["expires_at"] - made["created_at"] == timedelta(days=90) // timedelta(milliseconds=1)
    client = town.with_token(made["token"])
    assert client.get(f"{API}/auth/me").json()["scopes"] == ["read"]
    with town.state.database.write() as session:
        session.get_one(ApiToken, made["id"]).expires_at = now_ms()
    town.state.parts["people"].clear()
    refused = client.get(f"{API}/auth/me")
    assert (refused.status_code, "has expired" in refused.json()["detail"]) == (401, True)
    for name in ("coder", "admin"):
        assert town.people[name].delete(f"{API}/auth/tokens/{made['id']}").status_code == 404
    other = town.people["editor"].post(f"{API}/auth/tokens", json={"name": "ci", "scopes": ["read"]}).json()
    client = town.with_token(other["token"])
    assert client.get(f"{API}/auth/me").status_code == 200
    assert town.people["editor"].delete(f"{API}/auth/tokens/{other['id']}").status_code == 204
    assert client.get(f"{API}/auth/me").status_code == 401


def test_administrators_of_a_project_end_the_tokens_that_are_limited_to_it(town: Town) -> None:
    body = {"name": "ci", "scopes": ["read"], "projects": [town.cats]}
    made = town.people["editor"].post(f"{API}/auth/tokens", json=body).json()
    asked = {"project_id": town.cats}
    assert town.people["stranger"].get(f"{API}/auth/tokens", params=asked).status_code == 403
    seen = town.people["admin"].get(f"{API}/auth/tokens", params=asked).json()["items"]
    assert [(t["id"], t["owner"]) for t in seen] == [(made["id"], "editor")]
    assert town.people["admin"].delete(f"{API}/auth/tokens/{made['id']}").status_code == 204


def test_when_a_token_was_used_is_written_once_an_hour(town: Town) -> None:
    made = town.people["editor"].post(f"{API}/auth/tokens", json={"name": "ci", "scopes": ["read"]}).json()
    assert made["last_used_at"] is None
    client = town.with_token(made["token"])

    def used() -> int | None:
        town.state.parts["people"].clear()
        assert client.get(f"{API}/auth/me").status_code == 200
        with town.state.database.read() as session:
            return session.get_one(ApiToken, made["id"]).last_used_at

    first = used()
    assert first is not None
    assert used() == first
    with town.state.database.write() as session:
        session.get_one(ApiToken, made["id"]).last_used_at = first - USED_MS - 60_000
    assert (used() or 0) >= first


def test_accounts_open_nothing_where_there_is_one_person(town: Town, settings: Settings) -> None:
    token = town.people["admin"].headers["authorization"]
    town.state.settings = settings.model_copy(update={"auth": "single"})
    town.state.parts["people"].clear()
    refused = town.operator.get(f"{API}/auth/me", headers={"authorization": token})
    assert (refused.status_code, "no accounts" in refused.json()["detail"]) == (401, True)
    assert town.operator.get(f"{API}/auth/me").json()["mode"] == "single"


def test_the_operators_limited_tokens_outlive_a_restart(settings: Settings) -> None:
    def operator(app: TestClient) -> dict[str, str]:
        return {"authorization": f"Bearer {(settings.data_dir / 'token').read_text().strip()}"}

    single = load(**{**settings.model_dump(exclude_unset=True), "auth": "single"})
    with TestClient(create_app(single), base_url="http://127.0.0.1:8080") as app:
        body = {"name": "ci", "scopes": ["read"]}
        token = app.post(f"{API}/auth/tokens", json=body, headers=operator(app)).json()["token"]
    (settings.data_dir / "token").unlink()
    with TestClient(create_app(single), base_url="http://127.0.0.1:8080") as app:
        limited = {"authorization": f"Bearer {token}"}
        assert app.get(f"{API}/auth/me", headers=limited).json()["is_admin"] is False
        assert app.post(f"{API}/projects", json={"name": "x"}, headers=limited).status_code == 403
