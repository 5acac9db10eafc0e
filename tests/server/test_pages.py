"""What a page may do with a session: forged requests are refused, addresses are believed of trusted proxies alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import Request
from fastapi.testclient import TestClient
from tests.leftovers import end_all

from snellen.errors import StartRefused
from snellen.server.app import create_app
from snellen.server.asking import ASKING
from snellen.server.settings import Settings, load

BASE = "http://127.0.0.1:8080"
STOP = "/api/v1/training/jobs/1/stop"


@pytest.fixture
def browser(anonymous: TestClient, settings: Settings) -> TestClient:
    """With a session."""
    anonymous.post("/api/v1/auth/login", json={"token": (settings.data_dir / "token").read_text().strip()})
    return anonymous


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"origin": "null", "sec-fetch-site": "same-origin"},
        {"origin": "http://127.0.0.1:8081", "sec-fetch-site": "same-site"},
        {"authorization": "Bearer "},
        {"authorization": "Basic YTpi"},
    ],
)
def test_a_session_changes_nothing_without_a_page_of_ours(browser: TestClient, headers: dict[str, str]) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        answer = browser.request(method, STOP, headers=headers)
        assert answer.status_code == 403, (method, headers)
        assert answer.json()["error"] == "not_allowed"


@pytest.mark.parametrize("headers", [{"origin": BASE}, {"sec-fetch-site": "same-origin"}])
def test_a_page_of_ours_changes_things_with_a_session(browser: TestClient, headers: dict[str, str]) -> None:
    assert browser.post(STOP, headers=headers).status_code == 404, "there is no job 1"


def test_a_session_reads_from_anywhere(browser: TestClient) -> None:
    """A link in a chat leads here; what is read stays unreadable to the page that links."""
    assert browser.get("/api/v1/training/jobs", headers={"sec-fetch-site": "cross-site"}).status_code == 200


def test_a_program_with_a_token_says_no_origin(browser: TestClient, settings: Settings) -> None:
    token = (settings.data_dir / "token").read_text().strip()
    assert browser.post(STOP, headers={"authorization": f"Bearer {token}"}).status_code == 404


def test_a_foreign_page_cannot_log_a_browser_in(anonymous: TestClient, settings: Settings) -> None:
    token = (settings.data_dir / "token").read_text().strip()
    for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
        assert anonymous.post("/api/v1/auth/login", json={"token": token}, headers=headers).status_code == 403
    assert not anonymous.cookies


def test_over_https_the_cookie_belongs_to_this_name_alone(settings: Settings) -> None:
    public = settings.model_copy(update={"public_url": "https://vision.example"})
    token = {"token": ""}
    with TestClient(create_app(public), base_url="https://vision.example") as client:
        token["token"] = (settings.data_dir / "token").read_text().strip()
        cookie = client.post("/api/v1/auth/login", json=token).headers["set-cookie"]
        assert cookie.startswith("__Host-snellen_session=sns_")
        assert {"HttpOnly", "Secure", "Path=/", "SameSite=lax"} <= {part.strip() for part in cookie.split(";")}
        assert "domain" not in cookie.lower()
        assert client.get("/api/v1/auth/me").status_code == 200
        value = client.cookies["__Host-snellen_session"]
        client.cookies.clear()
        client.cookies.set("snellen_session", value)
        assert client.get("/api/v1/auth/me").status_code == 401, "a cookie that plain http could have set"


@pytest.fixture
def seen(settings: Settings) -> Iterator[Any]:
    """Asks a server from an address, through proxies that it trusts; gives the address that the server takes it for."""

    def ask(client: str, forwarded: str | None, trusted: list[str]) -> tuple[str | None, str]:
        app = create_app(settings.model_copy(update={"trusted_proxies": trusted}))

        def where(request: Request) -> list[str | None]:
            return [ASKING.get().address, request.url.scheme]

        app.add_api_route("/api/v1/where", where)
        app.router.routes.insert(0, app.router.routes.pop())
        headers = {"x-forwarded-for": forwarded, "x-forwarded-proto": "https"} if forwarded else {}
        with TestClient(app, base_url=BASE, client=(client, 5)) as made:
            address, scheme = made.get("/api/v1/where", headers=headers).json()
            return address, scheme

    yield ask
    end_all(settings.data_dir)


def test_nobody_is_believed_where_they_come_from_unless_trusted(seen: Any) -> None:
    assert seen("127.0.0.1", "6.6.6.6", []) == ("127.0.0.1", "http")
    assert seen("7.7.7.7", "6.6.6.6", ["127.0.0.1"]) == ("7.7.7.7", "http")


def test_a_trusted_proxy_says_who_asks_and_what_the_client_claims_before_is_ignored(seen: Any) -> None:
    assert seen("127.0.0.1", "6.6.6.6", ["127.0.0.1"]) == ("6.6.6.6", "https")
    assert seen("10.0.0.3", "1.2.3.4, 6.6.6.6, 10.0.0.2", ["10.0.0.0/8"]) == ("6.6.6.6", "https")


def test_a_proxy_that_is_no_address_is_refused(settings: Settings) -> None:
    with pytest.raises(StartRefused, match="trusted_proxies"):
        load(data_dir=settings.data_dir, trusted_proxies=["proxy.example"])
