"""Errors in a real Chromium: their objects, and labels that are likely wrong; for boxes, masks, poses and classes."""

from __future__ import annotations

import csv
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.e2e.pages import bring

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Page]
AT = [20, 20, 60, 60]
BESIDE = [50, 20, 60, 60]


def send(site: Any, job: dict[str, Any], task: str, results: list[dict[str, Any]], **fields: Any) -> dict[str, Any]:
    body = {"job_id": job["id"], "epoch": 1, "task_type": task, "image_results": results, **fields}
    with site.job_client(job) as client:
        client.post(f"/validation/jobs/{job['id']}/results", body)
    return {**job, "page": f"/jobs/{job['id']}/validation?epoch=1"}


def new_job(site: Any, **fields: Any) -> dict[str, Any]:
    return dict(site.client.post("/training/jobs", {"model": "own.pt", "epochs": 1, "launcher": "external", **fields}))


@pytest.fixture(scope="module")
def mislabelled(site: Any) -> dict[str, Any]:
    """A model that is right in twenty images. In four more the label is of another class, not there, of nothing, and
    beside the object; in a fifth the model errs without being sure."""

    def image(name: str, truth: list[Any], found: list[Any]) -> dict[str, Any]:
        return {
            "image_name": name,
            "true_boxes": [{"class_id": c, "bbox": at} for c, at in truth],
            "predicted_boxes": [{"class_id": c, "bbox": at, "confidence": s} for c, s, at in found],
        }

    results = [image(f"fine{i}.png", [(i % 2, AT)], [(i % 2, 0.9, AT)]) for i in range(20)]
    results += [
        image("flipped.png", [(0, AT)], [(1, 0.97, AT)]),
        image("forgotten.png", [], [(0, 0.96, AT)]),
        image("nothing.png", [(1, AT)], []),
        image("moved.png", [(0, BESIDE)], [(0, 0.95, AT)]),
        image("unsure.png", [(0, AT)], [(1, 0.4, AT)]),
    ]
    return send(site, new_job(site, name="Mislabelled"), "detection", results, class_names=["cat", "dog"])


def suspects(page: Page) -> Any:
    bring(page.get_by_role("heading", name="Likely label errors"))
    expect(page.get_by_test_id("suspects")).to_be_visible()
    return page.get_by_test_id("suspect")


def test_suspect_labels_are_told_with_their_reasons_and_open_at_the_object(
    mislabelled: dict[str, Any], open_page: OpenPage
) -> None:
    page = open_page(mislabelled["page"])
    found = suspects(page)
    expect(found).to_have_count(4)
    assert {(one.get_attribute("data-kind"), one.get_attribute("title")) for one in found.all()} == {
        ("class", "flipped.png"),
        ("missing", "forgotten.png"),
        ("spurious", "nothing.png"),
        ("place", "moved.png"),
    }
    expect(page.locator("[data-kind=class][data-testid=suspect]")).to_contain_text(
        "Labelled cat. The model sees dog there with score 0.97, cat with 0.00."
    )
    page.get_by_test_id("suspect-kind").filter(has_text="Missing label 1").click()
    expect(found).to_have_count(1)
    expect(found).to_contain_text("No label here. The model sees cat with score 0.96.")
    found.click()
    expect(page).to_have_url(re.compile(r"at=20%2C20%2C60%2C60"))
    expect(page.get_by_test_id("image-view").get_by_text("✕ cat 0.96")).to_be_attached()
    expect(page.get_by_test_id("look-frame")).to_have_count(1)


