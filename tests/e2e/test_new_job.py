"""The form of a new job in a real Chromium: made from the schemas of the trainers; what it asks for is made."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from snellen.sdk.server import NoServer

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Page]
ASKED_MS = 60_000


@pytest.fixture(scope="module", autouse=True)
def _asked(site: Any, eventually: Callable[..., Any]) -> None:
    """The server has asked the frameworks' Pythons what they take, which loads them."""

    def answered() -> bool:
        try:
            return bool(site.client.get("/trainers"))
        except NoServer:
            return False

    eventually(answered, seconds=300)


def opened(open_page: OpenPage, path: str) -> Page:
    page = open_page(path)
    expect(page.get_by_test_id("start-job")).to_be_visible(timeout=ASKED_MS)
    return page


def job_of(page: Page, site: Any) -> dict[str, Any]:
    """The job whose page is shown."""
    expect(page).to_have_url(re.compile(r"/jobs/\d+$"))
    return dict(site.client.get(f"/training/jobs/{page.url.rsplit('/', 1)[1]}"))


def body_of(page: Page) -> dict[str, Any]:
    """The request as the form shows it."""
    if page.get_by_test_id("job-json").count() == 0:
        page.get_by_test_id("show-json").click()
    return dict(json.loads(page.get_by_test_id("job-json").inner_text()))


def test_the_form_says_what_is_wrong_as_one_types_and_sends_only_what_differs(site: Any, open_page: OpenPage) -> None:
    page = opened(open_page, "/jobs/new")
    start, state = page.get_by_test_id("start-job"), page.get_by_test_id("form-state")
    # Where there is one dataset alone it is chosen already; other tests may have made more.
    only = len(site.client.get("/datasets")["items"]) == 1
    expect(page.get_by_test_id("job-dataset")).to_have_value(str(site.dataset_id) if only else "")
    page.get_by_test_id("job-dataset").select_option("")
    expect(start).to_be_disabled()
    expect(state).to_contain_text("missing or wrong")
    page.get_by_test_id("job-dataset").select_option(str(site.dataset_id))
    expect(page.get_by_text("train 16")).to_be_visible()
    expect(state).to_have_text("Everything fits.")
    page.get_by_test_id("job-epochs").fill("0")
    expect(page.get_by_text("Expected: 1 … 100000.")).to_be_visible()
    page.get_by_test_id("job-epochs").fill("3")
    page.get_by_test_id("param-lr0").fill("7")
    expect(page.get_by_text("Expected: 0 … 1.")).to_be_visible()
    expect(start).to_be_disabled()
    page.get_by_test_id("param-lr0").fill("0.01")  # the default
    page.get_by_test_id("param-imgsz").fill("64")
    page.get_by_test_id("param-optimizer").select_option(label="AdamW")
    body = body_of(page)
    assert body["hyperparameters"] == {"imgsz": 64, "optimizer": "AdamW"}
    assert (body["trainer"], body["task"], body["epochs"]) == ("ultralytics", "detection", 3)
    command = page.get_by_text(re.compile(r"snellen train --dataset digits")).inner_text()
    assert "-p imgsz=64 -p optimizer=AdamW" in command


def test_among_many_parameters_one_is_found_by_name_or_by_what_it_does(site: Any, open_page: OpenPage) -> None:
    page = opened(open_page, f"/jobs/new?dataset={site.dataset_id}")
    expect(page.get_by_test_id("param-hsv_h")).to_have_count(0)
    search = page.get_by_placeholder(re.compile(r"Search \d+ parameters"))
    search.fill("hue augmentation")
    expect(page.get_by_test_id("param-hsv_h")).to_be_visible()
    expect(page.get_by_test_id("param-imgsz")).to_have_count(0)
    page.get_by_test_id("param-hsv_h").fill("0.1")
    search.fill("")
    expect(page.get_by_test_id("param-hsv_h")).to_have_value("0.1")
    page.get_by_test_id("all-params").click()
    expect(page.get_by_test_id("param-perspective")).to_be_visible()
    search.fill("no such thing")
    expect(page.get_by_text("No parameter is like “no such thing”.")).to_be_visible()
    search.fill("")
    page.get_by_role("button", name="hsv_h back to the default").click()
    assert "hsv_h" not in body_of(page)["hyperparameters"]


def test_a_draft_outlives_a_reload_and_another_trainer(site: Any, open_page: OpenPage) -> None:
    page = opened(open_page, f"/jobs/new?dataset={site.dataset_id}")
    page.get_by_test_id("param-imgsz").fill("96")
    page.get_by_test_id("job-name").fill("kept")
    page.get_by_test_id("job-trainer").select_option("timm")
    expect(page.get_by_text("The dataset is for detection.")).to_be_visible()
    page.get_by_test_id("job-trainer").select_option("ultralytics")
    page.get_by_test_id("job-task").select_option("detection")
    expect(page.get_by_test_id("param-imgsz")).to_have_value("96")
    page.reload()
    expect(page.get_by_test_id("param-imgsz")).to_have_value("96", timeout=ASKED_MS)
    expect(page.get_by_test_id("job-name")).to_have_value("kept")


