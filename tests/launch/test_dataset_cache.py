"""The machine's cache of snapshots: bounded, shared between processes, and never taken from who uses it."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from snellen.errors import UploadMismatch
from snellen.launch.dataset_cache import DatasetCache

SIZE = 1000
#: Fills and links snapshots of the cache, each of some numbered files, again and again, as jobs would.
WORKER = """
import random, shutil, sys
from pathlib import Path
from tests_of_the_cache import fill, link
from snellen.launch.dataset_cache import DatasetCache
folder, seed = Path(sys.argv[1]), int(sys.argv[2])
rng = random.Random(seed)
cache = DatasetCache(folder / "cache", most_bytes=6_000)
for turn in range(25):
    first = rng.randrange(12)
    files = range(first, first + 4)
    link(cache, f"s{first}", files, folder / f"job-{seed}-{turn}")
    cache.make_room()
    if turn % 3:
        shutil.rmtree(folder / f"job-{seed}-{turn}")
"""


def content(number: int) -> tuple[str, bytes]:
    data = bytes([number]) * SIZE
    return hashlib.sha256(data).hexdigest(), data


def table(files: Any) -> pl.DataFrame:
    hashes = [content(number)[0] for number in files]
    return pl.DataFrame(
        {"sha256": hashes, "bytes": [SIZE] * len(hashes)}, schema={"sha256": pl.String, "bytes": pl.Int64}
    )


def fill(cache: DatasetCache, name: str, files: Any) -> list[str]:
    """Fill a snapshot of numbered files as a job does; which it had to fetch."""
    with cache.using(name) as home:
        return _fill(cache, home, files)


def link(cache: DatasetCache, name: str, files: Any, folder: Path) -> None:
    """Fill a snapshot and link its files into a job's folder."""
    with cache.using(name) as home:
        _fill(cache, home, files)
        folder.mkdir()
        cache.link([(content(number)[0], folder / str(number)) for number in files])
    for number in files:
        assert (folder / str(number)).read_bytes() == content(number)[1]


def _fill(cache: DatasetCache, home: Path, files: Any) -> list[str]:
    table(files).write_parquet(home / "images.parquet")
    (home / "snapshot.json").write_text("{}")
    missing = cache.missing(table(files))
    for sha256, data in map(content, files):
        if sha256 in missing:
            cache.put(sha256, data)
    return missing


@pytest.fixture
def cache(tmp_path: Path) -> DatasetCache:
    """Room for six files."""
    return DatasetCache(tmp_path / "cache", most_bytes=6 * SIZE)


def held(folder: Path) -> set[int]:
    """The numbers of the files in the cache."""
    return {path.read_bytes()[0] for path in (folder / "cache" / "files").rglob("*") if path.is_file()}


def snapshots(folder: Path) -> set[str]:
    return {path.name for path in (folder / "cache" / "snapshots").iterdir()}


def use_at(folder: Path, name: str, time: int) -> None:
    os.utime(folder / "cache" / "snapshots" / name / "used", (time, time))


def test_a_file_of_several_snapshots_is_fetched_and_kept_once(cache: DatasetCache, tmp_path: Path) -> None:
    assert len(fill(cache, "a", [1, 2])) == 2
    assert fill(cache, "b", [2, 3]) == [content(3)[0]]
    assert held(tmp_path) == {1, 2, 3}


def test_the_least_recently_used_goes_first_and_takes_only_its_own(cache: DatasetCache, tmp_path: Path) -> None:
    for time, (name, files) in enumerate({"a": [1, 2, 3], "b": [3, 4, 5], "c": [5, 6, 7]}.items()):
        fill(cache, name, files)
        use_at(tmp_path, name, 1000 + time)
    use_at(tmp_path, "a", 2000)
    assert cache.make_room()
    assert (snapshots(tmp_path), held(tmp_path)) == ({"a", "c"}, {1, 2, 3, 5, 6, 7})


