"""Runs job folders in processes of their own, in an environment where strays are seen."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import signal
import site
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from snellen.contract.events import ArtifactKind, EventType
from snellen.contract.folder import JobFolder
from snellen.contract.states import JobState
from snellen.sdk.conformance.failures import NotConforming, expect
from snellen.sdk.conformance.journal import Lines, read_journal

#: Nothing listens there: what needs a network fails at once.
NOWHERE = "http://127.0.0.1:9"
LOOK_SECONDS = 0.01
KILLED = "killed by the check"
LAST_LINES = 5
#: Caches of the machine in a home folder, for software that doesn't ask where caches belong.
CACHES = (".cache", ".nv", ".triton")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a trainer kept to go on from."""

    path: Path
    name: str
    epoch: int
    metadata: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Run:
    """A training that has ended.

    ``strays`` are files that it wrote or changed outside its folder, ``changed`` files of the dataset that it changed
    or removed, and ``job.json``.
    """

    folder: JobFolder
    journal: Lines
    state: JobState
    reason: str
    strays: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()

    @property
    def validations(self) -> dict[int, list[dict[str, Any]]]:
        """Validation events by epoch, in order; an epoch that comes again after another is under the second too."""
        found: dict[int, list[dict[str, Any]]] = {}
        for event in self.journal.of(EventType.VALIDATION):
            found.setdefault(event["epoch"], []).append(event)
        return found

    @property
    def epochs(self) -> list[int]:
        """The epochs of the validations, in order."""
        found: list[int] = []
        for event in self.journal.of(EventType.VALIDATION):
            if event["epoch"] not in found[-1:]:
                found.append(event["epoch"])
        return found

    @property
    def metrics(self) -> dict[tuple[str, int], tuple[int | None, Any]]:
        """Epoch and value of each metric, by key and step; the trainer's own alone."""
        return {
            (key, event["step"]): (event.get("epoch"), value)
            for event in self.journal.of(EventType.METRICS)
            for key, value in event["values"].items()
        }

    @property
    def warnings(self) -> str:
        """What the SDK and the trainer warned of, and what is wrong with the journal."""
        found = [e for e in self.journal.of(EventType.LOG) if e.get("level") in ("warning", "error")]
        lines = [str(line) for event in found for line in event["lines"]]
        lines = [*self.journal.problems, *lines]
        return f" (told: {'; '.join(lines[:3])})" if lines else ""

    def last_checkpoint(self) -> Checkpoint:
        """The newest checkpoint ``last…`` that was kept."""
        events = [e for e in self.journal.of(EventType.ARTIFACT) if e.get("kind") == ArtifactKind.CHECKPOINT]
        found = [
            Checkpoint(self.folder.root / e["path"], e["name"], e["epoch"], e.get("metadata") or {})
            for e in events
            if str(e.get("name")).startswith("last") and isinstance(e.get("epoch"), int)
        ]
        names = ", ".join(sorted({str(e.get("name")) for e in events})) or "none"
        expect(
            bool(found),
            'no checkpoint named last… with its epoch; save_checkpoint(path, name="last", epoch=epoch) at the end of '
            f"each epoch (checkpoints kept: {names}){self.warnings}",
        )
        newest = max(found, key=lambda each: each.epoch)
        expect(newest.path.is_file(), f"checkpoint {newest.name} of epoch {newest.epoch} is not where the journal says")
        return newest

    def expect_state(self, state: JobState) -> None:
        """Raise :class:`~snellen.sdk.conformance.NotConforming` with the reason unless it ended so."""
        why = f": {self.reason}" if self.reason else ""
        expect(self.state is state, f"expected the state {state}, it is {self.state}{why}{self.warnings}")


