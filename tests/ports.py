"""Ports for servers that must be told theirs."""

from __future__ import annotations

import secrets
import socket

#: Below those that Linux gives to connections, above those of Ray's workers, beside those of `tests/s3_server.py`.
FIRST, LAST = 24_000, 29_900


def free_port() -> int:
    """A port of loopback that was free a moment ago."""
    while True:
        port = FIRST + secrets.randbelow(LAST - FIRST)  # however a test has seeded what is random
        if is_free(port):
            return port


def is_free(port: int) -> bool:
    """Whether nobody has a port of loopback now."""
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
