"""The dashboard in Chromium, on data of the size that a year of trainings makes, against the limits it promises.

    python bench/web.py [--only load charts matrix grid mlflow] [--rounds 5] [--place FOLDER]

A real server, seeded through its own doors (``web_seed.py`` says with what; the numbers are random, the pictures few).
With ``--place`` what was seeded stays there and is used again. Prints each value beside its limit, and the load
average, since whatever else runs on the cores counts too; exit status 1 when a limit isn't kept. MLflow's own run page
with the same metrics is beside it.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

import web_grid
import web_matrix
import web_mlflow
import web_seed
from ingest import serve
from web_charts import CHARTS_DRAWN, charts
from web_chromium import SCRIPTS, launch, percentile, visit
from web_seed import Site

PARTS = ("load", "charts", "matrix", "grid", "mlflow")
SCRIPT_KB, INTERACTIVE_MS = 300.0, 1000.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--place", type=Path, help="a folder for what is seeded; it is kept, and used again")
    asked = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = asked.place or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="snellen-bench-")))
        folder.mkdir(parents=True, exist_ok=True)
        # MLflow takes minutes for its metrics: on a core of its own, beside the rest.
        theirs = web_mlflow.seeding(folder) if "mlflow" in asked.only else None
        site = stack.enter_context(serving(folder))
        made = seeded(site, folder, asked.only)
        if theirs is not None and theirs.wait() != 0:
            raise SystemExit("MLflow's metrics could not be written")
        browser = launch(stack.enter_context(sync_playwright()))
        stack.callback(browser.close)
        report = Report()
        if "load" in asked.only:
            load(report, browser, site, made, asked.rounds)
        if "charts" in asked.only:
            charts(report, browser, site, made["charts"], asked.rounds)
        if "matrix" in asked.only:
            web_matrix.matrix(report, browser, site, made["matrix"])
        if "grid" in asked.only:
            web_grid.grid(report, browser, site, made["grid"])
        if "mlflow" in asked.only:
            web_mlflow.beside(report, browser, folder, asked.rounds)
    return 0 if report.good else 1


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[Site]:
    process, url = serve(folder, None, 0)
    try:
        yield Site(url, (folder / "data" / "token").read_text().strip())
    finally:
        process.terminate()
        process.wait()


def seeded(site: Site, folder: Path, parts: Any) -> dict[str, int]:
    """The ids of the jobs that the parts look at, made once in a folder."""
    kept = folder / "seeded.json"
    made: dict[str, int] = json.loads(kept.read_text()) if kept.exists() else {}
    wanted = {
        "charts": lambda: web_seed.charts_job(site)["id"],
        "matrix": lambda: web_seed.judged_job(site, folder, "matrix", **web_matrix.SIZE)["id"],
        "grid": lambda: web_seed.judged_job(site, folder, "grid", **web_grid.SIZE)["id"],
        "jobs": lambda: web_seed.many_jobs(site),
    }
    needed = {name for name in ("charts", "matrix", "grid") if name in parts}
    if "load" in parts:
        needed |= {"charts", "matrix", "jobs"}
    for name, make in wanted.items():
        if name in needed and name not in made:
            print(f"seeding: {name} …", flush=True)
            made[name] = make() or 0
            kept.write_text(json.dumps(made))
    return made


class Report:
    """Prints values beside their limits."""

    def __init__(self) -> None:
        self.good = True
        self.values: dict[str, float] = {}

    def limit(self, what: str, value: float, most: float, unit: str, note: str = "") -> None:
        kept = value <= most
        self.good = self.good and kept
        self.values[what] = value
        print(
            f"{what:58}{value:9.1f} {unit:3} limit {most:6.0f}, ratio {value / most:5.2f} "
            f"{'kept' if kept else 'NOT KEPT'}, load {os.getloadavg()[0]:.1f}{f'; {note}' if note else ''}",
            flush=True,
        )

    def beside(self, what: str, value: float, unit: str, ours: str) -> None:
        """Another's value of what is measured of ours, where it was."""
        mine = self.values.get(ours)
        ratio = "" if mine is None else f", {value / mine:.1f} times ours"
        print(f"{what:58}{value:9.1f} {unit:3}{ratio}, load {os.getloadavg()[0]:.1f}", flush=True)

    def frames(self, what: str, deltas: list[float], most: float) -> None:
        long = sum(each > most for each in deltas)
        note = f"{len(deltas)} frames, {long} longer, longest {max(deltas, default=0):.0f} ms"
        self.limit(f"{what}, p95 of frames", percentile(deltas, 95), most, "ms", note)


def load(report: Report, browser: Browser, site: Site, made: dict[str, int], rounds: int) -> None:
    """Bytes of scripts and time until it can be used, of pages that a browser sees for the first time."""
    pages = {
        "jobs page": ("/", "return document.querySelectorAll('[data-testid=job-row]').length >= 50;"),
        "job page": (f"/jobs/{made['charts']}", CHARTS_DRAWN),
        "validation page": (
            f"/jobs/{made['matrix']}/validation",
            "return document.querySelector('[data-testid=confusion-canvas]') !== null"
            " && document.querySelector('[data-testid=image-card] img')?.complete;",
        ),
    }
    for name, (path, condition) in pages.items():
        ready, total, scripts, files = [], [], [], []
        for _ in range(rounds):
            with visit(browser, site.url + path, condition, site.cookie()) as found:
                shown = found.ready_ms()
                click = found.answer_ms("[data-testid=color-scheme]", "of.getAttribute('aria-label')")
                found.settle()
            ready.append(shown)
            total.append(shown + click)
            scripts.append(found.transferred.scripts / 1000)
            files.append(found.transferred.script_files)
        note = f"{max(files)} files"
        report.limit(f"{name}{SCRIPTS}", max(scripts), SCRIPT_KB, "kB", note)
        if name == "validation page":
            print(f"{name}: ready after {statistics.median(ready):.0f} ms, worst {max(ready):.0f} ms (no limit)")
            continue
        note = f"drawn after {statistics.median(ready):.0f} ms; {rounds} visits"
        report.limit(
            f"{name}, cold: drawn and a click answered, median", statistics.median(total), INTERACTIVE_MS, "ms", note
        )
        report.limit(f"{name}, cold: drawn and a click answered, worst", max(total), INTERACTIVE_MS, "ms")


if __name__ == "__main__":
    sys.exit(main())
