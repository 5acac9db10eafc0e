"""A server in a process of its own, and commands that speak to it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith("SNELLEN_")}
    return subprocess.run(
        [sys.executable, "-m", "snellen", *arguments],
        capture_output=True,
        text=True,
        timeout=240,
        env={**clean, **environment},
        check=False,
    )


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, eventually: Callable[..., Any]) -> Iterator[dict[str, str]]:
    """The environment in which commands find a running server."""
    folder = tmp_path_factory.mktemp("cli") / "data"
    environment = {"SNELLEN_DATA_DIR": str(folder), "SNELLEN_MLFLOW_URI": "off"}
    process = subprocess.Popen(
        [sys.executable, "-m", "snellen", "serve", "--port", "0"],
        env={**os.environ, **environment},
        stderr=subprocess.DEVNULL,
    )
    try:
        eventually(lambda: run("jobs", "list", "--json", **environment).returncode == 0, every=0.3)
        yield environment
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture
def snellen(server: dict[str, str]) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs a command against the server."""
    return lambda *arguments, **environment: run(*arguments, **{**server, **environment})
