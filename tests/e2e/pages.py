"""A server with one of everything, and the addresses of all its pages."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from tests.e2e.searched import searched
from tests.e2e.test_dashboard import external_job, read_truth, send_events
from tests.e2e.test_markup import upload

#: What every page is looked at as: width, height.
DESKTOP, PHONE = (1440, 900), (390, 844)


def fill(site: Any) -> dict[str, int]:
    """A finished job with metrics, images behind its numbers, a log and a file; one that failed; one that runs."""
    done = external_job(site, name="Finished", epochs=2)
    snapshot = site.client.get(f"/datasets/{site.dataset_id}")["latest"]["hash"]
    truth, paths = read_truth(site, snapshot)
    for epoch in (1, 2):
        points = {"train/loss": 1 / epoch, "val/loss": 1.2 / epoch, "lr": 0.01, "system/gpu_memory_mb": 900.0 + epoch}
        send_events(
            site,
            done,
            {"seq": 2 * epoch - 1, "type": "metrics", "time": epoch, "step": epoch, "epoch": epoch, "values": points},
            {"seq": 2 * epoch, "type": "log", "level": "warning", "lines": [f"epoch {epoch}", "is slow"]},
        )
        results = []
        for number, path in enumerate(paths):
            boxes = [
                {"class_id": (digit + (number + epoch) % 2) % 10, "bbox": box, "confidence": 0.9 - 0.1 * place}
                for place, (digit, box) in enumerate(truth[path])
            ]
            results.append({"image_name": path, "predicted_boxes": boxes})
        body = {"job_id": done["id"], "epoch": epoch, "task_type": "detection", "image_results": results}
        with site.job_client(done) as client:
            client.post(f"/validation/jobs/{done['id']}/results", body)
        upload(site, done, "checkpoint", f"epoch{epoch}.pt", b"weights" * epoch, "application/octet-stream", epoch)
    send_events(site, done, {"seq": 5, "type": "state", "state": "completed"})
    failed = external_job(site, name="Failed")
    send_events(
        site,
        failed,
        {"seq": 1, "type": "log", "lines": ["loading", "Traceback (most recent call last):", "CUDA out of memory"]},
        {
            "seq": 2,
            "type": "state",
            "state": "failed",
            "reason": "The GPU's memory ran out. Take a smaller batch.",
            "detail": "Traceback (most recent call last):\n  train.py:12\nCUDA out of memory",
        },
    )
    running = external_job(site, name="Running")
    send_events(
        site,
        running,
        {"seq": 1, "type": "metrics", "time": 1, "step": 1, "epoch": 1, "values": {"train/loss": 0.5}},
        {"seq": 2, "type": "log", "lines": ["at work"]},
    )
    image = site.client.get(f"/validation/jobs/{done['id']}/results/2/images")["items"][0]["image_id"]
    own = site.client.get(f"/datasets/{site.dataset_id}/images")["items"][0]["image_id"]
    return {
        "done": done["id"],
        "failed": failed["id"],
        "running": running["id"],
        "image": image,
        "dataset": site.dataset_id,
        "dataset_image": own,
        "sweep": searched(site),
    }


def addresses(made: dict[str, int]) -> dict[str, str]:
    """All pages by a short name."""
    done, dataset = f"/jobs/{made['done']}", f"/datasets/{made['dataset']}"
    return {
        "jobs": "/",
        "new-job": "/jobs/new",
        "clone": f"/jobs/new?clone={made['failed']}",
        "queue": "/queue",
        "compare": f"/compare?jobs={made['done']},{made['running']}",
        "mlflow-off": "/mlflow",
        "charts": done,
        "validation": f"{done}/validation?epoch=2",
        "image": f"{done}/validation?epoch=2&image={made['image']}",
        "plots": f"{done}/plots",
        "log": f"{done}/logs",
        "artifacts": f"{done}/artifacts",
        "spec": f"{done}/spec",
        "failed": f"/jobs/{made['failed']}",
        "running": f"/jobs/{made['running']}",
        "no-job": "/jobs/99999",
        "sweeps": "/sweeps",
        "sweep": f"/sweeps/{made['sweep']}",
        "new-sweep": "/sweeps/new",
        "no-sweep": "/sweeps/99999",
        "datasets": "/datasets",
        "dataset": dataset,
        "dataset-statistics": f"{dataset}/statistics",
        "dataset-problems": f"{dataset}/problems",
        "dataset-versions": f"{dataset}/versions",
        "dataset-image": f"{dataset}/images/{made['dataset_image']}",
        "import": "/datasets/import",
        "account": "/account",
        "sessions": "/account/sessions",
        "tokens": "/account/tokens",
        "projects": "/projects",
        "project": "/projects/1",
        "users": "/users",
        "audit": "/audit",
        "set-password": "/set-password",
        "nowhere": "/nothing-here",
    }


NAMES = sorted(addresses(dict.fromkeys(("done", "failed", "running", "image", "dataset", "dataset_image", "sweep"), 1)))


SETTLED = """() => {
  const main = document.querySelector('main');
  // What lies under a dialog waits until it is seen.
  const top = document.querySelector('[aria-modal=true]') ?? document;
  return main !== null
    && main.querySelector('h1, h2, h3') !== null
    && top.querySelector('[data-testid=loading], [aria-busy=true]') === null
    && [...document.images].every((one) => one.complete || one.loading === 'lazy');
}"""


def settle(page: Any) -> None:
    """Waits until nothing is loading any more; a live job's stream stays open, so the network never rests."""
    page.wait_for_function(SETTLED, timeout=60_000)


def bring(found: Any) -> None:
    """Scrolls to an element; where another is drawn in its place meanwhile, to that one."""
    for left in reversed(range(20)):
        try:
            return found.scroll_into_view_if_needed()
        except PlaywrightError as error:
            if not left or "not attached" not in str(error):
                raise


def width_of(page: Any, most: int) -> int:
    """The width in CSS px of what is drawn; more than `most` only where it stays so: charts follow a frame later."""
    with contextlib.suppress(PlaywrightTimeout):
        page.wait_for_function("(most) => document.documentElement.scrollWidth <= most", arg=most, timeout=5000)
    return int(page.evaluate("document.documentElement.scrollWidth"))


AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
