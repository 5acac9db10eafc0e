"""Runs of MLflow in a real Chromium: whatever its own client logged opens in the charts that jobs have."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.e2e.running import serving
from tests.mlflow_store import FILL, run_with_mlflow

pytest.importorskip("mlflow")
pytestmark = [pytest.mark.browser]


@pytest.fixture(scope="module")
def tracked(
    tmp_path_factory: pytest.TempPathFactory, eventually: Callable[..., Any]
) -> Iterator[tuple[Any, dict[str, str]]]:
    """A server over a store that MLflow filled, its client, and the ids of the runs by name."""
    root = tmp_path_factory.mktemp("tracked")
    uri = f"sqlite:///{root / 'mlflow.db'}"
    made = json.loads(run_with_mlflow(FILL, uri))
    with serving(root, eventually, SNELLEN_MLFLOW_URI=uri) as (client, _):
        yield client, made["runs"]


def opened(browser: Browser, client: Any, path: str, **more: Any) -> Page:
    context = browser.new_context(viewport={"width": more.pop("width", 1440), "height": 900}, **more)
    page = context.new_page()
    page.goto(client.post("/auth/login-links")["url"])
    page.goto(client.url + path)
    return page


def shoot(page: Page, name: str) -> None:
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def test_runs_are_found_and_opened_in_the_same_charts(tracked: tuple[Any, dict[str, str]], browser: Browser) -> None:
    client, made = tracked
    page = opened(browser, client, "/")
    page.get_by_role("link", name="MLflow", exact=True).click()
    expect(page.get_by_test_id("run-row")).to_have_count(4)
    shoot(page, "runs-light-1440")
    page.get_by_label("Search by name").fill("first")
    expect(page.get_by_test_id("run-row")).to_have_count(2)
    page.get_by_test_id("run-experiment").select_option(label="Notebook")
    expect(page.get_by_test_id("run-row")).to_have_count(1)
    page.get_by_role("link", name="first try").click()
    expect(page).to_have_url(f"{client.url}/mlflow/{made['first try']}")
    # Training and validation of the same quantity stand in one chart.
    expect(page.get_by_test_id("chart").first).to_be_visible()
    expect(page.locator("[data-testid=chart][data-key*='train/loss']")).to_be_visible()
    expect(page.get_by_text("lr0")).to_be_visible()
    shoot(page, "run-light-1440")
    page.get_by_role("link", name="Compare with…").click()
    expect(page.get_by_test_id("compared")).to_have_count(1)
    page.context.close()


def test_a_run_that_is_not_there_says_so(tracked: tuple[Any, dict[str, str]], browser: Browser) -> None:
    client, _ = tracked
    page = opened(browser, client, f"/mlflow/{'0' * 32}")
    expect(page.get_by_test_id("empty")).to_contain_text("There is no MLflow run")
    page.get_by_role("link", name="All runs").click()
    expect(page.get_by_test_id("run-row")).to_have_count(4)
    page.context.close()


def test_the_pages_fit_a_phone_in_the_dark(tracked: tuple[Any, dict[str, str]], browser: Browser) -> None:
    client, made = tracked
    for path, shown, name in (
        ("/mlflow", "run-row", "runs"),
        (f"/mlflow/{made['first try']}", "chart", "run"),
    ):
        page = opened(browser, client, path, width=390, color_scheme="dark")
        expect(page.get_by_test_id(shown).first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
        shoot(page, f"{name}-dark-390")
        page.context.close()


def test_off_and_away_say_what_to_do(tmp_path: Path, eventually: Callable[..., Any], browser: Browser) -> None:
    for name, uri, said in (
        ("off", "off", "MLflow is not connected"),
        ("away", "http://127.0.0.1:9", "MLflow does not answer"),
    ):
        (tmp_path / name).mkdir()
        with serving(tmp_path / name, eventually, SNELLEN_MLFLOW_URI=uri) as (client, _):
            page = opened(browser, client, "/mlflow")
            expect(page.get_by_role("heading", name=said)).to_be_visible(timeout=30_000)
            link = page.get_by_role("navigation", name="Main").get_by_role("link", name="MLflow")
            expect(link).to_have_count(0 if uri == "off" else 1)
            page.context.close()
