"""Becomes a trainer of another user: gives up for good what would let it be more than that user, then runs it.

Run as text (``python -I -S -c TEXT PROGRAM ARGUMENTS``) by the trainer's own Python, which may be another one than the
server's and hold no such file. What it is to run gets its process.
"""

import ctypes
import os
import resource
import sys

PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 38, 47, 4


def main(command: list[str]) -> None:
    """Run `command` in this process's place."""
    call = ctypes.CDLL(None, use_errno=True).prctl
    # A server that is not root has its capabilities in the ambient set, which a program that is run would inherit.
    for arguments in ((PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0), (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)):
        if call(*arguments) != 0:
            raise SystemExit(f"the trainer can't be confined: prctl{arguments}: {os.strerror(ctypes.get_errno())}")
    # A core dump would leave the training's memory in a file.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.execvp(command[0], command)  # noqa: S606 - the trainer's Python, by its own path


if __name__ == "__main__":
    main(sys.argv[1:])
