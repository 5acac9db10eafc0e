"""Job folders, third-party trainers and a peer that answers."""

from __future__ import annotations

import importlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI
from tests.packages import put_metadata

from snellen.contract.folder import JobFolder
from snellen.contract.spec import JobSpec
from snellen.contract.tasks import Task, default_primary


@pytest.fixture
def job_folder(tmp_path: Path) -> Callable[..., JobFolder]:
    """Makes a job folder for a trainer."""

    def make(trainer: str = "probe", **params: Any) -> JobFolder:
        folder = JobFolder(tmp_path / "job")
        folder.create(
            JobSpec(
                job_id=1,
                attempt=1,
                name="a job",
                trainer=trainer,
                task=Task.DETECTION,
                model="any.yaml",
                epochs=3,
                primary_metric=default_primary(Task.DETECTION),
                params=params,
            )
        )
        return folder

    return make


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Installs a distribution with trainers as pip would: a module, and metadata with entry points."""

    def install(name: str, source: str | None, entries: dict[str, str]) -> Path:
        site = tmp_path / f"site-{name}"
        put_metadata(site, name, entries)
        if source is not None:
            (site / f"{name}.py").write_text(source)
        monkeypatch.syspath_prepend(str(site))
        importlib.invalidate_caches()
        return site

    return install


@pytest.fixture
def events_of() -> Callable[[JobFolder], list[dict[str, Any]]]:
    """The journal of a folder."""

    def read(folder: JobFolder) -> list[dict[str, Any]]:
        if not folder.events.exists():
            return []
        return [json.loads(line) for line in folder.events.read_text(encoding="utf-8").splitlines()]

    return read


@contextmanager
def _served(app: FastAPI) -> Iterator[str]:
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()


@pytest.fixture
def served() -> Callable[[FastAPI], Any]:
    """Serves an application on a free port of loopback: ``with served(app) as url``."""
    return _served
