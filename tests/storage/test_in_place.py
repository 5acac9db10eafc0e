"""Parts written at their place in a folder: whole and checked, or not there."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.disks import fill, small_disk

from snellen.errors import DiskFull, ObjectMissing
from snellen.storage import open_store
from snellen.storage.in_place import FileInPlace

KEY = "uploads/a/whole"


def test_parts_in_any_order_and_at_once_make_the_file(tmp_path: Path) -> None:
    store, data = open_store(str(tmp_path), create=True), os.urandom(400_000)
    with ThreadPoolExecutor(8) as pool:
        parts = list(range(0, len(data), 10_000))
        list(pool.map(lambda at: FileInPlace(store, KEY).write(at, data[at : at + 10_000]), reversed(parts)))
    file = FileInPlace(store, KEY)
    assert file.size() == len(data)
    taken = file.taken()
    assert store.get_bytes(taken.key) == data
    taken.publish("job1/checkpoints/last.pt")
    assert store.get_bytes("job1/checkpoints/last.pt") == data
    assert list(store.list("uploads/")) == []


def test_what_is_written_after_a_file_was_taken_is_another_file(tmp_path: Path) -> None:
    store = open_store(str(tmp_path), create=True)
    file = FileInPlace(store, KEY)
    file.write(0, b"checked")
    taken = file.taken()
    file.write(0, b"changed")
    assert store.get_bytes(taken.key) == b"checked"
    taken.publish("job1/a")
    assert (store.get_bytes("job1/a"), store.get_bytes(KEY)) == (b"checked", b"changed")


def test_a_file_that_was_taken_by_another_is_gone(tmp_path: Path) -> None:
    store = open_store(str(tmp_path), create=True)
    file = FileInPlace(store, KEY)
    file.write(0, b"x")
    taken = file.taken()
    taken.publish("job1/a")
    with pytest.raises(ObjectMissing):
        taken.publish("job1/b")


def test_a_full_disk_is_told_and_the_same_part_is_written_when_there_is_room(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", kilobytes=1024) as disk:
        store, data = open_store(str(disk / "store"), create=True), os.urandom(300_000)
        ballast = fill(disk)
        with pytest.raises(DiskFull, match="make room"):
            FileInPlace(store, KEY).write(0, data)
        with pytest.raises(DiskFull, match="make room"):
            store.put_bytes("job1/other", data)
        ballast.unlink()
        FileInPlace(store, KEY).write(0, data)
        FileInPlace(store, KEY).taken().publish("job1/a")
        assert store.get_bytes("job1/a") == data
