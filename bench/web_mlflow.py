"""MLflow's own run page with the same metrics; ``python bench/web_mlflow.py FOLDER`` writes them."""

from __future__ import annotations

import contextlib
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser

from web_charts import READY, SCROLLED
from web_chromium import HEIGHT, WIDTH, percentile, visit
from web_seed import CHARTS, series

BATCH = 1000
TRACKING = "sqlite:///{folder}/mlflow.db"
#: Every chart on the screen has its line; none is still loading.
DRAWN = """
  const shown = [...document.querySelectorAll(".js-plotly-plot")].filter((chart) => {
    const box = chart.getBoundingClientRect();
    return box.top < innerHeight && box.bottom > 0;
  });
  return shown.length >= 4 && shown.every((chart) => chart.querySelector(".scatterlayer path.js-line"));
"""


def seeding(folder: Path) -> subprocess.Popen[bytes] | None:
    """Writes the metrics beside whatever else is done; None where that is done."""
    if (folder / "mlflow-run").exists():
        return None
    return subprocess.Popen([sys.executable, __file__, str(folder)], stderr=subprocess.DEVNULL)


def seed(folder: Path) -> None:
    """Through MLflow's own store, in the largest batches that it takes."""
    from mlflow.entities import Metric, RunStatus
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    store = SqlAlchemyStore(TRACKING.format(folder=folder), str(folder / "artifacts"))
    experiment = store.create_experiment(f"bench {time.time_ns()}")
    run = store.create_run(experiment, "bench", 0, [], "bench").info.run_id
    for name, values in series():
        points = [Metric(name, float(value), 1_700_000_000_000 + step, step) for step, value in enumerate(values, 1)]
        for start in range(0, len(points), BATCH):
            store.log_batch(run, points[start : start + BATCH], [], [])
    store.update_run_info(run, RunStatus.FINISHED, int(time.time() * 1000), "bench")
    (folder / "mlflow-run").write_text(f"{experiment} {run}")


def beside(report: Any, browser: Browser, folder: Path, rounds: int) -> None:
    """The same values of MLflow's page, and how many times Snellen's they are."""
    experiment, run = (folder / "mlflow-run").read_text().split()
    with served(folder) as url:
        page = f"{url}/#/experiments/{experiment}/runs/{run}/model-metrics"
        times, scripts = [], []
        for _ in range(rounds):
            with visit(browser, page, DRAWN) as found:
                times.append(found.ready_ms())
                found.settle()
                drawn = found.page.locator(".js-plotly-plot").count()
            scripts.append(found.transferred.scripts / 1000)
        report.beside("MLflow: its page ready, cold, median", statistics.median(times), "ms", READY)
        report.beside(
            "MLflow: its scripts as transferred", max(scripts), "kB", "job page, cold: scripts as transferred"
        )
        print(f"  {drawn} of {CHARTS} charts drawn")
        with visit(browser, page, DRAWN) as found:
            found.ready_ms()
            found.settle()
            with found.frames() as deltas:
                found.wheel(WIDTH / 2, HEIGHT / 2, 120, 120)
        report.beside("MLflow: scrolled, p95 of frames", percentile(deltas, 95), "ms", f"{SCROLLED}, p95 of frames")


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    environment = {
        **os.environ, "MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "MLFLOW_WEBHOOKS_ENABLED": "false",
    }  # fmt: skip
    command = [
        sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1",
        "--backend-store-uri", TRACKING.format(folder=folder),
    ]  # fmt: skip
    with (folder / "mlflow.log").open("ab") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        until = time.monotonic() + 120
        while time.monotonic() < until and process.poll() is None:
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{url}/health", trust_env=False).is_success:
                    yield url
                    return
            time.sleep(0.2)
        raise SystemExit((folder / "mlflow.log").read_text()[-2000:])
    finally:
        import psutil

        with contextlib.suppress(psutil.NoSuchProcess):
            family = psutil.Process(process.pid).children(recursive=True)
            process.terminate()
            for each in family:
                with contextlib.suppress(psutil.NoSuchProcess):
                    each.terminate()
        process.wait()


if __name__ == "__main__":
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    seed(Path(sys.argv[1]))