class Bench:
    """A place for the job folders of one trainer, and the Python that runs them."""

    def __init__(self, root: Path, python: str, *, seconds: float) -> None:
        self.python = python
        self.seconds = seconds
        self.root = root
        self.jobs = root / "jobs"
        self.pictures = root / "pictures"
        self._running: set[subprocess.Popen[bytes]] = set()
        self._closed = False
        self._home = root / "home"
        self._temporary = root / "tmp"
        for folder in (self._home, self._temporary):
            folder.mkdir(parents=True, exist_ok=True)

    def run(self, folder: JobFolder, *, kill_when: Callable[[Lines], bool] | None = None) -> Run:
        """Run a folder to its end; with `kill_when` to the moment at which its journal is so, by SIGKILL."""
        if self._closed:
            raise NotConforming("not run: the check was interrupted")
        around, dataset = self._around(), _hashes(folder)
        with folder.log.open("ab") as log:
            process = subprocess.Popen(
                [self.python, "-u", "-m", "snellen.sdk", str(folder.root)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=folder.work,
                env=self._environment(),
                process_group=0,
            )
        self._running.add(process)
        try:
            reason = self._wait(process, folder, kill_when)
        finally:
            self._running.discard(process)
        state, said = _ending(folder, process.returncode)
        now, after = self._around(), _hashes(folder)
        return Run(
            folder,
            read_journal(folder.events),
            state,
            reason or said,
            strays=tuple(sorted(str(path) for path in now if now[path] != around.get(path))),
            changed=tuple(sorted(path for path in dataset if dataset[path] != after.get(path))),
        )

    def close(self) -> None:
        """End what runs, and start nothing more."""
        self._closed = True
        for process in tuple(self._running):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)

    def ask(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """``python -m snellen.sdk …``, as the server asks it."""
        return subprocess.run(
            [self.python, "-m", "snellen.sdk", *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env=self._environment(),
            timeout=self.seconds,
            check=False,
        )

    def _wait(
        self, process: subprocess.Popen[bytes], folder: JobFolder, kill_when: Callable[[Lines], bool] | None
    ) -> str | None:
        """Wait for its end; what to say of it if that was not its own."""
        deadline = time.monotonic() + self.seconds
        try:
            while process.poll() is None and not self._closed:
                if kill_when is not None and kill_when(read_journal(folder.events)):
                    return KILLED
                if time.monotonic() > deadline:
                    return f"it was ended after {self.seconds:g} s; the check's job takes seconds, or gets more of them"
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(LOOK_SECONDS if kill_when is not None else max(0.0, deadline - time.monotonic()))
            return None
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _environment(self) -> dict[str, str]:
        """A supervisor's, without a network, and with an empty home."""
        ours = ("POLARS_MAX_THREADS", "RAYON_NUM_THREADS", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")
        kept = {k: v for k, v in os.environ.items() if not k.startswith("SNELLEN_") and k not in ours}
        proxies = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), NOWHERE)
        caches = kept.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
        return kept | proxies | {
            "no_proxy": "localhost,127.0.0.1",
            "NO_PROXY": "localhost,127.0.0.1",
            "HOME": str(self._home),
            "PYTHONUSERBASE": site.getuserbase(),
            "XDG_CACHE_HOME": caches,
            "TMPDIR": str(self._temporary),
            # Ten pictures are done before threads have been waited for.
            "OMP_NUM_THREADS": kept.get("OMP_NUM_THREADS", "1"),
        }  # fmt: skip

    def _around(self) -> dict[Path, tuple[int, int]]:
        """Files outside the folders of jobs, as far as they are watched: beside them and in the home."""
        passed = (self._temporary, self.pictures, *[self._home / name for name in CACHES])
        found = {}
        for place, folders, names in os.walk(self.root):
            inside = Path(place) == self.jobs
            folders[:] = [] if inside else [name for name in folders if Path(place, name) not in passed]
            for name in names:
                path = Path(place, name)
                about = path.lstat()
                found[path] = (about.st_size, about.st_mtime_ns)
        return found


def _hashes(folder: JobFolder) -> dict[str, str]:
    """What nobody may change."""
    files = [folder.spec_file, *sorted(p for p in folder.dataset.rglob("*") if p.is_file())]
    return {folder.relative(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files if path.exists()}


def _ending(folder: JobFolder, returncode: int) -> tuple[JobState, str]:
    """The state and what is said of it, as a supervisor tells them."""
    try:
        said = json.loads(folder.outcome.read_text(encoding="utf-8"))
        return JobState(said["state"]), str(said.get("reason") or "")
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        lines = folder.log.read_text(encoding="utf-8", errors="replace").split("\n")
        last = "\n".join([line for line in lines if line.strip()][-LAST_LINES:])
        return JobState.FAILED, f"exit status {returncode} and no outcome.json; the last it printed: {last}"
