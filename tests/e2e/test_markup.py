"""Markup in every name and text that people and trainers choose is text on every page, and nothing of it runs."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Page]
RUN = "window.top.ran=1"
IMAGE = f"<img src=x onerror={RUN}>"
VECTOR = f'"><svg onload="{RUN}">'
LINK = f"javascript:{RUN}"
#: Reversed, with characters of no width, and with a line end.
ODD = "\u202eevil\u202c\u200b\u2066\n</script>"
INJECTED = (
    'img[onerror], img[src="x"], svg[onload], a[href^="javascript:" i], iframe, object, embed, base, '
    "script:not([src]), [onclick]"
)


@pytest.fixture(scope="module")
def planted(site: Any, import_zip: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A dataset and a job of which every text is markup."""
    picture = BytesIO()
    Image.new("RGB", (64, 48), "teal").save(picture, "PNG")
    place = tmp_path_factory.mktemp("markup") / "markup.zip"
    with zipfile.ZipFile(place, "w") as archive:
        names = [IMAGE, VECTOR, LINK]
        archive.writestr("data.yaml", f"train: images/train\nval: images/val\nnames: {names!r}\n")
        for split in ("train", "val"):
            archive.writestr(f"images/{split}/{IMAGE}.png", picture.getvalue() + split.encode())
            archive.writestr(f"labels/{split}/{IMAGE}.txt", "".join(f"{c} 0.5 0.5 0.5 0.5\n" for c in range(3)))
    dataset = import_zip(place, f"{IMAGE} {LINK}")["dataset_id"]
    body = {
        "name": f"{IMAGE}{ODD}", "model": f"{VECTOR}.pt", "epochs": 2, "launcher": "external", "dataset": dataset,
        "hyperparameters": {IMAGE: VECTOR, "link": LINK},
    }  # fmt: skip
    job = dict(site.client.post("/training/jobs", body))
    point = {"type": "metrics", "step": 1, "epoch": 1, "values": {f"train/{IMAGE}": 1.0, f"val/{VECTOR}": 2.0}}
    events = [
        {"seq": 1, **point},
        {"seq": 2, "type": "log", "level": "info", "lines": [IMAGE, VECTOR, LINK, ODD]},
        {"seq": 3, "type": "progress", "epoch": 1, "epochs": 2, "fraction": 0.5, "phase": IMAGE, "message": VECTOR},
    ]
    result = {
        "job_id": job["id"], "epoch": 1, "task_type": "detection", "metrics": {f"val/{IMAGE}": 0.5},
        "visualization_urls": {IMAGE: LINK},
        "image_results": [
            {
                "image_name": f"images/val/{IMAGE}.png",
                "predicted_boxes": [{"class_id": 0, "class_name": IMAGE, "bbox": [4, 4, 20, 20], "confidence": 0.9}],
                "extra_data": {IMAGE: VECTOR},
            }
        ],
    }  # fmt: skip
    svg = f'<svg xmlns="http://www.w3.org/2000/svg"><script>{RUN}</script></svg>'.encode()
    page = f"<script>{RUN}</script>".encode()
    with site.job_client(job) as client:
        client.post(f"/training/jobs/{job['id']}/events", {"attempt": 1, "events": events})
        client.post(f"/validation/jobs/{job['id']}/results", result)
        upload(site, job, "plot", f"{IMAGE}.svg", svg, "image/svg+xml")
        upload(site, job, "plot", "page.html", page, "text/html")
        upload(site, job, "file", f"{VECTOR}.html", page, "text/html")
    return {**job, "dataset": dataset}


def upload(
    site: Any, job: dict[str, Any], kind: str, name: str, data: bytes, content_type: str, epoch: int = 1
) -> None:
    body = {
        "attempt": 1, "kind": kind, "name": name, "size": len(data), "sha256": hashlib.sha256(data).hexdigest(),
        "content_type": content_type, "epoch": epoch,
    }  # fmt: skip
    with site.job_client(job) as client:
        answer = client.post(f"/training/jobs/{job['id']}/uploads", body)
        if answer["already"]:
            return
        headers = {**answer["headers"], "authorization": f"Bearer {job['job_token']}"}
        url = httpx.URL(site.url).join(answer["url"])
        httpx.put(url, content=data, headers=headers, trust_env=False, timeout=60).raise_for_status()
        client.post(f"/training/jobs/{job['id']}/uploads/{answer['upload_id']}/complete", {})


@pytest.mark.parametrize(
    ("path", "shows"),
    [
        ("/", IMAGE),
        ("/jobs/{job}", IMAGE),
        ("/jobs/{job}/logs", VECTOR),
        ("/jobs/{job}/validation?epoch=1", IMAGE),
        ("/jobs/{job}/artifacts", "page"),
        ("/datasets", IMAGE),
        ("/datasets/{dataset}", IMAGE),
        ("/datasets/{dataset}/statistics", IMAGE),
    ],
)
def test_markup_is_text_and_nothing_of_it_runs(
    planted: dict[str, Any], open_page: OpenPage, path: str, shows: str
) -> None:
    page = open_page(path.format(job=planted["id"], dataset=planted["dataset"]))
    expect(page.locator("body")).to_contain_text(shows)
    page.wait_for_load_state("networkidle")
    assert page.locator(INJECTED).count() == 0
    assert page.evaluate("window.ran") is None


def test_a_plot_or_file_that_could_run_code_is_downloaded_under_a_safe_name_and_never_shown(
    planted: dict[str, Any], site: Any, open_page: OpenPage, tmp_path: Path
) -> None:
    page = open_page("/")
    found = site.client.get(f"/training/jobs/{planted['id']}/artifacts")["items"]
    risky = [a for a in found if a["content_type"] in ("image/svg+xml", "text/html")]
    assert len(risky) >= 2
    for artifact in risky:
        with page.expect_download() as download:
            page.evaluate("url => { location.href = url }", artifact["url"])
        name = download.value.suggested_filename
        assert not set('<>"/\\\n\u202e') & set(name), name
    assert page.evaluate("window.ran") is None
    assert page.url.startswith(site.url)


def test_a_plot_that_is_drawn_by_a_page_runs_nothing(planted: dict[str, Any], site: Any, open_page: OpenPage) -> None:
    page = open_page("/")
    (svg, *_) = [
        a for a in site.client.get(f"/training/jobs/{planted['id']}/artifacts")["items"] if "svg" in a["content_type"]
    ]
    page.evaluate(
        "url => new Promise(done => { const i = new Image(); i.onload = i.onerror = () => done(1); i.src = url;"
        " document.body.append(i) })",
        svg["url"],
    )
    assert page.evaluate("window.ran") is None


def test_only_the_component_library_writes_styles_into_a_page(planted: dict[str, Any], open_page: OpenPage) -> None:
    """Why the CSP lets styles be inline: Mantine's colours and sizes. A style runs nothing and loads from us alone."""
    page = open_page(f"/jobs/{planted['id']}")
    expect(page.locator("body")).to_contain_text(IMAGE)
    written = page.eval_on_selector_all("style", "all => all.map(each => each.getAttributeNames().sort().join())")
    assert set(written) <= {"data-mantine-styles"}
    policy = httpx.get(page.url, trust_env=False, timeout=60).headers["content-security-policy"]
    directives = {words[0]: words[1:] for words in (part.split() for part in policy.split(";"))}
    assert directives["script-src"] == ["'self'"]
    assert directives["default-src"] == ["'self'"]
    assert directives["img-src"] == ["'self'", "data:", "blob:"]
    assert [name for name, words in directives.items() if "'unsafe-inline'" in words] == ["style-src"]
