"""The log of a job: all of it can be searched, gone to, filtered and had, while it grows and after."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.e2e.test_dashboard import external_job, send_events

pytestmark = [pytest.mark.browser]

OpenPage = Callable[..., Page]
LINES = 12_000
#: So many rows the page holds at most.
MOST_HELD = 3000


@pytest.fixture(scope="module")
def long_job(site: Any) -> dict[str, Any]:
    """Twelve thousand lines, of which one in a thousand is a warning that names a needle."""
    job = external_job(site, name="Talkative")
    seq = 0
    for start in range(1, LINES + 1, 1000):
        lines = [f"step {n} loss {1 / n:.5f}" for n in range(start, start + 999)]
        seq += 2
        send_events(
            site,
            job,
            {"seq": seq - 1, "type": "log", "lines": lines},
            {"seq": seq, "type": "log", "level": "warning", "lines": [f"a Needle at {start + 999}"]},
        )
    return {**job, "seq": seq}


def first_seen(page: Page) -> int:
    """The number of the first row inside the box."""
    return int(
        page.get_by_test_id("log").evaluate(
            "box => { const top = box.getBoundingClientRect().top;"
            " return [...box.children].find(r => r.getBoundingClientRect().bottom > top + 1).dataset.line }"
        )
    )


def test_the_whole_log_is_searched_and_each_match_is_shown(long_job: dict[str, Any], open_page: OpenPage) -> None:
    page = open_page(f"/jobs/{long_job['id']}/logs")
    expect(page.get_by_text(f"a Needle at {LINES}")).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("nEEDLE")
    expect(page.get_by_test_id("log-matches")).to_have_text("12 of 12")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("log-matches")).to_have_text("1 of 12")
    row = page.locator("[data-line='1000']")
    expect(row).to_be_in_viewport()
    expect(row.locator("mark")).to_have_text("Needle")
    expect(page).to_have_url(re.compile("line=1000"))
    page.keyboard.press("Shift+Enter")
    expect(page.locator(f"[data-line='{LINES}']")).to_be_in_viewport()
    page.get_by_test_id("log-search").fill("not there at all")
    expect(page.get_by_test_id("log-matches")).to_have_text("not found")


def test_a_link_leads_to_a_line_and_scrolling_goes_on_from_there_in_bounds(
    long_job: dict[str, Any], open_page: OpenPage, eventually: Callable[..., Any]
) -> None:
    page = open_page(f"/jobs/{long_job['id']}/logs?line=6000")
    expect(page.locator("[data-line='6000']")).to_be_in_viewport()
    expect(page.locator("[data-line='6000']")).to_have_attribute("aria-current", "true")
    box = page.get_by_test_id("log")
    box.hover()
    seen = first_seen(page)

    def goes_up(before: int) -> bool:
        """As a person does it: at the top one turns the wheel again while older lines are on their way."""
        page.mouse.wheel(0, -4000)
        return first_seen(page) < before

    while seen > 2500:
        eventually(lambda seen=seen: goes_up(seen), every=0.2)
        seen = first_seen(page)
        assert box.locator("> div").count() <= MOST_HELD
    numbers = box.evaluate("box => [...box.children].map(r => Number(r.dataset.line))")
    assert numbers == list(range(numbers[0], numbers[-1] + 1))


def test_new_lines_come_in_at_the_end_and_leave_a_readers_place_alone(
    site: Any, long_job: dict[str, Any], open_page: OpenPage
) -> None:
    page = open_page(f"/jobs/{long_job['id']}/logs")
    expect(page.get_by_text(f"a Needle at {LINES}")).to_be_visible()
    seq = long_job["seq"]
    send_events(site, long_job, {"seq": seq + 1, "type": "log", "lines": ["something new"]})
    expect(page.get_by_text("something new")).to_be_in_viewport()
    page.get_by_test_id("log-line").fill("3000")
    page.get_by_test_id("log-line").press("Enter")
    expect(page.locator("[data-line='3000']")).to_be_in_viewport()
    send_events(site, long_job, {"seq": seq + 2, "type": "log", "lines": ["the newest"]})
    expect(page.locator("[data-line='3000']")).to_be_in_viewport()
    page.get_by_role("button", name="Jump to the newest line").click()
    expect(page.get_by_text("the newest", exact=True)).to_be_in_viewport()


def test_levels_and_the_download(long_job: dict[str, Any], open_page: OpenPage) -> None:
    page = open_page(f"/jobs/{long_job['id']}/logs")
    page.get_by_test_id("log-level").select_option("warning")
    rows = page.get_by_test_id("log").locator("> div")
    expect(rows).to_have_count(12)
    page.get_by_test_id("log-level").select_option("error")
    expect(page.get_by_text("No such lines")).to_be_visible()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download").click()
    text = Path(waiting.value.path()).read_text()
    assert waiting.value.suggested_filename == f"job-{long_job['id']}.log"
    assert text.splitlines()[LINES - 1] == f"a Needle at {LINES}"
