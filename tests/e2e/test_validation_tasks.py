"""Validation of masks, poses and classes in a real Chromium: what it shows is what the data says."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.e2e.pages import bring

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Page]
ImportZip = Callable[..., dict[str, Any]]
Box = tuple[int, int, int, int]

#: By image: where the plate is, and where it was predicted with which score. The first is right; of the second a fifth
#: is covered; the third is not found, but something else is.
PLATES: dict[str, tuple[Box, Box, float]] = {
    "one": ((40, 30, 100, 80), (40, 30, 100, 80), 0.9),
    "three": ((10, 10, 40, 40), (150, 100, 60, 40), 0.8),
    "two": ((60, 20, 60, 50), (100, 20, 60, 50), 0.6),
}
ARM = {"name": "arm", "keypoints": ["shoulder", "elbow", "hand"], "skeleton": [[1, 2], [2, 3]]}
FRUIT = ("apple", "pear", "plum")


def results_of(site: Any, job: dict[str, Any], task: str, results: list[dict[str, Any]]) -> dict[str, Any]:
    body = {"job_id": job["id"], "epoch": 1, "task_type": task, "image_results": results}
    with site.job_client(job) as client:
        client.post(f"/validation/jobs/{job['id']}/results", body)
    return {**job, "page": f"/jobs/{job['id']}/validation?epoch=1"}


def external_job(site: Any, task: str, done: dict[str, Any]) -> dict[str, Any]:
    body = {"model": "own.pt", "epochs": 1, "launcher": "external", "task": task, "dataset": done["dataset_id"]}
    return dict(site.client.post("/training/jobs", {**body, "name": task}))


def write_coco(path: Any, drawn: Any, category: dict[str, Any], annotations: dict[str, dict[str, Any]]) -> Any:
    """A validation image for each annotation, and one to train on."""
    with zipfile.ZipFile(path, "w") as archive:
        for split, names in (("train", ["any"]), ("val", list(annotations))):
            images, objects = [], []
            for number, name in enumerate(names, start=1):
                archive.writestr(f"images/{split}/{name}.png", drawn.picture(name, []))
                size = {"width": drawn.width, "height": drawn.height}
                images.append({"id": number, "file_name": f"{name}.png", **size})
                fields = annotations.get(name) or next(iter(annotations.values()))
                objects.append({"id": number, "image_id": number, "category_id": 1, "iscrowd": 0, **fields})
            content = {"images": images, "annotations": objects, "categories": [{"id": 1, **category}]}
            archive.writestr(f"annotations/instances_{split}.json", json.dumps(content))
    return path


def rectangle(drawn: Any, box: Box) -> dict[str, Any]:
    """Its RLE: lengths of runs, column by column, background first."""
    x, y, w, h = box
    runs = [x * drawn.height + y, h]
    for _ in range(w - 1):
        runs += [drawn.height - h, h]
    return {"size": [drawn.height, drawn.width], "counts": [*runs, drawn.width * drawn.height - sum(runs)]}


@pytest.fixture(scope="module")
def plates(site: Any, import_zip: ImportZip, drawn: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    annotations = {}
    for name, ((x, y, w, h), _, _) in PLATES.items():
        ring = [x, y, x + w, y, x + w, y + h, x, y + h]
        annotations[name] = {"bbox": [x, y, w, h], "segmentation": [ring], "area": w * h}
    archive = write_coco(tmp_path_factory.mktemp("plates") / "plates.zip", drawn, {"name": "plate"}, annotations)
    done = import_zip(archive, "plates of tasks")
    results = [
        {
            "image_name": f"images/val/{name}.png",
            "predicted_mask": [{"class_id": 0, "confidence": score, "segmentation": rectangle(drawn, found)}],
        }
        for name, (_, found, score) in PLATES.items()
    ]
    return results_of(site, external_job(site, "segmentation", done), "segmentation", results)


@pytest.fixture(scope="module")
def arms(site: Any, import_zip: ImportZip, drawn: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    points = [30, 30, 2, 60, 50, 1, 100, 60, 2]
    annotation = {"bbox": [20, 20, 100, 60], "area": 6000, "keypoints": points, "num_keypoints": 3}
    archive = write_coco(tmp_path_factory.mktemp("arms") / "arms.zip", drawn, ARM, {"first": annotation})
    done = import_zip(archive, "arms of tasks")
    # The longer side is 100: the elbow is off by 15 of it, the hand by 30.
    pose = [[30, 30, 0.9], [60, 65, 0.3], [130, 60, 0.8]]
    predicted = {"keypoints": pose, "class_id": 0, "bbox": [20, 20, 100, 60], "confidence": 0.75}
    results = [{"image_name": "images/val/first.png", "predicted_keypoints": [predicted]}]
    return results_of(site, external_job(site, "pose", done), "pose", results)


@pytest.fixture(scope="module")
def fruit(site: Any, import_zip: ImportZip, drawn: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Of the plums one is taken for a pear, with a score of 0.5; all else is right, with 0.9."""
    path = tmp_path_factory.mktemp("fruit") / "fruit.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for split in ("train", "val"):
            for name in FRUIT:
                for number in (1, 2):
                    archive.writestr(f"{split}/{name}/{number}.png", drawn.picture(f"{split}{name}{number}", []))
    done = import_zip(path, "fruit of tasks")
    results = []
    for true, name in enumerate(FRUIT):
        for number in (1, 2):
            wrong = name == "plum" and number == 2
            best = 1 if wrong else true
            left = [i for i in range(3) if i != best]
            top = [[best, 0.5 if wrong else 0.9], [left[1], 0.4 if wrong else 0.06], [left[0], 0.04]]
            results.append({"image_name": f"val/{name}/{number}.png", "top5_predictions": top})
    return results_of(site, external_job(site, "classification", done), "classification", results)


