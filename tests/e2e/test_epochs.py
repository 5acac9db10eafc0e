"""One scrubber moves everything: charts, table, matrix, curves and the open image show one epoch, of jobs that run and
of jobs that ended."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, TimeoutError, expect
from tests.e2e.learning import Learner
from tests.e2e.pages import bring

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Page]
EPOCHS = 8
#: Keeps every epoch that the page has drawn, in order.
RECORD = """() => {
  window.drawn = [];
  const look = () => {
    const epoch = document.querySelector('[data-testid=epoch-view]')?.dataset.epoch;
    if (epoch !== undefined && epoch !== window.drawn.at(-1)) window.drawn.push(epoch);
  };
  look();
  new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true });
}"""


@pytest.fixture(scope="module")
def learned(site: Any) -> Learner:
    return Learner.begin(site, epochs=EPOCHS).learn(*range(1, EPOCHS + 1)).end()


def drawn(page: Page, epoch: int) -> None:
    expect(page.get_by_test_id("epoch-view")).to_have_attribute("data-epoch", str(epoch))
    expect(page.get_by_test_id("epoch-picker")).to_have_attribute("data-epoch", str(epoch))


def shows_everything_of(page: Page, job: Learner, epoch: int, image_id: int) -> None:
    """All parts of the page say what the API says of the epoch."""
    drawn(page, epoch)
    expect(page.get_by_test_id("epoch-strip")).to_have_attribute("data-epoch", str(epoch))
    expect(page.get_by_test_id("image-view")).to_have_attribute("data-epoch", str(epoch))
    matrix = job.get(f"/results/{epoch}/confusion-matrix")
    background = len(matrix["labels"]) - 1
    counts = {(t, p): n for t, p, n in matrix["cells"]}
    for true in range(background):
        for pred in (true, background):
            cell = page.get_by_test_id(f"cell-{true}-{pred}")
            expect(cell).to_contain_text(str(counts.get((true, pred), 0)))
    table = page.get_by_test_id("per-class").locator("tbody tr")
    for row in matrix["per_class"]:
        shown = table.filter(has=page.get_by_role("cell", name=row["class_name"], exact=True)).first
        expect(shown).to_contain_text(str(row["tp"]))
    best = job.get(f"/results/{epoch}/curves")["best_f1"]
    expect(page.locator("[data-testid=curve-values] [data-class=all]")).to_contain_text(f"{best['value']:.3f}")
    image = job.get(f"/results/{epoch}/images/{image_id}")
    expect(page.get_by_test_id("prediction-box")).to_have_count(len(image["predictions"]))
    words = f"Epoch {epoch}: {image['tp']} found, {image['fn']} missed, {image['fp']} false"
    expect(page.get_by_test_id("image-history-now")).to_have_text(words)


def test_one_move_brings_every_part_to_the_same_epoch(learned: Learner, open_page: OpenPage) -> None:
    image = max(learned.get("/results/1/images")["items"], key=lambda item: item["fn"])
    image_id = image["image_id"]
    page = open_page(f"/jobs/{learned.id}/validation?epoch=1&image={image_id}")
    shows_everything_of(page, learned, 1, image_id)
    page.keyboard.press("]")
    shows_everything_of(page, learned, 2, image_id)
    page.keyboard.press("Shift+B")
    best = learned.get("/results")["best_epoch"]
    shows_everything_of(page, learned, best, image_id)
    expect(page).to_have_url(re.compile(rf"epoch={best}\b"))
    page.keyboard.press("[")
    shows_everything_of(page, learned, best - 1, image_id)


def test_the_slider_is_moved_by_keys_and_tells_its_epoch(learned: Learner, open_page: OpenPage) -> None:
    page = open_page(f"/jobs/{learned.id}/validation?epoch=4")
    drawn(page, 4)
    slider = page.get_by_role("slider", name="Validated epoch")
    slider.focus()
    for key, epoch in (("ArrowRight", 5), ("Home", 1), ("End", EPOCHS), ("ArrowLeft", EPOCHS - 1)):
        page.keyboard.press(key)
        drawn(page, epoch)
        expect(slider).to_have_attribute("aria-valuetext", re.compile(rf"^{epoch}\b"))
    page.locator("h1").click()
    for key, epoch in ((".", EPOCHS), ("[", EPOCHS - 1), ("b", learned.get("/results")["best_epoch"])):
        page.keyboard.press(key)
        drawn(page, epoch)


def test_playing_draws_every_epoch_in_order_and_stops_at_the_end(learned: Learner, open_page: OpenPage) -> None:
    page = open_page(f"/jobs/{learned.id}/validation?epoch=1")
    drawn(page, 1)
    page.evaluate(RECORD)
    button = page.get_by_test_id("play-epochs")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_test_id("epoch-view")).to_have_attribute("data-epoch", str(EPOCHS), timeout=30_000)
    expect(button).to_have_attribute("aria-pressed", "false")
    assert page.evaluate("window.drawn") == [str(epoch) for epoch in range(1, EPOCHS + 1)]
    # From the end it begins anew, and any other choice ends it.
    page.evaluate("window.drawn = []")
    page.keyboard.press("Shift+P")
    page.wait_for_function("() => window.drawn.includes('1') && window.drawn.includes('2')")
    page.keyboard.press("]")
    expect(button).to_have_attribute("aria-pressed", "false")


def test_fast_scrubbing_cancels_what_is_passed_over(
    learned: Learner, open_page: OpenPage, eventually: Callable[..., Any]
) -> None:
    page = open_page(f"/jobs/{learned.id}/validation?epoch=1")
    drawn(page, 1)
    cancelled, asked = [], []
    page.route(re.compile(r"/results/[2-7]/images\?"), lambda route: None)  # they take longer than a key press
    page.on("requestfailed", lambda request: cancelled.append(request.url))
    page.on("request", lambda request: asked.append(request.url))
    page.evaluate(RECORD)
    page.get_by_role("slider", name="Validated epoch").focus()
    for _ in range(EPOCHS - 1):
        page.keyboard.press("ArrowRight")
    drawn(page, EPOCHS)
    passed = [url for url in asked if re.search(r"/results/[2-7]/images\?", url)]
    shown = page.evaluate("window.drawn")
    # Whatever was asked for was given up; the page never waits for what nobody looks at.
    assert shown == sorted(shown, key=int)
    assert shown[-1] == str(EPOCHS)
    eventually(lambda: set(passed) <= set(cancelled))


def test_the_best_epoch_says_why_it_is_best(learned: Learner, open_page: OpenPage) -> None:
    rows = learned.get("/results")
    best = rows["best_epoch"]
    values = {row["epoch"]: row["primary_metric_value"] for row in rows["items"]}
    page = open_page(f"/jobs/{learned.id}/validation?epoch=1")
    why = page.get_by_test_id("best-why")
    expect(why).to_contain_text(f"Best: epoch {best}, highest mAP50-95")
    expect(why).to_contain_text("computed by Snellen")
    expect(why).to_contain_text(f"{values[best]:.4f}".rstrip("0").rstrip("."))
    ties = [epoch for epoch, value in values.items() if value == values[best] and epoch != best]
    if ties:
        expect(why).to_contain_text("as good as epoch")
    else:
        after = max((value, epoch) for epoch, value in values.items() if epoch != best)
        expect(why).to_contain_text(f"better than epoch {after[1]}")
    # The shown epoch against the best: by sign and in words.
    versus = page.get_by_test_id("epoch-numbers").locator("[data-primary]").get_by_test_id("versus-best")
    expect(versus).to_contain_text("▼ −")
    expect(versus).to_contain_text(f"worse than at the best epoch, {best}")
    loss = page.get_by_test_id("epoch-numbers").locator("div", has_text="val/box_loss").get_by_test_id("versus-best")
    expect(loss.last).to_contain_text("▲ +")
    expect(loss.last).to_have_attribute("data-better", "false")


def test_the_epoch_goes_along_from_tab_to_tab_and_is_picked_on_a_chart(learned: Learner, open_page: OpenPage) -> None:
    page = open_page(f"/jobs/{learned.id}/validation?epoch=3")
    drawn(page, 3)
    tabs = page.get_by_role("navigation", name="Parts of the job")
    tabs.get_by_role("link", name="Charts").click()
    expect(page.get_by_test_id("epoch-picker")).to_have_attribute("data-epoch", "3")
    card = page.locator("[data-testid=chart][data-key*='val/box_loss']")
    # Epochs 1 to 8 lie evenly from the left edge to the right one.
    click_across(card, 5 / 7)
    expect(page.get_by_test_id("epoch-picker")).to_have_attribute("data-epoch", "6")
    expect(page).to_have_url(re.compile(r"epoch=6\b"))
    tabs.get_by_role("link", name="Validation").click()
    drawn(page, 6)
    click_across(page.get_by_test_id("epoch-strip").get_by_test_id("chart").first, 1 / 7)
    drawn(page, 2)
    expect(page.get_by_test_id("epoch-strip")).to_have_attribute("data-epoch", "2")


def test_pinned_charts_stand_among_the_curves_of_the_validation(learned: Learner, open_page: OpenPage) -> None:
    page = open_page(f"/jobs/{learned.id}?epoch=3")
    strip = page.get_by_test_id("epoch-strip").get_by_test_id("chart")
    tabs = page.get_by_role("navigation", name="Parts of the job")
    tabs.get_by_role("link", name="Validation").click()
    drawn(page, 3)
    expect(strip.first).to_be_visible()
    told = [card.get_attribute("data-key") for card in strip.all()]
    tabs.get_by_role("link", name="Charts").click()
    expect(page.get_by_test_id("chart-pin").first).to_be_visible()
    charts = [card.get_attribute("data-key") for card in page.get_by_test_id("chart").all()]
    other = next(key for key in charts if key not in told)
    card = page.locator(f'[data-testid=chart][data-key="{other}"]')
    bring(card)
    card.get_by_test_id("chart-pin").click()
    tabs.get_by_role("link", name="Validation").click()
    drawn(page, 3)
    expect(strip).to_have_count(len(told) + 1)
    expect(strip.last).to_have_attribute("data-key", str(other))


def click_across(card: Locator, share: float) -> None:
    """Click on a chart at a share of its width, once it stands still and nothing lies over it.

    What is drawn above it later moves it, even out of sight, where it is taken down: then it is brought back.
    """
    plot = card.locator(".u-over")
    for left in reversed(range(10)):
        try:
            bring(card)
            plot.wait_for(timeout=10_000)
            box = plot.bounding_box(timeout=1000)
            if box is not None:
                inside = min(max(box["width"] * share, 1), box["width"] - 1)
                return plot.click(position={"x": inside, "y": box["height"] / 2}, timeout=3000)
        except TimeoutError:
            if not left:
                raise
    raise AssertionError("the chart is never drawn")


def test_an_image_is_watched_being_learned(learned: Learner, open_page: OpenPage) -> None:
    image = max(learned.get("/results/1/images")["items"], key=lambda item: item["fn"])
    page = open_page(f"/jobs/{learned.id}/validation?epoch=1&image={image['image_id']}")
    view = page.get_by_test_id("image-view")
    history = learned.get(f"/images/{image['image_id']}/history")["items"]
    assert [row["tp"] for row in history] == sorted(row["tp"] for row in history)
    expect(view.get_by_test_id("truth-shape").first).to_be_attached()
    page.keyboard.press("+")
    expect(view.locator("[data-zoomed]")).to_have_count(1)
    picture = view.locator("img").first.get_attribute("src")
    for row in history[:4]:
        epoch = row["epoch"]
        expect(view).to_have_attribute("data-epoch", str(epoch))
        words = f"Epoch {epoch}: {row['tp']} found, {row['fn']} missed, {row['fp']} false"
        expect(page.get_by_test_id("image-history-now")).to_have_text(words)
        page.keyboard.press("]")
    # The picture and its zoom stay, only what is drawn over it changes.
    expect(view.locator("[data-zoomed]")).to_have_count(1)
    assert view.locator("img").first.get_attribute("src") == picture
    # Pointing at an object follows it.
    view.get_by_role("row").filter(has_text=re.compile("found|missed|taken")).first.hover()
    expect(page.get_by_test_id("image-history")).to_contain_text("IoU")
    expect(page.get_by_test_id("image-history-now")).to_contain_text(re.compile(r"Epoch 5: (taken for|missed)"))


def test_a_live_job_follows_its_latest_epoch_until_somebody_chooses(site: Any, open_page: OpenPage) -> None:
    job = Learner.begin(site, name="Learns now").learn(1, 2)
    page = open_page(f"/jobs/{job.id}/validation")
    drawn(page, 2)
    expect(page.get_by_test_id("follow-latest")).to_have_attribute("aria-pressed", "true")
    job.learn(3)
    drawn(page, 3)
    page.keyboard.press("[")
    drawn(page, 2)
    expect(page.get_by_test_id("new-epoch")).to_have_count(0)
    job.learn(4)
    hint = page.get_by_test_id("new-epoch")
    expect(hint).to_have_text("New: epoch 4")
    drawn(page, 2)
    expect(page.get_by_role("slider", name="Validated epoch")).to_have_attribute("aria-valuemax", "3")
    hint.click()
    drawn(page, 4)
    # A trainer has announced an epoch that no result has yet.
    job.send({"type": "validation", "epoch": 5})
    expect(page.get_by_test_id("evaluation-lag")).to_contain_text("1 epoch waits for evaluation")
    expect(page.get_by_test_id("coming-epochs")).to_be_visible()
    job.learn(5)
    drawn(page, 5)
    expect(page.get_by_test_id("evaluation-lag")).to_have_count(0)
    # The end of the job doesn't take away what somebody looks at.
    job.validate(6, image_results=None, evaluation_error="the model predicted NaN")
    drawn(page, 6)
    job.end()
    expect(page.get_by_test_id("job-state")).to_contain_text("Completed")
    drawn(page, 6)


def test_epochs_without_what_others_have_are_marked_and_say_why(site: Any, open_page: OpenPage) -> None:
    job = Learner.begin(site, name="Holes").learn(1, 3)
    job.validate(2, image_results=None, evaluation_error="the model predicted NaN")
    job.validate(4, image_results=None)
    job.end()
    page = open_page(f"/jobs/{job.id}/validation?epoch=1")
    notes = page.get_by_test_id("epoch-notes")
    expect(notes).to_contain_text("1 evaluation failed")
    expect(notes).to_contain_text("1 without predictions")
    notes.get_by_role("button", name="evaluation failed").click()
    drawn(page, 2)
    expect(page.get_by_role("alert")).to_contain_text("the model predicted NaN")
    expect(page.get_by_role("slider", name="Validated epoch")).to_have_attribute(
        "aria-valuetext", re.compile("evaluation failed")
    )
    page.keyboard.press("]")
    drawn(page, 3)
    expect(page.get_by_test_id("cell-0-0")).to_be_visible()
    page.keyboard.press("]")
    drawn(page, 4)
    expect(page.get_by_test_id("no-predictions")).to_be_visible()
    page.goto(f"{site.url}/jobs/{job.id}/validation?epoch=99")
    expect(page.get_by_text("There is no validation of epoch 99")).to_be_visible()
    page.keyboard.press("b")
    drawn(page, job.get("/results")["best_epoch"])


def test_the_scrubber_stays_in_sight_and_fits_a_phone(learned: Learner, open_page: OpenPage) -> None:
    page = open_page(f"/jobs/{learned.id}/validation?epoch=2", width=390, height=844)
    drawn(page, 2)
    page.mouse.wheel(0, 1500)
    page.wait_for_function("() => scrollY > 1000")
    picker = page.get_by_test_id("epoch-picker")
    expect(picker).to_be_in_viewport()
    box = picker.bounding_box()
    assert box is not None
    assert box["height"] < 140
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    slider = page.get_by_test_id("epoch-slider").bounding_box()
    assert slider is not None
    page.mouse.click(slider["x"] + slider["width"] - 1, slider["y"] + slider["height"] / 2)
    drawn(page, EPOCHS)


def test_a_long_session_beside_a_live_job_keeps_its_memory_bounded(
    site: Any, open_page: OpenPage, record_property: Callable[[str, object], None]
) -> None:
    """Epochs with their metrics, log and validation, each of them drawn as it comes."""
    # The page keeps the answers of ten epochs and of the last seconds: after the warm-up that no longer grows.
    steps, warm_up, between = 70, 30, 10
    job = Learner.begin(site, epochs=400, name="Long").learn(1)
    page = open_page(f"/jobs/{job.id}/validation")
    drawn(page, 1)
    tools = page.context.new_cdp_session(page)
    tools.send("HeapProfiler.enable")

    def used_mb() -> float:
        tools.send("HeapProfiler.collectGarbage")
        return float(tools.send("Runtime.getHeapUsage")["usedSize"]) / 1e6

    samples = {}
    for epoch in range(2, steps + 1):
        job.send(
            {
                "type": "metrics",
                "step": epoch,
                "epoch": epoch,
                "values": {f"train/loss_{n}": 1 / epoch for n in range(6)},
            },
            {"type": "log", "lines": [f"epoch {epoch}, batch {n}" for n in range(50)]},
        )
        job.validate(epoch)
        drawn(page, epoch)
        if epoch % between == 0:
            samples[epoch] = used_mb()
    record_property("heap_mb", samples)
    # What is kept of an epoch is its row and its points, some kilobytes, and not its matrix, images and curves.
    growth = samples[steps] - samples[warm_up]
    assert growth / (steps - warm_up) < 0.05, samples
    assert page.get_by_test_id("chart").count() > 0
