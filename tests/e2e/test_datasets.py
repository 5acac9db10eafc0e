"""Datasets in a real Chromium: looked through, compared, taken out, deleted."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Page]
Box = tuple[int, int, int, int, int]


def shown_names(page: Page) -> list[str]:
    return [(card.get_attribute("title") or "").rpartition("/")[2] for card in cards(page).all()]


def cards(page: Page) -> Locator:
    return page.get_by_test_id("dataset-image")


def test_images_are_filtered_and_the_address_holds_the_filter(open_page: OpenPage, shapes: dict[str, Any]) -> None:
    page = open_page(f"/datasets/{shapes['dataset_id']}")
    count = page.get_by_test_id("image-count")
    expect(count).to_have_text("8 images")
    page.get_by_test_id("filter-split").select_option("val")
    expect(count).to_contain_text("2 of 8 images")
    assert shown_names(page) == ["b1.png", "b2.png"]
    page.get_by_test_id("filter-class").select_option("0")
    expect(count).to_contain_text("1 of 8 images")
    assert shown_names(page) == ["b2.png"]
    page.reload()
    expect(cards(page)).to_have_count(1)
    page.get_by_role("button", name="Clear the filter").click()
    expect(cards(page)).to_have_count(8)
    page.get_by_test_id("filter-problem").select_option("image_repeated")
    expect(count).to_contain_text("1 of 8 images")
    assert shown_names(page) == ["a5.png"]
    page.get_by_test_id("filter-problem").select_option("")
    page.get_by_test_id("filter-empty").check()
    expect(count).to_contain_text("1 of 8 images")
    assert shown_names(page) == ["a7.png"]
    page.get_by_test_id("filter-empty").uncheck()
    page.get_by_label("Part of the path").fill("TRAIN/a2")
    expect(count).to_contain_text("1 of 8 images")
    assert shown_names(page) == ["a2.png"]


def test_images_are_ordered_by_their_objects(open_page: OpenPage, shapes: dict[str, Any]) -> None:
    page = open_page(f"/datasets/{shapes['dataset_id']}")
    page.get_by_test_id("filter-sort").select_option("objects")
    expect(cards(page).first).to_have_attribute("title", re.compile("a3.png"))
    expect(cards(page).last).to_have_attribute("title", re.compile("a7.png"))


@pytest.mark.parametrize("name", ["train/a3", "val/b2", "train/a7"])
def test_an_image_has_exactly_its_boxes_at_their_pixels(
    open_page: OpenPage, shapes: dict[str, Any], name: str, drawn: Any
) -> None:
    page = open_page(f"/datasets/{shapes['dataset_id']}?search={name}")
    cards(page).click()
    view = page.get_by_test_id("dataset-image-view")
    expect(view).to_contain_text(f"{name}.png")
    picture = view.get_by_role("img", name=re.compile("objects?$"))
    page.wait_for_function("() => [...document.images].every((image) => image.naturalWidth > 0)")
    assert picture.evaluate("(image) => [image.naturalWidth, image.naturalHeight]") == [drawn.width, drawn.height]
    assert drawn_boxes(view, drawn) == sorted(drawn.images[name])


def drawn_boxes(view: Locator, drawn: Any) -> list[Box]:
    """Class and place of each box on the screen, in px of the picture below it; measured at one moment."""
    measured = view.evaluate(
        """(view) => {
            const frame = view.querySelector("img").getBoundingClientRect();
            return [...view.querySelectorAll("[data-testid=object-shape]")].map((shape) => {
                const box = shape.querySelector("[data-testid=object-box]").getBoundingClientRect();
                const place = [box.left - frame.left, box.top - frame.top, box.width, box.height];
                return [shape.dataset.class, ...place.map((side) => side / frame.width)];
            });
        }"""
    )
    return sorted(
        (drawn.names.index(name), *(round(side * drawn.width) for side in place)) for name, *place in measured
    )


def test_boxes_stay_on_their_pixels_when_zoomed(open_page: OpenPage, shapes: dict[str, Any], drawn: Any) -> None:
    page = open_page(f"/datasets/{shapes['dataset_id']}?search=train/a3")
    cards(page).click()
    view = page.get_by_test_id("dataset-image-view")
    picture = view.get_by_role("img", name=re.compile("objects?$"))
    before = picture.bounding_box()
    for _ in range(3):
        page.keyboard.press("+")
    expect(view).to_contain_text("338%")
    after = picture.bounding_box()
    assert before is not None
    assert after is not None
    assert after["width"] == pytest.approx(before["width"] * 1.5**3, rel=1e-3)
    assert drawn_boxes(view, drawn) == sorted(drawn.images["train/a3"])
    page.keyboard.press("0")
    expect(view).to_contain_text("100%")


def test_arrow_keys_lead_through_the_filtered_images_and_escape_back(
    open_page: OpenPage, shapes: dict[str, Any]
) -> None:
    page = open_page(f"/datasets/{shapes['dataset_id']}?class=1")
    expect(cards(page)).to_have_count(4)
    names = shown_names(page)
    cards(page).first.click()
    view = page.get_by_test_id("dataset-image-view")
    position = page.get_by_test_id("image-position")
    expect(position).to_have_text("1 of 4")
    for number, name in enumerate(names[1:], start=2):
        page.keyboard.press("ArrowRight")
        expect(view).to_contain_text(name)
        expect(position).to_have_text(f"{number} of 4")
    expect(page.get_by_role("button", name="Next image (→)")).to_be_disabled()
    page.keyboard.press("ArrowLeft")
    expect(view).to_contain_text(names[2])
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("image-count")).to_contain_text("4 of 8 images")
    expect(page.locator(":focus")).to_have_attribute("title", re.compile(names[2]))


def test_an_object_is_pointed_out_from_the_list_by_keyboard(open_page: OpenPage, shapes: dict[str, Any]) -> None:
    page = open_page(f"/datasets/{shapes['dataset_id']}?search=train/a2")
    cards(page).click()
    button = page.get_by_test_id("object-list").get_by_role("button", name="cross")
    # The pointer still lies where the card was, which may be over an object of the picture that comes up there.
    page.mouse.move(0, 0)
    button.focus()
    expect(page.locator("[data-testid=object-shape][data-hovered]")).to_have_attribute("data-class", "cross")
    button.press("Enter")
    expect(button).to_have_attribute("aria-pressed", "true")
    page.get_by_test_id("toggle-boxes").uncheck()
    expect(page.get_by_test_id("object-box")).to_have_count(0)


def test_statistics_follow_the_filter(open_page: OpenPage, shapes: dict[str, Any]) -> None:
    page = open_page(f"/datasets/{shapes['dataset_id']}/statistics")
    row = page.get_by_role("row", name="ring")
    expect(row).to_contain_text("6")
    sizes = page.get_by_role("application", name="Box sizes of 11 objects")
    sizes.focus()
    readout = page.get_by_text(re.compile(r"wide, .* high: \d+ objects?$"))
    before = readout.inner_text()
    sizes.press("ArrowRight")
    expect(readout).not_to_have_text(before)
    page.get_by_test_id("filter-split").select_option("val")
    expect(page.get_by_role("application", name="Box sizes of 3 objects")).to_be_visible()
    row.get_by_role("link", name="ring").click()
    expect(page.get_by_test_id("image-count")).to_contain_text("1 of 8 images")


def test_problems_lead_to_their_image(open_page: OpenPage, shapes: dict[str, Any]) -> None:
    page = open_page(f"/datasets/{shapes['dataset_id']}/problems")
    page.locator("[data-testid=problem-code][data-value=image_repeated]").click()
    expect(page.get_by_test_id("problem")).to_have_count(1)
    page.get_by_role("link", name="See the image").click()
    expect(page.get_by_test_id("dataset-image-view")).to_contain_text("train/a5.png")
    expect(page.get_by_test_id("image-problems")).to_contain_text("same bytes")


@pytest.fixture
def versions(import_zip: Callable[..., Any], drawn: Any, tmp_path: Path) -> dict[str, Any]:
    """A dataset of two versions: the newer one lacks a1, has b3, and has another box on b1."""
    older = import_zip(drawn.write_zip(tmp_path / "older.zip"), f"versions of {tmp_path.name}")
    images = {name: boxes for name, boxes in drawn.images.items() if name != "train/a1"}
    images |= {"val/b3": [(0, 50, 50, 20, 20)], "val/b1": [(1, 100, 50, 60, 60), (0, 10, 10, 30, 30)]}
    # The pictures stay as they were: only what is said of b1 differs.
    newer = import_zip(drawn.write_zip(tmp_path / "newer.zip", images), older["name"])
    assert newer["dataset_id"] == older["dataset_id"]
    return {"id": older["dataset_id"], "name": older["name"], "older": older["snapshot"], "newer": newer["snapshot"]}


def test_two_versions_are_compared(open_page: OpenPage, versions: dict[str, Any]) -> None:
    page = open_page(f"/datasets/{versions['id']}/versions")
    page.get_by_test_id("compare").click()
    comparison = page.get_by_test_id("comparison")
    for change, text in [("added", "Added (1)"), ("removed", "Removed (1)"), ("changed", "Changed (1)")]:
        expect(comparison.locator(f"[data-value={change}]")).to_have_text(text)
    expect(comparison.get_by_test_id("dataset-image")).to_have_count(3)
    comparison.locator("[data-value=removed]").click()
    removed = comparison.get_by_test_id("dataset-image")
    expect(removed).to_have_count(1)
    removed.click()
    expect(page.get_by_test_id("dataset-image-view")).to_contain_text("train/a1.png")
    page.get_by_test_id("back-to-images").click()
    expect(page.get_by_test_id("older-version")).to_be_visible()
    expect(page.get_by_test_id("choose-version")).to_have_value(versions["older"])


def test_a_version_is_taken_out_as_a_zip(open_page: OpenPage, versions: dict[str, Any], drawn: Any) -> None:
    page = open_page(f"/datasets/{versions['id']}/versions")
    with page.expect_download() as begun:
        page.get_by_test_id("export-coco").first.click()
    with zipfile.ZipFile(begun.value.path()) as archive:
        assert sum(name.endswith(".png") for name in archive.namelist()) == len(drawn.images)


def test_deleting_is_refused_while_a_job_depends_on_it(
    open_page: OpenPage, site: Any, versions: dict[str, Any]
) -> None:
    body = {"name": "Depends", "model": "own.pt", "epochs": 1, "launcher": "external", "dataset": versions["id"]}
    site.client.post("/training/jobs", body)
    page = open_page(f"/datasets/{versions['id']}/versions")
    page.get_by_test_id("delete-dataset").click()
    dialog = page.get_by_test_id("delete-dialog")
    expect(page.get_by_test_id("dependents")).to_contain_text("Depends")
    confirm = page.get_by_test_id("confirm-delete")
    expect(confirm).to_be_disabled()
    page.get_by_test_id("delete-anyway").check()
    expect(confirm).to_be_disabled()
    page.get_by_test_id("delete-name").fill(versions["name"])
    expect(confirm).to_be_enabled()
    dialog.get_by_role("button", name="Keep it").click()
    assert site.client.get(f"/datasets/{versions['id']}")["name"] == versions["name"]
    page.get_by_test_id("delete-dataset").click()
    page.get_by_test_id("delete-anyway").check()
    page.get_by_test_id("delete-name").fill(versions["name"])
    confirm.click()
    expect(page).to_have_url(re.compile("/datasets$"))
    expect(page.get_by_test_id("dataset-card").filter(has_text=versions["name"])).to_have_count(0)


def test_a_version_that_no_job_needs_is_deleted_also_the_one_that_is_shown(
    open_page: OpenPage, versions: dict[str, Any]
) -> None:
    page = open_page(f"/datasets/{versions['id']}/versions?snapshot={versions['older']}")
    expect(page.get_by_test_id("version")).to_have_count(2)
    page.locator(f"[data-hash='{versions['older']}']").get_by_test_id("delete-version").click()
    page.get_by_test_id("confirm-delete").click()
    expect(page.get_by_test_id("version")).to_have_count(1)
    expect(page.get_by_test_id("version")).to_have_attribute("data-hash", versions["newer"])
    expect(page.get_by_test_id("delete-dialog")).to_have_count(0)


@pytest.mark.parametrize(
    "path", ["/datasets", "/datasets/import", "/datasets/{}", "/datasets/{}/statistics", "/datasets/{}/images/3"]
)
def test_a_phone_shows_every_page_without_sideways_scrolling(
    open_page: OpenPage, shapes: dict[str, Any], path: str
) -> None:
    page = open_page(path.format(shapes["dataset_id"]), width=390, height=844, scheme="dark")
    expect(page.locator("h1")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
