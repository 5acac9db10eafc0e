"""English and Korean, and the keys of the keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.e2e.running import log_in

pytestmark = pytest.mark.browser


@pytest.fixture
def open_in(browser: Browser, site: Any) -> Iterator[Callable[..., Page]]:
    """Opens the jobs page in a browser that asks for a language; a Hangul font is not needed for that."""
    contexts = []

    def open_one(locale: str, path: str = "/", *, known: bool = True) -> Page:
        context = browser.new_context(locale=locale)
        contexts.append(context)
        page = context.new_page()
        if known:
            log_in(context, site.client)
        page.goto(site.url + path)
        return page

    yield open_one
    for context in contexts:
        context.close()


def test_a_korean_browser_gets_korean_and_an_english_one_no_korean_text(open_in: Callable[..., Page]) -> None:
    page = open_in("ko-KR")
    expect(page.get_by_role("link", name="데이터셋")).to_be_visible()
    assert page.evaluate("document.documentElement.lang") == "ko"
    page = open_in("en-GB")
    expect(page.get_by_role("link", name="Datasets")).to_be_visible()
    assert page.evaluate("document.documentElement.lang") == "en"
    loaded = page.evaluate("performance.getEntriesByType('resource').map((one) => one.name)")
    assert any("/assets/" in name for name in loaded)
    assert not any("korean" in name for name in loaded)


def test_the_language_can_be_switched_and_is_remembered_also_before_the_login(open_in: Callable[..., Page]) -> None:
    page = open_in("en-US", known=False)
    expect(page.get_by_test_id("login-token")).to_be_visible()
    page.get_by_test_id("language").click()
    page.get_by_role("menuitemradio", name="한국어").click()
    expect(page.get_by_role("button", name="로그인")).to_be_visible()
    page.reload()
    expect(page.get_by_role("button", name="로그인")).to_be_visible()
    page.get_by_test_id("language").click()
    expect(page.get_by_role("menuitemradio", name="한국어")).to_have_attribute("aria-checked", "true")
    page.get_by_role("menuitemradio", name="English").click()
    expect(page.get_by_role("button", name="Log in")).to_be_visible()


def test_when_the_texts_cannot_be_had_the_page_is_english(open_in: Callable[..., Page]) -> None:
    page = open_in("ko-KR")
    page.route(re.compile("korean.*js"), lambda route: route.abort())
    page.reload()
    expect(page.get_by_role("link", name="Datasets")).to_be_visible()


def test_keys_lead_to_pages_and_a_sheet_lists_them(open_in: Callable[..., Page]) -> None:
    page = open_in("en-US")
    expect(page.get_by_role("link", name="Datasets")).to_be_visible()
    page.keyboard.type("gd")
    expect(page).to_have_url(re.compile("/datasets"))
    page.keyboard.press("?")
    sheet = page.get_by_test_id("shortcuts-sheet")
    expect(sheet).to_contain_text("Go to the jobs")
    # Under the sheet the app's other keys rest.
    page.keyboard.type("gj")
    expect(page).to_have_url(re.compile("/datasets"))
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    page.keyboard.press("d")
    expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")
    page.keyboard.press("d")
    expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "light")
    page.keyboard.type("gj")
    expect(page).not_to_have_url(re.compile("/datasets"))


def test_the_sheet_lists_the_keys_of_the_open_image(
    open_page: Callable[..., Page], site: Any, shapes: dict[str, Any]
) -> None:
    dataset = shapes["dataset_id"]
    image = site.client.get(f"/datasets/{dataset}/images")["items"][0]["image_id"]
    page = open_page(f"/datasets/{dataset}/images/{image}")
    expect(page.get_by_test_id("dataset-image-view")).to_be_visible()
    page.get_by_test_id("shortcuts").click()
    sheet = page.get_by_test_id("shortcuts-sheet")
    expect(sheet).to_contain_text("Next image")
    expect(sheet).to_contain_text("Show or hide: Boxes")
