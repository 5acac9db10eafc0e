"""The trainer's process: started in a clean environment, its end told in words."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from snellen.contract.folder import JobFolder
from snellen.contract.states import ENDED, JobState
from snellen.errors import FileRefused
from snellen.launch import confined as confinement
from snellen.launch import with_parent
from snellen.launch.inside import Inside
from snellen.launch.trainer_user import TrainerUser

LAST_LINES = 40
MOST_OUTCOME_BYTES = 1024**2
GRACE_SECONDS = 10.0
#: A trainer that is asked to stop at once has so long for its batch, and for telling what it has.
STOP_SECONDS = 60.0
#: In place of an exit status, which no process has: nobody was there, or somebody who was not its parent.
UNSEEN, STATUS_LOST = 256, 257


class TrainerProcess(Protocol):
    """A trainer, as ``subprocess.Popen`` shows it."""

    pid: int

    def poll(self) -> int | None:
        """Its exit status; None while it runs."""

    def wait(self, timeout: float) -> int:
        """Wait for its end; raises ``subprocess.TimeoutExpired``."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a trainer ended: its state, a line for people, the last lines of a traceback."""

    state: JobState
    reason: str | None = None
    detail: str | None = None


class StopPatience:
    """How long a trainer may go on after it was asked to stop at once."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._since: float | None = None

    def is_over(self, asked: bool) -> bool:
        """Whether it has had its time since it was first `asked`."""
        if not asked:
            return False
        now = time.monotonic()
        self._since = now if self._since is None else self._since
        return now - self._since >= self.seconds


def start_trainer(
    folder: JobFolder,
    python: str,
    user: TrainerUser | None = None,
    *,
    with_supervisor: bool = False,
    group: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start it in a process group of its own, output to ``log.txt``, without the server's settings or any token.

    With a `user` it is that user's process, confined, and its environment holds nothing else of the server's. One that
    goes `with_supervisor` ends when this process does. `group` are the variables that tell it of the nodes that it
    trains with.
    """
    command = [python, "-u", "-m", "snellen.sdk", str(folder.root)]
    more: dict[str, Any] = {}
    if user is None:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("SNELLEN_")}
    else:
        environment = user.environment(folder.home, temporary=folder.temporary)
        more = user.process_options(job_id=folder.spec().job_id)
        command = [*confined(python), *command]
    if with_supervisor:
        command = [*beside(python), *command]
    environment.update(group or {})
    environment.pop("POLARS_MAX_THREADS", None)
    environment.pop("RAYON_NUM_THREADS", None)
    folder.outcome.unlink(missing_ok=True)
    with folder.log.open("ab") as log:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=folder.work,
            env=environment,
            process_group=0,
            **more,
        )


def confined(python: str) -> list[str]:
    """The beginning of a command that runs the rest without a way to more rights."""
    return [python, "-I", "-S", "-c", Path(confinement.__file__).read_text(encoding="utf-8")]


def beside(python: str) -> list[str]:
    """The beginning of a command that runs the rest until this process ends."""
    return [python, "-I", "-S", "-c", Path(with_parent.__file__).read_text(encoding="utf-8"), str(os.getpid())]


def end_trainer(process: TrainerProcess) -> None:
    """End it and what it started: politely, then not."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE_SECONDS)
            break


def ending_of(folder: JobFolder, returncode: int) -> Ending:
    """From what the runner wrote, else from the exit status and the last lines of the log."""
    said = _outcome(folder)
    if said is not None:
        return said
    return Ending(JobState.FAILED, _reason(returncode), _last_lines(folder))


def _reason(returncode: int) -> str:
    if returncode == UNSEEN:
        return "the trainer and its supervisor were ended from outside (killed, or the machine was started anew)"
    if returncode == STATUS_LOST:
        return "the trainer ended without a word, and its exit status went with its first supervisor, which was killed"
    if returncode < 0:
        name = signal.Signals(-returncode).name if -returncode in set(signal.Signals) else "unknown"
        perhaps = "; the machine may have run out of memory" if -returncode == signal.SIGKILL else ""
        return f"the trainer was killed from outside by signal {-returncode} ({name}){perhaps}"
    return f"the trainer ended with exit status {returncode} and without a word"


def _outcome(folder: JobFolder) -> Ending | None:
    try:
        said = json.loads(Inside(folder.root).read(folder.outcome.name, most=MOST_OUTCOME_BYTES))
        state = JobState(said["state"])
        return Ending(state, _text(said.get("reason")), _text(said.get("detail"))) if state in ENDED else None
    except (OSError, FileRefused, RecursionError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _text(said: object) -> str | None:
    return None if said is None else str(said)


def _last_lines(folder: JobFolder) -> str | None:
    try:
        with Inside(folder.root).open(folder.log.name) as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - 64_000))
            lines = file.read().decode("utf-8", errors="replace").splitlines()
    except (OSError, FileRefused):
        return None
    return "\n".join(lines[-LAST_LINES:]) or None
