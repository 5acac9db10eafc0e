"""The threshold studio in a real Chromium: sliders, curves, the table of classes, and links to all of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Request, expect
from tests.e2e.confused import PARTS, finish, job_of_many, job_of_parts, matrix_of, new_job, parts, send
from tests.e2e.pages import bring

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Page]
BACKGROUND = len(PARTS)


@pytest.fixture(scope="module")
def job(site: Any) -> dict[str, Any]:
    return job_of_parts(site)


@pytest.fixture(scope="module")
def large(site: Any) -> dict[str, Any]:
    return job_of_many(site)


def expect_matrix(page: Page, epoch: int, conf: float) -> None:
    expect(page.get_by_test_id("confusion-grid")).to_have_attribute("data-conf", f"{conf:.2f}")
    counts = matrix_of(parts(epoch), BACKGROUND, conf)
    for true in range(BACKGROUND + 1):
        for pred in range(BACKGROUND + 1):
            expected = str(counts.get((true, pred), 0))
            expect(page.get_by_test_id(f"cell-{true}-{pred}")).to_have_attribute("data-count", expected)


def test_a_move_of_the_slider_redraws_matrix_table_and_points_and_then_the_address(
    site: Any, job: dict[str, Any], open_page: OpenPage
) -> None:
    page = open_page(f"/jobs/{job['id']}/validation?epoch=2&conf=0.5")
    expect_matrix(page, 2, 0.5)
    page.get_by_test_id("slider-score").get_by_role("slider").focus()
    for _ in range(15):
        page.keyboard.press("ArrowRight")
    expect_matrix(page, 2, 0.65)
    page.wait_for_url("**conf=0.65**")
    expect(page.get_by_test_id("per-class")).to_have_attribute("data-conf", "0.65")
    expect(page.get_by_test_id("curve-values")).to_have_attribute("data-conf", "0.65")
    url = f"/validation/jobs/{job['id']}/results/2"
    row = site.client.get(f"{url}/confusion-matrix", conf=0.65)["per_class"][2]
    cells = page.get_by_test_id("per-class").locator("tbody tr").nth(2).locator("td").all_inner_texts()
    assert [cells[1], *cells[2:7]] == ["crack", *(str(row[n]) for n in ("truths", "predictions", "tp", "fp", "fn"))]
    curves = site.client.get(f"{url}/curves")
    shown = page.get_by_test_id("curve-values").locator("tbody tr").first.locator("td").all_inner_texts()
    assert shown[1:4] == [f"{curves[name][65]:.3f}" for name in ("precision", "recall", "f1")]


def test_while_the_slider_is_dragged_requests_do_not_pile_up_and_the_last_place_wins(
    job: dict[str, Any], open_page: OpenPage
) -> None:
    page = open_page(f"/jobs/{job['id']}/validation?epoch=1")
    expect_matrix(page, 1, 0.25)
    open_now: set[Request] = set()
    most = [0, 0]

    def begun(request: Request) -> None:
        if "confusion-matrix" in request.url:
            open_now.add(request)
            most[0], most[1] = max(most[0], len(open_now)), most[1] + 1

    page.on("request", begun)
    page.on("requestfinished", lambda request: open_now.discard(request))
    page.on("requestfailed", lambda request: open_now.discard(request))
    track = page.get_by_test_id("slider-score").locator(".mantine-Slider-trackContainer")
    box = track.bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 0.25 * box["width"], y)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.75 * box["width"], y, steps=40)
    page.mouse.up()
    # The address follows once the slider rests: where it was let go, not where it rested on its way.
    page.wait_for_function(
        """() => {
            const held = document.querySelector("[data-testid=slider-score] [role=slider]").ariaValueNow;
            return Number(held) >= 0.7 && Number(held) === Number(new URL(location.href).searchParams.get("conf"));
        }"""
    )
    conf = float(page.evaluate("new URL(location.href).searchParams.get('conf')"))
    assert 0.7 <= conf <= 0.8
    expect_matrix(page, 1, conf)
    # One at a time; where the slider rests a moment, the address's own may come beside the one on its way.
    assert most[0] <= 2
    assert most[1] >= 2


def test_curves_of_several_classes_lie_over_one_another_and_a_click_sets_the_score(
    site: Any, job: dict[str, Any], open_page: OpenPage
) -> None:
    page = open_page(f"/jobs/{job['id']}/validation?epoch=1")
    values = page.get_by_test_id("curve-values")
    expect(values.locator("tbody tr")).to_have_count(1)
    field = page.get_by_label("Add a class")
    for name in ("dent", "cra"):
        field.fill(name)
        field.press("Enter")
    expect(values.locator("tbody tr")).to_have_count(3)
    page.wait_for_url("**lines=1**2**")
    url = f"/validation/jobs/{job['id']}/results/1"
    for place, class_id in ((1, 1), (2, 2)):
        curves = site.client.get(f"{url}/curves", **{"class": class_id})
        shown = values.locator("tbody tr").nth(place).locator("td").all_inner_texts()
        assert shown[1:4] == [f"{curves[name][25]:.3f}" for name in ("precision", "recall", "f1")]
    plot = page.get_by_label("F1 by score").locator(".u-over")
    box = plot.bounding_box()
    assert box is not None
    plot.click(position={"x": 0.6 * box["width"], "y": 0.5 * box["height"]})
    page.wait_for_url("**conf=0.6**")
    expect_matrix(page, 1, 0.6)
    best = site.client.get(f"{url}/curves", **{"class": 1})["best_f1"]["score"]
    values.locator("[data-class='1']").get_by_role("button").first.click()
    expect_matrix(page, 1, int(best * 100 + 1e-4) / 100)
    page.get_by_label("Leave out dent").click()
    expect(values.locator("tbody tr")).to_have_count(2)
    page.get_by_test_id("lines-worst").click()
    expect(values.locator("tbody tr")).to_have_count(6)


def test_a_click_on_precision_by_recall_finds_the_score_of_that_point(
    site: Any, job: dict[str, Any], open_page: OpenPage
) -> None:
    page = open_page(f"/jobs/{job['id']}/validation?epoch=1&conf=0.1")
    expect_matrix(page, 1, 0.1)
    curves = site.client.get(f"/validation/jobs/{job['id']}/results/1/curves")
    plot = page.get_by_label("Precision by recall").locator(".u-over")
    bring(plot)
    box = plot.bounding_box()
    assert box is not None
    x, y = curves["recall"][85] * box["width"], (1 - curves["precision"][85] / 1.02) * box["height"]
    plot.click(position={"x": x, "y": y})
    expect(page.get_by_test_id("confusion-grid")).not_to_have_attribute("data-conf", "0.10")
    conf = float(page.get_by_test_id("confusion-grid").get_attribute("data-conf") or 0)
    # Any score between two predictions' is the same point.
    assert 0.8 < conf <= 0.9
    expect_matrix(page, 1, conf)


def test_a_copied_link_shows_a_colleague_the_same(site: Any, job: dict[str, Any], open_page: OpenPage) -> None:
    page = open_page(f"/jobs/{job['id']}/validation")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    expect_matrix(page, 3, 0.25)
    page.get_by_text("By row").click()
    page.get_by_test_id("matrix-order").select_option("confused")
    page.get_by_test_id("matrix-against").select_option("2")
    page.get_by_test_id("lines-best").click()
    page.get_by_test_id("per-class").get_by_role("button", name="Recall").click()
    page.get_by_text("F2", exact=True).click()
    page.get_by_test_id("slider-score").get_by_role("slider").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_test_id("confusion-grid")).to_have_attribute("data-conf", "0.26")
    page.evaluate(
        """() => new MutationObserver(() => { window.copied ||= document.body.innerText.includes("Copied"); })
            .observe(document.body, { subtree: true, childList: true, characterData: true })"""
    )
    page.get_by_role("button", name="Copy link").click()
    page.wait_for_function("() => window.copied")  # it says so for two seconds
    link = str(page.evaluate("navigator.clipboard.readText()"))
    assert link.startswith(site.url)
    assert "epoch=3" in link
    other = open_page(link.removeprefix(site.url))
    for part in ("confusion-grid", "changes", "per-class", "curve-values"):
        expect(other.get_by_test_id(part)).to_be_visible()
    expect(other.get_by_test_id("confusion-grid")).to_have_attribute("data-against", "2")
    expect(other.get_by_test_id("curve-values").locator("tbody tr")).to_have_count(6)
    for part in ("confusion-grid", "changes", "per-class", "curve-values"):
        expect(other.get_by_test_id(part)).to_have_text(page.get_by_test_id(part).inner_text(), use_inner_text=True)
    expect(other.get_by_label("F2", exact=True)).to_be_checked()


def test_a_thousand_classes_are_paged_searched_and_sorted_by_any_column(
    site: Any, large: dict[str, Any], open_page: OpenPage
) -> None:
    page = open_page(f"/jobs/{large['id']}/validation?epoch=1")
    table = page.get_by_test_id("per-class")
    expect(table.locator("tbody tr")).to_have_count(50)
    expect(page.get_by_test_id("per-class-pages")).to_contain_text("1 to 50 of 1,000")
    page.get_by_label("Next classes").click()
    expect(table.locator("tbody tr").first).to_contain_text("species 050")
    table.get_by_role("button", name="FN").click()
    page.wait_for_url("**by=-fn**")
    expect(table.locator("tbody tr").first).to_contain_text("species 700")
    page.get_by_label("Find a class").fill("species 99")
    expect(table.locator("tbody tr")).to_have_count(10)
    table.get_by_role("button", name="Class").click()
    table.get_by_role("button", name="Class").click()
    page.wait_for_url("**by=-name**")
    expect(table.locator("tbody tr").first).to_contain_text("species 999")
    page.get_by_label("Find a class").fill("unicorn")
    expect(page.get_by_text("No class has “unicorn” in its name.")).to_be_visible()


def test_the_points_stay_at_the_score_when_a_new_epoch_arrives(site: Any, open_page: OpenPage) -> None:
    job = new_job(site, "Thresholds live")
    send(site, job, 1, parts(1), list(PARTS))
    page = open_page(f"/jobs/{job['id']}/validation?epoch=latest&conf=0.55&lines=1")
    expect_matrix(page, 1, 0.55)
    send(site, job, 2, parts(2), list(PARTS))
    expect(page.get_by_test_id("confusion-grid")).to_have_attribute("data-epoch", "2")
    expect_matrix(page, 2, 0.55)
    curves = site.client.get(f"/validation/jobs/{job['id']}/results/2/curves", **{"class": 1})
    row = page.get_by_test_id("curve-values").locator("[data-class='1'] td")
    expect(row.nth(1)).to_have_text(f"{curves['precision'][55]:.3f}")
    finish(site, job)
