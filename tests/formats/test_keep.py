"""Files are kept while they are read: whole, once, and not at all when the dataset is refused."""

from __future__ import annotations

import hashlib
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from snellen.errors import DatasetInvalid, InvalidInput, StoreUnavailable
from snellen.formats import load_snapshot, read_folder, save_snapshot
from snellen.formats.keep import Keeper
from snellen.storage import Store, open_store
from snellen.storage.object_keys import file_key


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(str(tmp_path / "store"), create=True)


def many(folder: Path, count: int) -> Path:
    for n in range(count):
        split = "val" if n % 4 == 0 else "train"
        for kind in ("images", "labels"):
            (folder / kind / split).mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (9, 9), (n % 256, n // 256, 5)).save(folder / f"images/{split}/{n}.png")
        (folder / f"labels/{split}/{n}.txt").write_text("0 0.5 0.5 0.5 0.5\n")
    (folder / "data.yaml").write_text("train: images/train\nval: images/val\nnames: [cat]\n")
    return folder


@pytest.mark.parametrize("workers", [1, 2])
def test_what_was_kept_needs_no_copying(tmp_path: Path, store: Store, workers: int) -> None:
    found = read_folder(many(tmp_path / "in", 200), keep=store, workers=workers)
    assert found.kept
    info = save_snapshot(found.content, store, kept=True)
    for image in load_snapshot(store, info.hash).images.iter_rows(named=True):
        assert hashlib.sha256(store.get_bytes(file_key(image["sha256"]))).hexdigest() == image["sha256"]
    assert len(list(store.list("files/"))) == 200
    assert list((tmp_path / "store").rglob("*#*")) == []


def test_a_refused_dataset_takes_back_what_it_brought_and_nothing_else(tmp_path: Path, store: Store) -> None:
    folder = many(tmp_path / "in", 150)
    before = read_folder(many(tmp_path / "before", 50), keep=store)
    save_snapshot(before.content, store, kept=True)
    held = set(store.list("files/"))
    (folder / "labels/val/148.txt").write_text("7 0.5 0.5 0.5 0.5\n")
    with pytest.raises(DatasetInvalid, match="class 7"):
        read_folder(folder, keep=store)
    assert set(store.list("files/")) == held


def test_half_a_file_is_mended(tmp_path: Path, store: Store) -> None:
    folder = many(tmp_path / "in", 4)
    data = (folder / "images/val/0.png").read_bytes()
    key = file_key(hashlib.sha256(data).hexdigest())
    store.put_bytes(key, data[:5])
    read_folder(folder, keep=store)
    assert store.get_bytes(key) == data


def test_a_link_in_the_store_leads_nothing_out(tmp_path: Path, store: Store) -> None:
    (tmp_path / "elsewhere").mkdir()
    sha256 = hashlib.sha256(b"x").hexdigest()
    (tmp_path / "store/files").mkdir()
    (tmp_path / "store/files" / sha256[:2]).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InvalidInput, match="leads out of the store"):
        Keeper(str(store.folder)).keep(sha256, b"x")
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_store_that_can_not_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(StoreUnavailable, match="can't be written"):
        Keeper(str(tmp_path / "file")).keep("0" * 64, b"x")


def test_an_import_that_is_killed_leaves_nothing_visible_and_can_be_run_again(tmp_path: Path, store: Store) -> None:
    folder = many(tmp_path / "in", 400)
    script = (
        "import os, signal, sys\nfrom pathlib import Path\n"
        "from snellen.formats import read_folder\nfrom snellen.storage import open_store\n"
        "die = lambda done, total: os.kill(os.getpid(), signal.SIGKILL) if done == 200 else None\n"
        "read_folder(Path(sys.argv[1]), keep=open_store(sys.argv[2]), workers=2, progress=die)\n"
    )
    ended = subprocess.run([sys.executable, "-c", script, str(folder), store.url], check=False)
    assert ended.returncode == -signal.SIGKILL
    assert list(store.list("snapshots/")) == []
    found = read_folder(folder, keep=store)
    assert load_snapshot(store, save_snapshot(found.content, store, kept=True).hash).images.height == 400
