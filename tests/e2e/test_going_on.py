"""Stopped at once, resumed, stopped again, trained on as another job: from the pages, with a real script."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.train]
SCRIPT = {"command": ["python", "-m", "snellen.trainers.script.mean_object"]}
LONG = 60_000


def test_a_job_is_stopped_at_once_resumed_and_trained_on(site: Any, open_page: Callable[..., Page]) -> None:
    job = site.client.post(
        "/training/jobs",
        {
            "trainer": "script", "model": "mean-object", "epochs": 500, "dataset": site.dataset_id,
            "hyperparameters": {**SCRIPT, "pause": 0.05},
        },
    )  # fmt: skip
    page = open_page(f"/jobs/{job['id']}")
    state = page.get_by_test_id("job-state")
    expect(state).to_contain_text("Running", timeout=LONG)
    expect(page.get_by_test_id("job-best")).to_contain_text("epoch", timeout=LONG)
    page.get_by_test_id("stop-job").click()
    page.get_by_test_id("confirm-stop-now").click()
    expect(state).to_contain_text("Stopped", timeout=LONG)
    expect(page.get_by_test_id("stop-job")).to_have_count(0)
    first = epochs_of(site, job)

    page.get_by_test_id("resume-job").click()
    expect(page.get_by_test_id("resume-job")).to_have_count(0)
    expect(state).to_contain_text("Running", timeout=LONG)
    expect(page.get_by_text("attempt 2")).to_be_visible()
    # The first epoch of the attempt has come when there is one more than before.
    page.wait_for_function(
        "before => Number(document.querySelector('[data-testid=job-progress]').textContent.match(/\\d+/)[0]) > before",
        arg=len(first) + 1,
        timeout=LONG,
    )
    page.get_by_test_id("stop-job").click()
    page.get_by_test_id("confirm-stop").click()
    expect(state).to_contain_text("Stopped", timeout=LONG)
    every = epochs_of(site, job)
    assert every == list(range(1, len(every) + 1))
    assert len(every) > len(first)

    artifacts = site.client.pages(f"/training/jobs/{job['id']}/artifacts")
    last = next(each for each in artifacts if each["kind"] == "checkpoint" and each["name"].startswith("last"))
    body = {"epochs": 1, "trainer": "script", "dataset": site.dataset_id, "hyperparameters": SCRIPT}
    child = site.client.post("/training/jobs", {**body, "init_from": last["id"]})
    page.goto(f"{site.url}/jobs/{child['id']}")
    expect(state).to_contain_text("Completed", timeout=LONG)
    expect(page.get_by_test_id("resume-job")).to_have_count(0)
    parent = page.get_by_test_id("parent-job")
    expect(parent).to_have_text(f"began with {last['name']} of job #{job['id']}, epoch {last['epoch']}")
    parent.click()
    expect(state).to_contain_text("Stopped")


def epochs_of(site: Any, job: dict[str, Any]) -> list[int]:
    return [result["epoch"] for result in site.client.pages(f"/validation/jobs/{job['id']}/results")]
