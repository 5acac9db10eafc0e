"""A real server in a process of its own, a small dataset, a real Chromium."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from snellen.cli.client import Client
from snellen.cli.datasets import run_import
from snellen.cli.digits import write_digits

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass(frozen=True)
class Site:
    """A running server and the dataset in it."""

    url: str
    token: str
    data_dir: Path
    client: Client
    dataset_id: int

    def job_client(self, job: dict[str, Any]) -> Client:
        return Client(self.url, job["job_token"])


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, eventually: Callable[..., Any]) -> Iterator[Site]:
    root = tmp_path_factory.mktemp("site")
    data_dir = root / "data"
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SNELLEN_")}
    environment |= {"SNELLEN_MLFLOW_URI": "off", "YOLO_OFFLINE": "1"}
    command = [sys.executable, "-m", "snellen", "serve", "--data-dir", str(data_dir), "--port", "0"]
    with (root / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
    try:

        def answering() -> Client | None:
            assert process.poll() is None, (root / "log").read_text()
            try:
                url = json.loads((data_dir / "server.json").read_text())["url"]
                client = Client(url, (data_dir / "token").read_text().strip())
            except (OSError, ValueError):
                return None
            if client.answers():
                return client
            client.close()
            return None

        client: Client = eventually(answering)
        write_digits(root / "digits", train=16, val=8, size=96)
        imported = run_import(client, root / "digits", "digits")
        token = (data_dir / "token").read_text().strip()
        yield Site(client.url, token, data_dir, client, imported["dataset_id"])
        client.close()
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One a module, not a session: while it is open, Playwright keeps an event loop running in this thread."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser: Browser, site: Site) -> Iterator[Callable[..., Page]]:
    """Opens a page with a session; at the end no page may have had an error."""
    contexts, problems = [], []

    def open_one(path: str = "/", *, width: int = 1440, height: int = 900, scheme: str = "light") -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda m: problems.append(m.text) if "Content Security Policy" in m.text else None)
        page.goto(f"{site.url}/login?token={site.token}")
        if path != "/":
            page.goto(site.url + path)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert problems == []
