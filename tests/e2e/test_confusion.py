"""The confusion matrix in a real Chromium: its orders, what is folded, another epoch beside it, a thousand classes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.e2e.confused import PARTS, finish, job_of_many, job_of_parts, many, matrix_of, new_job, parts, send

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Page]
BACKGROUND = len(PARTS)
#: What the base canvas shows in the middle of a cell; the test ids are on the canvas.
PIXEL = """([left, top, ratio]) => {
  const canvas = document.querySelector('[data-testid=confusion-cells]');
  return [...canvas.getContext('2d').getImageData(left * ratio, top * ratio, 1, 1).data].slice(0, 3);
}"""


@pytest.fixture(scope="module")
def job(site: Any) -> dict[str, Any]:
    return job_of_parts(site)


@pytest.fixture(scope="module")
def large(site: Any) -> dict[str, Any]:
    return job_of_many(site)


def rows_of(page: Page) -> list[str]:
    return page.get_by_test_id("confusion-grid").locator("tbody th").all_inner_texts()


def shown_total(page: Page) -> int:
    counts = page.get_by_test_id("confusion-grid").locator("td[data-count]")
    return sum(int(cell.get_attribute("data-count") or 0) for cell in counts.all())


def search_of(page: Page, name: str) -> str | None:
    return str(page.evaluate("name => new URL(location.href).searchParams.get(name)", name) or "") or None


def test_classes_are_ordered_by_confusion_and_a_cell_still_leads_to_its_images(
    site: Any, job: dict[str, Any], open_page: OpenPage
) -> None:
    page = open_page(f"/jobs/{job['id']}/validation?epoch=1")
    expect(page.get_by_test_id("cell-1-2")).to_have_attribute("data-count", "9")
    assert rows_of(page) == [*PARTS, "bg"]
    page.get_by_test_id("matrix-order").select_option("confused")
    # Dents and cracks have part in 13 mistakes each, scratches, holes and burrs in 3, stains in 2.
    expect(page.get_by_test_id("cell-0-1")).to_have_attribute("data-count", "9")
    assert rows_of(page)[:2] == ["dent", "crack"]
    page.get_by_test_id("cell-0-1").click()
    page.wait_for_url("**cell=1-2**")
    expect(page.get_by_test_id("cell-summary")).to_contain_text("9 pairs")
    expect(page.get_by_test_id("cell-0-1")).to_have_attribute("aria-selected", "true")
    page.get_by_test_id("matrix-order").select_option("near")
    expect(page.get_by_test_id("cell-0-1")).to_have_attribute("aria-selected", "true")
    # Scratches are taken for burrs: they stand side by side too.
    assert rows_of(page) == ["dent", "crack", "scratch", "burr", "hole", "stain", "bg"]
    page.get_by_test_id("matrix-order").select_option("name")
    expect(page.get_by_test_id("cell-0-0")).to_have_attribute(
        "aria-label", "true burr, predicted burr: 10 pairs; 100% of its row, 77% of its column"
    )
    assert search_of(page, "order") == "name"


def test_only_the_worst_classes_are_shown_and_the_rest_stands_together(
    job: dict[str, Any], open_page: OpenPage
) -> None:
    page = open_page(f"/jobs/{job['id']}/validation?epoch=1")
    expect(page.get_by_test_id("cell-6-6")).to_be_visible()
    before = shown_total(page)
    assert before == sum(matrix_of(parts(1), BACKGROUND).values())
    field = page.get_by_test_id("matrix-worst")
    field.fill("2")
    field.press("Enter")
    expect(page.get_by_test_id("cell-6-6")).to_have_count(0)
    assert rows_of(page) == ["dent", "crack", "4 others", "bg"]
    assert shown_total(page) == before
    # 10 right of each of the four, one more hole, three scratches taken for burrs.
    others = page.get_by_test_id("cell-2-2")
    expect(others).to_have_attribute("data-count", "44")
    expect(others).to_have_attribute("data-kind", "mixed")
    expect(others).to_have_attribute("title", re_of("41 of them right"))
    others.click()
    expect(page.get_by_text("stands for several classes")).to_be_visible()
    assert search_of(page, "cell") is None
    page.get_by_test_id("cell-0-1").click()
    page.wait_for_url("**cell=1-2**")
    assert search_of(page, "worst") == "2"


def re_of(text: str) -> Any:
    import re

    return re.compile(re.escape(text))


def test_cells_show_shares_of_their_row_or_column_and_say_all_three(job: dict[str, Any], open_page: OpenPage) -> None:
    page = open_page(f"/jobs/{job['id']}/validation?epoch=1&show=rows")
    cell = page.get_by_test_id("cell-1-2")
    expect(cell).to_have_text(f"{9 / 19:.2f}".removeprefix("0"))
    page.get_by_text("By column").click()
    # 10 cracks are right, 9 dents were taken for cracks.
    expect(cell).to_have_text(f"{9 / 19:.2f}".removeprefix("0"))
    expect(page.get_by_test_id("cell-4-4")).to_have_text(f"{10 / 12:.2f}".removeprefix("0"))
    expect(page.get_by_test_id("cell-4-4")).to_have_attribute("title", re_of("10 pairs; 100% of its row, 83% of its"))
    assert search_of(page, "show") == "columns"


def test_the_difference_between_two_epochs_has_signs_and_a_list(
    site: Any, job: dict[str, Any], open_page: OpenPage
) -> None:
    page = open_page(f"/jobs/{job['id']}/validation?epoch=3")
    page.get_by_test_id("matrix-against").select_option("1")
    expect(page.get_by_test_id("confusion-grid")).to_have_attribute("data-against", "1")
    now, before = (matrix_of(parts(epoch), BACKGROUND) for epoch in (3, 1))
    for true in range(BACKGROUND + 1):
        for pred in range(BACKGROUND + 1):
            change = now.get((true, pred), 0) - before.get((true, pred), 0)
            text = "0" if change == 0 else f"+{change}" if change > 0 else f"−{-change}"
            expect(page.get_by_test_id(f"cell-{true}-{pred}")).to_have_text(text)
    # Fewer mistakes and more hits are for the better, whichever way the number goes.
    expect(page.get_by_test_id("cell-1-2")).to_have_attribute("data-kind", "right")
    expect(page.get_by_test_id("cell-3-3")).to_have_attribute("data-kind", "right")
    first = page.get_by_test_id("changes").locator("li").first
    expect(first).to_contain_text("“dent” taken for “crack”")
    expect(first).to_contain_text("9 → 3 (−6)")
    first.get_by_role("button").click()
    expect(page.get_by_test_id("cell-summary")).to_contain_text("3 pairs")
    expect(page.get_by_test_id("confusion-legend")).to_contain_text("worse")
    # The link is enough, also at another score: both epochs are counted there.
    again = open_page(f"/jobs/{job['id']}/validation?epoch=3&against=1&conf=0.85")
    expect(again.get_by_test_id("cell-1-1")).to_have_text("0")
    expect(again.get_by_test_id("confusion-grid")).to_have_attribute("data-conf", "0.85")


def test_a_new_epoch_is_drawn_while_somebody_looks(site: Any, open_page: OpenPage) -> None:
    job = new_job(site, "Seen live")
    send(site, job, 1, parts(1), list(PARTS))
    page = open_page(f"/jobs/{job['id']}/validation?epoch=latest&against=1&order=confused")
    expect(page.get_by_test_id("cell-0-1")).to_have_text("9")
    send(site, job, 2, parts(2), list(PARTS))
    grid = page.get_by_test_id("confusion-grid")
    expect(grid).to_have_attribute("data-epoch", "2")
    expect(grid).to_have_attribute("data-against", "1")
    expect(page.get_by_test_id("cell-0-1")).to_have_text("−3")
    finish(site, job)
    expect(page.get_by_test_id("job-state")).to_contain_text("Completed")
    expect(page.get_by_test_id("cell-0-1")).to_have_text("−3")


def place_of(page: Page, row: int, column: int) -> tuple[float, float]:
    """The middle of a cell in CSS px from the canvas's corner, from what the canvas says that it drew."""
    unit, top_row, left_column, left, top = page.evaluate(
        """() => {
            const [cells, over] = ["cells", "canvas"].map((name) =>
                document.querySelector(`[data-testid=confusion-${name}]`).dataset);
            return [cells.unit, cells.row, cells.column, over.left, over.top].map(Number);
        }"""
    )
    return left + (column + 0.5 - left_column) * unit, top + (row + 0.5 - top_row) * unit


