"""The confusion matrix of 80 classes while the score's slider is moved."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser

from web_chromium import percentile, visit
from web_seed import Site

SIZE = {"images": 5_000, "objects": 36_000, "predictions": 490_000}
REDRAWN_MS, MOVES = 100.0, 30

#: Notes when something is painted on the layer of the cells.
DRAWS = """
(() => {
  const of = CanvasRenderingContext2D.prototype;
  for (const name of ["fillRect", "drawImage", "putImageData", "fill"]) {
    const own = of[name];
    of[name] = function (...given) {
      const done = own.apply(this, given);
      if (this.canvas.dataset?.testid === "confusion-cells") window.bench.lastDraw = performance.now();
      return done;
    };
  }
  // From a key until the matrix is painted with what the server answered to it.
  window.bench.redrawn = () => new Promise((done) => {
    window.addEventListener("keydown", (event) => {
      const look = () => {
        const answer = performance.getEntriesByType("resource")
          .filter((each) => each.name.includes("/confusion-matrix") && each.startTime > event.timeStamp).pop();
        if (answer?.responseEnd && window.bench.lastDraw > answer.responseEnd) {
          setTimeout(() => done([
            performance.now() - event.timeStamp, answer.startTime - event.timeStamp, answer.duration,
          ]));
        } else requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    }, { once: true, capture: true });
  });
})();
"""
DRAWN = "return document.querySelector('[data-testid=confusion-cells]')?.width > 100;"


def matrix(report: Any, browser: Browser, site: Site, job: int) -> None:
    url = f"{site.url}/jobs/{job}/validation?epoch=1&conf=0.3"
    with visit(browser, url, DRAWN, site.cookie(), DRAWS) as found:
        found.ready_ms()
        page = found.page
        found.settle()
        slider = page.get_by_test_id("slider-score").get_by_role("slider")
        slider.focus()
        moves = []
        for _ in range(MOVES + 3):
            page.evaluate("() => { window.redrawn = window.bench.redrawn(); }")
            page.keyboard.press("ArrowRight")
            moves.append(page.evaluate("() => window.redrawn"))
            page.wait_for_timeout(50)
        label = f"{SIZE['predictions']:,} predictions, 80 × 80 matrix"
        moves = moves[3:]  # the first ones warm what the server keeps
        whole, before, asked = zip(*moves, strict=True)
        note = f"{percentile(list(before), 50):.0f} ms until asked, {percentile(list(asked), 50):.0f} ms the request"
        report.limit(f"{label} redrawn after a move, p50", percentile(list(whole), 50), REDRAWN_MS, "ms", note)
        report.limit(f"{label} redrawn after a move, p95", percentile(list(whole), 95), REDRAWN_MS, "ms")
