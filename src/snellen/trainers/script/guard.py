"""The process between the trainer and a script: nothing that the script has started outlives the trainer.

Started by path, with ``python -I -S guard.py REPORT FILE ARGUMENT…``, so it uses the standard library only. It adopts
whatever the script's processes leave behind, also those in a session of their own (torchrun puts its workers there).
When its standard input ends, because the trainer closed it or was killed, it kills all of them and ends.

The first line of its standard input is the script's environment as JSON. REPORT is a descriptor on which it writes a
JSON line when the script has started, ``{"pid"}`` or ``{"errno"}``, and one when it has ended, ``{"status"}``, negative
for a signal.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
#: A process may fork while it is being killed, and one that waits for a disk can't be: look again, but not for ever.
KILL_SECONDS, KILL_PAUSE = 30.0, 0.01


def main(report: int, file: str, arguments: list[str]) -> None:
    """Start the script, then wait for its end and for the trainer's."""
    environment = json.loads(sys.stdin.buffer.readline())
    _set(PR_SET_CHILD_SUBREAPER, 1)
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    os.set_blocking(woken, False)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    # Handlers that do nothing: unlike ignored signals they are not inherited by the script.
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    try:
        script = subprocess.Popen(
            arguments,
            executable=file,
            stdin=subprocess.DEVNULL,
            env=environment,
            process_group=0,
            # This process has one thread, where it is safe; without the guard the script must not go on either.
            preexec_fn=lambda: _set(PR_SET_PDEATHSIG, signal.SIGKILL),
        )
    except OSError as error:
        _tell(report, errno=error.errno)
        return
    _tell(report, pid=script.pid)
    while True:
        ready, _, _ = select.select([sys.stdin.fileno(), woken], [], [])
        with contextlib.suppress(BlockingIOError):
            os.read(woken, 4096)
        _reap(report, script.pid)
        if sys.stdin.fileno() in ready and not os.read(sys.stdin.fileno(), 4096):
            break
    deadline = time.monotonic() + KILL_SECONDS
    while (left := descendants(os.getpid())) and time.monotonic() < deadline:
        for pid in left:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(KILL_PAUSE)
        _reap(report, script.pid)
    _reap(report, script.pid)


def descendants(ancestor: int) -> list[int]:
    """The living processes below one, the nearest first; zombies are dead, whoever has still to take note of it."""
    children: dict[int, list[int]] = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with contextlib.suppress(OSError, ValueError), open(f"/proc/{entry}/stat", encoding="latin-1") as file:
                # The name, in brackets, may hold anything; behind it are state and parent.
                state, parent = file.read().rpartition(")")[2].split()[:2]
                if state not in {"Z", "X"}:
                    children.setdefault(int(parent), []).append(int(entry))
    found = [ancestor]
    for pid in found:
        found += children.get(pid, [])
    return found[1:]


def _reap(report: int, script: int) -> None:
    """Take note of everything that has ended."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        if pid == script:
            _tell(report, status=os.waitstatus_to_exitcode(status))


def _tell(report: int, **said: int | None) -> None:
    with contextlib.suppress(OSError):
        os.write(report, (json.dumps(said) + "\n").encode())


def _set(option: int, value: int) -> None:
    """``prctl``; where there is none (or no ctypes), the script's end is left to what is in its reach."""
    with contextlib.suppress(ImportError, OSError, AttributeError):
        import ctypes

        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3:])
