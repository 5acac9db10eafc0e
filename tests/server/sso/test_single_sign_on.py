"""Single sign-on with a real provider: who gets in, as whom, and who doesn't."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.ports import free_port
from tests.provider import RealProvider, Visitor, start_provider
from tests.server.sso.conftest import Team, begin, come_back, me, query_of

pytestmark = pytest.mark.db

Browser = Callable[[TestClient], TestClient]


def log_in(client: TestClient, name: str, place: str = "/jobs/3") -> Any:
    """The whole way there and back."""
    return come_back(client, Visitor(name).log_in(begin(client, place)))


def make(api: TestClient, name: str, **fields: Any) -> dict[str, Any]:
    answer = api.post("/api/v1/users", json={"name": name, **fields})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def failures(api: TestClient) -> list[str]:
    items = api.get("/api/v1/audit", params={"action": "login.failed"}).json()["items"]
    return [item["detail"]["why"] for item in items]


def test_who_has_no_account_is_told_so_and_gets_none(team: Team, browser: Browser, provider: RealProvider) -> None:
    api = team(provider.issuer)
    client = browser(api)
    answer = log_in(client, "ada")
    assert answer.status_code == 403
    assert answer.headers["content-type"].startswith("text/html")
    assert "You have no account here" in answer.text
    assert "ada@example.org" in answer.text
    assert me(client) is None
    assert [user["name"] for user in api.get("/api/v1/users").json()["items"]] == []
    assert len(failures(api)) == 1


def test_an_unverified_address_finds_no_account_and_makes_none_with_it(
    team: Team, browser: Browser, provider: RealProvider
) -> None:
    api = team(provider.issuer, oidc_create_users=True)
    make(api, "robert", email="bob@example.org", is_admin=True)
    client = browser(api)
    assert log_in(client, "bob").status_code == 303
    assert (me(client) or {})["name"] == "bob"
    assert (me(client) or {})["is_admin"] is False
    assert (me(client) or {})["email"] is None


def test_only_verified_addresses_of_ones_own_domains_come_in(
    team: Team, browser: Browser, provider: RealProvider
) -> None:
    api = team(provider.issuer, oidc_create_users=True, oidc_email_domains=["@Example.org"])
    for name in ("bob", "eve", "nil"):
        client = browser(api)
        answer = log_in(client, name)
        assert answer.status_code == 403, name
        assert "example.org" in answer.text
        assert me(client) is None
    assert log_in(browser(api), "ada").status_code == 303


def test_a_disabled_user_does_not_come_in(team: Team, browser: Browser, provider: RealProvider) -> None:
    api = team(provider.issuer)
    ada = make(api, "ada", email="ada@example.org")
    assert log_in(browser(api), "ada").status_code == 303
    api.patch(f"/api/v1/users/{ada['id']}", json={"disabled": True})
    client = browser(api)
    answer = log_in(client, "ada")
    assert answer.status_code == 403
    assert "disabled" in answer.text
    assert me(client) is None


def test_another_browser_can_not_come_back_in_ones_place(team: Team, browser: Browser, provider: RealProvider) -> None:
    """Who is made to open an attacker's answer would work in the attacker's account."""
    api = team(provider.issuer, oidc_create_users=True)
    attacker, victim = browser(api), browser(api)
    back = Visitor("eve").log_in(begin(attacker))
    assert come_back(victim, back).status_code == 401
    begin(victim)
    assert come_back(victim, back).status_code == 401, "a login of its own is under way there"
    assert me(victim) is None
    assert come_back(attacker, back).status_code == 303


@pytest.mark.parametrize("change", [{"state": "wrong"}, {"state": None}, {"iss": "https://evil.example"}])
def test_an_answer_that_was_tampered_with_opens_nothing(
    team: Team, browser: Browser, provider: RealProvider, change: dict[str, str | None]
) -> None:
    api = team(provider.issuer, oidc_create_users=True)
    client = browser(api)
    back = Visitor("ada").log_in(begin(client)) | change
    answer = come_back(client, {key: value for key, value in back.items() if value is not None})
    assert answer.status_code == 401
    assert me(client) is None


def test_a_code_is_good_once(team: Team, browser: Browser, provider: RealProvider) -> None:
    api = team(provider.issuer, oidc_create_users=True)
    client, other = browser(api), browser(api)
    back = Visitor("ada").log_in(begin(client))
    cookies = dict(client.cookies)
    assert come_back(client, back).status_code == 303
    other.cookies.update(cookies)
    assert come_back(other, back).status_code == 401, "the state is used up"
    fresh = query_of(begin(other))
    assert come_back(other, back | {"state": fresh["state"]}).status_code == 401, "and so is the code"
    assert me(other) is None


def test_a_code_for_another_login_is_refused_by_its_proof_key(
    team: Team, browser: Browser, provider: RealProvider
) -> None:
    api = team(provider.issuer, oidc_create_users=True)
    attacker, victim = browser(api), browser(api)
    stolen = Visitor("ada").log_in(begin(victim))
    mine = query_of(begin(attacker))
    assert come_back(attacker, stolen | {"state": mine["state"]}).status_code == 401
    assert me(attacker) is None


def test_who_says_no_at_the_provider_gets_a_page_and_no_session(
    team: Team, browser: Browser, provider: RealProvider
) -> None:
    api = team(provider.issuer)
    client = browser(api)
    state = query_of(begin(client))["state"]
    answer = come_back(client, {"state": state, "error": "<script>alert(1)</script>", "iss": provider.issuer})
    assert answer.status_code == 403
    assert "<script>" not in answer.text
    assert me(client) is None


def test_a_provider_that_is_away_is_a_clear_page_and_works_again_when_it_is_back(team: Team, browser: Browser) -> None:
    port = free_port()
    api = team(f"http://127.0.0.1:{port}", oidc_create_users=True)
    client = browser(api)
    answer = client.get("/api/v1/auth/oidc/start")
    assert answer.status_code == 502
    assert "does not answer" in answer.text
    assert answer.headers["content-type"].startswith("text/html")
    assert api.get("/api/v1/auth/methods").json()["oidc"]["name"] == "Single sign-on", "nothing else needs it"
    real = start_provider(port)
    try:
        back = Visitor("ada").log_in(begin(client))
        assert come_back(client, back).status_code == 303
        late = browser(api)
        back = Visitor("ada").log_in(begin(late))
    finally:
        real.stop()
    assert come_back(late, back).status_code == 502
    assert me(late) is None
    assert me(client) is not None, "who is in stays in"


def test_the_first_login_makes_an_account_where_that_is_allowed_and_the_next_finds_it(
    team: Team, browser: Browser, provider: RealProvider
) -> None:
    api = team(provider.issuer, oidc_create_users=True)
    make(api, "ada")
    client = browser(api)
    answer = log_in(client, "eve", "/jobs/3?epoch=2#plots")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/jobs/3?epoch=2#plots"
    first = me(client) or {}
    assert (first["name"], first["email"], first["kind"]) == ("ada-2", "eve@elsewhere.example", "user")
    assert first["projects"] == []
    again = browser(api)
    log_in(again, "eve")
    assert (me(again) or {})["id"] == first["id"]
    entries = api.get("/api/v1/audit").json()["items"]
    assert [e["action"] for e in entries if e["via"] == "sso"] == ["login", "login", "user.create"]
    assert [s["opened_by"] for s in client.get("/api/v1/auth/sessions").json()["items"]] == ["sso", "sso"]


def test_a_verified_address_leads_to_the_account_that_has_it_and_to_one_only(
    team: Team, browser: Browser, provider: RealProvider
) -> None:
    api = team(provider.issuer)
    ada = make(api, "countess", email="ADA@example.org")
    client = browser(api)
    assert log_in(client, "ada").status_code == 303
    assert (me(client) or {})["id"] == ada["id"]
    make(api, "one", email="eve@elsewhere.example")
    make(api, "two", email="Eve@Elsewhere.example")
    assert log_in(browser(api), "eve").status_code == 403, "which of the two?"


def test_whoever_has_an_address_later_does_not_get_the_account(
    team: Team, browser: Browser, provider: RealProvider
) -> None:
    """Issuer and subject are the person: an address that is given to somebody else leads nowhere."""
    api = team(provider.issuer)
    ada = make(api, "ada", email="ada@example.org")
    log_in(browser(api), "ada")
    api.patch(f"/api/v1/users/{ada['id']}", json={"email": "eve@elsewhere.example"})
    assert log_in(browser(api), "eve").status_code == 403
    client = browser(api)
    assert log_in(client, "ada").status_code == 303, "the person still is who they were"
    assert (me(client) or {})["id"] == ada["id"]


def test_groups_give_roles_and_take_them_at_the_next_login(
    team: Team, browser: Browser, provider: RealProvider
) -> None:
    rules = {"vision": "eyes:editor:run_code", "staff": "eyes:viewer", "other": "hands:admin"}
    api = team(provider.issuer, oidc_create_users=True, oidc_roles_claim="groups", oidc_roles=rules)
    projects = {name: api.post("/api/v1/projects", json={"name": name}).json()["id"] for name in ("eyes", "hands", "x")}
    ada, bob = browser(api), browser(api)
    log_in(ada, "ada")
    log_in(bob, "bob")
    assert [(p["name"], p["role"], p["run_code"]) for p in (me(ada) or {})["projects"]] == [("eyes", "editor", True)]
    assert [(p["name"], p["role"], p["run_code"]) for p in (me(bob) or {})["projects"]] == [("eyes", "viewer", False)]
    ada_id = (me(ada) or {})["id"]
    for name in ("hands", "x"):
        api.put(f"/api/v1/projects/{projects[name]}/members/{ada_id}", json={"role": "admin"})
    log_in(ada, "ada")
    assert [p["name"] for p in (me(ada) or {})["projects"]] == ["eyes", "x"], "of `hands` the provider says no more"


def test_a_group_makes_administrators_of_the_server(team: Team, browser: Browser, provider: RealProvider) -> None:
    api = team(provider.issuer, oidc_create_users=True, oidc_roles_claim="groups", oidc_roles={"vision": "admin"})
    ada, bob = browser(api), browser(api)
    make(api, "robert", email="bob@example.org", is_admin=True)
    log_in(ada, "ada")
    log_in(bob, "bob")
    assert (me(ada) or {})["is_admin"] is True
    assert (me(bob) or {})["is_admin"] is False
