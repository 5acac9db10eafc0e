"""Files of a store for an export."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from snellen.storage import Store
from snellen.storage.object_keys import file_key


def fetch_from(store: Store) -> Callable[[list[tuple[str, Path]]], None]:
    """Puts the files of given hashes where an export wants them."""

    def fetch(files: list[tuple[str, Path]]) -> None:
        for sha256, target in files:
            store.download(file_key(sha256), target)

    return fetch
