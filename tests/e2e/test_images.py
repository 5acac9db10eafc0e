"""Images of a validation in a real Chromium: a grid of any length, filters, one image, truth beside predictions."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Page]
MANY = 3000
SIDE = 40


def box(class_id: int, x: float, confidence: float | None = None, side: float = SIDE) -> dict[str, Any]:
    found: dict[str, Any] = {"class_id": class_id, "bbox": [x, 10, side, side]}
    return found if confidence is None else {**found, "confidence": confidence}


def new_job(site: Any, **fields: Any) -> dict[str, Any]:
    body = {"model": "own.pt", "epochs": 3, "launcher": "external", **fields}
    return dict(site.client.post("/training/jobs", body))


def send(site: Any, job: dict[str, Any], results: list[dict[str, Any]], epoch: int = 1) -> None:
    body = {
        "job_id": job["id"], "epoch": epoch, "task_type": "detection", "class_names": ["ring", "cross"],
        "image_results": results,
    }  # fmt: skip
    with site.job_client(job) as client:
        client.post(f"/validation/jobs/{job['id']}/results", body)


def result(number: int) -> dict[str, Any]:
    """Every third is right, every third is taken for the other class, every third is missed; some are small."""
    side = 20 if number % 7 == 0 else SIDE
    truth = [box(0, 10, side=side)]
    found = [[box(0, 10, 0.9, side)], [box(1, 10, 0.8, side)], []][number % 3]
    return {"image_name": f"street/{number:05}.png", "true_boxes": truth, "predicted_boxes": found}


@pytest.fixture(scope="module")
def many(site: Any) -> dict[str, Any]:
    """A finished job of 3,000 images that nobody has pictures of."""
    job = new_job(site, name="Many images")
    send(site, job, [result(number) for number in range(MANY)])
    with site.job_client(job) as client:
        events = [{"seq": 1, "type": "state", "state": "completed"}]
        client.post(f"/training/jobs/{job['id']}/events", {"attempt": 1, "events": events})
    return {**job, "page": f"/jobs/{job['id']}/validation?epoch=1"}


@pytest.fixture(scope="module")
def drawn_job(site: Any, shapes: dict[str, Any]) -> dict[str, Any]:
    """A running job on drawn images: in b2 the ring is found a little beside, and the cross is missed."""
    job = new_job(site, name="Drawn", dataset=shapes["dataset_id"])
    b1 = [{"class_id": 1, "bbox": [100, 50, 60, 60], "confidence": 0.9}]
    b2 = [{"class_id": 0, "bbox": [44, 40, 30, 90], "confidence": 0.7}]
    b2.append({"class_id": 1, "bbox": [180, 5, 40, 40], "confidence": 0.6})
    body = {
        "job_id": job["id"], "epoch": 1, "task_type": "detection",
        "image_results": [
            {"image_name": "images/val/b1.png", "predicted_boxes": b1},
            {"image_name": "images/val/b2.png", "predicted_boxes": b2},
        ],
    }  # fmt: skip
    with site.job_client(job) as client:
        client.post(f"/validation/jobs/{job['id']}/results", body)
    return {**job, "page": f"/jobs/{job['id']}/validation?epoch=1"}


def image_of(site: Any, job: dict[str, Any], path: str) -> int:
    items = site.client.pages(f"/validation/jobs/{job['id']}/results/1/images")
    return int(next(item["image_id"] for item in items if path in item["path"]))


def cards(page: Page) -> list[int]:
    return [int(card.get_attribute("data-image-id") or -1) for card in page.get_by_test_id("image-card").all()]


def test_a_grid_reaches_every_image_and_holds_only_those_near_the_screen(
    site: Any, many: dict[str, Any], open_page: OpenPage
) -> None:
    page = open_page(f"{many['page']}&sort=name")
    grid = page.get_by_test_id("image-grid")
    expect(grid.get_by_role("listitem").first).to_have_attribute("aria-setsize", str(MANY))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "offset=" in request.url else None)
    # The scrollbar is drawn to the middle: what lies between is never asked for.
    grid.evaluate("(element) => { element.scrollTop = element.scrollHeight / 2; }")
    middle = page.get_by_test_id("image-card").first
    first = grid.get_by_role("listitem").first
    expect(first).to_have_attribute("aria-posinset", re.compile(r"^1[2-7]\d\d$"))
    expect(page.get_by_test_id("blank-card")).to_have_count(0)
    position = int(first.get_attribute("aria-posinset") or 0)
    assert MANY * 0.4 < position < MANY * 0.6
    expect(middle).to_have_attribute("title", f"street/{position - 1:05}.png")
    assert page.get_by_test_id("image-card").count() < 100
    assert {int(re.findall(r"offset=(\d+)", url)[0]) for url in asked} <= {1300, 1400, 1500, 1600}
    grid.evaluate("(element) => { element.scrollTop = element.scrollHeight; }")
    expect(page.get_by_title(f"street/{MANY - 1:05}.png")).to_be_visible()


def test_a_scrollbar_that_is_dragged_asks_only_where_it_rests(many: dict[str, Any], open_page: OpenPage) -> None:
    page = open_page(f"{many['page']}&sort=name")
    expect(page.get_by_test_id("image-card").first).to_be_visible()
    asked: list[int] = []
    page.on(
        "request",
        lambda request: (
            asked.append(int(request.url.split("offset=")[1].split("&")[0])) if "/images?" in request.url else None
        ),
    )
    page.get_by_test_id("image-grid").evaluate(
        """(element) => {
            // In one go: on a busy machine a frame takes as long as a rest.
            for (let at = 1; at <= 60; at += 1) {
                element.scrollTop = (element.scrollHeight * at) / 60;
                element.dispatchEvent(new Event("scroll"));
            }
        }"""
    )
    expect(page.get_by_title(f"street/{MANY - 1:05}.png")).to_be_visible()
    assert max(asked) == MANY - 100
    assert len(asked) < 15, asked  # thirty pages were passed


def test_keys_lead_through_the_grid_and_open_an_image(many: dict[str, Any], open_page: OpenPage) -> None:
    page = open_page(f"{many['page']}&sort=name")
    page.get_by_title("street/00000.png").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_title("street/00001.png")).to_be_focused()
    page.keyboard.press("End")
    expect(page.get_by_title(f"street/{MANY - 1:05}.png")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_title(f"street/{MANY - 2:05}.png")).to_be_focused()
    page.keyboard.press("Home")
    expect(page.get_by_title("street/00000.png")).to_be_focused()
    # One of the cards is a stop of Tab, not three thousand.
    assert page.get_by_test_id("image-grid").locator("button[tabindex='0']").count() == 1
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("image-view")).to_have_attribute("data-image-id", "0")


def test_filters_add_up_are_counted_exactly_and_go_one_by_one(many: dict[str, Any], open_page: OpenPage) -> None:
    page = open_page(many["page"])
    summary = page.get_by_test_id("cell-summary")
    expect(summary).to_have_text("3,000 images")
    page.get_by_label("Outcome", exact=True).select_option("fn")
    expect(summary).to_have_text("2,000 pairs in 2,000 images")
    page.get_by_label("Object size").select_option("small")
    small = [n for n in range(MANY) if n % 7 == 0 and n % 3]
    expect(summary).to_have_text(f"{len(small)} pairs in {len(small)} images")
    page.get_by_role("textbox", name="Part of the path").fill("street/02")
    some = [n for n in small if 2000 <= n < 3000]
    expect(summary).to_have_text(f"{len(some)} pairs in {len(some)} images")
    expect(page).to_have_url(re.compile(r"outcome=fn.*size=small.*text=street"))
    expect(page.get_by_test_id("filter-chip")).to_have_count(3)
    page.get_by_role("button", name="Remove the filter: Missed").click()
    every = [n for n in range(2000, 3000) if n % 7 == 0]
    expect(summary).to_have_text(f"{len(every)} pairs in {len(every)} images")
    page.get_by_role("button", name="Show all images").click()
    expect(summary).to_have_text("3,000 images")
    expect(page.get_by_test_id("filter-chip")).to_have_count(0)


def test_a_cell_can_be_narrowed_down_further_and_another_number_begins_anew(
    many: dict[str, Any], open_page: OpenPage
) -> None:
    page = open_page(f"{many['page']}&cell=0-1&size=small")
    taken = [n for n in range(MANY) if n % 3 == 1 and n % 7 == 0]
    expect(page.get_by_test_id("cell-summary")).to_have_text(f"{len(taken)} pairs in {len(taken)} images")
    page.get_by_test_id("cell-0-2").click()
    expect(page.get_by_test_id("cell-summary")).to_have_text("1,000 pairs in 1,000 images")


def test_most_errors_come_first(site: Any, many: dict[str, Any], open_page: OpenPage) -> None:
    page = open_page(many["page"])
    page.get_by_label("Order", exact=True).select_option("errors")
    first = page.get_by_test_id("image-card").first
    expect(first).to_have_accessible_name(re.compile("0 found, 1 missed, 1 false"))


def test_cards_have_three_sizes_and_the_browser_remembers(many: dict[str, Any], open_page: OpenPage) -> None:
    page = open_page(many["page"])
    card = page.get_by_test_id("image-card").first
    widths = []
    for name in ("S", "M", "L"):
        page.get_by_test_id("card-size").get_by_text(name, exact=True).click()
        widths.append(card.evaluate("(element) => element.offsetWidth"))
    assert widths == sorted(widths)
    assert widths[0] < widths[2] / 1.5
    page.reload()
    expect(card).to_be_visible()
    assert card.evaluate("(element) => element.offsetWidth") == widths[2]


def test_the_objects_of_a_cell_are_shown_themselves_and_open_there(
    site: Any, drawn_job: dict[str, Any], open_page: OpenPage
) -> None:
    page = open_page(f"{drawn_job['page']}&view=objects&sort=name")
    expect(page.get_by_test_id("object-card")).to_have_count(4)
    picture = page.get_by_test_id("object-card").first.locator("img")
    expect(picture).to_have_attribute("src", re.compile(r"crop=\d+,\d+,\d+,\d+"))
    expect(picture).to_have_js_property("complete", True)
    assert picture.evaluate("(image) => image.naturalWidth") > 0
    page.get_by_label("Outcome", exact=True).select_option("fp")
    expect(page.get_by_test_id("object-card")).to_have_count(1)
    page.get_by_test_id("object-card").click()
    expect(page).to_have_url(re.compile(r"at=180%2C5%2C40%2C40"))
    expect(page.get_by_test_id("look-frame")).to_have_count(1)
    # The object is in the middle of the picture's place, and large.
    page.wait_for_function(
        """() => document.querySelector("[data-testid=picture-frame]").offsetWidth
            > document.querySelector("[data-testid=image-view]").offsetWidth"""
    )
    frame = page.get_by_test_id("picture-frame").bounding_box()
    stage = page.get_by_test_id("image-view").bounding_box()
    assert frame is not None
    assert stage is not None
    assert frame["width"] > stage["width"]


def test_keys_lead_through_the_whole_list_not_only_what_was_loaded(
    site: Any, many: dict[str, Any], open_page: OpenPage
) -> None:
    ids = {
        i["path"]: i["image_id"]
        for i in site.client.pages(f"/validation/jobs/{many['id']}/results/1/images", limit=500)
    }
    page = open_page(f"{many['page']}&outcome=fn&sort=name&image={ids['street/01999.png']}")
    view = page.get_by_test_id("image-view")
    missed = [n for n in range(MANY) if n % 3]
    at = missed.index(1999)
    expect(page.get_by_test_id("image-position")).to_have_text(f"{at + 1:,} of 2,000")
    for number in missed[at + 1 : at + 4]:
        page.keyboard.press("ArrowRight")
        expect(view).to_have_attribute("data-image-id", str(ids[f"street/{number:05}.png"]))
        expect(page.get_by_test_id("image-position")).to_have_text(f"{missed.index(number) + 1:,} of 2,000")
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_test_id("image-position")).to_have_text(f"{at + 3:,} of 2,000")
    # The grid came along: it shows the image, and arrows go on from there.
    page.keyboard.press("Escape")
    expect(view).to_have_count(0)
    last = page.get_by_title(f"street/{missed[at + 2]:05}.png")
    expect(last).to_be_focused()
    card, grid = last.bounding_box(), page.get_by_test_id("image-grid").bounding_box()
    assert card is not None
    assert grid is not None
    assert grid["y"] <= card["y"] <= grid["y"] + grid["height"] - card["height"]


def test_a_pair_says_its_score_and_its_overlap_and_mistakes_are_marked_without_labels(
    site: Any, drawn_job: dict[str, Any], open_page: OpenPage
) -> None:
    image_id = image_of(site, drawn_job, "b2")
    page = open_page(f"{drawn_job['page']}&image={image_id}")
    view = page.get_by_test_id("image-view")
    detail = site.client.get(f"/validation/jobs/{drawn_job['id']}/results/1/images/{image_id}")
    ring = next(p for p in detail["predictions"] if p["outcome"] == "tp")
    expect(view.get_by_text(f"✓ ring 0.70 · IoU {ring['iou']:.2f}")).to_be_attached()
    expect(view.get_by_text("○ cross")).to_be_attached()
    expect(view.get_by_text("✕ cross 0.60")).to_be_attached()
    page.get_by_test_id("toggle-labels").click()
    expect(view.get_by_text("✓ ring 0.70")).to_have_count(0)
    marks = view.locator("[data-outcome='fn'], [data-outcome='fp']").filter(has_text=re.compile(r"^[○✕] ?$"))
    expect(marks).to_have_count(2)
    page.get_by_test_id("toggle-labels").click()


def test_a_click_in_the_list_zooms_to_the_object_and_lights_its_partner_up(
    site: Any, drawn_job: dict[str, Any], open_page: OpenPage
) -> None:
    page = open_page(f"{drawn_job['page']}&image={image_of(site, drawn_job, 'b2')}")
    found = page.get_by_test_id("prediction-list")
    before = page.get_by_test_id("picture-frame").bounding_box()
    assert before is not None
    found.get_by_role("button", name="cross").click()
    expect(page).to_have_url(re.compile(r"at=180%2C5%2C40%2C40"))
    page.wait_for_function(
        "(width) => document.querySelector('[data-testid=picture-frame]').offsetWidth > width",
        arg=before["width"] * 1.2,
    )
    found.get_by_role("button", name="ring").hover()
    expect(page.locator("[data-testid=truth-shape][data-class=ring]")).to_have_attribute("data-partner", "true")
    expect(page.locator("[data-testid=truth-shape][data-class=cross]")).not_to_have_attribute("data-partner", "true")


def test_truth_and_predictions_stand_side_by_side_and_move_together(
    site: Any, drawn_job: dict[str, Any], open_page: OpenPage
) -> None:
    page = open_page(f"{drawn_job['page']}&image={image_of(site, drawn_job, 'b2')}")
    expect(page.get_by_test_id("picture-frame")).to_have_count(1)
    page.keyboard.press("s")
    frames = page.get_by_test_id("picture-frame")
    expect(frames).to_have_count(2)
    assert frames.nth(0).get_by_test_id("truth-box").count() == 2
    assert frames.nth(0).get_by_test_id("prediction-box").count() == 0
    assert frames.nth(1).get_by_test_id("prediction-box").count() == 2
    assert frames.nth(1).get_by_test_id("truth-box").count() == 0
    place = frames.nth(1).bounding_box()
    assert place is not None
    page.mouse.move(place["x"] + place["width"] * 0.7, place["y"] + place["height"] * 0.3)
    page.mouse.wheel(0, -400)
    page.wait_for_function(
        "(width) => document.querySelector('[data-testid=picture-frame]').offsetWidth > width", arg=place["width"] * 1.2
    )
    styles = [frames.nth(i).evaluate("(e) => [e.style.width, e.style.left, e.style.top]") for i in (0, 1)]
    assert styles[0] == styles[1]
    page.keyboard.press("0")
    page.keyboard.press("s")
    expect(frames).to_have_count(1)


def test_the_whole_resolution_is_shown(site: Any, drawn_job: dict[str, Any], drawn: Any, open_page: OpenPage) -> None:
    page = open_page(f"{drawn_job['page']}&image={image_of(site, drawn_job, 'b1')}")
    picture = page.get_by_test_id("picture-frame").get_by_role("img")
    expect(picture).to_be_visible()
    page.wait_for_function("() => document.querySelector('[data-testid=picture-frame] img').complete")
    size = picture.evaluate("(image) => [image.naturalWidth, image.naturalHeight]")
    assert size == [drawn.width, drawn.height]


def test_a_new_epoch_of_a_running_job_leaves_the_grid_where_it_is(site: Any, open_page: OpenPage) -> None:
    job = new_job(site, name="Still running")
    send(site, job, [result(number) for number in range(600)])
    page = open_page(f"/jobs/{job['id']}/validation?epoch=latest&sort=name")
    grid = page.get_by_test_id("image-grid")
    expect(page.get_by_test_id("image-card").first).to_be_visible()
    grid.evaluate("(element) => { element.scrollTop = 1500; }")
    expect(grid.locator("[data-index='0']")).to_have_count(0)
    expect(page.get_by_test_id("blank-card")).to_have_count(0)
    before = cards(page)
    send(site, job, [{**result(number), "predicted_boxes": []} for number in range(600)], epoch=2)
    expect(page.get_by_test_id("image-card").first).to_have_accessible_name(re.compile("0 found, 1 missed"))
    assert grid.evaluate("(element) => element.scrollTop") == 1500
    assert cards(page) == before


def test_images_that_were_opened_and_closed_leave_nothing_to_go_back_through(
    site: Any, drawn_job: dict[str, Any], open_page: OpenPage
) -> None:
    page = open_page("/datasets")
    page.goto(f"{site.url}{drawn_job['page']}&sort=name")
    cards, view = page.get_by_test_id("image-card"), page.get_by_test_id("image-view")
    for at in (0, 1, 0):
        cards.nth(at).click()
        expect(view).to_be_visible()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Escape")
        expect(view).to_have_count(0)
    expect(page).to_have_url(re.compile("/validation"))
    page.go_back()
    expect(page).to_have_url(re.compile("/datasets"))
    page.go_forward()
    # An image that is open is left by Back too, and what was changed meanwhile stays.
    cards.first.click()
    expect(view).to_be_visible()
    page.go_back()
    expect(view).to_have_count(0)
    expect(cards.first).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_grid_and_an_image_fit_a_phone(
    site: Any, many: dict[str, Any], drawn_job: dict[str, Any], open_page: OpenPage, scheme: str
) -> None:
    page = open_page(f"{many['page']}&outcome=fn", width=390, height=844, scheme=scheme)
    expect(page.get_by_test_id("image-card").first).to_be_visible()
    lefts = {card.bounding_box()["x"] for card in page.get_by_test_id("image-card").all()[:6]}  # type: ignore[index]
    assert len(lefts) == 2
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.goto(f"{site.url}{drawn_job['page']}&image={image_of(site, drawn_job, 'b2')}")
    expect(page.get_by_test_id("picture-frame").get_by_role("img")).to_be_visible()
    page.get_by_test_id("toggle-beside").click()
    expect(page.get_by_test_id("picture-frame")).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
