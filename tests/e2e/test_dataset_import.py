"""Datasets brought in through a real Chromium: uploads that pause and go on, reports, refusals."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, Route, expect

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Page]


def choose_file(page: Page, path: Path) -> None:
    page.get_by_test_id("import-file").set_input_files(path)


def start_import(page: Page) -> None:
    page.get_by_test_id("start-import").click()
    expect(page).to_have_url(re.compile(r"/datasets/imports/\d+$"))
    expect(page.get_by_test_id("import")).not_to_have_attribute("data-state", "running", timeout=20_000)


def test_an_archive_is_uploaded_imported_and_reported(open_page: OpenPage, tmp_path: Path, drawn: Any) -> None:
    archive = drawn.write_zip(tmp_path / "Uploaded shapes.zip")
    page = open_page("/datasets")
    page.get_by_test_id("import-dataset").click()
    choose_file(page, archive)
    expect(page.get_by_test_id("import-name")).to_have_value("Uploaded shapes")
    expect(page.get_by_test_id("upload")).to_have_attribute("data-state", "done")
    start_import(page)
    report = page.get_by_test_id("import")
    expect(report).to_have_attribute("data-state", "completed")
    expect(report).to_contain_text("Ultralytics YOLO")
    expect(report.get_by_role("row", name="ring")).to_contain_text("6")
    expect(report.get_by_role("row", name="image_repeated")).to_contain_text("1")
    expect(page.get_by_test_id("problem").filter(has_text="a5.png")).to_have_count(1)
    page.reload()
    expect(report).to_have_attribute("data-state", "completed")
    page.get_by_test_id("open-dataset").click()
    expect(page.get_by_test_id("image-count")).to_have_text(f"{len(drawn.images)} images")
    expect(page.get_by_test_id("dataset-image")).to_have_count(len(drawn.images))


def test_the_same_content_again_makes_no_new_version(
    open_page: OpenPage, shapes: dict[str, Any], tmp_path: Path, drawn: Any
) -> None:
    archive = drawn.write_zip(tmp_path / "shapes.zip")
    page = open_page("/datasets/import")
    choose_file(page, archive)
    start_import(page)
    expect(page.get_by_role("status")).to_contain_text("was there already")
    page.goto(re.sub(r"/datasets/.*", "/datasets", page.url))
    expect(page.get_by_test_id("recent-import").first).to_contain_text("shapes")


def test_an_upload_is_paused_and_resumed(open_page: OpenPage, tmp_path: Path, drawn: Any) -> None:
    archive = drawn.write_zip(tmp_path / "paused.zip")
    page = open_page("/datasets/import")
    held: list[Route] = []
    page.route("**/datasets/uploads/*", lambda route: held.append(route))
    choose_file(page, archive)
    page.get_by_role("button", name="Pause").click()
    upload = page.get_by_test_id("upload")
    expect(upload).to_have_attribute("data-state", "paused")
    page.unroute("**/datasets/uploads/*")
    page.get_by_role("button", name="Resume").click()
    expect(upload).to_have_attribute("data-state", "done")
    start_import(page)
    expect(page.get_by_test_id("import")).to_have_attribute("data-state", "completed")


def test_an_upload_goes_on_after_a_reload_with_what_the_server_has(
    open_page: OpenPage, site: Any, tmp_path: Path, drawn: Any
) -> None:
    archive = drawn.write_zip(tmp_path / "reloaded.zip", padding=200_000)
    content = archive.read_bytes()
    part = len(content) // 2
    offsets: list[str | None] = []

    def deliver_half(route: Route) -> None:
        """Of the first request half arrives, and it is never answered; the next ones pass."""
        request = route.request
        if request.method == "PATCH":
            offsets.append(request.headers.get("upload-offset"))
        if request.method != "PATCH" or len(offsets) > 1:
            route.continue_()
            return
        headers = {
            "authorization": f"Bearer {site.token}",
            "content-type": "application/offset+octet-stream",
            "tus-resumable": "1.0.0",
            "upload-offset": "0",
        }
        httpx.patch(request.url, content=content[:part], headers=headers, timeout=60).raise_for_status()

    page = open_page("/datasets/import")
    page.route("**/datasets/uploads/*", deliver_half)
    with page.expect_request(lambda request: request.method == "PATCH"):
        choose_file(page, archive)
    page.reload()
    expect(page.get_by_test_id("unfinished")).to_contain_text("reloaded.zip")
    choose_file(page, archive)
    expect(page.get_by_test_id("upload")).to_have_attribute("data-state", "done")
    assert offsets == ["0", str(part)]
    start_import(page)
    expect(page.get_by_test_id("import")).to_have_attribute("data-state", "completed")


def test_a_refused_import_lists_what_is_wrong_and_leads_back(open_page: OpenPage, tmp_path: Path, drawn: Any) -> None:
    archive = tmp_path / "broken.zip"
    drawn.write_zip(archive)
    with zipfile.ZipFile(archive, "a") as opened:
        opened.writestr("images/train/a9.png", drawn.picture("a9", []))
        opened.writestr("labels/train/a9.txt", "0 0.5 0.5 0.1 0.1\n7 0.5 0.5 0.1 0.1\n")
    page = open_page("/datasets/import")
    choose_file(page, archive)
    start_import(page)
    expect(page.get_by_test_id("import")).to_have_attribute("data-state", "failed")
    expect(page.get_by_test_id("problem")).to_contain_text("labels/train/a9.txt:2")
    page.get_by_role("link", name="Try again").click()
    expect(page.get_by_test_id("import-name")).to_have_value("broken")
    expect(page.get_by_test_id("start-import")).to_be_enabled()


def test_a_complete_upload_survives_a_reload(open_page: OpenPage, tmp_path: Path, drawn: Any) -> None:
    page = open_page("/datasets/import")
    choose_file(page, drawn.write_zip(tmp_path / "kept.zip"))
    expect(page.get_by_test_id("upload")).to_have_attribute("data-state", "done")
    expect(page).to_have_url(re.compile("source=upload"))
    page.reload()
    expect(page.get_by_test_id("kept-upload")).to_contain_text("kept.zip")
    expect(page.get_by_test_id("import-name")).to_have_value("kept")
    start_import(page)
    expect(page.get_by_test_id("import")).to_have_attribute("data-state", "completed")


@pytest.mark.parametrize("kind", ["path", "external"])
def test_a_folder_is_imported_from_where_the_server_reaches_it(
    open_page: OpenPage, site: Any, tmp_path: Path, drawn: Any, kind: str
) -> None:
    name = f"reached by {kind}"
    folder = tmp_path / name if kind == "path" else site.data_dir / "external" / "incoming" / name
    with zipfile.ZipFile(drawn.write_zip(tmp_path / "shapes.zip")) as archive:
        archive.extractall(folder)
    page = open_page("/datasets/import")
    page.get_by_text({"path": "On the server", "external": "External store"}[kind], exact=True).click()
    page.get_by_test_id(f"import-{kind}").fill(str(folder) if kind == "path" else f"external:incoming/{name}")
    expect(page.get_by_test_id("import-name")).to_have_value(name)
    start_import(page)
    expect(page.get_by_test_id("import")).to_have_attribute("data-state", "completed")


def test_images_are_divided_as_said(open_page: OpenPage, tmp_path: Path, drawn: Any) -> None:
    archive = tmp_path / "loose.zip"
    with zipfile.ZipFile(archive, "w") as opened:
        for name in ("apple", "pear"):
            for number in range(10):
                opened.writestr(f"{name}/{number}.png", drawn.picture(f"{name}{number}", []))
    page = open_page("/datasets/import")
    choose_file(page, archive)
    page.get_by_label("Divide the images anew").check()
    page.get_by_label("train, %").fill("60")
    expect(page.get_by_test_id("start-import")).to_be_disabled()
    page.get_by_label("test, %").fill("20")
    start_import(page)
    report = page.get_by_test_id("import")
    expect(report).to_have_attribute("data-state", "completed")
    expect(report).to_contain_text("made: train 60%, val 20%, test 20%; seed 0")
