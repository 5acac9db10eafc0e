"""The page of 60 charts of 10,000 points."""

from __future__ import annotations

import statistics
from typing import Any

from playwright.sync_api import Browser, Page

from web_chromium import HEIGHT, WIDTH, Visit, visit
from web_seed import CHARTS, POINTS, Site

READY_MS, FRAME_MS = 1000.0, 50.0
READY, SCROLLED = f"{CHARTS} charts of {POINTS:,} points, cold: ready, median", "charts, scrolled"
#: Every chart on the screen has a canvas with something painted in the middle of it.
CHARTS_DRAWN = """
  const shown = [...document.querySelectorAll("[data-testid=chart]")].filter((chart) => {
    const box = chart.getBoundingClientRect();
    return box.top < innerHeight && box.bottom > 0;
  });
  return shown.length > 0 && shown.every((chart) => {
    const canvas = chart.querySelector("canvas");
    if (!canvas || !canvas.width) return false;
    const strip = canvas.getContext("2d").getImageData(canvas.width / 2, 0, 40, canvas.height).data;
    return strip.some((value) => value > 0);
  });
"""


def charts(report: Any, browser: Browser, site: Site, job: int, rounds: int) -> None:
    times = []
    for _ in range(rounds):
        with visit(browser, f"{site.url}/jobs/{job}", CHARTS_DRAWN, site.cookie()) as found:
            times.append(found.ready_ms())
            found.settle()
            there, drawn = count(found.page)
            assert there == CHARTS, there
            assert drawn < CHARTS / 2, drawn
    note = f"{drawn} of {there} charts drawn; {rounds} visits, worst {max(times):.0f} ms"
    report.limit(READY, statistics.median(times), READY_MS, "ms", note)
    with visit(browser, f"{site.url}/jobs/{job}", CHARTS_DRAWN, site.cookie()) as found:
        found.ready_ms()
        found.settle()
        moved(report, found)


def moved(report: Any, found: Visit) -> None:
    with found.frames() as deltas:
        found.wheel(WIDTH / 2, HEIGHT / 2, 120, 120)
    report.frames(SCROLLED, deltas, FRAME_MS)
    found.page.evaluate("() => scrollTo(0, 0)")
    found.page.wait_for_timeout(300)
    box = found.page.locator("[data-testid=chart] .u-over").first.bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    with found.frames() as deltas:
        found.drag((box["x"] + box["width"] * 0.3, y), (box["x"] + box["width"] * 0.6, y), 40)
        found.page.wait_for_timeout(500)
    report.frames("charts, zoomed by a drag", deltas, FRAME_MS)
    found.page.keyboard.down("Shift")
    with found.frames() as deltas:
        for turn in range(4):
            left, right = box["x"] + box["width"] * 0.2, box["x"] + box["width"] * 0.8
            start, end = (left, right) if turn % 2 else (right, left)
            found.drag((start, y), (end, y), 40)
    found.page.keyboard.up("Shift")
    report.frames("charts, panned", deltas, FRAME_MS)


def count(page: Page) -> tuple[int, int]:
    charts = page.locator("[data-testid=chart]")
    return charts.count(), page.locator("[data-testid=chart]:has(canvas)").count()
