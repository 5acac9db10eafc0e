"""Whether the server can do its work, part by part; asked by whoever sends it requests."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from snellen.errors import SnellenError
from snellen.server.db import Database, newest_revision
from snellen.server.settings import NEEDED_FREE_BYTES
from snellen.server.state import State
from snellen.storage import Store

CACHE_SECONDS = 5.0
#: A part that takes longer is not ready.
PATIENCE_SECONDS = 4.0
#: No object is ever there; a store that says so is one that answers.
PROBE = "readiness/"


class NotReady(Exception):
    """A part can't do its work; the message says why, and holds no secret."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a look at a part found: nothing, or why it is not ready."""

    reason: str | None
    at: float


class Readiness:
    """Looks at the parts in threads of their own: one that hangs holds up neither the answer nor the others."""

    def __init__(self, checks: Mapping[str, Callable[[], None]], *, patience: float = PATIENCE_SECONDS) -> None:
        self._checks = dict(checks)
        self._patience = patience
        self._found: dict[str, Found] = {}
        self._looking: dict[str, threading.Thread] = {}
        self._lock = threading.Lock()

    @classmethod
    def of(cls, state: State) -> Readiness:
        """The parts of an application."""
        return cls(
            {
                "database": lambda: _database(state.database),
                "external_store": lambda: _store(state.external),
                "internal_store": lambda: _store(state.internal),
                "data_dir": lambda: _data_dir(state),
                "workers": lambda: _workers(state),
            }
        )

    def parts(self) -> dict[str, str | None]:
        """Each part, and why it is not ready; None where it is. At most five seconds old."""
        deadline = time.monotonic() + self._patience
        for thread in [self._look(name) for name in self._checks]:
            if thread is not None:
                thread.join(max(0.0, deadline - time.monotonic()))
        with self._lock:
            return {name: self._answer(name) for name in self._checks}

    def _answer(self, name: str) -> str | None:
        found = self._found.get(name)
        if name in self._looking and (found is None or time.monotonic() - found.at > CACHE_SECONDS):
            return f"no answer within {self._patience:g} s"
        return None if found is None else found.reason

    def _look(self, name: str) -> threading.Thread | None:
        """A look that is under way, or a new one; None while the last one is fresh."""
        with self._lock:
            if (thread := self._looking.get(name)) is not None:
                return thread
            found = self._found.get(name)
            if found is not None and time.monotonic() - found.at <= CACHE_SECONDS:
                return None
            thread = threading.Thread(target=self._check, args=(name,), name=f"ready-{name}", daemon=True)
            self._looking[name] = thread
            thread.start()
        return thread

    def _check(self, name: str) -> None:
        try:
            self._checks[name]()
            reason = None
        except NotReady as error:
            reason = str(error)
        except Exception as error:
            reason = f"it can't be looked at ({type(error).__name__})"
        with self._lock:
            self._found[name] = Found(reason, time.monotonic())
            self._looking.pop(name, None)


def _database(database: Database) -> None:
    try:
        with database.read() as session:
            held = set(session.scalars(text("SELECT version_num FROM alembic_version")))
    except (SQLAlchemyError, SnellenError) as error:
        raise NotReady(f"the database does not answer ({type(error).__name__}); the server's log says more") from error
    if held != {newest_revision()}:
        listed = ", ".join(sorted(held)) or "none"
        raise NotReady(f"the schema is at {listed}, this server works with {newest_revision()}; restart it to migrate")


def _store(store: Store) -> None:
    if store.folder is not None and not os.access(store.folder, os.R_OK | os.W_OK | os.X_OK):
        raise NotReady("its folder is not there, or can't be written")
    try:
        next(store.list(PROBE), None)
    except SnellenError as error:
        raise NotReady(f"it does not answer, or refuses its credentials ({error.code})") from error


def _data_dir(state: State) -> None:
    directory = state.settings.data_dir
    try:
        with tempfile.TemporaryFile(dir=directory / "tmp") as probe:
            probe.write(b"\0" * 4096)
            probe.flush()
        free = shutil.disk_usage(directory).free
    except OSError as error:
        raise NotReady(f"it can't be written ({error.strerror})") from error
    if free < NEEDED_FREE_BYTES:
        raise NotReady(f"{free // 2**20} MiB are free, at least {NEEDED_FREE_BYTES // 2**20} MiB are needed")


def _workers(state: State) -> None:
    dead = [name for name, part in state.parts.items() if getattr(part, "is_alive", lambda: True)() is False]
    if dead:
        raise NotReady(f"ended: {', '.join(sorted(dead))}; the server's log says why, restart it")