def test_a_thousand_classes_on_a_canvas_can_be_found_walked_and_clicked(
    site: Any, large: dict[str, Any], open_page: OpenPage
) -> None:
    page = open_page(f"/jobs/{large['id']}/validation?epoch=1")
    canvas, readout = page.get_by_test_id("confusion-canvas"), page.get_by_test_id("confusion-readout")
    expect(canvas).to_have_attribute("data-size", "1001")
    expect(page.get_by_test_id("confusion-cells")).to_have_attribute("data-epoch", "1")
    # A thousand cells share 700 pixels, and yet the diagonal is there from end to end.
    empty = page.evaluate(PIXEL, [*place_of(page, 100, 900), 1])
    for at in (0, 333, 999):
        assert page.evaluate(PIXEL, [*place_of(page, at, at), 1]) != empty
    expected = matrix_of(many(), 1000)
    cells = page.get_by_test_id("confusion-cells")
    whole = str(cells.get_attribute("data-unit"))
    field = page.get_by_label("Go to class")
    field.fill("species 70")
    field.press("Enter")
    expect(readout).to_contain_text("true species 700, predicted species 700: 1 pair")
    expect(cells).not_to_have_attribute("data-unit", whole)
    x, y = place_of(page, 700, 703)
    canvas.hover(position={"x": x, "y": y})
    expect(readout).to_contain_text("predicted species 703: 9 pairs")
    assert expected[700, 703] == 9
    canvas.click(position={"x": x, "y": y})
    page.wait_for_url("**cell=700-703**")
    expect(page.get_by_test_id("cell-summary")).to_contain_text("9 pairs")
    page.keyboard.press("Escape")
    page.wait_for_url(lambda url: "cell=" not in url)
    page.keyboard.press("Control+Home")
    expect(readout).to_contain_text("true species 000, predicted species 000")
    page.keyboard.press("n")
    expect(readout).to_contain_text("true species 700, predicted species 703: 9 pairs")
    page.keyboard.press("n")
    expect(readout).to_contain_text("true species 005, predicted background: 3 pairs")
    page.keyboard.press("Enter")
    page.wait_for_url("**cell=5-1000**")
    expect(page.get_by_test_id("cell-summary")).to_contain_text("3 pairs")
    # The same as a list, for whoever can't see the canvas.
    expect(page.get_by_test_id("top-confusions").locator("li").first).to_contain_text("“species 700” taken for")