def image_of(site: Any, job: dict[str, Any], path: str) -> int:
    items = site.client.pages(f"/validation/jobs/{job['id']}/results/1/images")
    return int(next(item["image_id"] for item in items if path in item["path"]))


def scroll_down(page: Page) -> None:
    """What is asked for late is asked for, and here."""
    bring(page.get_by_role("heading", name="Best operating point"))
    expect(page.get_by_test_id("calibration")).to_be_visible()
    expect(page.get_by_test_id("loading")).to_have_count(0)


def test_true_and_predicted_masks_lie_where_they_are(site: Any, plates: dict[str, Any], open_page: OpenPage) -> None:
    page = open_page(f"{plates['page']}&image={image_of(site, plates, 'two')}")
    view = page.get_by_test_id("image-view")
    extent = "(path) => { const b = path.getBBox(); return [b.x, b.y, b.width, b.height]; }"
    truth, found, _ = PLATES["two"]
    assert view.get_by_test_id("truth-mask").evaluate(extent) == list(truth)
    assert view.get_by_test_id("prediction-mask").evaluate(extent) == list(found)
    expect(view.get_by_test_id("truth-shape")).to_have_attribute("data-outcome", "fn")
    expect(view.get_by_test_id("prediction-shape")).to_have_attribute("data-outcome", "fp")
    # 20 of 60 columns are in both.
    expect(view.get_by_test_id("image-summary")).to_contain_text(re.compile(r"0 found.*1 missed.*1 false"))
    expect(view.get_by_test_id("image-summary")).to_contain_text(f"IoU {20 / 100:.2f}, Dice {40 / 120:.2f}")
    # A mask says more than its box, which can be had too.
    expect(view.get_by_test_id("truth-box")).to_have_count(0)
    page.get_by_test_id("toggle-boxes").click()
    expect(view.get_by_test_id("truth-box")).to_have_count(1)
    page.get_by_test_id("toggle-masks").click()
    expect(view.get_by_test_id("truth-mask")).to_have_count(0)
    page.get_by_test_id("toggle-predictions").click()
    expect(view.get_by_test_id("prediction-shape")).to_have_count(0)


