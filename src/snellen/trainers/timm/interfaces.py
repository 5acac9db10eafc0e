"""By which of this machine's network interfaces another one is reached."""

from __future__ import annotations

import socket

import psutil


def interface_to(address: str) -> str | None:
    """The name of the interface, ``lo`` for this machine itself; None where that isn't known. Sends nothing."""
    try:
        family, kind, _, _, place = socket.getaddrinfo(address, 9, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, kind) as probe:
            probe.connect(place)
            ours = probe.getsockname()[0]
    except OSError:
        return None
    for name, places in psutil.net_if_addrs().items():
        if any(each.address.partition("%")[0] == ours for each in places):
            return name
    return None