def test_suspect_labels_are_saved_as_csv(mislabelled: dict[str, Any], open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page(mislabelled["page"])
    suspects(page)
    with page.expect_download() as download:
        page.get_by_test_id("suspects-csv").click()
    download.value.save_as(tmp_path / "suspects.csv")
    with (tmp_path / "suspects.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["image"] for row in rows} == {"flipped.png", "forgotten.png", "nothing.png", "moved.png"}
    assert all(row["reason"] for row in rows)


def test_a_kind_of_error_leads_to_its_objects_each_with_score_overlap_and_classes(
    mislabelled: dict[str, Any], open_page: OpenPage
) -> None:
    page = open_page(mislabelled["page"])
    bring(page.get_by_role("heading", name="Error types"))
    page.get_by_test_id("error-Cls").click()
    expect(page).to_have_url(re.compile("error=Cls.*view=objects|view=objects.*error=Cls"))
    objects = page.get_by_test_id("object-card")
    expect(objects).to_have_count(2)
    # Errors are told apart over all scores, the surest first.
    expect(objects.nth(0)).to_contain_text("cat → dog")
    expect(objects.nth(0)).to_contain_text("score 0.97 · IoU 1.00")
    expect(objects.nth(1)).to_contain_text("score 0.40 · IoU 1.00")
    page.get_by_label("Order of the objects").select_option("unsure")
    expect(objects.nth(0)).to_contain_text("score 0.40")
    objects.nth(0).click()
    expect(page.get_by_test_id("image-position")).to_contain_text("of 2")
    expect(page.get_by_test_id("image-view")).to_contain_text("unsure.png")


def test_the_link_shows_a_colleague_the_same(mislabelled: dict[str, Any], open_page: OpenPage, site: Any) -> None:
    page = open_page(f"{mislabelled['page']}&error=Miss&view=objects&rank=large")
    expect(page.get_by_test_id("object-card")).to_have_count(1)
    other = open_page(page.url.removeprefix(site.url))
    expect(other.get_by_test_id("object-card")).to_have_attribute("title", "nothing.png")
    expect(other.get_by_label("Order of the objects")).to_have_value("large")


@pytest.fixture(scope="module")
def fruit(site: Any, import_zip: Any, drawn: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Eight apples and eight pears, told well; one that is labelled apple is surely a pear, and in one pear the true
    class isn't among the answers at all."""
    path = tmp_path_factory.mktemp("labels") / "labels.zip"
    names = ("apple", "pear", "plum", "quince", "lime", "fig", "date")
    with zipfile.ZipFile(path, "w") as archive:
        for split in ("train", "val"):
            for name in names:
                for number in range(8 if split == "val" and name in ("apple", "pear") else 1):
                    archive.writestr(f"{split}/{name}/{number}.png", drawn.picture(f"{split}{name}{number}l", []))
    done = import_zip(path, "fruit with errors")
    # Classes are numbered by their names.
    ids = {name: at for at, name in enumerate(sorted(names))}
    results = []
    for name in names:
        for number in range(8 if name in ("apple", "pear") else 1):
            said = "pear" if (name, number) == ("apple", 3) else name
            left = [other for other in names if other not in (said, name)]
            top = [[ids[said], 0.9], *([ids[other], 0.02] for other in left[:4])]
            if (name, number) == ("pear", 5):
                top = [[ids[other], 0.3 - 0.01 * at] for at, other in enumerate(left[:5])]
            results.append({"image_name": f"val/{name}/{number}.png", "top5_predictions": top})
    job = new_job(site, name="Fruit", task="classification", dataset=done["dataset_id"])
    return send(site, job, "classification", results)


def test_of_a_classifier_wrong_labels_are_suspect_by_confident_learning(
    fruit: dict[str, Any], open_page: OpenPage
) -> None:
    page = open_page(fruit["page"])
    found = suspects(page)
    expect(found).to_have_count(1)
    expect(found).to_have_attribute("title", "val/apple/3.png")
    expect(found).to_contain_text("Labelled apple. The model takes it for pear with score 0.90; apple has 0.00.")
    expect(found.locator("img")).to_have_attribute("src", re.compile("size=320"))
    found.click()
    expect(page.get_by_test_id("true-label")).to_have_text("apple")
    rows = page.get_by_test_id("top5").locator("tbody tr")
    expect(rows).to_have_count(5)
    # Best first, each with a bar of its score; that the truth isn't among them is said.
    bars = [row.locator("span[aria-hidden]").evaluate("(bar) => bar.offsetWidth") for row in rows.all()]
    assert bars[0] == max(bars) > 0
    expect(page.get_by_test_id("true-not-top")).to_contain_text("apple")


def test_the_true_class_is_marked_among_the_best(fruit: dict[str, Any], open_page: OpenPage) -> None:
    page = open_page(f"{fruit['page']}&text=pear/0")
    page.get_by_test_id("image-card").click()
    expect(page.get_by_test_id("top5").locator("tr[data-true]")).to_contain_text("pear")
    expect(page.get_by_test_id("true-not-top")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("job", ["mislabelled", "fruit"])
def test_errors_fit_a_phone(request: pytest.FixtureRequest, open_page: OpenPage, job: str, scheme: str) -> None:
    page = open_page(request.getfixturevalue(job)["page"], width=390, height=844, scheme=scheme)
    suspects(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
