"""What machine this is: process ids, job folders and GPUs mean something there alone."""

from __future__ import annotations

import hashlib
import json
import secrets
import socket
from pathlib import Path

from snellen.contract.folder import write_whole

ID_FILE = "server-id"
#: What tells apart machines of the same host name. Containers may have none, but host names of their own.
MACHINE_IDS = (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id"))


def machine_name(given: str | None = None) -> str:
    """The name `given` in the settings, else host name and a part of the machine's id, hashed."""
    if given:
        return given
    host = socket.gethostname()[:150]
    for path in MACHINE_IDS:
        try:
            known = path.read_text(encoding="ascii").strip()
        except (OSError, ValueError):
            continue
        if known:
            return f"{host}-{hashlib.sha256(known.encode()).hexdigest()[:8]}"
    return host


def server_id(data_dir: Path, machine: str) -> str:
    """The id of the server of a data directory: the same after a restart, another one for a copy elsewhere."""
    path, place = data_dir / ID_FILE, f"{machine}:{data_dir}"
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
        if known["place"] == place:
            return str(known["id"])
    except (OSError, ValueError, KeyError, TypeError):
        pass  # the first start, or a copy of another server's directory
    made = secrets.token_hex(8)
    write_whole(path, json.dumps({"id": made, "place": place}))
    return made
