"""A script's process and all that it starts: one process group, which doesn't outlive the trainer."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from snellen.errors import InvalidInput
from snellen.trainers.script.program import Program

#: So long a script has between SIGTERM and SIGKILL.
GRACE_SECONDS = 10.0
#: So much of the end of its standard error is kept for the reason.
TAIL_BYTES = 64_000
LOOK_SECONDS = 0.05
#: Leads the group, so that its number stays taken, and kills the group when the pipe from the trainer breaks: a trainer
#: that is killed outright can do nothing more itself, and a parent-death signal would reach the script alone.
GUARD = 'trap "" TERM INT HUP; read -r _; kill -KILL 0'
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07]*\x07|[@-Z\\-_])")


class ScriptProcess:
    """A running script. Leaving the context ends it and whatever it has left running."""

    def __init__(self, program: Program) -> None:
        reading, self._lifeline = os.pipe()
        try:
            self._guard = subprocess.Popen(
                ["/bin/sh", "-c", GUARD], stdin=reading, stdout=subprocess.DEVNULL, process_group=0
            )
        finally:
            os.close(reading)
        try:
            self._process = self._started(program)
        except BaseException:
            self._end_group()
            raise
        self._ended = threading.Event()
        self._tail = b""
        #: Which of our signals it got, the last one.
        self.signalled: signal.Signals | None = None
        assert self._process.stderr is not None  # noqa: S101 - for mypy; it is a pipe
        self._copying = threading.Thread(target=self._copy, args=(self._process.stderr,), name="stderr", daemon=True)
        self._copying.start()
        threading.Thread(target=self._reap, name="reap", daemon=True).start()

    def __enter__(self) -> ScriptProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()
        self._end_group()
        # A process that left the group may hold the pipe for ever; what it writes is nobody's concern.
        self._copying.join(1.0)

    @property
    def pid(self) -> int:
        """The script's."""
        return self._process.pid

    def wait(self, seconds: float) -> int | None:
        """The exit status (negative for a signal), or None while it runs; waits at most so long."""
        return self._process.returncode if self._ended.wait(seconds) else None

    def end(self) -> int:
        """SIGTERM to the script, then to what it started; SIGKILL to what is left after the grace. The exit status."""
        deadline = time.monotonic() + GRACE_SECONDS
        if not self._ended.is_set():
            self.signalled = signal.SIGTERM
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGTERM)
            if not self._ended.wait(GRACE_SECONDS):
                self.signalled = signal.SIGKILL
        if self.left():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._guard.pid, signal.SIGTERM)
        pause = threading.Event()
        while self.left() and time.monotonic() < deadline:
            pause.wait(LOOK_SECONDS)
        if self.left():
            self._end_group()
        self._ended.wait()
        return self._process.returncode

    def left(self) -> list[int]:
        """The processes of the group that live, the guard not among them."""
        return [pid for pid in _members(self._guard.pid) if pid != self._guard.pid]

    def last_lines(self, most: int) -> list[str]:
        """The end of what it wrote to its standard error, as plain text without empty lines."""
        text = self._tail.decode("utf-8", errors="replace")
        lines = (_ANSI.sub("", line.rstrip("\r").rpartition("\r")[2]).rstrip() for line in text.split("\n"))
        return [line for line in lines if line][-most:]

    def _started(self, program: Program) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(
                program.arguments,
                executable=program.file,
                stdin=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                bufsize=0,
                cwd=program.working_dir,
                env=dict(program.environment),
                process_group=self._guard.pid,
            )
        except OSError as error:
            raise InvalidInput(f"command: {program.file} can't be run: {_why(error, program.file)}") from error

    def _copy(self, stream: IO[bytes]) -> None:
        """Standard error goes on to the trainer's own, and its end is kept."""
        told = True
        while data := stream.read(65536):
            self._tail = (self._tail + data)[-TAIL_BYTES:]
            if told:
                told = _write_all(data)
        stream.close()

    def _reap(self) -> None:
        self._process.wait()
        self._ended.set()

    def _end_group(self) -> None:
        if self._lifeline < 0:
            return  # the group's number may be somebody else's by now
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._guard.pid, signal.SIGKILL)
        self._guard.wait()
        os.close(self._lifeline)
        self._lifeline = -1


def _write_all(data: bytes) -> bool:
    """To standard error; a full disk must not hold up the script, so what can't be written is lost."""
    rest = memoryview(data)
    try:
        while rest:
            rest = rest[os.write(2, rest) :]
    except OSError as error:
        return error.errno == errno.ENOSPC
    return True


def _members(group: int) -> Iterator[int]:
    """The living processes of a group; zombies are dead, whoever has still to take note of it."""
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with contextlib.suppress(OSError, ValueError, IndexError):
                # The name, in brackets, may hold anything; behind it are state, parent, group.
                state, _, found, *_rest = Path("/proc", entry, "stat").read_text("latin-1").rpartition(")")[2].split()
                if int(found) == group and state not in {"Z", "X"}:
                    yield int(entry)


def _why(error: OSError, file: Path) -> str | None:
    if error.errno == errno.ENOEXEC:
        return 'it is no program; a script needs a first line like "#!/bin/sh", or its interpreter before it'
    if error.errno == errno.ENOENT:
        return f"the interpreter that the first line of {file.name} names is not there"
    return error.strerror
