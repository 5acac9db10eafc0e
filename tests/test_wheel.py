"""The wheel is the whole product: installed elsewhere, it serves the web app, and Node is nowhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture
def wheel() -> Path:
    found = sorted((ROOT / "dist").glob("snellen-*.whl"))
    if not found:
        pytest.fail("there is no wheel in dist/: run `make wheel`, or `make test`, which does")
    return found[-1]


def test_the_wheel_holds_the_web_app_the_migrations_and_its_licence(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert "snellen/server/static/index.html" in names
    assert any(n.startswith("snellen/server/static/assets/") and n.endswith(".js") for n in names)
    assert "snellen/server/migrations/env.py" in names
    assert any(n.endswith("licenses/LICENSE") for n in names)
    assert not any("node_modules" in n or n.startswith("tests/") for n in names)


def test_an_installed_wheel_serves_the_product(wheel: Path, tmp_path: Path, eventually: Callable[..., Any]) -> None:
    target = tmp_path / "site"
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(target), str(wheel)]
    subprocess.run(install, check=True, timeout=120)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SNELLEN_")}
    environment |= {"PYTHONPATH": str(target), "SNELLEN_MLFLOW_URI": "off", "PATH": "/usr/bin:/bin"}
    data = tmp_path / "data"
    command = [sys.executable, "-m", "snellen", "serve", "--data-dir", str(data), "--port", "0"]
    process = subprocess.Popen(command, env=environment, cwd=tmp_path, stderr=subprocess.DEVNULL)
    try:

        def page() -> str | None:
            assert process.poll() is None
            try:
                url = json.loads((data / "server.json").read_text())["url"]
                with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - our own server
                    return str(answer.read().decode())
            except (OSError, ValueError):
                return None

        assert '<div id="root">' in eventually(page)
    finally:
        process.terminate()
        process.wait(timeout=20)
