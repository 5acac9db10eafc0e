"""Charts in a real Chromium: what is drawn, counted and saved is what was measured, live and afterwards."""

from __future__ import annotations

import csv
import math
import re
import struct
from collections.abc import Callable
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.e2e.running import serving

from snellen.cli.client import Client

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Page]
BEGAN = 1_760_000_000_000


def new_job(client: Client, dataset_id: int | None, **fields: Any) -> dict[str, Any]:
    body = {"model": "own.pt", "epochs": 20, "launcher": "external", "dataset": dataset_id, **fields}
    return dict(client.post("/training/jobs", body))


def send(url: str, job: dict[str, Any], events: list[dict[str, Any]]) -> None:
    with Client(url, job["job_token"]) as client:
        for start in range(0, len(events), 500):
            body = {"attempt": 1, "events": events[start : start + 500]}
            client.post(f"/training/jobs/{job['id']}/events", body)


def metrics(seq: int, step: int, epoch: int | None, values: dict[str, Any], time: int | None = None) -> dict[str, Any]:
    at = BEGAN + step * 1000 if time is None else time
    return {"seq": seq, "type": "metrics", "step": step, "epoch": epoch, "time": at, "values": values}


def chart(page: Page, key: str) -> Locator:
    return page.locator(f"[data-testid=chart][data-key={key!r}]")


def plot(card: Locator) -> Locator:
    return card.locator(".u-over")


def drag(page: Page, card: Locator, start: float, end: float) -> None:
    box = plot(card).bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + start * box["width"], y)
    page.mouse.down()
    page.mouse.move(box["x"] + (start + end) / 2 * box["width"], y)
    page.mouse.move(box["x"] + end * box["width"], y)
    page.mouse.up()


def saved(page: Page, save: Callable[[], None]) -> tuple[str, bytes]:
    with page.expect_download() as waiting:
        save()
    return waiting.value.suggested_filename, Path(waiting.value.path()).read_bytes()


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(content.decode())))


LONG = 10_000
SPIKE = 6_543
THINNED = re.compile(r"^(1,\d{3}|2,000) of 10,000 points$")


