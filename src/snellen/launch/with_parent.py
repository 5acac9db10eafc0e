"""Becomes a program that ends when the process that started it does, however that ends.

Run as text (``python -I -S -c TEXT PARENT PROGRAM ARGUMENTS``) by the trainer's own Python, as
:mod:`snellen.launch.confined` is.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(parent: int, command: list[str]) -> None:
    """Run `command` in this process's place, as a child of `parent`."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        raise SystemExit("the supervisor has ended")
    os.execvp(command[0], command)  # noqa: S606 - the trainer's Python, by its own path


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
