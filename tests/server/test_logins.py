"""Logging in with a password, with links, and out again; denials first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.leftovers import end_all

from snellen.server.app import create_app
from snellen.server.auth.login_tables import LoginCode, LoginFailures
from snellen.server.auth.tables import LoginSession
from snellen.server.settings import Settings
from snellen.server.tables import metadata

pytestmark = pytest.mark.db

BASE = "http://127.0.0.1:8080"
ME = "/api/v1/auth/me"
PASSWORD = "a long enough password"


@pytest.fixture
def anonymous(settings: Settings) -> Iterator[TestClient]:
    """A server with accounts."""
    team = settings.model_copy(update={"auth": "users", "allow_shared_user": True})
    with TestClient(create_app(team), base_url=BASE) as client:
        yield client
    end_all(settings.data_dir)


@pytest.fixture
def browser(anonymous: TestClient) -> Callable[[], TestClient]:
    """Makes another browser, which says the origin of its pages as browsers do."""
    return lambda: TestClient(anonymous.app, base_url=BASE, headers={"origin": BASE, "user-agent": "Fox"})


@pytest.fixture
def ada(api: TestClient) -> dict[str, Any]:
    """A user with a password."""
    answer = api.post("/api/v1/users", json={"name": "ada", "password": PASSWORD, "email": "ada@example.org"})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def log_in(client: TestClient, name: str = "ada", password: str = PASSWORD) -> Any:
    return client.post("/api/v1/auth/login", json={"name": name, "password": password})


def audited(api: TestClient, action: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = api.get("/api/v1/audit", params={"action": action}).json()["items"]
    return items


def test_who_is_unknown_disabled_or_without_password_is_told_the_same_as_with_a_wrong_one(
    browser: Callable[[], TestClient], api: TestClient, ada: dict[str, Any]
) -> None:
    api.post("/api/v1/users", json={"name": "nil"})
    bob = api.post("/api/v1/users", json={"name": "bob", "password": PASSWORD}).json()
    api.patch(f"/api/v1/users/{bob['id']}", json={"disabled": True})
    tries = [("ada", "a wrong password"), ("stranger", PASSWORD), ("nil", PASSWORD), ("bob", PASSWORD)]
    answers = [log_in(browser(), name, password) for name, password in tries]
    assert {(a.status_code, a.text) for a in answers} == {
        (401, '{"error": "login_failed", "detail": "name or password is wrong"}')
    }
    assert all("set-cookie" not in a.headers for a in answers)
    failures = audited(api, "login.failed")
    assert [item["target"] for item in failures] == ["user bob", "user nil", "", "user ada"]
    assert "stranger" not in str(failures), "what is typed as a name may be a password"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": "ada"},
        {"password": PASSWORD},
        {"token": "x", "name": "ada", "password": PASSWORD},
        {"name": "ada", "password": "x" * 1001},
        {"name": "ada", "password": PASSWORD, "more": 1},
        {"name": "", "password": ""},
    ],
)
def test_a_login_is_by_token_or_by_name_and_password(anonymous: TestClient, body: dict[str, str]) -> None:
    answer = anonymous.post("/api/v1/auth/login", json=body)
    assert answer.status_code == 422
    assert PASSWORD not in answer.text


def test_guessing_is_slowed_down_and_leaves_those_alone_who_are_in(
    browser: Callable[[], TestClient], api: TestClient, ada: dict[str, Any]
) -> None:
    inside = browser()
    assert log_in(inside).status_code == 204
    guesser = browser()
    answers = [log_in(guesser, password=f"wrong number {i}") for i in range(6)]
    assert [a.status_code for a in answers] == [401] * 6
    make_pauses_long(api)
    answer = log_in(guesser, password="wrong number 7")
    assert (answer.status_code, answer.json()["error"]) == (429, "too_many_attempts")
    assert 0 < int(answer.headers["retry-after"]) <= 1001
    assert log_in(guesser).status_code == 429, "the right one isn't looked at either"
    assert inside.get(ME).json()["name"] == "ada"
    assert len(audited(api, "login.failed")) == 6, "a flood doesn't flood the log"
    with anonymous_state(api).database.write() as session:
        session.query(LoginFailures).update({"blocked_until": 0})
    assert log_in(guesser).status_code == 204
    assert log_in(guesser, password="wrong again").status_code == 401


def make_pauses_long(client: TestClient) -> None:
    """A pause of a second would be over before a busy machine has asked again."""
    with anonymous_state(client).database.write() as session:
        paused = session.query(LoginFailures).filter(LoginFailures.key.startswith("pair:"))
        assert paused.update({"blocked_until": LoginFailures.blocked_until + 1_000_000}) == 1


def anonymous_state(client: TestClient) -> Any:
    return client.app.state.snellen  # type: ignore[attr-defined]


def test_a_login_opens_a_session_of_that_user(
    browser: Callable[[], TestClient], api: TestClient, ada: dict[str, Any]
) -> None:
    client = browser()
    assert log_in(client, " ADA ").status_code == 204
    me = client.get(ME).json()
    assert (me["id"], me["name"], me["kind"], me["mode"], me["is_admin"]) == (ada["id"], "ada", "user", "users", False)
    assert client.get("/api/v1/users").status_code == 403
    [login] = audited(api, "login")[:1]
    assert (login["actor"], login["user_id"], login["via"], login["address"]) == (
        "ada",
        ada["id"],
        "password",
        "testclient",
    )
    assert client.post("/api/v1/auth/logout").status_code == 204
    assert client.get(ME).status_code == 401


def test_a_server_without_accounts_takes_no_password(settings: Settings) -> None:
    with TestClient(create_app(settings), base_url=BASE) as client:
        answer = log_in(client)
        assert answer.status_code == 401
        assert "SNELLEN_AUTH=single" in answer.json()["detail"]
        assert client.get("/api/v1/auth/methods").json() == {
            "mode": "single",
            "password": False,
            "token": True,
            "oidc": None,
        }


def test_users_of_before_open_nothing_when_the_server_has_no_accounts_any_more(
    settings: Settings, database_url: str
) -> None:
    team = settings.model_copy(update={"auth": "users", "allow_shared_user": True})
    with TestClient(create_app(team), base_url=BASE, headers={"origin": BASE}) as client:
        operator = {"authorization": "Bearer " + (settings.data_dir / "token").read_text().strip()}
        client.post("/api/v1/users", json={"name": "ada", "password": PASSWORD}, headers=operator)
        log_in(client)
        assert client.get(ME).status_code == 200
        cookie = client.cookies["snellen_session"]
    with TestClient(create_app(settings), base_url=BASE, cookies={"snellen_session": cookie}) as client:
        assert client.get(ME).status_code == 401


def test_disabling_a_user_ends_their_sessions(
    browser: Callable[[], TestClient], api: TestClient, ada: dict[str, Any]
) -> None:
    client = browser()
    log_in(client)
    assert client.get(ME).status_code == 200
    api.patch(f"/api/v1/users/{ada['id']}", json={"disabled": True})
    assert client.get(ME).status_code == 401
    api.patch(f"/api/v1/users/{ada['id']}", json={"disabled": False})
    assert client.get(ME).status_code == 401, "the session of before stays ended"
    assert log_in(client).status_code == 204


def test_a_session_that_nobody_used_for_long_has_ended(browser: Callable[[], TestClient], ada: dict[str, Any]) -> None:
    client = browser()
    log_in(client)
    state = anonymous_state(client)
    with state.database.write() as session:
        session.query(LoginSession).update({"seen_at": LoginSession.seen_at - 6 * 60_000})
    assert client.get(ME).status_code == 200
    with state.database.write() as session:
        row = session.query(LoginSession).one()
        assert abs(row.seen_at - row.created_at) < 60_000, "its use was noted"
        row.seen_at -= 168 * 3_600_000
    state.parts["people"].clear()
    assert client.get(ME).status_code == 401


def test_one_sees_and_ends_ones_own_sessions_and_no_others(
    browser: Callable[[], TestClient], api: TestClient, ada: dict[str, Any]
) -> None:
    api.post("/api/v1/users", json={"name": "eve", "password": PASSWORD})
    phone, laptop, stranger = browser(), browser(), browser()
    log_in(phone)
    log_in(laptop)
    log_in(stranger, "eve")
    assert phone.get(ME).status_code == 200
    items = laptop.get("/api/v1/auth/sessions").json()["items"]
    assert [(item["current"], item["opened_by"], item["agent"]) for item in items] == [
        (True, "password", "Fox"),
        (False, "password", "Fox"),
    ]
    others = items[1]["id"]
    assert stranger.delete(f"/api/v1/auth/sessions/{others}").status_code == 404
    assert stranger.delete("/api/v1/auth/sessions/999").json()["error"] == "session_not_found"
    assert laptop.delete(f"/api/v1/auth/sessions/{others}").status_code == 204
    assert phone.get(ME).status_code == 401
    assert laptop.get(ME).status_code == 200


def test_a_token_without_the_scope_admin_leaves_sessions_alone(
    browser: Callable[[], TestClient], ada: dict[str, Any]
) -> None:
    client = browser()
    log_in(client)
    token = client.post("/api/v1/auth/tokens", json={"name": "ci", "scopes": ["write"]}).json()["token"]
    program = TestClient(client.app, base_url=BASE, headers={"authorization": f"Bearer {token}"})
    assert program.get(ME).status_code == 200
    assert program.get("/api/v1/auth/sessions").status_code == 403
    assert program.delete("/api/v1/auth/sessions/1").status_code == 403
    assert program.post("/api/v1/auth/password", json={"current": PASSWORD, "new": "x" * 20}).status_code == 403


def test_a_session_opened_with_a_token_does_no_more_than_the_token_and_ends_with_it(
    browser: Callable[[], TestClient], ada: dict[str, Any]
) -> None:
    client, narrow = browser(), browser()
    log_in(client)
    made = client.post("/api/v1/auth/tokens", json={"name": "ci", "scopes": ["read"]}).json()
    assert narrow.post("/api/v1/auth/login", json={"token": made["token"]}).status_code == 204
    assert narrow.get(ME).json()["scopes"] == ["read"]
    assert narrow.post("/api/v1/auth/tokens", json={"name": "more", "scopes": ["write"]}).status_code == 403
    client.delete(f"/api/v1/auth/tokens/{made['id']}")
    assert narrow.get(ME).status_code == 401
    assert client.get(ME).status_code == 200


def test_a_setup_link_sets_a_password_once_and_ends_all_sessions(
    browser: Callable[[], TestClient], api: TestClient, ada: dict[str, Any]
) -> None:
    before, client = browser(), browser()
    log_in(before)
    setup = f"/api/v1/users/{ada['id']}/setup-link"
    assert before.post(setup).status_code == 403
    replaced = code_of(api.post(setup).json()["url"])
    code = code_of(api.post(setup).json()["url"])
    new = "an even longer password"
    assert client.post("/api/v1/auth/password/setup", json={"code": replaced, "password": new}).status_code == 401
    assert client.post("/api/v1/auth/password/setup", json={"code": code, "password": "short"}).status_code == 422
    assert client.post("/api/v1/auth/login", json={"token": code}).status_code == 401
    assert client.get(f"/login?code={code}").status_code == 200
    assert client.get(ME).status_code == 401, "a link for a password logs nobody in"
    assert client.post("/api/v1/auth/password/setup", json={"code": code, "password": new}).status_code == 204
    assert client.get(ME).json()["name"] == "ada"
    assert before.get(ME).status_code == 401
    again = client.post("/api/v1/auth/password/setup", json={"code": code, "password": "another one instead"})
    assert (again.status_code, again.json()["error"]) == (401, "code_used")
    assert log_in(browser()).status_code == 401
    assert log_in(browser(), password=new).status_code == 204
    assert [item["action"] for item in audited(api, "password")] == ["password.set"]


def code_of(url: str) -> str:
    base, code = url.split("#code=")
    assert base == f"{BASE}/set-password"
    return code


def test_a_link_whose_time_is_over_opens_nothing(
    browser: Callable[[], TestClient], api: TestClient, ada: dict[str, Any]
) -> None:
    login = api.post("/api/v1/auth/login-links").json()["url"]
    code = code_of(api.post(f"/api/v1/users/{ada['id']}/setup-link").json()["url"])
    with anonymous_state(api).database.write() as session:
        session.query(LoginCode).update({"expires_at": 1})
    client = browser()
    client.get(login)
    assert client.get(ME).status_code == 401
    assert (
        client.post("/api/v1/auth/password/setup", json={"code": code, "password": PASSWORD}).json()["error"]
        == "code_used"
    )


def test_a_new_password_keeps_this_browser_and_ends_the_others(
    browser: Callable[[], TestClient], api: TestClient, ada: dict[str, Any]
) -> None:
    here, elsewhere = browser(), browser()
    log_in(here)
    log_in(elsewhere)
    old = here.cookies["snellen_session"]
    change = "/api/v1/auth/password"
    assert here.post(change, json={"current": "not this one", "new": "x" * 20}).status_code == 422
    assert here.post(change, json={"current": PASSWORD, "new": "short"}).status_code == 422
    assert api.post(change, json={"current": PASSWORD, "new": "x" * 20}).status_code == 403, "the operator has none"
    assert here.post(change, json={"current": PASSWORD, "new": "x" * 20}).status_code == 204
    assert here.get(ME).status_code == 200
    assert elsewhere.get(ME).status_code == 401
    elsewhere.cookies.set("snellen_session", old)
    assert elsewhere.get(ME).status_code == 401
    assert log_in(browser(), password="x" * 20).status_code == 204


def test_the_password_of_now_can_not_be_guessed_from_an_open_session(
    browser: Callable[[], TestClient], ada: dict[str, Any]
) -> None:
    client, change = browser(), "/api/v1/auth/password"
    log_in(client)
    answers = [client.post(change, json={"current": f"guess number {i}", "new": "x" * 20}) for i in range(6)]
    assert [a.status_code for a in answers] == [422] * 6
    make_pauses_long(client)
    assert client.post(change, json={"current": PASSWORD, "new": "x" * 20}).status_code == 429


def test_nothing_that_opens_a_door_lies_in_the_database(
    browser: Callable[[], TestClient], api: TestClient, ada: dict[str, Any]
) -> None:
    client = browser()
    log_in(client)
    secrets = [client.cookies["snellen_session"], PASSWORD]
    secrets += [api.post("/api/v1/auth/login-links").json()["url"].split("code=")[1]]
    secrets += [code_of(api.post(f"/api/v1/users/{ada['id']}/setup-link").json()["url"])]
    with anonymous_state(api).database.read() as session:
        cells = [str(row) for table in metadata.sorted_tables for row in session.execute(table.select())]
    assert any("ada@example.org" in cell for cell in cells)
    assert [secret for secret in secrets if any(secret in cell for cell in cells)] == []


def test_the_audit_log_is_for_administrators(
    browser: Callable[[], TestClient], api: TestClient, ada: dict[str, Any]
) -> None:
    client = browser()
    log_in(client)
    log_in(client)
    assert client.get("/api/v1/audit").status_code == 403
    mine = api.post("/api/v1/projects", json={"name": "mine"}).json()["id"]
    other = api.post("/api/v1/projects", json={"name": "other"}).json()["id"]
    member = {"role": "editor"}
    assert api.put(f"/api/v1/projects/{mine}/members/{ada['id']}", json=member).status_code == 200
    anonymous_state(api).parts["people"].clear()
    assert client.get("/api/v1/audit").status_code == 403
    assert client.get("/api/v1/audit?project=mine").status_code == 403
    api.put(f"/api/v1/projects/{mine}/members/{ada['id']}", json={"role": "admin"})
    anonymous_state(api).parts["people"].clear()
    seen = client.get("/api/v1/audit")
    assert seen.status_code == 200
    assert {item["project_id"] for item in seen.json()["items"]} <= {mine}
    assert client.get("/api/v1/audit?project=mine").status_code == 200
    assert client.get(f"/api/v1/audit?project={other}").status_code == 404
    assert client.get("/api/v1/audit?project=other").status_code == 404
    assert len(api.get("/api/v1/audit").json()["items"]) > 0
    first = api.get("/api/v1/audit?limit=1").json()
    assert first["next_cursor"]
    assert api.get("/api/v1/audit", params={"limit": 1, "cursor": first["next_cursor"]}).json()["items"]
