"""A server with accounts, and browsers that log in to it through a provider."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient
from tests.leftovers import end_all
from tests.provider import SECRET

from snellen.server.app import create_app
from snellen.server.settings import Settings

BASE = "http://127.0.0.1:8080"
Team = Callable[..., TestClient]


@pytest.fixture
def team(settings: Settings) -> Iterator[Team]:
    """Starts a server with accounts and a single sign-on; gives a client with the operator's token."""
    opened: list[TestClient] = []

    def start(issuer: str, **more: Any) -> TestClient:
        given = {
            "auth": "users",
            "allow_shared_user": True,
            "oidc_issuer": issuer,
            "oidc_client_id": "snellen",
            "oidc_client_secret": SECRET,
            "oidc_scopes": "openid email profile groups",
            **more,
        }
        app = create_app(Settings(**{**settings.model_dump(), **given}))
        token = (settings.data_dir / "token").read_text().strip()
        client = TestClient(app, base_url=BASE, headers={"authorization": f"Bearer {token}"})
        client.__enter__()
        opened.append(client)
        return client

    yield start
    for client in opened:
        client.__exit__()
    end_all(settings.data_dir)


@pytest.fixture
def browser() -> Callable[[TestClient], TestClient]:
    """Another browser at the same server."""
    return lambda client: TestClient(client.app, base_url=BASE, headers={"origin": BASE}, follow_redirects=False)


def begin(client: TestClient, place: str = "/jobs/3") -> str:
    """Ask to log in; the provider's address to which the browser is sent."""
    answer = client.get("/api/v1/auth/oidc/start", params={"next": place})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def query_of(url: str) -> dict[str, str]:
    return {key: value[0] for key, value in parse_qs(urlsplit(url).query).items()}


def come_back(client: TestClient, query: dict[str, str]) -> Any:
    return client.get("/api/v1/auth/oidc/callback", params=query)


def me(client: TestClient) -> dict[str, Any] | None:
    """Who the browser is, or None."""
    answer = client.get("/api/v1/auth/me")
    found: dict[str, Any] | None = answer.json() if answer.status_code == 200 else None
    return found
