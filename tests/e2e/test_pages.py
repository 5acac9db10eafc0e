"""Every page, wide and narrow, light and dark: nothing overflows, nothing goes wrong, no answer is large.

With ``SNELLEN_SHOTS`` set, a picture of each goes to that folder.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Response, expect
from tests.e2e.pages import DESKTOP, NAMES, PHONE, addresses, fill, settle, width_of
from tests.e2e.running import log_in

#: Read before a test hides what the environment says of Snellen.
SHOTS = os.environ.get("SNELLEN_SHOTS")

pytestmark = [pytest.mark.browser]

MOST_BYTES = 1_000_000
#: What these pages are about is not there, which the server says, and the browser writes to its console.
MISSING = {"no-job", "no-sweep"}
#: In this order, so that each step changes one thing.
LOOKS = ((DESKTOP, "light"), (DESKTOP, "dark"), (PHONE, "dark"), (PHONE, "light"))


@pytest.fixture(scope="module")
def made(site: Any) -> dict[str, int]:
    return fill(site)


@pytest.fixture(scope="module")
def problems() -> list[str]:
    return []


@pytest.fixture(scope="module")
def page(browser: Browser, site: Any, problems: list[str]) -> Iterator[Page]:
    """A page that is logged in and writes down what goes wrong in it."""
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    log_in(context, site.client)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    page.on("requestfailed", lambda asked: problems.extend(_failure(asked)))
    page.on("response", lambda answer: problems.extend(_too_large(answer)))
    yield page
    context.close()


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_in_order(name: str, page: Page, problems: list[str], made: dict[str, int], site: Any) -> None:
    page.goto("about:blank")  # what the page before is still told is not this one's
    problems.clear()
    _look(page, *LOOKS[0])
    page.goto(site.url + addresses(made)[name])
    overflowing = []
    for size, scheme in LOOKS:
        _look(page, size, scheme)
        settle(page)
        expect(page.get_by_role("heading").first).to_be_visible()
        wide = width_of(page, size[0])
        if wide > size[0]:
            overflowing.append((size[0], scheme, wide))
        _picture(page, f"{name}-{size[0]}-{scheme}")
    assert overflowing == []
    assert [one for one in problems if name not in MISSING or "404" not in one] == []


def _look(page: Page, size: tuple[int, int], scheme: Any) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")


def _failure(asked: Any) -> list[str]:
    """What the page itself broke off, such as the stream of a page that is left, is none."""
    failure = asked.failure or ""
    return [] if "ERR_ABORTED" in failure else [f"{asked.url} failed: {failure}"]


def _too_large(answer: Response) -> list[str]:
    size = int(answer.headers.get("content-length", 0))
    return [f"{answer.url}: {size} bytes"] if "/api/v1/" in answer.url and size > MOST_BYTES else []


def _picture(page: Page, name: str) -> None:
    if SHOTS:
        Path(SHOTS).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)
