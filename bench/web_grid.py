"""The grid of 100,000 images."""

from __future__ import annotations

import time
from typing import Any

from playwright.sync_api import Browser

from web_chromium import HEIGHT, Visit, visit
from web_seed import PICTURES, Site

SIZE = {"images": 100_000, "objects": 300_000, "predictions": 600_000}
FRAME_MS, MOST_CARDS = 50.0, 300
DRAWN = "return document.querySelector('[data-testid=image-card] img')?.complete;"
#: Every place on the screen has a card, and every card its picture.
SHOWN = """() => {
  const grid = document.querySelector("[data-testid=image-grid]").getBoundingClientRect();
  const cells = [...document.querySelectorAll("[data-testid=image-grid] [data-index]")].filter((cell) => {
    const box = cell.getBoundingClientRect();
    return box.bottom > grid.top && box.top < Math.min(grid.bottom, innerHeight);
  });
  return cells.length > 0 && cells.every((cell) => cell.querySelector("img")?.complete);
}"""


def grid(report: Any, browser: Browser, site: Site, job: int) -> None:
    with visit(browser, f"{site.url}/jobs/{job}/validation?epoch=1", DRAWN, site.cookie()) as found:
        ready = found.ready_ms()
        found.settle()
        print(f"grid of {SIZE['images']:,} images ({PICTURES} different pictures): first pictures after {ready:.0f} ms")
        place = found.page.get_by_test_id("image-grid")
        place.scroll_into_view_if_needed()
        box = place.bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] / 2, min(box["y"] + box["height"] / 2, HEIGHT - 50)
        with found.frames() as deltas:
            found.wheel(x, y, 300, 200)
        report.frames("grid, scrolled by the wheel", deltas, FRAME_MS)
        settled(report, found)
        with found.frames() as deltas:
            for part in range(1, 60):  # as a scrollbar that is dragged from the beginning to the end
                place.evaluate("(grid, part) => { grid.scrollTop = grid.scrollHeight * part; }", part / 60)
                found.page.wait_for_timeout(30)
        report.frames("grid, dragged through all images", deltas, FRAME_MS)
        settled(report, found)


def settled(report: Any, found: Visit) -> None:
    began = time.perf_counter()
    found.page.wait_for_function(SHOWN, timeout=60_000)
    cards = found.page.get_by_test_id("image-card").count()
    assert cards <= MOST_CARDS, cards
    print(f"  every picture on the screen {(time.perf_counter() - began) * 1000:.0f} ms later; {cards} cards exist")
