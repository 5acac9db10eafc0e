"""A real server on a real port, a real dataset, and a third-party trainer that does as it is told."""

from __future__ import annotations

import contextlib
import importlib
import socket
import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from tests.imports import imported
from tests.packages import put_metadata

from snellen.cli.digits import write_digits
from snellen.contract.folder import JobFolder
from snellen.launch.client import ServerClient
from snellen.launch.local import LocalLauncher
from snellen.server.app import create_app
from snellen.server.jobs import service
from snellen.server.jobs.tables import Attempt
from snellen.server.settings import load

PUPPET = '''
import json, os, threading
from snellen.contract.tasks import Task
from snellen.sdk import Trainer

class Puppet(Trainer):
    """Waits before epoch N, from the second, until the file go-N appears in its folder."""

    name = "puppet"
    tasks = (Task.DETECTION,)
    several_nodes = True

    def version(self):
        return "1.0"

    def schema(self, task):
        acts = {"enum": ["train", "raise", "deaf"]}
        return {"type": "object", "additionalProperties": False, "properties": {"act": acts}}

    def run(self, ctx):
        (ctx.folder.work / "pid").write_text(str(os.getpid()))
        pause, deaf = threading.Event(), ctx.params.get("act") == "deaf"
        done = json.loads(ctx.resume_from.read_text())["epoch"] if ctx.resume_from else 0
        if ctx.resume_from:
            print(f"puppet: goes on after {done}, told {dict(ctx.resume_metadata)}")
        if ctx.init_from:
            print("puppet: begins with", ctx.init_from.name, ctx.init_from.read_text())
        for epoch in range(done + 1, ctx.job.epochs + 1):
            while epoch > 1 and (deaf or not ctx.should_stop()) and not (ctx.folder.root / f"go-{epoch}").exists():
                pause.wait(0.02)
            if ctx.should_stop() and not deaf:
                return
            print(f"puppet: epoch {epoch}")
            if epoch == 2 and not done and ctx.params.get("act") == "raise":
                raise RuntimeError("the puppet's string tore")
            ctx.log_metrics({"train/loss": 1 / epoch}, epoch=epoch)
            ctx.log_validation(epoch, metrics={"val/score": epoch / 10})
            last = ctx.folder.work / "last.pt"
            last.write_text(json.dumps({"epoch": epoch}))
            ctx.save_checkpoint(last, epoch=epoch, metadata={"fitness": epoch / 10})
'''


class Platform:
    """A server that can be stopped and started again on its port and its data."""

    def __init__(self, data_dir: Path, **settings: Any) -> None:
        self.data_dir = data_dir
        self._more = settings
        self._port = 0
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", self._port))
        self._port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}"
        settings = load(data_dir=self.data_dir, mlflow_uri="off", port=self._port, slots=2, **self._more)
        self.app = create_app(settings, url=self.url)
        config = uvicorn.Config(self.app, log_level="warning", timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._listener]})
        self._thread.start()
        while not self._server.started and self._thread.is_alive():
            self._thread.join(0.01)
        self.token = (self.data_dir / "token").read_text().strip()
        headers = {"authorization": f"Bearer {self.token}"}
        self._http = httpx.Client(base_url=self.url + "/api/v1", headers=headers, trust_env=False, timeout=60.0)

    def stop(self) -> None:
        if self._thread is None:
            return
        self._http.close()
        self._server.should_exit = True
        self._thread.join(15)
        self._listener.close()
        self._thread = None

    @property
    def state(self) -> Any:
        return self.app.state.snellen

    def ask(self, path: str, *, method: str = "GET", **request: Any) -> httpx.Response:
        """A request of the operator's, whatever its answer."""
        return self._http.request(method, path, **request)

    def get(self, path: str, **query: Any) -> Any:
        answer = self._http.get(path, params=query)
        assert answer.is_success, answer.text
        return answer.json()

    def post(self, path: str, body: Any = None) -> Any:
        answer = self._http.post(path, json=body or {})
        assert answer.is_success, answer.text
        return answer.json()

    def external_job(self, **fields: Any) -> tuple[int, str]:
        body = {"model": "own.pt", "epochs": 10, "launcher": "external", **fields}
        job = self.post("/training/jobs", body)
        return job["id"], job["job_token"]

    def puppet_job(self, dataset: int, *, act: str = "train", epochs: int = 3) -> int:
        body = {
            "model": "wood", "epochs": epochs, "trainer": "puppet", "dataset": dataset, "task": "detection",
            "hyperparameters": {"act": act}, "primary_metric": {"name": "val/score", "source": "reported"},
            "client_id": str(uuid.uuid4()),
        }  # fmt: skip
        return int(self.post("/training/jobs", body)["id"])

    def job(self, job_id: int) -> Any:
        return self.get(f"/training/jobs/{job_id}")

    def folder(self, job_id: int, attempt: int = 1) -> JobFolder:
        return JobFolder(self.data_dir / "jobs" / str(job_id) / f"attempt-{attempt}")

    def handles(self) -> list[Any]:
        with self.state.database.read() as session:
            rows = session.query(Attempt).order_by(Attempt.id)
            return [row.handle for row in rows if row.handle is not None and "pid" in row.handle]

    def supersede(self, job_id: int) -> str:
        with self.state.database.write() as session:
            return service.start_attempt(session, service.get_job(session, job_id, lock=True)).token


@contextlib.contextmanager
def running(platform: Platform) -> Iterator[Platform]:
    """It runs while the block does; jobs that still run at its end are killed."""
    platform.start()
    try:
        yield platform
    finally:
        for handle in platform.handles():
            LocalLauncher().kill(handle)
        platform.stop()


def install_puppet(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the trainer where this process and those that it starts find it."""
    put_metadata(site, "puppet", {"puppet": "puppet:Puppet"})
    (site / "puppet.py").write_text(PUPPET)
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.setenv("PYTHONPATH", str(site))
    importlib.invalidate_caches()


@pytest.fixture
def platform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Platform]:
    """A running server that has the puppet."""
    install_puppet(tmp_path / "site", monkeypatch)
    with running(Platform(tmp_path / "data")) as found:
        yield found


@pytest.fixture(scope="session")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six pictures of handwritten digits."""
    folder = tmp_path_factory.mktemp("digits") / "digits"
    write_digits(folder, train=4, val=2, size=64)
    return folder


@pytest.fixture
def dataset(platform: Platform, digits: Path) -> int:
    """The id of the dataset, imported."""
    return imported(platform, "digits", digits)


@pytest.fixture
def client_of() -> Iterator[Callable[..., ServerClient]]:
    """The supervisor's door to a server, closed at the end."""
    opened: list[ServerClient] = []

    def make(platform: Platform, job_id: int, token: str, attempt: int = 1) -> ServerClient:
        opened.append(ServerClient(platform.url, token, job_id=job_id, attempt=attempt))
        return opened[-1]

    yield make
    for client in opened:
        client.close()