def test_the_canvas_is_zoomed_and_moved_by_keys_wheel_and_dragging(large: dict[str, Any], open_page: OpenPage) -> None:
    page = open_page(f"/jobs/{large['id']}/validation?epoch=1")
    cells, canvas = page.get_by_test_id("confusion-cells"), page.get_by_test_id("confusion-canvas")
    expect(cells).to_have_attribute("data-unit", re_of("0."))
    whole = cells.get_attribute("data-unit")
    canvas.focus()
    for _ in range(8):
        page.keyboard.press("+")
    expect(cells).not_to_have_attribute("data-unit", str(whole))
    near = float(cells.get_attribute("data-unit") or 0)
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 400, box["y"] + 400)
    page.mouse.wheel(0, -200)
    expect(cells).not_to_have_attribute("data-unit", f"{near:.3f}")
    row = cells.get_attribute("data-row")
    page.mouse.down()
    page.mouse.move(box["x"] + 300, box["y"] + 300, steps=4)
    page.mouse.up()
    expect(cells).not_to_have_attribute("data-row", str(row))
    assert search_of(page, "cell") is None
    page.get_by_label("The whole matrix (0)").click()
    expect(cells).to_have_attribute("data-unit", str(whole))


def test_the_worst_of_a_thousand_classes_fit_a_grid(large: dict[str, Any], open_page: OpenPage) -> None:
    page = open_page(f"/jobs/{large['id']}/validation?epoch=1&worst=4&order=near")
    expect(page.get_by_test_id("confusion-grid")).to_be_visible()
    assert rows_of(page)[:2] in (["species 700", "species 703"], ["species 703", "species 700"])
    assert rows_of(page)[4:] == ["996 others", "bg"]


def test_no_answer_of_a_thousand_classes_is_over_a_megabyte(site: Any, large: dict[str, Any]) -> None:
    import httpx

    url = f"{site.url}/api/v1/validation/jobs/{large['id']}/results/1"
    for path in ("", "/confusion-matrix", "/operating-points", "/curves"):
        answer = httpx.get(
            url + path, headers={"authorization": f"Bearer {site.token}", "accept-encoding": "identity"}, timeout=60
        )
        assert answer.status_code == 200
        assert len(answer.content) < 1_000_000, path


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_large_and_small_matrices_fit_a_phone(
    job: dict[str, Any], large: dict[str, Any], open_page: OpenPage, scheme: str
) -> None:
    for each in (job, large):
        page = open_page(f"/jobs/{each['id']}/validation?epoch=1", width=390, height=844, scheme=scheme)
        expect(page.get_by_test_id("matrix")).to_be_visible()
        expect(page.get_by_test_id("curves")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
