"""axe-core finds no serious fault on any page, in English and Korean, light and dark."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from tests.e2e.pages import AXE, NAMES, addresses, fill, settle

pytestmark = pytest.mark.browser

#: Each scheme and each language is met by every page.
LOOKS = (("light", "en-US"), ("dark", "ko-KR"))
RUN = "axe.run(document, { resultTypes: ['violations'] }).then((found) => found.violations)"


@pytest.fixture(scope="module")
def made(site: Any) -> dict[str, int]:
    return fill(site)


@pytest.fixture(scope="module")
def contexts(browser: Browser, site: Any) -> Iterator[dict[tuple[str, str], BrowserContext]]:
    found = {}
    for scheme, locale in LOOKS:
        # The page's own rules forbid scripts from elsewhere, axe too.
        context = browser.new_context(
            color_scheme=scheme,  # type: ignore[arg-type]
            locale=locale,
            bypass_csp=True,
            reduced_motion="reduce",
        )
        page = context.new_page()
        page.goto(site.client.post("/auth/login-links")["url"])
        page.close()
        found[scheme, locale] = context
    yield found
    for context in found.values():
        context.close()


@pytest.mark.parametrize("look", LOOKS, ids=["light-en", "dark-ko"])
@pytest.mark.parametrize("name", NAMES)
def test_a_page_has_no_serious_fault(
    name: str, look: tuple[str, str], contexts: Any, made: dict[str, int], site: Any
) -> None:
    page = contexts[look].new_page()
    page.goto(site.url + addresses(made)[name])
    settle(page)
    found = faults(page)
    page.close()
    assert found == []


@pytest.mark.parametrize("look", LOOKS, ids=["light-en", "dark-ko"])
def test_the_login_and_the_sheet_of_keys_have_no_serious_fault(
    look: tuple[str, str], browser: Browser, contexts: Any, site: Any
) -> None:
    stranger = browser.new_context(color_scheme=look[0], locale=look[1], bypass_csp=True)  # type: ignore[arg-type]
    page = stranger.new_page()
    page.goto(site.url)
    page.get_by_test_id("login-token").wait_for()
    at_login = faults(page)
    stranger.close()
    page = contexts[look].new_page()
    page.goto(site.url)
    settle(page)
    page.get_by_test_id("shortcuts").click()
    page.get_by_test_id("shortcuts-sheet").wait_for()
    at_sheet = faults(page)
    page.close()
    assert at_login == at_sheet == []


def faults(page: Page) -> list[str]:
    """What axe calls serious or critical: the rule, and the elements."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    return [
        f"{one['id']}: {one['help']} {[node['target'] for node in one['nodes']][:5]}"
        f" {one['nodes'][0].get('failureSummary', '')}"
        for one in page.evaluate(RUN)
        if one["impact"] in {"serious", "critical"}
    ]
