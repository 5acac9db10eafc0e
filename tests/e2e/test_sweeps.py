"""Sweeps in a real Chromium: the list, one with its plots and trials, and a new one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.e2e.pages import bring, settle
from tests.e2e.searched import searched
from tests.imports import imported

from snellen.cli.digits import write_digits
from snellen.contract.tasks import Task

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Page]


@pytest.fixture(scope="module")
def sweep(site: Any) -> dict[str, Any]:
    found = searched(site)
    return dict(site.client.get(f"/training/sweeps/{found}"))


def test_the_list_leads_to_a_sweep_which_tells_its_best_trial(sweep: dict[str, Any], open_page: OpenPage) -> None:
    page = open_page("/")
    page.get_by_role("navigation").get_by_role("link", name="Sweeps").click()
    row = page.locator(f"[data-sweep-id='{sweep['id']}']")
    expect(row).to_contain_text("14 / 16")
    row.get_by_role("link", name=sweep["name"]).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(sweep["name"])
    best = page.get_by_test_id("best-trial")
    expect(best).to_contain_text(f"{sweep['best']['value']:.4f}")
    expect(best).to_contain_text(sweep["best"]["params"]["optimizer"])
    expect(page.get_by_test_id("sweep-progress")).to_contain_text("stopped early")
    expect(page.get_by_test_id("importances").get_by_role("rowheader")).to_have_count(4)
    page.get_by_role("link", name="Open its job").click()
    trial = page.get_by_test_id("job-sweep")
    expect(trial).to_have_text(f"trial {sweep['best']['number']} of {sweep['name']}")
    trial.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(sweep["name"])


def test_a_part_of_an_axis_leaves_the_trials_that_lie_in_it(sweep: dict[str, Any], open_page: OpenPage) -> None:
    page = open_page(f"/sweeps/{sweep['id']}")
    rows = page.get_by_test_id("trial")
    expect(rows).to_have_count(14)
    expect(page.get_by_test_id("parallel").locator("path[data-trial]")).to_have_count(14)
    axis = page.get_by_test_id("axis-mAP50-95")
    settle(page)
    bring(axis)
    box = axis.bounding_box()
    assert box is not None
    x = box["x"] + box["width"] / 2
    page.mouse.move(x, box["y"] + 2)
    page.mouse.down()
    page.mouse.move(x, box["y"] + box["height"] / 2, steps=5)
    page.mouse.up()
    values = [trial["value"] for trial in sweep["items"] if trial["value"] is not None]
    half = (max(values) + min(values)) / 2
    expect(rows).to_have_count(sum(value >= half for value in values))
    expect(page.get_by_test_id("brushes")).to_contain_text("of 14 trials")
    page.get_by_role("button", name="Show all trials").click()
    expect(rows).to_have_count(14)
    rows.nth(3).hover()
    expect(page.locator("path[data-trial='4']")).to_have_attribute("data-lit", "true")


def test_parts_of_axes_are_chosen_with_keys(sweep: dict[str, Any], open_page: OpenPage) -> None:
    page = open_page(f"/sweeps/{sweep['id']}")
    rows = page.get_by_test_id("trial")
    expect(rows).to_have_count(14)
    page.get_by_test_id("axis-ranges").focus()
    page.keyboard.press("Enter")
    optimizers = sweep["space"]["optimizer"]["values"]
    low = page.get_by_role("slider", name="optimizer from")
    expect(low).to_have_attribute("aria-valuetext", optimizers[0])
    low.focus()
    for _ in optimizers[1:]:
        page.keyboard.press("ArrowRight")
    expect(low).to_have_attribute("aria-valuetext", optimizers[-1])
    left = [each for each in sweep["items"] if each["params"]["optimizer"] == optimizers[-1]]
    expect(rows).to_have_count(len(left))
    high = page.get_by_role("slider", name="mAP50-95 to")
    high.focus()
    for _ in range(25):
        page.keyboard.press("ArrowLeft")
    values = [each["value"] for each in sweep["items"] if each["value"] is not None]
    half = (max(values) + min(values)) / 2
    expect(rows).to_have_count(sum(each["value"] is not None and each["value"] <= half for each in left))
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("axis-ranges")).to_be_focused()
    page.get_by_role("button", name="All of optimizer").click()
    expect(rows).to_have_count(sum(value <= half for value in values))


def test_trials_are_sorted_on_a_phone(sweep: dict[str, Any], open_page: OpenPage) -> None:
    page = open_page(f"/sweeps/{sweep['id']}")
    trials = page.get_by_test_id("trial")
    expect(trials.first).to_have_attribute("data-trial", "1")
    expect(page.get_by_test_id("sort")).not_to_be_visible()
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_test_id("sort").select_option(label="Sort by: mAP50-95")
    expect(trials.first).to_have_attribute("data-trial", str(sweep["best"]["number"]))
    page.get_by_test_id("order").click()
    expect(trials.first).not_to_have_attribute("data-trial", str(sweep["best"]["number"]))
    expect(trials.last).to_have_attribute("data-trial", "5")  # it failed


def test_trials_are_sorted_with_keys_and_chosen_to_be_compared(sweep: dict[str, Any], open_page: OpenPage) -> None:
    page = open_page(f"/sweeps/{sweep['id']}")
    head = page.get_by_role("columnheader", name="mAP50-95")
    head.get_by_role("button").focus()
    page.keyboard.press("Enter")
    expect(head).to_have_attribute("aria-sort", "descending")
    expect(page.get_by_test_id("trial").first).to_have_attribute("data-trial", str(sweep["best"]["number"]))
    expect(page.get_by_test_id("trial").last).to_have_attribute("data-trial", "5")  # it failed
    for place in (0, 1):
        page.get_by_test_id("trial").nth(place).get_by_role("checkbox").check()
    page.get_by_test_id("compare-trials").click()
    page.wait_for_url("**/compare?jobs=*")


def test_a_lost_trial_is_told_with_what_became_of_it(site: Any, open_page: OpenPage) -> None:
    page = open_page(f"/sweeps/{searched(site, name='One is lost', trials=3, lost=2)}")
    expect(page.get_by_test_id("sweep-progress")).to_contain_text("1 lost")
    notice = page.get_by_test_id("lost-trials")
    expect(notice).to_contain_text("Trial 2: its node 10.0.0.7 died")
    notice.get_by_role("link", name="Trial 2").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("One is lost #2")


def test_a_sweep_is_resumed_and_stopped(site: Any, open_page: OpenPage) -> None:
    found = searched(site, name="Go on", trials=3)
    page = open_page(f"/sweeps/{found}")
    page.get_by_test_id("resume-sweep").click()
    expect(page.get_by_test_id("stop-sweep").or_(page.get_by_test_id("sweep-reason"))).to_be_visible()


def test_a_new_sweep_trains_for_the_task_that_it_shows(site: Any, open_page: OpenPage, tmp_path: Path) -> None:
    write_digits(tmp_path / "outlines", task=Task.SEGMENTATION, train=2, val=2, size=96)
    imported(site.client, "outlines", tmp_path / "outlines")
    page = open_page("/sweeps/new")
    task = page.get_by_test_id("sweep-task")
    expect(task).to_have_value("", timeout=60_000)  # trainers are asked for the first time
    page.get_by_test_id("sweep-dataset").select_option(label="outlines")
    expect(task.get_by_role("option")).to_have_text(["Detection", "Segmentation"])
    expect(task).to_have_value("detection")
    command = page.get_by_text("snellen sweep --dataset outlines")
    expect(command).to_contain_text("--task detection")
    task.select_option("segmentation")
    expect(command).to_contain_text("--task segmentation")
    page.get_by_test_id("sweep-dataset").select_option(label="digits")
    expect(task.get_by_role("option")).to_have_text(["Detection"])
    expect(command.or_(page.get_by_text("snellen sweep --dataset digits"))).to_contain_text("--task detection")


def test_a_new_sweep_says_what_is_wrong_and_begins(site: Any, open_page: OpenPage) -> None:
    page = open_page("/sweeps/new")
    start = page.get_by_test_id("start-sweep")
    expect(start).to_be_disabled()
    page.get_by_test_id("sweep-name").fill("From the page")
    page.get_by_test_id("sweep-dataset").select_option(label="digits")
    page.get_by_test_id("sweep-model").fill("yolo11n.yaml")
    page.get_by_test_id("sweep-epochs").fill("1")
    page.get_by_test_id("sweep-trials").fill("1")
    page.get_by_test_id("sweep-space").fill("lr0=log:1e-4..1e-1\nimgsz=128")
    expect(page.get_by_text("Line 2: expected NAME=LOW..HIGH")).to_be_visible()
    page.get_by_test_id("sweep-parallel").fill("0")
    expect(page.get_by_text("Expected: 1 … 256.")).to_be_visible()
    page.get_by_test_id("sweep-parallel").fill("2")
    expect(page.get_by_test_id("sweep-task")).to_have_value("detection")
    expect(page.get_by_test_id("job-primary")).to_have_attribute("placeholder", "mAP50-95, the task's own")
    page.get_by_test_id("job-primary").fill("val/surprise")
    page.get_by_test_id("job-direction").select_option("min")
    page.get_by_test_id("job-tags").fill("From the page")
    page.get_by_test_id("job-tags").press("Enter")
    page.get_by_test_id("sweep-space").fill("lr00=log:1e-4..1e-1")
    expect(page.get_by_text("snellen sweep --dataset digits")).to_contain_text(
        "--parallel 2 --primary-metric val/surprise --direction min --name 'From the page' --tag 'from the page' "
        "lr00=log:1e-4..1e-1"
    )
    start.click()
    expect(page.get_by_test_id("sweep-refused")).to_contain_text("did you mean 'lr0'", timeout=60_000)
    page.get_by_test_id("sweep-space").fill("lr0=log:1e-4..1e-1")
    start.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("From the page", timeout=60_000)
    sweep_id = int(page.url.rsplit("/", 1)[1])
    page.get_by_test_id("stop-sweep").click()
    expect(page.get_by_test_id("resume-sweep")).to_be_visible()
    sweep = site.client.get(f"/training/sweeps/{sweep_id}")
    assert (sweep["space"]["lr0"]["log"], sweep["early_stopping"]["min_epochs"], sweep["parallel"]) == (True, 3, 2)
    assert sweep["primary_metric"] == {"name": "val/surprise", "direction": "min", "source": "reported"}
    assert site.client.get(f"/training/jobs/{sweep['items'][0]['job_id']}")["tags"] == ["from the page"]