def test_a_script_is_started_and_its_clone_marks_what_differs(
    site: Any, open_page: OpenPage, eventually: Callable[..., Any]
) -> None:
    page = opened(open_page, f"/jobs/new?dataset={site.dataset_id}")
    page.get_by_test_id("job-trainer").select_option("script")
    expect(page.get_by_test_id("needs-code")).to_contain_text("You have the permission")
    page.get_by_test_id("job-epochs").fill("2")
    page.get_by_test_id("job-model").fill("mean-object")
    page.get_by_test_id("param-command").fill("python -m snellen.trainers.script.mean_object")
    page.get_by_test_id("add-param-name").fill("pause")
    page.get_by_test_id("add-param").click()
    page.get_by_test_id("param-pause").fill("0.001")
    page.get_by_test_id("job-name").fill("mean objects")
    tags = page.get_by_role("combobox", name="Tags")
    tags.fill("Plain")
    tags.press("Enter")
    command = page.get_by_text(re.compile(r"^\$? ?snellen train")).inner_text()
    assert command.endswith("-- python -m snellen.trainers.script.mean_object")
    page.get_by_test_id("start-job").click()
    job = job_of(page, site)
    assert job["params"] == {"command": ["python", "-m", "snellen.trainers.script.mean_object"], "pause": 0.001}
    assert (job["name"], job["tags"], job["epochs"]) == ("mean objects", ["plain"], 2)
    expect(page.get_by_test_id("job-state")).to_contain_text("Completed", timeout=90_000)

    page.get_by_test_id("clone-job").click()
    expect(page.get_by_role("heading", name=f"New job like #{job['id']}")).to_be_visible(timeout=ASKED_MS)
    expect(page.get_by_test_id("differs")).to_have_count(0)
    expect(page.get_by_test_id("param-pause")).to_have_value("0.001")
    page.get_by_test_id("job-epochs").fill("1")
    page.get_by_test_id("param-pause").fill("0.002")
    expect(page.get_by_test_id("differs")).to_have_count(2)
    expect(page.get_by_text(f"#{job['id']} has 0.001")).to_be_visible()
    page.get_by_test_id("start-job").click()
    expect(page).not_to_have_url(re.compile("new"))
    clone = job_of(page, site)
    assert clone["id"] != job["id"]
    assert (clone["epochs"], clone["params"]["pause"]) == (1, 0.002)
    assert {k: clone[k] for k in ("name", "tags", "model", "dataset", "trainer", "task")} == {
        k: job[k] for k in ("name", "tags", "model", "dataset", "trainer", "task")
    }


def test_what_the_server_refuses_is_told_at_its_field_and_nothing_is_lost(site: Any, open_page: OpenPage) -> None:
    page = opened(open_page, f"/jobs/new?dataset={site.dataset_id}")
    page.get_by_test_id("job-name").fill("not lost")
    page.get_by_test_id("job-model").fill("https://example.com/model.pt")
    page.get_by_test_id("start-job").click()
    refused = page.get_by_test_id("refused")
    expect(refused).to_contain_text("nothing is fetched")
    expect(page.get_by_test_id("job-model")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_test_id("job-name")).to_have_value("not lost")
    expect(page.get_by_test_id("job-model")).to_have_value("https://example.com/model.pt")


def test_a_job_begins_with_the_weights_of_another(site: Any, open_page: OpenPage) -> None:
    """A real checkpoint, of a job that Ultralytics never ran."""
    body = {"name": "parent", "model": "yolo11n.yaml", "epochs": 1, "launcher": "external", "trainer": "ultralytics"}
    parent = site.client.post("/training/jobs", {**body, "dataset": site.dataset_id})
    data = b"weights"
    with site.job_client(parent) as client:
        client.post(
            f"/validation/jobs/{parent['id']}/results",
            {"job_id": parent["id"], "epoch": 1, "task_type": "detection", "metrics": {"loss": 1.0}},
        )
        sent = {
            "kind": "checkpoint", "name": "best.pt", "size": len(data), "sha256": hashlib.sha256(data).hexdigest(),
            "content_type": "application/octet-stream", "epoch": 1,
        }  # fmt: skip
        upload = client.post(f"/training/jobs/{parent['id']}/uploads", sent)
        put = httpx.put(
            site.url + upload["url"] if upload["url"].startswith("/") else upload["url"],
            content=data,
            headers={"authorization": f"Bearer {parent['job_token']}"},
            trust_env=False,
            timeout=60,
        )
        assert put.is_success, put.text
        client.post(f"/training/jobs/{parent['id']}/uploads/{upload['upload_id']}/complete")
    page = opened(open_page, f"/jobs/new?dataset={site.dataset_id}")
    page.locator("label", has_text="Begin with the weights of another job").click()
    page.get_by_test_id("init-job").select_option(str(parent["id"]))
    expect(page.get_by_test_id("form-state")).to_contain_text("missing")
    page.get_by_test_id("init-checkpoint").select_option(label="best.pt, epoch 1")
    page.get_by_test_id("job-launcher").select_option("external")
    page.get_by_test_id("start-job").click()
    expect(page.get_by_test_id("job-token")).to_be_visible()
    page.get_by_role("link", name="To the job").click()
    made = job_of(page, site)
    assert made["parent"] == {"job_id": parent["id"], "checkpoint": "best.pt", "epoch": 1}