def test_a_type_of_error_leads_to_its_objects_and_their_images(plates: dict[str, Any], open_page: OpenPage) -> None:
    page = open_page(plates["page"])
    scroll_down(page)
    for kind, name in (("Loc", "two"), ("Bkg", "three"), ("Miss", "three")):
        page.get_by_test_id(f"error-{kind}").click()
        expect(page).to_have_url(re.compile(f"error={kind}"))
        expect(page.get_by_test_id("cell-summary")).to_have_text("1 error in 1 image")
        expect(page.get_by_test_id("object-card")).to_have_attribute("title", f"images/val/{name}.png")
        page.get_by_test_id("list-view").get_by_text("Images").click()
        expect(page.get_by_test_id("image-card")).to_have_attribute("title", f"images/val/{name}.png")
    expect(page.get_by_test_id("error-Cls")).to_have_count(0)
    page.get_by_role("button", name="Show all images").click()
    expect(page.get_by_test_id("image-card")).to_have_count(3)
    expect(page).not_to_have_url(re.compile("error="))


def test_an_error_whose_score_is_too_low_is_shown_all_the_same(
    site: Any, plates: dict[str, Any], open_page: OpenPage
) -> None:
    page = open_page(f"{plates['page']}&conf=0.7&error=Loc&image={image_of(site, plates, 'two')}")
    expect(page.get_by_test_id("sought-box")).to_have_count(1)
    expect(page.get_by_test_id("prediction-shape")).to_have_count(0)


def test_iou_and_dice_of_masks_are_those_of_their_pixels(plates: dict[str, Any], open_page: OpenPage) -> None:
    page = open_page(plates["page"])
    scroll_down(page)
    shared = 100 * 80 + 20 * 50
    truth = 100 * 80 + 60 * 50 + 40 * 40
    found = 100 * 80 + 60 * 50 + 60 * 40
    overlap = page.get_by_test_id("mask-overlap")
    expect(overlap).to_contain_text(f"{shared / (truth + found - shared):.3f}")
    expect(overlap).to_contain_text(f"{2 * shared / (truth + found):.3f}")
    heads = page.get_by_test_id("per-class").locator("th").all_inner_texts()
    assert {"IoU", "Dice", "AP75", "Best score"} <= {head.strip("↑↓ \n") for head in heads}


def test_the_best_operating_point_moves_the_score(plates: dict[str, Any], open_page: OpenPage) -> None:
    """From 0.9 on one of three is found and nothing false; each lower score adds one that is false."""
    page = open_page(plates["page"])
    scroll_down(page)
    points = page.get_by_test_id("operating-points")
    expect(points).to_contain_text("0.900")
    expect(points).to_contain_text("0.333")
    points.get_by_role("button").first.click()
    expect(page).to_have_url(re.compile("conf=0.9"))
    expect(page.get_by_test_id("slider-score")).to_contain_text("0.90")
    expect(page.get_by_test_id("cell-1-0")).to_have_text("0")


def test_calibration_compares_scores_with_what_is_right(plates: dict[str, Any], open_page: OpenPage) -> None:
    page = open_page(plates["page"])
    scroll_down(page)
    expect(page.get_by_test_id("calibration")).to_contain_text(f"{(0.1 + 0.8 + 0.6) / 3:.3f}")
    rows = page.get_by_test_id("calibration-bins").locator("tbody tr")
    assert rows.nth(9).locator("td").all_inner_texts() == ["0.9–1.0", "1", "0.900", "1.000"]
    assert rows.nth(8).locator("td").all_inner_texts() == ["0.8–0.9", "1", "0.800", "0.000"]


def test_poses_have_keypoints_and_skeleton_of_both_sides(site: Any, arms: dict[str, Any], open_page: OpenPage) -> None:
    page = open_page(f"{arms['page']}&image={image_of(site, arms, 'first')}")
    view = page.get_by_test_id("image-view")
    expect(view.get_by_test_id("truth-skeleton")).to_have_attribute("d", "M30 30L60 50M60 50L100 60")
    expect(view.get_by_test_id("prediction-skeleton")).to_have_attribute("d", "M30 30L60 65M60 65L130 60")
    # The elbow is hidden in the truth, and predicted with a low score.
    expect(view.get_by_test_id("truth-hidden")).to_have_attribute("d", "M60 50h0")
    expect(view.get_by_test_id("prediction-hidden")).to_have_attribute("d", "M60 65h0")
    expect(view).to_contain_text("elbow")
    expect(view.get_by_test_id("prediction-list")).to_contain_text("OKS")
    page.keyboard.press("k")
    expect(view.get_by_test_id("truth-skeleton")).to_have_count(0)


