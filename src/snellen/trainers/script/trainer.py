"""The trainer that runs a program of the user's."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import snellen
from snellen.contract.tasks import Task
from snellen.errors import ProcessFailed
from snellen.sdk import JobContext, Trainer
from snellen.trainers.script.process import GRACE_SECONDS, ScriptProcess
from snellen.trainers.script.program import program_of
from snellen.trainers.script.results import ResultFiles
from snellen.trainers.script.schema import build_schema

POLL_SECONDS = 0.2
#: A script that looks at the file ``stop`` after each batch has so long to leave by itself.
LOOK_SECONDS = 2.0
#: Helpers of a script's framework (workers, trackers of shared memory) end a moment after it.
LEAVING_SECONDS = 1.0
LAST_LINES = 40
MOST_REASON = 500


class ScriptTrainer(Trainer):
    """Runs a command that reads the job folder and writes there; in which language is its own affair."""

    name: ClassVar[str] = "script"
    tasks: ClassVar[Sequence[Task]] = tuple(Task)
    runs_code: ClassVar[bool] = True
    several_nodes: ClassVar[bool] = True
    conformance_models: ClassVar[Mapping[Task, str]] = dict.fromkeys(Task, "mean-object")
    conformance_params: ClassVar[Mapping[str, Any]] = {
        "command": ["python", "-m", "snellen.trainers.script.mean_object"],
        "pause": 0.005,
    }

    def version(self) -> str:
        """Snellen's own."""
        return snellen.__version__

    def schema(self, task: Task) -> dict[str, Any]:
        """How the script is started; further hyperparameters are the script's."""
        return build_schema()

    def run(self, ctx: JobContext) -> None:
        """Run the script to its end, tell its results, pass on a request to stop at once.

        Raises :class:`~snellen.errors.InvalidInput` for a program that can't be started, and
        :class:`~snellen.errors.ProcessFailed` for one that fails.
        """
        program = program_of(ctx)
        results = ResultFiles(ctx)
        try:
            with _sigterm_raises(), ScriptProcess(program) as script:
                status = self._follow(ctx, script, results)
                left = script.left(patience=LEAVING_SECONDS)
        finally:
            results.look(last=True)
            results.close()
        if left and script.signalled is None:
            ctx.log(f"the script ended and left {len(left)} processes running; they were ended", level="warning")
        _judge(ctx, script, status)

    def _follow(self, ctx: JobContext, script: ScriptProcess, results: ResultFiles) -> int:
        asked: float | None = None
        while (status := script.wait(POLL_SECONDS)) is None:
            results.look()
            if asked is None and ctx.should_stop_now():
                asked = time.monotonic()
            if asked is not None and time.monotonic() - asked > LOOK_SECONDS:
                script.end()
        return status


def _judge(ctx: JobContext, script: ScriptProcess, status: int) -> None:
    """Completed and stopped by returning, failed by raising."""
    if script.signalled is signal.SIGKILL:
        ctx.note = f"the script did not end within {GRACE_SECONDS:g} s of SIGTERM and was killed"
    elif script.signalled is not None:
        # Who is told to end at once may say so by its status, as torchrun does.
        if status != 0 and _signal_of(status) != signal.SIGTERM:
            ctx.note = f"the script {_ended(status)} after SIGTERM"
    elif status == 0:
        ctx.should_stop()
    else:
        lines = script.last_lines(LAST_LINES)
        said = lines[-1][:MOST_REASON] if lines else "it wrote nothing to its standard error"
        raise ProcessFailed(f"the script {_ended(status)}: {said}", output="\n".join(lines))


def _ended(status: int) -> str:
    number = _signal_of(status)
    if number is None:
        return f"ended with exit status {status}"
    name = number.name if isinstance(number, signal.Signals) else "unknown"
    perhaps = "; the machine may have run out of memory" if number == signal.SIGKILL else ""
    if status > 0:
        return (
            f"ended with exit status {status}, as a shell does when its program is killed by signal {number} "
            f"({name}){perhaps}"
        )
    return f"was killed by signal {number} ({name}){perhaps}"


def _signal_of(status: int) -> int | None:
    """The signal in an exit status: negative for the process itself, over 128 when a shell says it of its last."""
    number = -status if status < 0 else status - 128
    if number in set(signal.Signals):
        return signal.Signals(number)
    return number if status < 0 else None


@contextlib.contextmanager
def _sigterm_raises() -> Iterator[None]:
    """SIGTERM to the trainer ends the script as the way out of any error does; a second one changes nothing."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(*_: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise ProcessFailed("the trainer was ended from outside (SIGTERM), and the script with it")

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
