"""The dataset of a job: fetched once a machine, checked by hash."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from snellen.contract.events import Journal
from snellen.contract.folder import JobFolder
from snellen.errors import UploadMismatch
from snellen.formats import load_snapshot, read_folder
from snellen.formats.snapshot import content_hash
from snellen.launch.dataset import prepare_dataset
from snellen.launch.dataset_cache import DatasetCache


@pytest.fixture
def prepare(platform: Any, dataset: int, client_of: Callable[..., Any], tmp_path: Path) -> Callable[[str], Path]:
    """Prepares the dataset of a new job in a folder."""

    def run(name: str) -> Path:
        client = client_of(platform, *platform.external_job(dataset=dataset))
        journal, folder = Journal(tmp_path / "events.jsonl"), JobFolder(tmp_path / name)
        folder.root.mkdir(exist_ok=True)
        try:
            cache = DatasetCache(tmp_path / "cache", most_bytes=10**9)
            prepare_dataset(client, folder, cache, journal, threading.Event())
        finally:
            journal.close()
        return folder.dataset

    return run


def stored_files(platform: Any) -> list[Path]:
    return [p for p in (platform.data_dir / "external" / "files").rglob("*") if p.is_file()]


def test_the_prepared_folder_is_the_snapshot(platform: Any, prepare: Callable[[str], Path], tmp_path: Path) -> None:
    folder = prepare("one")
    (home,) = (tmp_path / "cache" / "snapshots").iterdir()
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
    assert not (tmp_path / "one" / "dataset").exists()
    assert [p for p in (tmp_path / "cache").rglob("*") if p.is_file() and p.read_bytes() == bad.read_bytes()] == []
    bad.write_bytes(good)
    assert prepare("one").is_dir()


def test_a_file_that_was_written_to_is_fetched_again(prepare: Callable[[str], Path]) -> None:
    picture = next(prepare("one").rglob("*.png"))
    good = picture.read_bytes()
    picture.write_bytes(bytes(len(good)))  # as a trainer does that mends a picture in its place
    assert (prepare("two") / picture.relative_to(picture.parents[2])).read_bytes() == good
    assert picture.read_bytes() != good, "the running job keeps what it wrote"


@pytest.mark.parametrize("table", ["images.parquet", "objects.parquet", "snapshot.json"])
def test_a_table_that_was_cut_short_is_fetched_again(
    prepare: Callable[[str], Path], tmp_path: Path, table: str
) -> None:
    prepare("one")
    (home,) = (tmp_path / "cache" / "snapshots").iterdir()
    good = (home / table).read_bytes()
    (home / table).write_bytes(good[: len(good) // 2])
    prepare("two")
    assert (home / table).read_bytes() == good


def test_processes_that_begin_at_once_fetch_each_file_once(platform: Any, dataset: int, tmp_path: Path) -> None:
    script = (
        "import sys, threading\nfrom pathlib import Path\nfrom snellen.contract.events import Journal\n"
        "from snellen.contract.folder import JobFolder\n"
        "from snellen.launch.client import ServerClient\nfrom snellen.launch.dataset import prepare_dataset\n"
        "from snellen.launch.dataset_cache import DatasetCache\n"
        "url, job, token, folder = sys.argv[1:]\nfolder = Path(folder)\nfolder.mkdir()\n"
        "cache = DatasetCache(folder.parent / 'cache', most_bytes=0)\n"
        "client = ServerClient(url, token, job_id=int(job), attempt=1)\n"
        "prepare_dataset(client, JobFolder(folder), cache, Journal(folder / 'events'), threading.Event())\n"
    )
    places = [tmp_path / f"p{n}" for n in range(4)]
    running = []
    for place in places:
        job_id, token = platform.external_job(dataset=dataset)
        command = [sys.executable, "-c", script, platform.url, str(job_id), token, str(place)]
        running.append(subprocess.Popen(command))
    assert [process.wait(60) for process in running] == [0] * 4
    said = [line for place in places for line in journal_lines(place / "events")]
    assert [line for line in said if "files fetched" in line] == ["dataset: 6 of 6 files fetched"]
    for place in places:
        assert len(list((place / "dataset").rglob("*.png"))) == 6
    assert {path.stat().st_nlink for path in (tmp_path / "cache" / "files").rglob("*") if path.is_file()} == {5}


def journal_lines(path: Path) -> list[str]:
    if not path.exists():
        return []
    return [line for event in path.read_text().splitlines() for line in json.loads(event).get("lines", [])]