def test_keypoints_are_right_within_a_chosen_fraction(arms: dict[str, Any], open_page: OpenPage) -> None:
    page = open_page(arms["page"])
    expect(page.get_by_test_id("slider-iou")).to_contain_text("OKS")
    scroll_down(page)
    rows = page.get_by_test_id("keypoint-accuracy").locator("tbody tr")
    expect(rows).to_have_count(4)
    for fraction, right in (
        ("0.2", ["1", "1", "0", "2"]),
        ("0.1", ["1", "0", "0", "1"]),
        ("0.5", ["1", "1", "1", "3"]),
    ):
        page.get_by_label("How near is near enough").select_option(fraction)
        for row, count in enumerate(right):
            expect(rows.nth(row).locator("td").nth(2)).to_have_text(count)


def test_a_classifier_has_labels_scores_and_no_place(site: Any, fruit: dict[str, Any], open_page: OpenPage) -> None:
    page = open_page(fruit["page"])
    expect(page.get_by_test_id("slider-score")).to_contain_text("0.00")
    expect(page.get_by_test_id("slider-iou")).to_have_count(0)
    expect(page.get_by_test_id("cell-2-1")).to_have_text("1")
    expect(page.get_by_test_id("cell-3-3")).to_have_count(0)
    worst = page.get_by_test_id("image-card").first
    expect(worst.get_by_test_id("card-true")).to_have_text("plum")
    expect(worst.get_by_test_id("card-pred")).to_contain_text("pear")
    expect(worst.get_by_test_id("card-pred")).to_contain_text("0.50")
    page.get_by_test_id("cell-2-1").click()
    expect(page.get_by_test_id("image-card")).to_have_count(1)
    page.get_by_test_id("image-card").click()
    expect(page.get_by_test_id("true-label")).to_have_text("plum")
    expect(page.get_by_test_id("predicted-label")).to_contain_text("pear")
    rows = page.get_by_test_id("top5").locator("tbody tr")
    assert [re.split(r"\s+", text)[0] for text in rows.all_inner_texts()] == ["pear", "plum", "apple"]
    expect(rows.first).to_contain_text("0.500")
    expect(page.get_by_test_id("truth-shape")).to_have_count(0)


def test_a_class_below_the_score_is_no_answer(fruit: dict[str, Any], open_page: OpenPage) -> None:
    page = open_page(f"{fruit['page']}&conf=0.6")
    expect(page.get_by_test_id("cell-2-1")).to_have_text("0")
    expect(page.get_by_test_id("cell-2-3")).to_have_text("1")
    words = "true plum, predicted no answer: 1 pair; 50% of its row, 100% of its column"
    expect(page.get_by_test_id("cell-2-3")).to_have_attribute("aria-label", words)


def test_objects_are_reached_by_keyboard(site: Any, plates: dict[str, Any], open_page: OpenPage) -> None:
    page = open_page(f"{plates['page']}&image={image_of(site, plates, 'one')}")
    page.get_by_test_id("prediction-list").get_by_role("button", name="plate").focus()
    expect(page.get_by_test_id("prediction-shape")).to_have_attribute("data-hovered", "true")
    expect(page.get_by_test_id("truth-shape")).not_to_have_attribute("data-hovered", "true")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("task", ["plates", "arms", "fruit"])
def test_every_task_fits_a_phone(
    site: Any, request: pytest.FixtureRequest, open_page: OpenPage, task: str, scheme: str
) -> None:
    job = request.getfixturevalue(task)
    page = open_page(job["page"], width=390, height=844, scheme=scheme)
    scroll_down(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.goto(f"{page.url}&image={image_of(site, job, '')}")
    expect(page.get_by_test_id("image-view").get_by_role("img").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
