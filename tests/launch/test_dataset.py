"""The dataset of a job: fetched once a machine, checked by hash."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from snellen.contract.events import Journal
from snellen.errors import UploadMismatch
from snellen.formats import load_snapshot, read_folder
from snellen.formats.snapshot import content_hash
from snellen.launch.dataset import prepare_dataset


@pytest.fixture
def prepare(platform: Any, dataset: int, client_of: Callable[..., Any], tmp_path: Path) -> Callable[[str], Path]:
    """Prepares the dataset of a new job in a folder."""

    def run(name: str) -> Path:
        client = client_of(platform, *platform.external_job(dataset=dataset))
        journal = Journal(tmp_path / "events.jsonl")
        try:
            prepare_dataset(client, tmp_path / name, tmp_path / "cache", journal, threading.Event())
        finally:
            journal.close()
        return tmp_path / name

    return run


def stored_files(platform: Any) -> list[Path]:
    return [p for p in (platform.data_dir / "external" / "files").rglob("*") if p.is_file()]


def test_the_prepared_folder_is_the_snapshot(platform: Any, prepare: Callable[[str], Path], tmp_path: Path) -> None:
    folder = prepare("one")
    (home,) = [p for p in (tmp_path / "cache").iterdir() if p.is_dir()]
    assert home.name == load_snapshot(home).info.hash
    path_map = json.loads((folder / "path_map.json").read_text())
    assert len(path_map) == 6
    assert all((folder / path).is_file() for path in path_map)
    assert len(list((folder / "labels").rglob("*.txt"))) == 6
    assert str(folder) in (folder / "data.yaml").read_text()
    assert content_hash(read_folder(folder).content) == home.name


def test_a_second_job_fetches_no_file_again(platform: Any, prepare: Callable[[str], Path]) -> None:
    first = prepare("one")
    for file in stored_files(platform):
        file.unlink()
    second = prepare("two")
    names = [p.relative_to(first) for p in first.rglob("*.png")]
    assert len(names) == 6
    assert all((second / name).read_bytes() == (first / name).read_bytes() for name in names)


def test_a_file_that_arrives_with_other_bytes_is_refused_and_not_kept(
    platform: Any, prepare: Callable[[str], Path], tmp_path: Path
) -> None:
    files = stored_files(platform)
    bad = files[0]
    good = bad.read_bytes()
    bad.write_bytes(b"x" * len(good))
    with pytest.raises(UploadMismatch, match="arrived with other bytes"):
        prepare("one")
    assert not (tmp_path / "one").exists()
    assert [p for p in (tmp_path / "cache").rglob("*") if p.is_file() and p.read_bytes() == bad.read_bytes()] == []
    bad.write_bytes(good)
    assert prepare("one").is_dir()
