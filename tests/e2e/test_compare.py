"""Comparing jobs in a real Chromium: what differs, what came of it, which images one job broke."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.e2e.test_dashboard import external_job, read_truth, send_events

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Page]


def send_result(site: Any, job: dict[str, Any], epoch: int, missed: int) -> list[str]:
    """All objects are found, but of the first `missed` images the first one; their paths."""
    truth, paths = read_truth(site, site.client.get(f"/datasets/{site.dataset_id}")["latest"]["hash"])
    results = []
    for at, path in enumerate(paths):
        boxes = [{"class_id": digit, "bbox": box, "confidence": 0.9} for digit, box in truth[path]]
        results.append({"image_name": path, "predicted_boxes": boxes[1:] if at < missed else boxes})
    with site.job_client(job) as client:
        body = {"job_id": job["id"], "epoch": epoch, "task_type": "detection", "image_results": results}
        client.post(f"/validation/jobs/{job['id']}/results", body)
    return paths[:missed]


@pytest.fixture(scope="module")
def pair(site: Any) -> dict[str, Any]:
    """A job that misses something in three images, and one that misses in none."""
    worse = external_job(site, name="worse", hyperparameters={"lr0": 0.01, "momentum": 0.9})
    better = external_job(site, name="better", hyperparameters={"lr0": 0.02, "momentum": 0.9})
    missed = send_result(site, worse, 1, 3)
    send_result(site, better, 1, 0)
    for job, scale in ((worse, 2.0), (better, 1.0)):
        points = [
            {"seq": n, "type": "metrics", "time": n, "step": n, "epoch": n, "values": {"train/box_loss": scale / n}}
            for n in range(1, 6)
        ]
        send_events(site, job, *points, {"seq": 6, "type": "state", "state": "completed"})
    return {"worse": worse, "better": better, "missed": missed}


def shoot(page: Page, name: str) -> None:
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def test_two_jobs_side_by_side(site: Any, pair: dict[str, Any], open_page: OpenPage) -> None:
    worse, better = pair["worse"]["id"], pair["better"]["id"]
    page = open_page(f"/compare?jobs={worse},{better}")
    rows = page.get_by_test_id("compared")
    expect(rows).to_have_count(2)
    best = site.client.get(f"/training/jobs/{better}")["best_value"]
    expect(rows.nth(1)).to_contain_text(f"{best:.4f}" if best < 1 else "1")
    expect(rows.nth(1)).to_contain_text("▲")
    params = page.get_by_test_id("compare-params")
    expect(params).to_contain_text("lr0")
    expect(params).not_to_contain_text("momentum")
    page.get_by_test_id("show-same").check()
    expect(params).to_contain_text("momentum")
    expect(page).to_have_url(f"{site.url}/compare?jobs={worse}%2C{better}&same=true")
    expect(page.locator("[data-testid=chart][data-key='train/box_loss']")).to_be_visible()
    fixed = page.locator("[data-testid=compare-fate][data-value=fixed]")
    expect(fixed).to_contain_text("Fixed 3")
    fixed.click()
    cards = page.get_by_test_id("changed-image")
    expect(cards).to_have_count(3)
    shown = {cards.nth(at).get_attribute("title") for at in range(3)}
    assert shown == set(pair["missed"])
    shoot(page, "compare-light-1440")
    # The other way round what was fixed is broken.
    page.get_by_label("Make better the baseline").check()
    expect(page.locator("[data-testid=compare-fate][data-value=broken]")).to_contain_text("Broken 3")
    expect(rows.nth(0)).to_contain_text("▼")


def test_a_job_is_added_and_taken_out(site: Any, pair: dict[str, Any], open_page: OpenPage) -> None:
    worse, better = pair["worse"]["id"], pair["better"]["id"]
    page = open_page(f"/compare?jobs={worse}")
    expect(page.get_by_test_id("compared")).to_have_count(1)
    page.get_by_test_id("add-job").click()
    page.get_by_label("Name, model or number").fill("better")
    page.locator(f"[data-testid=found-job][data-id='{better}']").click()
    expect(page.get_by_test_id("compared")).to_have_count(2)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Take worse out").click()
    expect(page.get_by_test_id("compared")).to_have_count(1)
    expect(page.get_by_test_id("compared")).to_contain_text("better")


def test_what_can_not_be_compared_is_said(site: Any, pair: dict[str, Any], open_page: OpenPage) -> None:
    other = external_job(site, name="elsewhere", dataset=None, task="classification")
    page = open_page(f"/compare?jobs={pair['worse']['id']},{other['id']},987654")
    for obstacle in ("task", "dataset", "metric"):
        expect(page.get_by_test_id(f"obstacle-{obstacle}")).to_be_visible()
    expect(page.get_by_test_id("missing")).to_contain_text("There is no job 987654")
    many = ",".join(str(n) for n in range(1, 12))
    page.goto(f"{site.url}/compare?jobs={many}")
    expect(page.get_by_test_id("too-many")).to_contain_text("At most 10")
    page.goto(f"{site.url}/compare")
    expect(page.get_by_test_id("empty")).to_contain_text("Nothing to compare yet")


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (390, "dark"), (1440, "dark")])
def test_it_fits_a_phone_in_light_and_dark(
    site: Any, pair: dict[str, Any], open_page: OpenPage, width: int, scheme: str
) -> None:
    page = open_page(f"/compare?jobs={pair['worse']['id']},{pair['better']['id']}", width=width, scheme=scheme)
    expect(page.get_by_test_id("changes")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    shoot(page, f"compare-{scheme}-{width}")
