"""The login with a real OpenID provider, in a real Chromium."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.e2e.people import Desk
from tests.e2e.running import serving
from tests.ports import free_port
from tests.provider import SECRET, start_provider

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def signed_on(tmp_path_factory: pytest.TempPathFactory, eventually: Callable[..., Any]) -> Iterator[str]:
    """The address of a server that asks a provider, which says who is editor of a project."""
    port = free_port()
    provider = start_provider(free_port(), f"http://127.0.0.1:{port}/api/v1/auth/oidc/callback")
    settings = {
        "SNELLEN_AUTH": "users",
        "SNELLEN_ALLOW_SHARED_USER": "true",
        "SNELLEN_OIDC_ISSUER": provider.issuer,
        "SNELLEN_OIDC_CLIENT_ID": "snellen",
        "SNELLEN_OIDC_CLIENT_SECRET": SECRET,
        "SNELLEN_OIDC_NAME": "Example SSO",
        "SNELLEN_OIDC_SCOPES": "openid email profile groups",
        "SNELLEN_OIDC_CREATE_USERS": "true",
        "SNELLEN_OIDC_EMAIL_DOMAINS": '["example.org"]',
        "SNELLEN_OIDC_ROLES_CLAIM": "groups",
        "SNELLEN_OIDC_ROLES": '{"vision": "signs:editor"}',
    }
    try:
        with serving(tmp_path_factory.mktemp("sso"), eventually, port=port, **settings) as (client, _):
            client.post("/projects", {"name": "signs"})
            yield client.url
    finally:
        provider.stop()


@pytest.fixture
def desk(browser: Browser, signed_on: str) -> Iterator[Desk]:
    desk = Desk(browser, signed_on)
    yield desk
    desk.close()
    assert desk.problems == []


def go_through(page: Page, name: str) -> None:
    """Fill in the provider's forms, wherever it asks."""
    page.get_by_role("link", name="Continue with Example SSO").click()
    page.locator("[name=login]").fill(name)
    page.locator("[name=password]").fill("any")
    page.locator("button[type=submit]").click()
    page.locator("input[value=consent]").wait_for(state="attached")
    page.locator("button[type=submit]").click()


def test_the_provider_brings_one_back_to_where_one_wanted_to_go(desk: Desk) -> None:
    page = desk.page("/datasets/import?name=signs")
    go_through(page, "ada")
    expect(page.get_by_test_id("who-menu")).to_contain_text("Ada Lovelace")
    expect(page).to_have_url(re.compile(r"/datasets/import\?name=signs$"))
    expect(page.get_by_test_id("import-name")).to_have_value("signs")
    page.goto(f"{desk.url}/account/sessions")
    expect(page.get_by_test_id("session")).to_contain_text("by single sign-on")


def test_who_may_not_come_in_reads_why_and_finds_the_way_back(desk: Desk) -> None:
    page = desk.page("/datasets")
    go_through(page, "eve")
    expect(page.get_by_role("alert")).to_contain_text("example.org")
    page.get_by_role("link", name="Back to the login").click()
    expect(page.get_by_test_id("login-name")).to_be_visible()
