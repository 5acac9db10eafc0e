"""A real server in a process of its own."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

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

        # A machine with much else to do is slow to start it.
        client: Client = eventually(answering, seconds=120)
        yield client, data_dir
        client.close()
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
