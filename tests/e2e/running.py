"""A real server in a process of its own, and how a browser gets into it."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext
from tests.leftovers import end_all

from snellen.cli.client import Client


@contextlib.contextmanager
def serving(
    root: Path, eventually: Callable[..., Any], *, port: int = 0, **settings: str
) -> Iterator[tuple[Client, Path]]:
    """A server in a process of its own, with its operator's client and its data directory; port 0 is a free one."""
    data_dir = root / "data"
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SNELLEN_")}
    environment |= {"SNELLEN_MLFLOW_URI": "off", "YOLO_OFFLINE": "1", **settings}
    command = [sys.executable, "-m", "snellen", "serve", "--data-dir", str(data_dir), "--port", str(port)]
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

        # A machine that has more to do takes long over the imports alone.
        client: Client = eventually(answering, seconds=180)
        yield client, data_dir
        client.close()
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        end_all(data_dir)


def log_in(context: BrowserContext, client: Client) -> None:
    """By a link, of which the cookie alone is wanted: the page that it leads to would take longer than many a test."""
    answer = context.request.get(client.post("/auth/login-links")["url"], max_redirects=0)
    assert answer.status == 303, answer.status
