"""The list of jobs in a real Chromium: found, sorted, tagged, chosen, stopped; and what a new server shows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.e2e.running import serving

from snellen.cli.client import Client
from snellen.cli.dataset_import import run_import
from snellen.cli.digits import write_digits

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Page]


def make(site: Any, name: str, values: list[float], **fields: Any) -> dict[str, Any]:
    """A job that has reported so many epochs."""
    body = {"name": name, "model": "own.pt", "epochs": 9, "launcher": "external", "task": "classification", **fields}
    job: dict[str, Any] = site.client.post("/training/jobs", body)
    with site.job_client(job) as client:
        for epoch, value in enumerate(values, start=1):
            report(client, job["id"], epoch, value)
    return job


def report(client: Client, job_id: int, epoch: int, value: float) -> None:
    body = {
        "job_id": job_id, "epoch": epoch, "task_type": "classification", "primary_metric_name": "accuracy",
        "primary_metric_value": value,
    }  # fmt: skip
    client.post(f"/validation/jobs/{job_id}/results", body)


@pytest.fixture(scope="module")
def jobs(site: Any) -> dict[str, dict[str, Any]]:
    made = {
        "alpha": make(site, "alpha", [0.2, 0.9, 0.6], tags=["baseline", "night"], trainer="mine", epochs=5),
        "beta": make(site, "beta", [0.5], tags=["night"], epochs=30),
        "gamma": make(site, "gamma", [0.4, 0.7], model="other-net.pt"),
        "delta": make(site, "delta", []),
    }
    failed = {"seq": 1, "type": "state", "time": 1, "state": "failed", "reason": "the disk caught fire"}
    with site.job_client(made["gamma"]) as client:
        client.post(f"/training/jobs/{made['gamma']['id']}/events", {"attempt": 1, "events": [failed]})
    return made


def rows(page: Page) -> list[str]:
    mine = {"alpha", "beta", "gamma", "delta"}
    # At one moment: a row may go while another is read.
    return [name for name in page.locator("[data-testid='job-row'] td a").all_inner_texts() if name in mine]


def expect_rows(page: Page, names: list[str], eventually: Callable[..., Any]) -> None:
    eventually(lambda: rows(page) == names or None)


def test_jobs_are_sorted_by_a_click_and_the_address_keeps_it(
    jobs: dict[str, Any], open_page: OpenPage, eventually: Callable[..., Any]
) -> None:
    page = open_page("/")
    expect_rows(page, ["delta", "gamma", "beta", "alpha"], eventually)
    page.get_by_test_id("sort-name").click()
    expect_rows(page, ["alpha", "beta", "delta", "gamma"], eventually)
    page.get_by_test_id("sort-name").click()
    expect_rows(page, ["gamma", "delta", "beta", "alpha"], eventually)
    expect(page).to_have_url(re.compile(r"sort=name&order=desc"))
    page.reload()
    expect_rows(page, ["gamma", "delta", "beta", "alpha"], eventually)
    page.get_by_test_id("sort-best").click()
    expect_rows(page, ["delta", "alpha", "gamma", "beta"], eventually)
    groups = page.get_by_test_id("metric-group").all_inner_texts()
    assert len(groups) == len(set(groups)), "the values of one metric stand together"
    assert any("accuracy" in group and "higher is better" in group for group in groups)
    page.get_by_test_id("sort").select_option("epochs")
    expect_rows(page, ["beta", "delta", "gamma", "alpha"], eventually)


def test_jobs_are_found_by_words_states_and_tags(
    jobs: dict[str, Any], open_page: OpenPage, eventually: Callable[..., Any]
) -> None:
    page = open_page("/")
    expect(page.get_by_test_id("search-jobs")).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("OTHER-net")
    expect_rows(page, ["gamma"], eventually)
    expect(page).to_have_url(re.compile("search=OTHER-net"))
    page.get_by_test_id("clear-filters").click()
    page.get_by_test_id("search-jobs").fill(f"#{jobs['beta']['id']}")
    expect_rows(page, ["beta"], eventually)
    page.get_by_test_id("clear-filters").click()
    page.get_by_test_id("filter-state").click()
    page.get_by_role("checkbox", name="Failed", exact=True).check()
    expect_rows(page, ["gamma"], eventually)
    expect(page.get_by_text("the disk caught fire")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_test_id("clear-filters").click()
    page.get_by_role("button", name="night").first.click()
    expect_rows(page, ["beta", "alpha"], eventually)
    page.get_by_test_id("filter-tag").click()
    page.get_by_role("checkbox", name="baseline", exact=True).check()
    expect_rows(page, ["alpha"], eventually)
    page.keyboard.press("Escape")
    page.get_by_test_id("search-jobs").fill("no such job")
    expect(page.get_by_text("No job is like that")).to_be_visible()
    page.get_by_test_id("clear-filters").click()
    expect_rows(page, ["delta", "gamma", "beta", "alpha"], eventually)


def test_a_row_draws_the_course_of_its_metric_and_follows_a_running_job(
    site: Any, jobs: dict[str, Any], open_page: OpenPage
) -> None:
    page = open_page("/?search=alpha")
    row = page.locator(f"[data-job-id='{jobs['alpha']['id']}']")
    expect(row.get_by_test_id("sparkline")).to_have_attribute(
        "aria-label", "accuracy from 0.2000 at epoch 1 to 0.6000 at epoch 3"
    )
    live = make(site, "follows", [0.1])
    page.get_by_test_id("search-jobs").fill("follows")
    row = page.locator(f"[data-job-id='{live['id']}']")
    expect(row).to_contain_text("0.1000")
    expect(row.get_by_test_id("sparkline")).to_have_count(0)
    row.evaluate("element => { element.dataset.kept = 'yes' }")
    with site.job_client(live) as client:
        report(client, live["id"], 2, 0.8)
    expect(row).to_contain_text("0.8000")
    expect(row.get_by_test_id("sparkline")).to_be_visible()
    expect(row).to_have_attribute("data-kept", "yes")


def test_name_and_tags_are_changed_from_the_list_and_seen_on_the_job_page(
    site: Any, open_page: OpenPage, eventually: Callable[..., Any]
) -> None:
    job = make(site, "first name", [], tags=["old"])
    page = open_page(f"/?search=%23{job['id']}")
    row = page.locator(f"[data-job-id='{job['id']}']")
    row.get_by_test_id("job-menu").click()
    page.get_by_test_id("edit-job").click()
    page.get_by_test_id("edit-name").fill("second name")
    field = page.get_by_role("combobox", name="Tags")
    field.fill("Night  Shift,")
    field.press("Enter")
    page.get_by_test_id("save-job").click()
    expect(row).to_contain_text("second name")
    expect(row.get_by_role("button", name="night shift")).to_be_visible()
    page.goto(f"{site.url}/jobs/{job['id']}")
    expect(page.get_by_role("heading", name="second name")).to_be_visible()
    page.get_by_role("link", name="night shift").click()
    expect(page).to_have_url(re.compile(r"tag=night"))
    expect(page.locator(f"[data-job-id='{job['id']}']")).to_be_visible()
    changed = site.client.get(f"/training/jobs/{job['id']}")
    assert (changed["name"], changed["tags"]) == ("second name", ["night shift", "old"])


def test_chosen_jobs_are_compared_and_stopped(site: Any, open_page: OpenPage, eventually: Callable[..., Any]) -> None:
    one, two = make(site, "stop me", [0.1]), make(site, "stop me too", [0.2])
    page = open_page("/?search=stop%20me")
    for job in (one, two):
        page.locator(f"[data-job-id='{job['id']}']").get_by_test_id("choose-job").check()
    bar = page.get_by_test_id("selection")
    expect(bar).to_contain_text("2 jobs chosen")
    href = bar.get_by_test_id("compare-jobs").get_attribute("href") or ""
    assert sorted(map(int, re.findall(r"\d+", href.replace("%2C", ",")))) == [one["id"], two["id"]]
    bar.get_by_test_id("stop-jobs").click()
    page.get_by_test_id("confirm").click()
    eventually(
        lambda: all(site.client.get(f"/training/jobs/{job['id']}")["stop_requested"] for job in (one, two)) or None
    )
    expect(bar.get_by_test_id("stop-jobs")).to_have_count(0)


def test_the_list_fits_a_phone(jobs: dict[str, Any], open_page: OpenPage) -> None:
    for path in ("/", "/?sort=best", "/jobs/new"):
        page = open_page(path, width=390, height=844)
        expect(page.get_by_test_id("job-row" if path != "/jobs/new" else "start-job").first).to_be_visible(
            timeout=60_000
        )
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory, eventually: Callable[..., Any]) -> Iterator[tuple[Client, Path]]:
    """A server that has nothing yet."""
    root = tmp_path_factory.mktemp("bare")
    with serving(root, eventually) as (client, _):
        yield client, root


def test_a_new_server_leads_from_nothing_to_a_running_job(bare: tuple[Client, Path], browser: Browser) -> None:
    client, root = bare
    page = browser.new_page()
    page.goto(client.post("/auth/login-links")["url"])
    steps = page.get_by_test_id("first-run").locator("li")
    expect(steps).to_have_count(3)
    expect(steps.nth(0)).to_have_attribute("aria-current", "step")
    expect(page.get_by_text("snellen demo")).to_be_visible()
    page.get_by_test_id("first-import").click()
    expect(page).to_have_url(re.compile("/datasets/import"))
    write_digits(root / "digits", train=6, val=3, size=64)
    dataset = run_import(client, root / "digits", "digits")["dataset_id"]
    page.goto(client.url)
    expect(steps.nth(0)).to_contain_text("1 dataset is here: digits")
    expect(steps.nth(1)).to_have_attribute("aria-current", "step")
    page.get_by_test_id("first-job").click()
    expect(page.get_by_test_id("job-dataset")).to_have_value(str(dataset), timeout=60_000)
    page.get_by_test_id("job-launcher").select_option("external")
    page.get_by_test_id("job-model").fill("own-net")
    page.get_by_test_id("start-job").click()
    expect(page.get_by_test_id("job-token")).to_contain_text("snj_")
    page.get_by_role("link", name="To the job").click()
    expect(page.get_by_role("heading", name=re.compile("own-net"))).to_be_visible()
    page.goto(client.url)
    expect(page.get_by_test_id("job-row")).to_have_count(1)
    page.close()
