"""Chromium for ``web.py``: a cold visit, what it transferred, frames, clicks. All times are the page's own clock."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, Page, Playwright, TimeoutError

EXECUTABLE = "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
WIDTH, HEIGHT = 1440, 900
SCRIPTS = ", cold: scripts as transferred"

#: `readyAt` is when the condition was first seen to hold, after the frame that shows it. Frames are told apart by when
#: the browser began them; `ends` are when they were painted.
WATCH = """
(() => {
  performance.setResourceTimingBufferSize(10000);
  const bench = { readyAt: null, frames: [], ends: [], draws: [] };
  window.bench = bench;
  const condition = () => { %s };
  const look = () => {
    if (document.body && condition()) setTimeout(() => { bench.readyAt = performance.now(); });
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
  let recording = false;
  const frame = (began) => {
    if (!recording) return;
    bench.frames.push(began);
    setTimeout(() => bench.ends.push(performance.now()));
    requestAnimationFrame(frame);
  };
  bench.record = () => { bench.frames = []; bench.ends = []; recording = true; requestAnimationFrame(frame); };
  bench.stop = () => { recording = false; return bench.frames; };
  // From a click until what it changes is painted.
  bench.answer = (selector, read) => new Promise((done) => {
    const before = read(document.querySelector(selector));
    window.addEventListener("click", (event) => {
      const look = () => {
        const now = document.querySelector(selector);
        if (now && read(now) !== before) setTimeout(() => done(performance.now() - event.timeStamp));
        else requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    }, { once: true, capture: true });
  });
})();
"""


@dataclass
class Transferred:
    """Bytes as they came over the wire, heads included."""

    scripts: int = 0
    script_files: int = 0
    all: int = 0
    answers: dict[str, int] = field(default_factory=dict)


@dataclass
class Visit:
    """A page that was opened with an empty cache."""

    page: Page
    transferred: Transferred

    def ready_ms(self) -> float:
        """From the start of the navigation until the condition held and was painted."""
        self.page.wait_for_function("() => window.bench.readyAt !== null", timeout=120_000)
        return float(self.page.evaluate("() => window.bench.readyAt"))

    def settle(self) -> None:
        """Wait until nothing more is transferred; some pages never come to rest."""
        with contextlib.suppress(TimeoutError):
            self.page.wait_for_load_state("networkidle", timeout=15_000)

    def answer_ms(self, selector: str, read: str) -> float:
        """From a real click until what it changes is painted."""
        self.page.evaluate(
            f"selector => {{ window.answered = window.bench.answer(selector, (of) => {read}); }}", selector
        )
        box = self.page.locator(selector).first.bounding_box()
        assert box is not None, selector
        self.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        return float(self.page.evaluate("() => window.answered"))

    @contextlib.contextmanager
    def frames(self) -> Iterator[list[float]]:
        """Milliseconds between the frames that are begun meanwhile; filled at the end."""
        found: list[float] = []
        self.page.evaluate("() => window.bench.record()")
        yield found
        began = self.page.evaluate("() => window.bench.stop()")
        found += [after - before for before, after in itertools.pairwise(began)]

    def wheel(self, x: float, y: float, delta: float, times: int) -> None:
        """Turn the wheel, about sixty times a second."""
        self.page.mouse.move(x, y)
        for _ in range(times):
            self.page.mouse.wheel(0, delta)
            self.page.wait_for_timeout(14)

    def drag(self, start: tuple[float, float], end: tuple[float, float], steps: int) -> None:
        """Press, move about sixty times a second, let go."""
        (x, y), (to_x, to_y) = start, end
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        for step in range(1, steps + 1):
            self.page.mouse.move(x + (to_x - x) * step / steps, y + (to_y - y) * step / steps)
            self.page.wait_for_timeout(14)
        self.page.mouse.up()


def launch(playwright: Playwright) -> Browser:
    return playwright.chromium.launch(executable_path=EXECUTABLE, args=ARGUMENTS)


@contextlib.contextmanager
def visit(
    browser: Browser, url: str, condition: str, cookie: dict[str, Any] | None = None, script: str = ""
) -> Iterator[Visit]:
    """Open a page in a browser that has seen nothing yet; `condition` is JavaScript: is the page ready?"""
    context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT})
    if cookie is not None:
        context.add_cookies([cookie])  # type: ignore[list-item]
    page = context.new_page()
    page.add_init_script(WATCH % condition + script)
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    transferred = Transferred()
    _count(page, transferred)
    page.goto(url, wait_until="commit")
    yield Visit(page, transferred)
    assert not problems or cookie is None, problems  # another's page may have its errors
    context.close()


def _count(page: Page, transferred: Transferred) -> None:
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    kinds: dict[str, tuple[str, str]] = {}

    def responded(event: dict[str, Any]) -> None:
        kinds[event["requestId"]] = event["response"]["mimeType"], event["response"]["url"]

    def finished(event: dict[str, Any]) -> None:
        kind, url = kinds.get(event["requestId"], ("", ""))
        transferred.all += int(event["encodedDataLength"])
        transferred.answers[url] = int(event["encodedDataLength"])
        if "javascript" in kind:
            transferred.scripts += int(event["encodedDataLength"])
            transferred.script_files += 1

    session.on("Network.responseReceived", responded)
    session.on("Network.loadingFinished", finished)


def percentile(values: list[float], percent: int) -> float:
    ordered = sorted(values) or [float("nan")]
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]
