"""Starts the mirror's process when a job has news for MLflow; slows down when it fails."""

from __future__ import annotations

import importlib.util
import json
import logging
import subprocess
import sys
import threading
from time import monotonic

from sqlalchemy import func, select

from snellen.errors import DatabaseUnavailable, SnellenError
from snellen.server.cluster.leases import Held, Leases
from snellen.server.db import Database
from snellen.server.jobs.tables import Job, StreamEvent
from snellen.server.settings import Settings

TICK_SECONDS = 2.0
#: Of several servers one mirrors.
LEASE = "mirror"
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 300.0
log = logging.getLogger("snellen.mirror")


class MirrorKeeper:
    """A thread that compares what happened with what is mirrored. Ingest knows nothing of it."""

    def __init__(self, settings: Settings, database: Database, leases: Leases) -> None:
        self._settings = settings
        self._leases = leases
        self._database = database
        self._process: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mirror", daemon=True)
        self._pause = 0.0
        self._not_before = 0.0
        #: How often in a row the mirror's process ended without reaching MLflow.
        self.failures = 0

    @property
    def pid(self) -> int | None:
        """The mirror's process, while there is one."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def start(self) -> None:
        """Begin to watch; without MLflow installed, say so once and do nothing."""
        if importlib.util.find_spec("mlflow") is None:
            log.warning(
                "metrics are not mirrored, MLflow is not installed: pip install 'snellen[mlflow]', "
                "or set SNELLEN_MLFLOW_URI=off"
            )
            return
        self._thread.start()

    def is_alive(self) -> bool:
        """Whether it watches; without MLflow there is nothing to watch."""
        return self._thread.is_alive() or self._thread.ident is None

    def stop(self) -> None:
        """End the watch and the process; what is not mirrored yet is mirrored at the next start."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)
        self._end_process()
        try:
            self._leases.release(LEASE)
        except SnellenError:
            log.info("the database is away; the mirror's lease ends by itself")

    def lag(self) -> int:
        """How many jobs have news that MLflow has not got."""
        newest = select(func.max(StreamEvent.id)).where(StreamEvent.job_id == Job.id).scalar_subquery()
        with self._database.read() as session:
            query = select(func.count()).select_from(Job).where(newest > Job.mirrored_through)
            return session.scalar(query) or 0

    def _run(self) -> None:
        while not self._stopping.wait(TICK_SECONDS):
            try:
                self._look()
            except DatabaseUnavailable as error:
                log.info("the mirror waits for the database: %s", error.detail)
            except Exception:
                log.exception("the mirror will be tried again")

    def _look(self) -> None:
        lease = self._leases.take(LEASE)
        if lease is None:  # another server mirrors
            self._end_process()
            return
        if self._process is not None:
            code = self._process.poll()
            if code is None:
                return
            self._forget()
            if code != 0:
                self._pause = min(LONGEST_PAUSE, self._pause * 2 or FIRST_PAUSE)
                self._not_before = monotonic() + self._pause
                self.failures += 1
                log.warning("MLflow could not be reached (exit %s); trying again in %.0f s", code, self._pause)
            else:
                self._pause, self.failures = 0.0, 0
        if monotonic() >= self._not_before and self.lag():
            self._process = self._spawn(lease)

    def _end_process(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._forget()

    def _forget(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
        self._process = None

    def _spawn(self, lease: Held) -> subprocess.Popen[bytes]:
        with (self._settings.data_dir / "mirror.log").open("ab") as said:
            process = subprocess.Popen(
                [sys.executable, "-m", "snellen.server.mirror.process"],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=said,
            )
        config = {
            "database": self._settings.database,
            "lease": {"name": lease.name, "holder": lease.holder, "token": lease.token},
            "mlflow": self._settings.mlflow,
            "log_format": self._settings.log_format,
            "url": self._settings.public_url or f"http://{self._settings.host}:{self._settings.port}",
        }
        assert process.stdin is not None  # noqa: S101 - for mypy; it is a pipe
        # Through a pipe, since the database's URL may hold a password.
        process.stdin.write(json.dumps(config).encode() + b"\n")
        process.stdin.flush()
        return process
