"""Where the server is, for programs on this machine."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from snellen.errors import SnellenError

SERVER_FILE = "server.json"


class NoServer(SnellenError):
    """No server could be found or reached."""

    code = "no_server"


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """A server and a person's token for it."""

    url: str
    token: str


def data_dir() -> Path:
    """``SNELLEN_DATA_DIR``, else ``~/.snellen``."""
    return Path(os.environ.get("SNELLEN_DATA_DIR", "~/.snellen")).expanduser().resolve()


def find_server(directory: Path | None = None) -> ServerAddress:
    """``SNELLEN_URL`` and ``SNELLEN_TOKEN``, else the server of a data directory, this machine's unless one is named.

    Raises :class:`NoServer`, which says what to do.
    """
    if directory is None and (url := os.environ.get("SNELLEN_URL")):
        token = os.environ.get("SNELLEN_TOKEN")
        if not token:
            raise NoServer("SNELLEN_URL is set but SNELLEN_TOKEN is not; both are needed")
        return ServerAddress(url, token)
    directory = (directory or data_dir()).expanduser().resolve()
    try:
        url = json.loads((directory / SERVER_FILE).read_text(encoding="utf-8"))["url"]
        return ServerAddress(url, (directory / "token").read_text(encoding="utf-8").strip())
    except (OSError, ValueError, KeyError) as error:
        raise NoServer(
            f"no server has run with the data directory {directory}; start `snellen serve`, "
            "or set SNELLEN_URL and SNELLEN_TOKEN"
        ) from error
