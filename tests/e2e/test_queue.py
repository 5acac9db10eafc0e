"""Several launchers in a real Chromium: the queue, the form of a new job, and a job that goes on elsewhere.

With ``SNELLEN_SHOTS`` set, pictures go to that folder.
"""

from __future__ import annotations

import json
import os
import re
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.conftest import wait_for
from tests.e2e.pages import DESKTOP, PHONE, settle, width_of
from tests.e2e.running import serving
from tests.e2e.test_accessibility import faults

from snellen.cli.client import Client
from snellen.cli.dataset_import import run_import
from snellen.cli.digits import write_digits

pytestmark = [pytest.mark.browser, pytest.mark.train]

#: Read before a test hides what the environment says of Snellen.
SHOTS = os.environ.get("SNELLEN_SHOTS")
LONG = 60_000
LAUNCHERS = {"local": {}, "lab": {"kind": "ray", "address": "http://127.0.0.1:9"}}
SCRIPT = {
    "trainer": "script", "model": "mean-object",
    "hyperparameters": {"command": ["python", "-m", "snellen.trainers.script.mean_object"], "pause": 0.5},
}  # fmt: skip
LARGE = {
    "gpus": 2, "cpus": 8, "memory": 2**34, "accelerator_type": "H100", "custom": {"licence": 1}, "nodes": 4,
    "min_nodes": 2,
}  # fmt: skip


class Place:
    """A server with two launchers, of which one runs a job at a time and the other can't be reached."""

    def __init__(self, client: Client, data_dir: Path, dataset: int) -> None:
        self.client = client
        self._data_dir = data_dir
        self._dataset = dataset

    def job(self, name: str, **fields: Any) -> int:
        body = {"name": name, "dataset": self._dataset, "epochs": 300, **SCRIPT}
        return int(self.client.post("/training/jobs", {**body, **fields})["id"])

    def stop(self, job_id: int) -> None:
        self.client.post(f"/training/jobs/{job_id}/stop", {"now": True})

    def stop_all(self) -> None:
        for job in self._unfinished():
            self.stop(job["id"])
        wait_for(lambda: not self._unfinished())

    def _unfinished(self) -> list[dict[str, Any]]:
        return list(self.client.pages("/training/jobs", state=["queued", "starting", "running"]))

    def take_out(self, job_id: int) -> None:
        """A job as it is when its launcher was taken out of the settings while it waited."""
        with sqlite3.connect(self._data_dir / "snellen.db") as database:
            database.execute("UPDATE jobs SET launcher = 'sold' WHERE id = ?", (job_id,))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, eventually: Callable[..., Any]) -> Iterator[Place]:
    root = tmp_path_factory.mktemp("queue")
    settings = {"SNELLEN_LAUNCHERS": json.dumps(LAUNCHERS), "SNELLEN_SLOTS": "1"}
    with serving(root, eventually, **settings) as (client, data_dir):
        write_digits(root / "digits", train=8, val=4, size=64)
        dataset = run_import(client, root / "digits", "digits")["dataset_id"]
        # The form asks the frameworks' Pythons what they take, which loads them.
        eventually(lambda: client.get("/trainers"), seconds=300)
        yield Place(client, data_dir, dataset)


