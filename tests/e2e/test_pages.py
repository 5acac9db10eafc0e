"""Every page, wide and narrow, light and dark: nothing overflows, nothing goes wrong, no answer is large.

With ``SNELLEN_SHOTS`` set, a picture of each goes to that folder.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Response, expect
from tests.e2e.pages import DESKTOP, NAMES, PHONE, addresses, fill, settle

pytestmark = pytest.mark.browser

MOST_BYTES = 1_000_000
#: What these pages are about is not there, which the server says, and the browser writes to its console.
MISSING = {"no-job"}


@pytest.fixture(scope="module")
def made(site: Any) -> dict[str, int]:
    return fill(site)


@pytest.fixture(scope="module")
def contexts(browser: Browser, site: Any) -> Iterator[dict[tuple[Any, str], BrowserContext]]:
    """A browser that is logged in, for each size and scheme."""
    found = {}
    for size in (DESKTOP, PHONE):
        for scheme in ("light", "dark"):
            context = browser.new_context(
                viewport={"width": size[0], "height": size[1]}, color_scheme=scheme, reduced_motion="reduce"
            )
            page = context.new_page()
            page.goto(site.client.post("/auth/login-links")["url"])
            page.close()
            found[size, scheme] = context
    yield found
    for context in found.values():
        context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["wide", "narrow"])
@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_in_order(
    name: str, size: tuple[int, int], scheme: str, contexts: Any, made: dict[str, int], site: Any
) -> None:
    problems: list[str] = []
    page = contexts[size, scheme].new_page()
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda m: problems.append(m.text) if m.type == "error" and name not in MISSING else None)
    page.on("requestfailed", lambda r: problems.append(f"{r.url} failed: {r.failure}") if not _given_up(r) else None)
    page.on("response", lambda answer: problems.extend(_fault(answer)))
    page.goto(site.url + addresses(made)[name])
    settle(page)
    expect(page.get_by_role("heading").first).to_be_visible()
    wide = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    _picture(page, f"{name}-{size[0]}-{scheme}")
    page.close()
    assert wide[0] <= wide[1], f"the page scrolls sideways: {wide}"
    assert problems == []


def _given_up(request: Any) -> bool:
    """What the page itself broke off, such as the stream of a page that is left."""
    return "ERR_ABORTED" in (request.failure or "")


def _fault(answer: Response) -> list[str]:
    size = int(answer.headers.get("content-length", 0))
    if re.search(r"/api/v1/", answer.url) and size > MOST_BYTES:
        return [f"{answer.url}: {size} bytes"]
    return []


def _picture(page: Page, name: str) -> None:
    if folder := os.environ.get("SNELLEN_SHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)
