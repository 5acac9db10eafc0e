"""What every test may use."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

pytest_plugins = ["tests.databases", "tests.provider", "tests.crooked_provider"]

#: Ultralytics puts a function of its own in its place, in the processes that import it.
_open_image = Image.open

# Two of these run side by side, and their models are tiny: threads of torch would only wait for one another.
os.environ.setdefault("OMP_NUM_THREADS", "1")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take long come first, so that nobody waits for the last of them alone."""
    slow = {item.path for item in items if any(item.get_closest_marker(mark) for mark in ("train", "browser"))}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(autouse=True)
def _isolated(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test meets the settings of the person who runs it, nor what a framework left in the process."""
    if request.path.parent.name != "trainers":
        monkeypatch.setattr(Image, "open", _open_image)
    for name in [n for n in os.environ if n.startswith("SNELLEN_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("SNELLEN_DATA_DIR", str(tmp_path / "default-data"))
    monkeypatch.setenv("YOLO_OFFLINE", "1")
    monkeypatch.setenv("YOLO_CONFIG_DIR", str(tmp_path / "ultralytics"))


def wait_for(what: Callable[[], Any], *, seconds: float = 120.0, every: float = 0.05) -> Any:
    """Poll until `what` gives something true; fail with its last answer otherwise."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while True:
        found = what()
        if found:
            return found
        if time.monotonic() > deadline:
            pytest.fail(f"still {found!r} after {seconds} s")
        pause.wait(every)


@pytest.fixture(scope="session")
def eventually() -> Callable[..., Any]:
    """:func:`wait_for`."""
    return wait_for
