"""The dashboard in a real Chromium: what it shows is what the data says."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Page]
#: Labels: digits 0 to 9, then background.
BACKGROUND = 10


def external_job(site: Any, **fields: Any) -> dict[str, Any]:
    body = {"model": "own.pt", "epochs": 5, "launcher": "external", "dataset": site.dataset_id, **fields}
    return dict(site.client.post("/training/jobs", body))


def send_events(site: Any, job: dict[str, Any], *events: dict[str, Any]) -> None:
    with site.job_client(job) as client:
        client.post(f"/training/jobs/{job['id']}/events", {"attempt": 1, "events": list(events)})


@pytest.fixture(scope="module")
def judged(site: Any) -> dict[str, Any]:
    """A job whose model takes the first digit of each even image for the next digit, and misses it in each odd one.

    ``expected`` says by cell which images that makes, worked out here from the truth, not by Snellen's matching.
    """
    job = external_job(site, name="Judged")
    snapshot = site.client.get(f"/datasets/{site.dataset_id}")["latest"]["hash"]
    truth, paths = read_truth(site, snapshot)
    expected: dict[tuple[int, int], list[str]] = {}
    results = []
    for number, path in enumerate(paths):
        predicted = []
        for position, (digit, box) in enumerate(truth[path]):
            given = digit
            if position == 0 and number % 2 == 0:
                given = (digit + 1) % 10
            if position == 0 and number % 2 == 1:
                expected.setdefault((digit, BACKGROUND), []).append(path)
                continue
            expected.setdefault((digit, given), []).append(path)
            predicted.append({"class_id": given, "bbox": box, "confidence": 0.9 - position * 0.1})
        results.append({"image_name": path, "predicted_boxes": predicted})
    body = {"job_id": job["id"], "epoch": 1, "task_type": "detection", "image_results": results}
    with site.job_client(job) as client:
        client.post(f"/validation/jobs/{job['id']}/results", body)
    return {**job, "expected": expected, "truth": truth}


def read_truth(site: Any, snapshot: str) -> tuple[dict[str, list[tuple[int, list[float]]]], list[str]]:
    import polars as pl

    folder = site.data_dir / "external" / "snapshots" / snapshot
    images = pl.read_parquet(folder / "images.parquet").filter(pl.col("split") == "val")
    objects = pl.read_parquet(folder / "objects.parquet")
    truth: dict[str, list[tuple[int, list[float]]]] = {}
    for image_id, path in images.select("image_id", "path").iter_rows():
        rows = objects.filter(pl.col("image_id") == image_id).select("class_id", "x", "y", "w", "h").rows()
        truth[path] = [(int(row[0]), [float(v) for v in row[1:]]) for row in rows]
    return truth, sorted(truth)


def shown_images(page: Page) -> list[int]:
    shown = page.get_by_test_id("image-card").evaluate_all("(cards) => cards.map((one) => Number(one.dataset.imageId))")
    return list(shown)


def test_without_a_session_the_page_asks_for_a_token(browser: Any, site: Any) -> None:
    page = browser.new_page()
    page.goto(site.url)
    field = page.get_by_test_id("login-token")
    expect(field).to_be_visible()
    field.fill("wrong")
    field.press("Enter")
    expect(page.get_by_text("This token is not known")).to_be_visible()
    field.fill(site.token)
    field.press("Enter")
    expect(page.get_by_role("link", name="Datasets")).to_be_visible()
    page.close()


def test_every_cell_of_the_matrix_counts_the_pairs_of_the_data(judged: dict[str, Any], open_page: OpenPage) -> None:
    page = open_page(f"/jobs/{judged['id']}/validation?epoch=1")
    expected = judged["expected"]
    expect(page.get_by_test_id("cell-0-0")).to_be_visible()
    for true in range(BACKGROUND + 1):
        for pred in range(BACKGROUND + 1):
            if (true, pred) != (BACKGROUND, BACKGROUND):
                count = len(expected.get((true, pred), []))
                expect(page.get_by_test_id(f"cell-{true}-{pred}")).to_contain_text(str(count))


def test_a_click_on_a_cell_shows_exactly_the_images_behind_it(
    site: Any, judged: dict[str, Any], open_page: OpenPage, eventually: Callable[..., Any]
) -> None:
    page = open_page(f"/jobs/{judged['id']}/validation?epoch=1")
    ids = {i["path"]: i["image_id"] for i in all_images(site, judged["id"])}
    confusions = sorted(c for c in judged["expected"] if c[0] != c[1])
    assert any(pred == BACKGROUND for _, pred in confusions)
    for true, pred in confusions:
        paths = judged["expected"][true, pred]
        page.get_by_test_id(f"cell-{true}-{pred}").click()
        expect(page.get_by_test_id("cell-summary")).to_contain_text(str(len(paths)))
        expect(page.get_by_test_id("image-card")).to_have_count(len(set(paths)))
        wanted = sorted(ids[path] for path in set(paths))
        eventually(lambda wanted=wanted: sorted(shown_images(page)) == wanted)
    # The pairs are still told from the others in the image at its full size.
    first = page.get_by_test_id("image-card").first
    image = int(first.get_attribute("data-image-id") or 0)
    first.click()
    url = f"/validation/jobs/{judged['id']}/results/1/images/{image}/neighbours"
    pairs = site.client.get(url, true=true, pred=pred)["highlights"]
    expect(page.get_by_test_id("halo")).to_have_count(len(pairs))
    found = [
        {name: float(halo.get_attribute({"w": "width", "h": "height"}.get(name, name)) or -1) for name in "xywh"}
        for halo in page.get_by_test_id("halo").all()
    ]
    by_place = operator.itemgetter("x", "y")
    assert sorted(found, key=by_place) == sorted(({k: pair[k] for k in "xywh"} for pair in pairs), key=by_place)


def all_images(site: Any, job_id: int) -> list[dict[str, Any]]:
    return list(site.client.pages(f"/validation/jobs/{job_id}/results/1/images"))


def test_one_image_shows_its_truth_and_predictions_and_they_can_be_hidden(
    site: Any, judged: dict[str, Any], open_page: OpenPage
) -> None:
    image = next(i for i in all_images(site, judged["id"]) if i["tp"] and i["fn"])
    page = open_page(f"/jobs/{judged['id']}/validation?epoch=1&image={image['image_id']}")
    detail = site.client.get(f"/validation/jobs/{judged['id']}/results/1/images/{image['image_id']}")
    expect(page.get_by_test_id("truth-box")).to_have_count(len(detail["truths"]))
    expect(page.get_by_test_id("prediction-box")).to_have_count(len(detail["predictions"]))
    assert {t["outcome"] for t in detail["truths"]} == {"tp", "fn"}
    picture = page.get_by_test_id("image-view").locator("img, image").first
    expect(picture).to_be_visible()
    page.get_by_test_id("toggle-predictions").click()
    expect(page.get_by_test_id("prediction-box")).to_have_count(0)
    expect(page.get_by_test_id("truth-box")).to_have_count(len(detail["truths"]))


def test_a_higher_score_in_the_address_leaves_fewer_predictions(
    site: Any, judged: dict[str, Any], open_page: OpenPage
) -> None:
    page = open_page(f"/jobs/{judged['id']}/validation?epoch=1&conf=0.85")
    cells = site.client.get(f"/validation/jobs/{judged['id']}/results/1/confusion-matrix", conf=0.85)["cells"]
    counts = {(t, p): n for t, p, n in cells}
    for true in range(BACKGROUND):
        expected = counts.get((true, BACKGROUND), 0)
        expect(page.get_by_test_id(f"cell-{true}-{BACKGROUND}")).to_contain_text(str(expected))
    assert sum(counts.values()) == sum(len(t) for t in judged["truth"].values())


def test_a_new_key_appears_by_itself_while_a_job_runs(site: Any, open_page: OpenPage) -> None:
    job = external_job(site, name="Live")
    point = {"type": "metrics", "step": 1, "epoch": 1}
    send_events(site, job, {"seq": 1, **point, "values": {"train/box_loss": 2.0, "val/box_loss": 2.5}})
    page = open_page(f"/jobs/{job['id']}")
    expect(page.get_by_test_id("job-state")).to_contain_text("Running")
    expect(page.get_by_test_id("chart")).to_have_count(1)
    send_events(site, job, {"seq": 2, **point, "step": 2, "epoch": 2, "values": {"my/brand new key": "NaN"}})
    expect(page.get_by_test_id("chart")).to_have_count(2)
    expect(page.get_by_text("my/brand new key").first).to_be_visible()
    send_events(site, job, {"seq": 3, "type": "state", "state": "failed", "reason": "ValueError: <b>odd</b>"})
    expect(page.get_by_test_id("job-state")).to_contain_text("Failed")
    expect(page.get_by_test_id("exit-reason")).to_contain_text("ValueError: <b>odd</b>")


def test_the_log_follows_and_markup_in_it_is_text(site: Any, open_page: OpenPage) -> None:
    job = external_job(site, name="<img src=x onerror=alert(1)>")
    send_events(site, job, {"seq": 1, "type": "log", "level": "info", "lines": ["first line"]})
    page = open_page(f"/jobs/{job['id']}/logs")
    expect(page.get_by_test_id("log")).to_contain_text("first line")
    send_events(site, job, {"seq": 2, "type": "log", "level": "warning", "lines": ["<script>alert(1)</script>"]})
    expect(page.get_by_test_id("log")).to_contain_text("<script>alert(1)</script>")
    expect(page.get_by_role("heading", name="<img src=x onerror=alert(1)>")).to_be_visible()


def test_a_job_is_stopped_from_its_page(site: Any, open_page: OpenPage) -> None:
    job = external_job(site, name="To be stopped")
    send_events(site, job, {"seq": 1, "type": "log", "lines": ["x"]})
    page = open_page(f"/jobs/{job['id']}")
    page.get_by_test_id("stop-job").click()
    page.get_by_test_id("confirm-stop").click()
    expect(page.get_by_test_id("confirm-stop")).to_have_count(0)
    assert site.client.get(f"/training/jobs/{job['id']}")["stop_requested"] is True


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", "/jobs/{}", "/jobs/{}/validation?epoch=1", "/jobs/{}/logs", "/datasets"])
def test_every_page_fits_a_phone(judged: dict[str, Any], open_page: OpenPage, path: str, scheme: str) -> None:
    page = open_page(path.format(judged["id"]), width=390, height=844, scheme=scheme)
    expect(page.get_by_role("main")).to_be_visible()
    expect(page.get_by_test_id("loading")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    channels = page.evaluate("getComputedStyle(document.body).backgroundColor").removeprefix("rgb(").split(",")
    assert (int(channels[0]) < 128) == (scheme == "dark")
