"""Datasets, brought into a real server."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from tests.conftest import wait_for


class Api(Protocol):
    """What speaks to a server: a client, or a platform of the tests."""

    def get(self, path: str, **query: Any) -> Any: ...

    def post(self, path: str, body: Any = None) -> Any: ...


def imported(server: Api, name: str, source: Path, **more: Any) -> int:
    """Imports a folder; the id of the dataset."""
    begun = server.post("/datasets", {"name": name, "source": str(source), **more})
    done = wait_for(lambda: (f := server.get(f"/datasets/imports/{begun['id']}"))["state"] != "running" and f)
    assert done["state"] == "completed", done
    return int(done["dataset_id"])
