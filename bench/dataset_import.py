"""Importing 20,000 small JPEGs, against one plain pass that reads and hashes the same files on as many threads.

Prints the ratio of the times (limit 2.0) and the peak memory, which must stay flat between half of the images and all.
Everything is in memory (/dev/shm) where there is room, else in --place: a disk on which many files were removed lately
makes new ones slowly (ext4 passes by the places of those). What else runs on the cores counts for either side: the
quickest of several rounds compare.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

LIMIT = 2.0
MEMORY_LIMIT_MB = 1000
SIDE = 320
OBJECTS = 5


def make(folder: Path, count: int) -> None:
    """A YOLO dataset of `count` smooth random pictures of about 27 KB, five boxes each, a tenth of them for val."""
    import numpy as np
    from PIL import Image

    rng = np.random.default_rng(0)
    for n in range(count):
        split = "val" if n % 10 == 0 else "train"
        for kind in ("images", "labels"):
            (folder / kind / split).mkdir(parents=True, exist_ok=True)
        small = rng.integers(0, 255, (SIDE // 8, SIDE // 8, 3), dtype=np.uint8)
        picture = Image.fromarray(small).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
        picture.save(folder / f"images/{split}/{n:06d}.jpg", quality=85)
        lines = "".join(
            f"{rng.integers(10)} {x:.6f} {y:.6f} 0.1 0.12\n" for x, y in rng.uniform(0.1, 0.9, (OBJECTS, 2))
        )
        (folder / f"labels/{split}/{n:06d}.txt").write_text(lines)
    (folder / "data.yaml").write_text(
        f"train: images/train\nval: images/val\nnames: {[f'class {n}' for n in range(10)]}\n"
    )


def plain(folder: Path, threads: int) -> float:
    """Seconds to read and hash every image once."""

    def read_and_hash(path: str) -> str:
        with open(path, "rb") as file:
            return hashlib.sha256(file.read()).hexdigest()

    paths = [str(path) for path in sorted(folder.glob("images/*/*.jpg"))]
    start = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        hashes = list(pool.map(read_and_hash, paths))
    seconds = time.perf_counter() - start
    assert len(set(hashes)) == len(paths)
    return seconds


def one_import(folder: Path, store: Path, threads: int) -> None:
    """Import in this process; print seconds and the peak memory of it and its workers, in MB."""
    import polars  # noqa: F401 - a server that runs has it

    from snellen.formats import read_folder, save_snapshot
    from snellen.storage import open_store

    start = time.perf_counter()
    kept = open_store(str(store), create=True)
    found = read_folder(folder, workers=threads, keep=kept)
    read = time.perf_counter()
    info = save_snapshot(found.content, kept, kept=found.kept)
    end = time.perf_counter()
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    workers = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss  # of the largest
    report = {
        "seconds": end - start,
        "read": read - start,
        "mb": (own + threads * workers) / 1024,
        "images": info.images,
    }
    print(json.dumps(report))


def run_import(folder: Path, scratch: Path, threads: int) -> dict[str, float]:
    # A new store each time: removing the last one would keep the disk busy during the next import.
    store = Path(tempfile.mkdtemp(dir=scratch, prefix="store-"))
    command = [sys.executable, __file__, "--import-one", str(folder), str(store), "--threads", str(threads)]
    return dict(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))


def default_place() -> Path:
    memory = Path("/dev/shm")  # noqa: S108
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > 6 * 1024**3
    return memory if roomy else Path(tempfile.gettempdir())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=20_000)
    parser.add_argument("--threads", type=int, default=min(8, len(os.sched_getaffinity(0))))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--place", type=Path, default=default_place(), help="a folder with 200 KB of room an image")
    parser.add_argument("--import-one", nargs=2, type=Path, metavar=("FOLDER", "STORE"))
    options = parser.parse_args()
    if options.import_one:
        one_import(*options.import_one, options.threads)
        return
    with tempfile.TemporaryDirectory(prefix="snellen-bench-", dir=options.place) as place:
        scratch = Path(place)
        print(f"making {options.images:,} JPEGs in {options.place} …", flush=True)
        make(scratch / "half", options.images // 2)
        make(scratch / "all", options.images)
        half = run_import(scratch / "half", scratch, options.threads)
        rounds = []
        for _ in range(options.rounds):
            before = plain(scratch / "all", options.threads)
            found = run_import(scratch / "all", scratch, options.threads)
            after = plain(scratch / "all", options.threads)
            rounds.append((found["seconds"] / ((before + after) / 2), found, before, after))
            print(
                f"  plain {before:.2f} s and {after:.2f} s, import {found['seconds']:.2f} s "
                f"(reading {found['read']:.2f} s), ratio {rounds[-1][0]:.2f}",
                flush=True,
            )
    median = statistics.median(each[0] for each in rounds)
    ratio = min(each[1]["seconds"] for each in rounds) / min(min(each[2:]) for each in rounds)
    peak = max(each[1]["mb"] for each in rounds)
    print(
        f"import / plain pass, {options.threads} threads, the quickest of {options.rounds} rounds each: {ratio:.2f} "
        f"(limit {LIMIT}; median of the rounds {median:.2f})"
    )
    print(f"peak memory with workers: {half['mb']:.0f} MB at half, {peak:.0f} MB at all (limit {MEMORY_LIMIT_MB})")
    print(f"growth over the second half: {peak / half['mb']:.2f}")


if __name__ == "__main__":
    main()