def test_what_is_about_to_be_filled_is_not_removed_for_being_too_large(cache: DatasetCache, tmp_path: Path) -> None:
    fill(cache, "large", range(10))
    fill(cache, "small", [1])
    use_at(tmp_path, "large", 1000)
    use_at(tmp_path, "small", 1001)
    cache.make_room(for_snapshot="large")
    assert held(tmp_path) == set(range(10))
    cache.make_room()
    assert (snapshots(tmp_path), held(tmp_path)) == ({"small"}, {1})


def test_what_a_job_has_stays_until_the_job_lets_go(cache: DatasetCache, tmp_path: Path) -> None:
    link(cache, "old", [1, 2, 3, 4], tmp_path / "job")
    use_at(tmp_path, "old", 1000)
    fill(cache, "new", [5, 6, 7])
    cache.make_room()
    assert held(tmp_path) == {1, 2, 3, 4, 5, 6, 7}
    assert len(fill(cache, "again", [4, 8])) == 1, "and whoever wants it again doesn't fetch it"
    for path in (tmp_path / "job").iterdir():
        path.unlink()
    cache.make_room()
    assert held(tmp_path) == {4, 5, 6, 7, 8}


def test_nothing_is_removed_while_somebody_fills(cache: DatasetCache, tmp_path: Path) -> None:
    fill(cache, "large", range(10))
    with cache.using("other"):
        assert not DatasetCache(tmp_path / "cache", most_bytes=0).make_room()
        assert len(held(tmp_path)) == 10
    assert DatasetCache(tmp_path / "cache", most_bytes=0).make_room()
    assert held(tmp_path) == set()


def test_a_file_with_other_bytes_than_its_hash_says_is_not_kept(cache: DatasetCache, tmp_path: Path) -> None:
    with pytest.raises(UploadMismatch):
        cache.put(content(1)[0], b"other")
    assert held(tmp_path) == set()


@pytest.mark.parametrize("spoil", [lambda p: p.write_bytes(b"x"), lambda p: p.write_bytes(bytes(SIZE)), Path.unlink])
def test_a_file_that_is_not_as_it_came_is_missing(
    cache: DatasetCache, tmp_path: Path, spoil: Callable[[Path], Any]
) -> None:
    fill(cache, "a", [1, 2])
    sha256 = content(1)[0]
    spoil(tmp_path / "cache" / "files" / sha256[:2] / sha256)
    assert fill(cache, "a", [1, 2]) == [sha256]
    assert fill(cache, "a", [1, 2]) == []


def test_what_a_killed_process_left_is_removed(cache: DatasetCache, tmp_path: Path) -> None:
    fill(cache, "a", [1])
    script = (
        "import os, sys\nfrom pathlib import Path\nfrom snellen.launch.dataset_cache import DatasetCache\n"
        "cache = DatasetCache(Path(sys.argv[1]) / 'cache', most_bytes=0)\n"
        "with cache.using('b') as home:\n"
        "    (home / 'images.parquet').write_bytes(b'half')\n"
        "    (Path(sys.argv[1]) / 'cache/files/00').mkdir(exist_ok=True)\n"
        "    (Path(sys.argv[1]) / 'cache/files/00/.half.part').write_bytes(b'half')\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    assert subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False).returncode == -9
    assert cache.make_room(), "its locks went with it"
    assert (snapshots(tmp_path), held(tmp_path)) == ({"a"}, {1})


def test_many_processes_fill_link_and_remove_at_once(tmp_path: Path) -> None:
    (tmp_path / "tests_of_the_cache.py").write_text(Path(__file__).read_text())
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    command = [sys.executable, "-c", WORKER, str(tmp_path)]
    running = [subprocess.Popen([*command, str(seed)], env=environment) for seed in range(5)]
    assert [process.wait(100) for process in running] == [0] * 5
    cache = DatasetCache(tmp_path / "cache", most_bytes=6 * SIZE)
    assert cache.make_room()
    for folder in tmp_path.glob("job-*"):
        for path in folder.iterdir():
            assert path.read_bytes() == content(int(path.name))[1]
            path.unlink()
    assert cache.make_room()
    assert len(held(tmp_path)) <= 6
    assert json.dumps(sorted(snapshots(tmp_path)))
