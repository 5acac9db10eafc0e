"""The grid of 100,000 images."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser

from web_chromium import HEIGHT, visit
from web_seed import PICTURES, Site

SIZE = {"images": 100_000, "objects": 300_000, "predictions": 600_000}
FRAME_MS = 50.0
DRAWN = "return document.querySelector('[data-testid=image-card] img')?.complete;"


def grid(report: Any, browser: Browser, site: Site, job: int) -> None:
    with visit(browser, f"{site.url}/jobs/{job}/validation?epoch=1", DRAWN, site.cookie()) as found:
        ready = found.ready_ms()
        page = found.page
        found.settle()
        print(f"grid of {SIZE['images']:,} images ({PICTURES} different pictures): first pictures after {ready:.0f} ms")
        box = page.get_by_test_id("image-card").first.bounding_box()
        assert box is not None
        with found.frames() as deltas:
            found.wheel(box["x"] + 10, min(box["y"] + 10, HEIGHT - 50), 300, 200)
        report.frames("grid, scrolled", deltas, FRAME_MS)