@pytest.fixture
def page(browser: Browser, place: Place) -> Iterator[Page]:
    """A page that is logged in; nothing may go wrong in it. Afterwards every job is stopped."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, bypass_csp=True, reduced_motion="reduce")
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(place.client.post("/auth/login-links")["url"])
    yield page
    context.close()
    place.stop_all()
    assert problems == []


def look(page: Page, name: str) -> None:
    """Wide and narrow, light and dark: nothing overflows."""
    for (width, height), scheme in ((DESKTOP, "light"), (DESKTOP, "dark"), (PHONE, "light"), (PHONE, "dark")):
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        settle(page)
        assert width_of(page, width) <= width
        if SHOTS:
            Path(SHOTS).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=f"{SHOTS}/{name}-{width}-{scheme}.png", full_page=True)
    page.set_viewport_size({"width": DESKTOP[0], "height": DESKTOP[1]})
    page.emulate_media(color_scheme="light", reduced_motion="reduce")


def row(page: Page, kind: str, job_id: int) -> Any:
    return page.locator(f"[data-testid={kind}-job][data-job-id='{job_id}']")


def test_the_queue_says_what_runs_and_what_waits_for_what_and_goes_on_by_itself(place: Place, page: Page) -> None:
    first, second, third = (place.job(name) for name in ("Base line", "Wider head", "Longer"))
    far = place.job("On the cluster", launcher="lab", resources=LARGE)
    left = place.job("Left behind")
    place.take_out(left)
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Queue").click()
    expect(row(page, "running", first)).to_contain_text("Base line", timeout=LONG)
    expect(row(page, "running", first).get_by_role("progressbar")).to_be_visible(timeout=LONG)
    expect(row(page, "waiting", second)).to_contain_text("a slot: 1 of 1 taken", timeout=LONG)
    expect(row(page, "waiting", third)).to_contain_text(f"behind #{second}")
    expect(row(page, "waiting", far)).to_contain_text("Ray's dashboard at http://127.0.0.1:9 can't be reached")
    expect(row(page, "waiting", far)).to_contain_text("2 GPUs, 8 CPUs, 16 GiB, H100, licence 1, on 2 to 4 nodes")
    expect(row(page, "waiting", left)).to_contain_text("no server has this launcher")
    expect(page.get_by_test_id("launcher-gone")).to_have_count(1)
    expect(page.get_by_text("1 of 1 slots taken")).to_be_visible()
    expect(page.get_by_text("1 running · 4 waiting")).to_be_visible()
    look(page, "queue-filled")
    assert faults(page, "en-US") == []
    place.stop(first)
    expect(row(page, "running", second)).to_be_visible(timeout=LONG)
    expect(row(page, "waiting", third)).to_contain_text("a slot")
    row(page, "waiting", far).get_by_role("link", name="On the cluster").click()
    expect(page.get_by_test_id("waits-for")).to_contain_text("can't be reached")
    look(page, "job-waits")
    page.get_by_test_id("waits-for").get_by_role("link", name="See the queue").click()
    expect(page).to_have_url(re.compile(r"/queue$"))


def test_the_form_has_the_launchers_and_what_a_cluster_gives(place: Place, page: Page) -> None:
    page.goto(f"{place.client.url}/jobs/new")
    launcher = page.get_by_test_id("job-launcher")
    expect(launcher).to_have_value("local", timeout=LONG)
    expect(launcher.locator("option").first).to_have_text("local (default)")
    expect(page.get_by_test_id("job-memory")).to_have_count(0)
    assert not {"launcher", "resources", "restarts"} & set(body_of(page))
    launcher.select_option("lab")
    expect(page.get_by_test_id("job-memory")).to_be_visible()
    expect(page.get_by_test_id("job-nodes")).to_have_count(0)  # Ultralytics trains on one
    page.get_by_test_id("job-trainer").select_option("script")
    page.get_by_test_id("param-command").fill("python --version")
    for name, text in (
        ("gpus", "2"), ("cpus", "8"), ("memory", "1.5"), ("accelerator_type", "H100"), ("nodes", "4"),
        ("min_nodes", "5"), ("restarts", "3"),
    ):  # fmt: skip
        page.get_by_test_id(f"job-{name}").fill(text)
    page.get_by_test_id("job-custom").fill("licence")
    page.get_by_test_id("job-custom").press("Enter")
    expect(page.get_by_text("“licence” isn't of the form name=amount.")).to_be_visible()
    expect(page.get_by_text("Expected: 1 … 4.")).to_be_visible()
    expect(page.get_by_test_id("start-job")).to_be_disabled()
    look(page, "form-wrong")
    page.get_by_test_id("job-custom").press("Backspace")
    page.get_by_test_id("job-custom").fill("licence=0.5")
    page.get_by_test_id("job-custom").press("Enter")
    page.get_by_test_id("job-min_nodes").fill("2")
    body = body_of(page)
    assert (body["launcher"], body["restarts"]) == ("lab", 3)
    assert body["resources"] == {**LARGE, "memory": 3 * 2**29, "custom": {"licence": 0.5}}
    # What another trainer can't use isn't asked for, and not forgotten.
    page.get_by_test_id("job-trainer").select_option("ultralytics")
    assert "nodes" not in body_of(page)["resources"]
    page.get_by_test_id("job-trainer").select_option("script")
    command = page.get_by_text(re.compile("snellen train --dataset digits")).inner_text()
    assert (
        "--launcher lab --gpus 2 --cpus 8 --memory 1610612736 --accelerator-type H100 --resource licence=0.5 "
        "--nodes 4 --min-nodes 2 --restarts 3" in command
    )
    assert faults(page, "en-US") == []
    look(page, "form-cluster")
    page.get_by_test_id("start-job").click()
    expect(page).to_have_url(re.compile(r"/jobs/\d+$"))
    made = place.client.get(f"/training/jobs/{page.url.rsplit('/', 1)[1]}")
    assert (made["launcher"], made["restarts"], made["resources"]["nodes"]) == ("lab", 3, 4)
    page.goto(f"{page.url}/spec")
    expect(page.get_by_text("2 GPUs, 8 CPUs, 1.5 GiB, H100, licence 0.5, on 2 to 4 nodes")).to_be_visible()
    expect(page.get_by_text("0 of 3")).to_be_visible()
    look(page, "spec-cluster")


def test_the_trials_of_a_new_sweep_run_where_and_with_what_the_form_says(place: Place, page: Page) -> None:
    page.goto(f"{place.client.url}/sweeps/new")
    launcher = page.get_by_test_id("sweep-launcher")
    expect(launcher).to_have_value("local", timeout=LONG)
    expect(page.get_by_test_id("job-memory")).to_have_count(0)
    page.get_by_test_id("sweep-dataset").select_option(label="digits")
    launcher.select_option("lab")
    expect(page.get_by_test_id("job-memory")).to_be_visible()
    expect(page.get_by_test_id("job-nodes")).to_have_count(0)
    page.get_by_test_id("sweep-trainer").select_option("script")
    for name, text in (
        ("sweep-name", "On the lab's cluster"), ("sweep-epochs", "2"), ("sweep-trials", "2"),
        ("sweep-space", "pause=0.1..0.5"), ("sweep-params", 'command=["python","--version"]'),
        ("sweep-model", "mean-object"), ("sweep-parallel", "1"), ("job-gpus", "2"), ("job-cpus", "8"),
        ("job-memory", "16"), ("job-accelerator_type", "H100"), ("job-nodes", "4"), ("job-min_nodes", "5"),
        ("job-restarts", "3"),
    ):  # fmt: skip
        page.get_by_test_id(name).fill(text)
    page.get_by_test_id("job-custom").fill("licence=1")
    page.get_by_test_id("job-custom").press("Enter")
    expect(page.get_by_text("Expected: 1 … 4.")).to_be_visible()
    expect(page.get_by_test_id("start-sweep")).to_be_disabled()
    look(page, "new-sweep-wrong")
    page.get_by_test_id("job-min_nodes").fill("2")
    command = page.get_by_text(re.compile("snellen sweep --dataset digits")).inner_text()
    assert "--parallel 1 --launcher lab --gpus 2 --cpus 8 --memory 16GiB" in command
    assert "--nodes 4 --min-nodes 2 --restarts 3" in command
    assert faults(page, "en-US") == []
    look(page, "new-sweep")
    page.get_by_test_id("start-sweep").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("On the lab's cluster", timeout=LONG)
    sweep = place.client.get(f"/training/sweeps/{page.url.rsplit('/', 1)[1]}")
    trial = place.client.get(f"/training/jobs/{sweep['items'][0]['job_id']}")
    assert (sweep["parallel"], trial["launcher"], trial["restarts"], trial["resources"]) == (1, "lab", 3, LARGE)
    page.get_by_test_id("stop-sweep").click()
    expect(page.get_by_test_id("resume-sweep")).to_be_visible()


def test_a_job_is_resumed_elsewhere_with_something_else(place: Place, page: Page) -> None:
    blocking, job = place.job("Blocking"), place.job("Moves", launcher="lab", resources=LARGE)
    place.stop(job)
    page.goto(f"{place.client.url}/jobs/{job}")
    page.get_by_test_id("resume-elsewhere").click()
    dialog = page.get_by_role("dialog")
    launcher = dialog.get_by_test_id("resume-launcher")
    expect(launcher).to_have_value("lab")
    expect(dialog.get_by_test_id("job-memory")).to_have_value("16")
    dialog.get_by_test_id("job-gpus").fill("65")
    expect(dialog.get_by_text("Expected: 0 … 64.")).to_be_visible()
    expect(dialog.get_by_test_id("confirm-resume")).to_be_disabled()
    look(page, "resume-dialog")
    assert faults(page, "en-US") == []
    launcher.select_option("local")
    expect(dialog.get_by_test_id("job-memory")).to_have_count(0)
    dialog.get_by_test_id("job-gpus").fill("0")
    dialog.get_by_test_id("job-cpus").fill("")
    look(page, "resume-dialog-local")
    dialog.get_by_test_id("confirm-resume").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_test_id("waits-for")).to_contain_text("a slot: 1 of 1 taken", timeout=LONG)
    moved = place.client.get(f"/training/jobs/{job}")
    assert (moved["launcher"], moved["state"], moved["resources"]["memory"]) == ("local", "queued", None)
    assert moved["resources"]["nodes"] == 1
    assert place.client.get(f"/training/jobs/{blocking}")["state"] in {"starting", "running"}


def body_of(page: Page) -> dict[str, Any]:
    """The request as the form shows it."""
    if page.get_by_test_id("job-json").count() == 0:
        page.get_by_test_id("show-json").click()
    return dict(json.loads(page.get_by_test_id("job-json").inner_text()))