@pytest.fixture(scope="module")
def finished(site: Any) -> dict[str, Any]:
    """A job of 20 epochs of 500 steps: a long series, pairs of training and validation, one key without epochs."""
    job = new_job(site.client, site.dataset_id, name="Finished, =1+1")
    events = [
        metrics(n, n, (n - 1) // 500 + 1, {"train/step_loss": 50.0 if n == SPIKE else -math.sin(n / 700)})
        for n in range(1, LONG + 1)
    ]
    for epoch in range(1, 21):
        values = {"train/box_loss": 2 / epoch, "val/box_loss": 3 / epoch, "loss": 1 / epoch, "val_loss": 2 / epoch}
        values |= {"metrics/mAP50(B)": "NaN" if epoch == 3 else 0.9 - 0.01 * abs(epoch - 12)}
        events.append(metrics(LONG + epoch, epoch, epoch, values, BEGAN + epoch * 500_000))
    events.append(metrics(LONG + 21, 7, None, {"my/own": 0.25}))
    send(site.url, job, events)
    with site.job_client(job) as client:
        for epoch in (11, 12, 13):
            value = 0.9 - 0.01 * abs(epoch - 12)
            body = {"job_id": job["id"], "epoch": epoch, "task_type": "detection", "primary_metric_value": value}
            body["primary_metric_name"] = "metrics/mAP50(B)"
            client.post(f"/validation/jobs/{job['id']}/results", body)
    send(site.url, job, [{"seq": LONG + 22, "type": "state", "state": "completed"}])
    return job


def test_training_and_validation_share_a_chart_in_every_framework_s_way(
    finished: dict[str, Any], open_page: OpenPage
) -> None:
    page = open_page(f"/jobs/{finished['id']}")
    for key in ("train/box_loss val/box_loss", "loss val_loss"):
        legend = chart(page, key).get_by_test_id("chart-legend")
        expect(legend.locator("svg")).to_have_count(2)
    # The values of the epoch that the page looks at: the best, else the chosen one.
    told = chart(page, "train/box_loss val/box_loss").get_by_test_id("chart-legend")
    expect(told).to_contain_text("val0.25")
    page.goto(f"{page.url.split('?')[0]}?epoch=20")
    expect(told).to_contain_text("val0.15")
    expect(chart(page, "metrics/mAP50(B)")).to_contain_text("NaN × 1")


def test_the_axis_is_chosen_for_all_and_what_has_no_epochs_says_so(
    finished: dict[str, Any], open_page: OpenPage
) -> None:
    page = open_page(f"/jobs/{finished['id']}")
    steps = chart(page, "train/step_loss")
    expect(steps).to_have_attribute("data-axis", "epoch")
    expect(chart(page, "my/own")).to_have_attribute("data-axis", "step")
    expect(chart(page, "my/own").get_by_test_id("chart-at")).to_have_text("by step: no epochs here")
    page.get_by_text("Time", exact=True).click()
    expect(steps).to_have_attribute("data-axis", "elapsed")
    page.get_by_role("switch", name="Since the start").click()
    expect(steps).to_have_attribute("data-axis", "time")
    page.get_by_text("Step", exact=True).click()
    page.reload()
    expect(steps).to_have_attribute("data-axis", "step")


def test_the_cursor_is_shared_and_tells_the_values_of_every_line(finished: dict[str, Any], open_page: OpenPage) -> None:
    page = open_page(f"/jobs/{finished['id']}")
    pair = chart(page, "train/box_loss val/box_loss")
    at = hovered(pair, "epoch")
    epoch = int(at.removeprefix("epoch "))
    expect(pair.get_by_test_id("chart-legend")).to_contain_text(f"{2 / epoch:.4f}".rstrip("0")[:5])
    expect(chart(page, "loss val_loss").get_by_test_id("chart-at")).to_have_text(at)
    pair.locator("[role=img]").focus()
    page.keyboard.press("ArrowRight")
    expect(pair.get_by_test_id("chart-at")).to_have_text(f"epoch {epoch + 1}")


def test_a_drag_zooms_all_charts_and_every_point_comes_when_zoomed_far_enough(
    finished: dict[str, Any], open_page: OpenPage
) -> None:
    page = open_page(f"/jobs/{finished['id']}")
    page.get_by_text("Step", exact=True).click()
    long = chart(page, "train/step_loss")
    points = long.get_by_test_id("chart-points")
    expect(points).to_have_text(THINNED)
    expect(points).to_have_attribute("data-whole", "false")
    drag(page, long, 0.2, 0.8)
    expect(page.get_by_test_id("reset-zoom")).to_be_visible()
    drag(page, long, 0.3, 0.4)
    expect(points).to_have_text(re.compile(r"^\w+ [4-7]\d\d "))
    expect(points).to_have_attribute("data-whole", "true")
    shown = int(points.inner_text().split()[1].replace(",", ""))
    assert 450 < shown < 750
    name, content = saved(page, lambda: save_one(page, long, "Every point shown"))
    steps = [int(row["step"]) for row in rows_of(content)]
    assert name == "train-step_loss.csv"
    assert len(steps) == shown
    assert steps == list(range(steps[0], steps[0] + shown))
    plot(long).dblclick()
    expect(page.get_by_test_id("reset-zoom")).to_have_count(0)
    expect(points).to_have_text(THINNED)


def save_one(page: Page, card: Locator, what: str) -> None:
    card.get_by_test_id("chart-export").click()
    page.get_by_role("menuitem", name=what).click()


def test_a_zoom_moves_with_the_wheel_and_with_shift(
    finished: dict[str, Any], open_page: OpenPage, eventually: Callable[..., Any]
) -> None:
    page = open_page(f"/jobs/{finished['id']}")
    page.get_by_text("Step", exact=True).click()
    long = chart(page, "train/step_loss")
    expect(long.get_by_test_id("chart-points")).to_be_visible()
    drag(page, long, 0.4, 0.6)
    hover_anew(page, long)
    middle = step_at(long)
    page.keyboard.down("Shift")
    page.mouse.wheel(0, 120)
    page.keyboard.up("Shift")
    # The wheel is turned in its own time: who came back before it saw what was there then.
    eventually(lambda: hover_anew(page, long) > middle)
    moved = step_at(long)
    page.keyboard.down("Shift")
    drag(page, long, 0.2, 0.7)
    page.keyboard.up("Shift")
    eventually(lambda: hover_anew(page, long) < moved)


def hover_anew(page: Page, card: Locator) -> int:
    """To the middle of the chart, from outside it, so that what it tells is of now; the step that it tells."""
    page.mouse.move(0, 0)
    expect(card.get_by_test_id("chart-at")).to_have_text("")
    hovered(card, "step")
    return step_at(card)


def hovered(card: Locator, axis: str) -> str:
    """To the middle of the chart; what it tells of the axis there."""
    plot(card).hover()
    at = card.get_by_test_id("chart-at")
    expect(at).to_contain_text(axis)
    return at.inner_text()


def step_at(card: Locator) -> int:
    return int(card.get_by_test_id("chart-at").inner_text().removeprefix("step ").replace(",", ""))


def test_everything_is_saved_as_one_table_whole(finished: dict[str, Any], open_page: OpenPage) -> None:
    page = open_page(f"/jobs/{finished['id']}")
    expect(page.get_by_test_id("chart").first).to_be_visible()
    _, content = saved(page, lambda: page.get_by_test_id("export-all").click())
    rows = rows_of(content)
    long = [row for row in rows if row["key"] == "train/step_loss"]
    assert [int(row["step"]) for row in long] == list(range(1, LONG + 1))
    assert float(long[SPIKE - 1]["value"]) == 50.0
    assert long[99] == {
        "run": "Finished, =1+1",
        "key": "train/step_loss",
        "step": "100",
        "epoch": "1",
        "time": "2025-10-09T08:55:00.000Z",
        "value": repr(-math.sin(100 / 700)),
    }
    assert [r["value"] for r in rows if r["key"] == "metrics/mAP50(B)"][2] == "NaN"


def test_a_chart_is_saved_as_a_picture_of_twice_its_size(finished: dict[str, Any], open_page: OpenPage) -> None:
    page = open_page(f"/jobs/{finished['id']}")
    pair = chart(page, "train/box_loss val/box_loss")
    name, content = saved(page, lambda: save_one(page, pair, "Picture"))
    assert name == "box_loss.png"
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", content[16:24])
    assert (width, height > 800) == (1856, True)
    from PIL import Image

    with Image.open(BytesIO(content)) as picture:
        colors = {color for _, color in picture.convert("RGB").getcolors(1 << 20) or []}
    # The colours of its two lines.
    assert {(15, 109, 115), (194, 87, 26)} <= colors


def test_keys_are_searched_by_text_and_by_expression(finished: dict[str, Any], open_page: OpenPage) -> None:
    page = open_page(f"/jobs/{finished['id']}")
    search = page.get_by_role("textbox", name="Search keys")
    search.fill("BOX")
    expect(page.get_by_text("1 chart found")).to_be_visible()
    expect(page.get_by_test_id("chart")).to_have_count(1)
    search.fill("/^(loss|my)/")
    expect(page.get_by_test_id("chart")).to_have_count(2)
    search.fill("/(/")
    expect(page.get_by_text("Not a regular expression")).to_be_visible()
    search.fill("nothing has this")
    expect(page.get_by_text("No key matches “nothing has this”")).to_be_visible()


def test_pins_and_closed_groups_are_kept_for_all_jobs(site: Any, finished: dict[str, Any], open_page: OpenPage) -> None:
    other = new_job(site.client, site.dataset_id, name="Other")
    send(site.url, other, [metrics(1, 1, 1, {"train/box_loss": 1.0, "lr/pg0": 0.1, "my/own": 1.0})])
    page = open_page(f"/jobs/{finished['id']}")
    chart(page, "train/box_loss val/box_loss").get_by_test_id("chart-pin").click()
    pinned = page.locator("[data-category=Pinned]")
    expect(pinned.get_by_test_id("chart")).to_have_attribute("data-key", "train/box_loss val/box_loss")
    page.locator("[data-category=Other]").get_by_test_id("chart-group").click()
    expect(chart(page, "my/own")).to_have_count(0)
    page.goto(f"{site.url}/jobs/{other['id']}")
    expect(pinned.get_by_test_id("chart")).to_have_attribute("data-key", "train/box_loss")
    expect(chart(page, "my/own")).to_have_count(0)
    page.get_by_role("textbox", name="Search keys").fill("my/")
    expect(chart(page, "my/own")).to_be_visible()


def test_one_chart_is_enlarged_with_all_controls(finished: dict[str, Any], open_page: OpenPage) -> None:
    page = open_page(f"/jobs/{finished['id']}")
    long = chart(page, "train/step_loss")
    plot(long).hover()
    page.keyboard.press("f")
    large = page.get_by_test_id("enlarged")
    expect(large.get_by_test_id("chart")).to_have_attribute("data-key", "train/step_loss")
    # The window has room for more points than a card's 2,000.
    expect(large.get_by_test_id("chart-points")).to_have_text(re.compile(r"^[3-9],\d{3} of 10,000 points$"))
    large.get_by_role("switch", name="Log scale").click()
    large.get_by_role("slider").focus()
    page.keyboard.press("End")
    expect(large.locator("output")).to_have_text("0.99")
    page.keyboard.press("Tab")
    page.keyboard.press("n")
    expect(large.get_by_test_id("chart")).not_to_have_attribute("data-key", "train/step_loss")
    page.keyboard.press("Escape")
    expect(large).to_have_count(0)


def test_a_live_job_goes_on_under_a_zoom_and_its_end_is_right(site: Any, open_page: OpenPage) -> None:
    job = new_job(site.client, site.dataset_id, name="Live charts")
    send(site.url, job, [metrics(n, n, None, {"a": float(n)}) for n in range(1, 101)])
    page = open_page(f"/jobs/{job['id']}")
    a = chart(page, "a")
    drag(page, a, 0.25, 0.75)
    # Away from the chart, whose legend tells the value at the mouse.
    page.mouse.move(0, 0)
    expect(page.get_by_test_id("reset-zoom")).to_be_visible()
    points = a.get_by_test_id("chart-points")
    before = points.inner_text()
    canvas = a.locator("canvas").element_handle()
    send(site.url, job, [metrics(n, n, None, {"a": float(n)}) for n in range(101, 201)])
    expect(a.get_by_test_id("chart-legend")).to_contain_text("200")
    expect(points).to_have_text(before)
    # The same canvas: nothing was made anew, so nothing flickers.
    assert canvas.evaluate("node => node.isConnected")
    page.get_by_test_id("reset-zoom").click()
    plot(a).hover()
    page.mouse.move(0, 0)
    expect(a.get_by_test_id("chart-legend")).to_contain_text("200")


FLOOD = 20_000


def test_memory_stays_bounded_while_a_job_floods(
    site: Any, open_page: OpenPage, eventually: Callable[..., Any]
) -> None:
    job = new_job(site.client, site.dataset_id, name="Flood")
    page = open_page(f"/jobs/{job['id']}")
    expect(page.get_by_test_id("empty")).to_be_visible()
    cdp = page.context.new_cdp_session(page)

    def heap() -> float:
        cdp.send("HeapProfiler.collectGarbage")
        return float(cdp.send("Runtime.getHeapUsage")["usedSize"])

    sizes = []
    for start in range(0, FLOOD, 5000):
        send(
            site.url,
            job,
            [metrics(n, n, None, {"a": float(n), "b": math.sin(n)}) for n in range(start + 1, start + 5001)],
        )
        last = f"{start + 5000:,}"
        expect(chart(page, "a").get_by_test_id("chart-legend").locator("b")).to_have_text(last)
        sizes.append(heap())
    points = chart(page, "a").get_by_test_id("chart-points")

    def thinned() -> bool:
        shown, _, total, _ = points.inner_text().split()
        return total == f"{FLOOD:,}" and int(shown.replace(",", "")) <= 4000

    eventually(thinned, seconds=20)
    # What 15,000 further points of two keys would take, were they all kept, is more than twice this.
    assert sizes[-1] - sizes[0] < 8e6, sizes


def test_a_restarted_server_is_found_again_and_nothing_is_missing(
    tmp_path: Path, browser: Any, eventually: Callable[..., Any]
) -> None:
    with serving(tmp_path, eventually) as (client, _):
        job = new_job(client, None, name="Survivor")
        send(client.url, job, [metrics(n, n, None, {"a": float(n)}) for n in range(1, 11)])
        page = browser.new_page()
        page.goto(client.post("/auth/login-links")["url"])
        page.goto(f"{client.url}/jobs/{job['id']}")
        expect(chart(page, "a").get_by_test_id("chart-legend")).to_contain_text("10")
        port = int(client.url.rsplit(":", 1)[1])
    with serving(tmp_path, eventually, port=port) as (client, _):
        send(client.url, job, [metrics(n, n, None, {"a": float(n)}) for n in range(11, 31)])
        expect(chart(page, "a").get_by_test_id("chart-legend")).to_contain_text("30", timeout=30_000)
        _, content = saved(page, lambda: page.get_by_test_id("export-all").click())
        assert [int(row["step"]) for row in rows_of(content)] == list(range(1, 31))
        page.close()


def test_a_click_without_a_drag_picks_the_epoch(finished: dict[str, Any], open_page: OpenPage) -> None:
    page = open_page(f"/jobs/{finished['id']}")
    long = chart(page, "train/step_loss")
    at = hovered(long, "epoch")
    plot(long).click()
    # One of the validated epochs, 11 to 13: that which the steps under the mouse belong to, or the nearest.
    page.wait_for_url(re.compile(r"epoch=1[123]\b"))
    assert 9 < float(at.removeprefix("epoch ")) < 12
