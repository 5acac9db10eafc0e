"""ID tokens that are not what they should be open nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from joserfc import jwt
from joserfc.jwk import RSAKey
from tests.crooked_provider import ADA, CrookedProvider, encoded
from tests.provider import SECRET
from tests.server.sso.conftest import Team, begin, come_back, me, query_of

Browser = Callable[[TestClient], TestClient]
#: Claims whose numbers below are seconds from now.
FROM_NOW = ("exp", "iat", "nbf")


@pytest.fixture
def log_in(team: Team, browser: Browser, crooked: CrookedProvider) -> Callable[[], tuple[Any, TestClient]]:
    """Logs in with the token that the provider makes now."""
    api = team(crooked.issuer, oidc_create_users=True)

    def run() -> tuple[Any, TestClient]:
        client = browser(api)
        sent = query_of(begin(client))
        crooked.nonce = sent["nonce"]
        return come_back(client, {"state": sent["state"], "code": "c"}), client

    return run


LogIn = Callable[[], tuple[Any, TestClient]]


def refused(log_in: LogIn, status: int = 401) -> str:
    answer, client = log_in()
    assert answer.status_code == status, answer.text
    assert me(client) is None
    text: str = answer.text
    return text


def test_the_right_one_opens(log_in: LogIn, crooked: CrookedProvider) -> None:
    answer, client = log_in()
    assert answer.status_code == 303
    assert (me(client) or {})["email"] == "ada@example.org"
    [form] = crooked.asked
    assert form["grant_type"] == "authorization_code"
    assert len(form["code_verifier"]) >= 43


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": -3600},
        {"exp": None},
        {"exp": "tomorrow"},
        {"iat": 3600},
        {"iat": None},
        {"nbf": 3600},
        {"nonce": "of another login"},
        {"nonce": None},
        {"aud": "another"},
        {"aud": ["another"]},
        {"aud": None},
        {"aud": ["snellen", "another"]},
        {"aud": ["snellen", "another"], "azp": "another"},
        {"azp": "another"},
        {"iss": "https://evil.example"},
        {"iss": None},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": "x" * 256},
    ],
)
def test_wrong_claims_open_nothing(log_in: LogIn, crooked: CrookedProvider, claims: dict[str, Any]) -> None:
    times = {
        name: int(time.time()) + each for name, each in claims.items() if name in FROM_NOW and isinstance(each, int)
    }
    crooked.claims = {**claims, **times}
    assert "ID token" in refused(log_in)


def test_several_audiences_are_fine_when_the_token_was_made_for_us(log_in: LogIn, crooked: CrookedProvider) -> None:
    crooked.claims = {"aud": ["another", "snellen"], "azp": "snellen"}
    assert log_in()[0].status_code == 303


def test_another_key_opens_nothing(log_in: LogIn, crooked: CrookedProvider) -> None:
    stranger = RSAKey.generate_key(2048, {"kid": "one"})
    crooked.sign = lambda header, claims: jwt.encode(header, claims, stranger)
    assert "bad_signature" in refused(log_in)


def test_a_key_that_came_later_is_fetched(log_in: LogIn, crooked: CrookedProvider) -> None:
    assert log_in()[0].status_code == 303
    later = RSAKey.generate_key(2048, {"kid": "two", "use": "sig"})
    crooked.keys, crooked.header = [later], {"alg": "RS256", "kid": "two"}
    crooked.sign = lambda header, claims: jwt.encode(header, claims, later)
    assert log_in()[0].status_code == 303


def test_a_token_without_a_signature_opens_nothing(log_in: LogIn, crooked: CrookedProvider) -> None:
    crooked.sign = lambda _, claims: f"{encoded({'alg': 'none'})}.{encoded(claims)}."
    refused(log_in)


def test_a_secret_that_both_know_signs_nothing(log_in: LogIn, crooked: CrookedProvider) -> None:
    for secret in (SECRET.encode(), crooked.key.as_pem(private=False)):
        crooked.hmac_with(secret)
        refused(log_in)


def test_what_is_no_token_opens_nothing(log_in: LogIn, crooked: CrookedProvider) -> None:
    for text in ("", "x", "a.b.c", "e30.e30.", "…"):
        crooked.sign = lambda _header, _claims, text=text: text
        refused(log_in)


def test_two_people_in_one_login_are_nobody(log_in: LogIn, crooked: CrookedProvider) -> None:
    crooked.user_info = {**ADA, "sub": "eve"}
    assert "two people" in refused(log_in)


def test_one_addresss_proof_is_not_anothers(log_in: LogIn, crooked: CrookedProvider) -> None:
    """The ID token names an unverified address, the answer about the person another one that is verified."""
    crooked.claims = {"email": "root@example.org"}
    answer, client = log_in()
    assert answer.status_code == 303
    assert (me(client) or {})["email"] is None


@pytest.mark.parametrize(
    "said", [(500, {}), (200, []), (200, b"<html>"), (200, b"[" * 2_000_000), (401, {"error": "invalid_client"})]
)
def test_a_provider_that_talks_nonsense_is_a_clear_page(
    log_in: LogIn, crooked: CrookedProvider, said: tuple[int, Any]
) -> None:
    crooked.token_answer = said
    text = refused(log_in, 502)
    assert crooked.issuer in text


def test_a_provider_of_another_name_is_refused_before_anybody_is_sent_there(
    team: Team, browser: Browser, crooked: CrookedProvider
) -> None:
    crooked.about = {"issuer": "https://evil.example"}
    answer = browser(team(crooked.issuer)).get("/api/v1/auth/oidc/start")
    assert answer.status_code == 502
    assert "SNELLEN_OIDC_ISSUER" in answer.text


@pytest.mark.parametrize(
    "place",
    [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "",
        "jobs",
    ],
)
def test_a_login_leads_to_no_other_host(team: Team, browser: Browser, crooked: CrookedProvider, place: str) -> None:
    client = browser(team(crooked.issuer, oidc_create_users=True))
    sent = query_of(begin(client, place))
    crooked.nonce = sent["nonce"]
    assert come_back(client, {"state": sent["state"], "code": "c"}).headers["location"] == "/"


def test_what_goes_to_the_provider_holds_a_challenge_and_no_secret(
    team: Team, browser: Browser, crooked: CrookedProvider
) -> None:
    url = begin(browser(team(crooked.issuer)))
    sent = query_of(url)
    assert sent["response_type"] == "code"
    assert sent["code_challenge_method"] == "S256"
    assert len(sent["code_challenge"]) == 43
    assert sent["redirect_uri"] == "http://127.0.0.1:8080/api/v1/auth/oidc/callback"
    assert SECRET not in url
