"""A script's process and all that it starts, which does not outlive the trainer."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO

from snellen.errors import InvalidInput
from snellen.trainers.script import guard
from snellen.trainers.script.program import Program

#: So long a script has between SIGTERM and SIGKILL.
GRACE_SECONDS = 10.0
#: So much of the end of its standard error is kept for the reason.
TAIL_BYTES = 64_000
LOOK_SECONDS = 0.05
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07]*\x07|[@-Z\\-_])")


class ScriptProcess:
    """A running script. Leaving the context ends it and whatever it has left running."""

    def __init__(self, program: Program) -> None:
        reading, writing = os.pipe()
        self._report = os.fdopen(reading, encoding="utf-8")
        try:
            self._guard = _start_guard(program, writing)
        except OSError as error:
            self._report.close()
            raise InvalidInput(f"command: {program.file} can't be run: {error.strerror}") from error
        finally:
            os.close(writing)
        self._ended = threading.Event()
        self._status: int | None = None
        self._tail = b""
        #: Which of our signals it got, the last one.
        self.signalled: signal.Signals | None = None
        self._copying = threading.Thread(target=self._copy, args=(self._guard.stderr,), name="stderr", daemon=True)
        self._copying.start()
        began = json.loads(self._report.readline() or '{"errno": null}')
        if "errno" in began:
            self._report.close()
            self._close()
            raise InvalidInput(f"command: {program.file} can't be run: {_why(began['errno'], program.file)}")
        self._pid = int(began["pid"])
        threading.Thread(target=self._listen, name="listen", daemon=True).start()

    def __enter__(self) -> ScriptProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()
        self._close()

    def wait(self, seconds: float) -> int | None:
        """The exit status (negative for a signal), or None while it runs; waits at most so long."""
        return self._status if self._ended.wait(seconds) else None

    def end(self) -> None:
        """SIGTERM to the script, then to what it started; SIGKILL to what is left after the grace."""
        deadline = time.monotonic() + GRACE_SECONDS
        if not self._ended.is_set():
            self.signalled = signal.SIGTERM
            self._send(signal.SIGTERM, [self._pid])
            if not self._ended.wait(GRACE_SECONDS):
                self.signalled = signal.SIGKILL
        self._send(signal.SIGTERM, self.left())
        if self.left(patience=deadline - time.monotonic()):
            self._close()

    def left(self, *, patience: float = 0.0) -> list[int]:
        """The processes that live of the script and all that it has started; waits so many seconds for their end."""
        if self._guard.returncode is not None:
            return []
        deadline, pause = time.monotonic() + patience, threading.Event()
        while (found := guard.descendants(self._guard.pid)) and time.monotonic() < deadline:
            pause.wait(LOOK_SECONDS)
        return found

    def last_lines(self, most: int) -> list[str]:
        """The end of what it wrote to its standard error, as plain text without empty lines."""
        text = self._tail.decode("utf-8", errors="replace")
        lines = (_ANSI.sub("", line.rstrip("\r").rpartition("\r")[2]).rstrip() for line in text.split("\n"))
        return [line for line in lines if line][-most:]

    def _send(self, number: signal.Signals, pids: list[int]) -> None:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)

    def _copy(self, stream: IO[bytes]) -> None:
        """Standard error goes on to the trainer's own, and its end is kept."""
        told = True
        while data := stream.read(65536):
            self._tail = (self._tail + data)[-TAIL_BYTES:]
            if told:
                told = _write_all(data)
        stream.close()

    def _listen(self) -> None:
        """To the guard, until it has ended; one that was killed has taken the script along."""
        with self._report:
            for line in self._report:
                self._status = int(json.loads(line)["status"])
                self._ended.set()
        if self._status is None:
            self._status = -signal.SIGKILL
        self._ended.set()

    def _close(self) -> None:
        """Have the guard kill what is left, and end."""
        assert self._guard.stdin is not None  # noqa: S101 - for mypy; it is a pipe
        self._guard.stdin.close()
        try:
            self._guard.wait(guard.KILL_SECONDS + 5)
        except subprocess.TimeoutExpired:
            self._guard.kill()
            self._guard.wait()
        # A process that nobody can kill may hold the pipe; what it writes is nobody's concern.
        self._copying.join(1.0)


def _start_guard(program: Program, report: int) -> subprocess.Popen[bytes]:
    started = subprocess.Popen(
        [sys.executable, "-I", "-S", guard.__file__, str(report), str(program.file), *program.arguments],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        cwd=program.working_dir,
        pass_fds=[report],
        # Who ends the trainer's session leaves the guard its time to end what is below it.
        start_new_session=True,
    )
    assert started.stdin is not None  # noqa: S101 - for mypy; it is a pipe
    with contextlib.suppress(BrokenPipeError):
        started.stdin.write(json.dumps(dict(program.environment)).encode() + b"\n")
    return started


def _write_all(data: bytes) -> bool:
    """To standard error; a full disk must not hold up the script, so what can't be written is lost."""
    rest = memoryview(data)
    try:
        while rest:
            rest = rest[os.write(2, rest) :]
    except OSError as error:
        return error.errno == errno.ENOSPC
    return True


def _why(number: int | None, file: Path) -> str:
    if number is None:
        return "its guard was killed before it began"
    if number == errno.ENOEXEC:
        return 'it is no program; a script needs a first line like "#!/bin/sh", or its interpreter before it'
    if number == errno.ENOENT:
        return f"the interpreter that the first line of {file.name} names is not there"
    return os.strerror(number)
