"""A disk of a few hundred kilobytes, to be filled."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest


@contextlib.contextmanager
def small_disk(place: Path, *, kilobytes: int) -> Iterator[Path]:
    """A file system of that size, mounted at `place` while the block lasts; the test is skipped where none can be."""
    if os.geteuid() != 0:
        pytest.skip("needs root to mount a small disk")
    place.mkdir(parents=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(place)]
    if subprocess.run(command, capture_output=True).returncode != 0:
        pytest.skip("this container can't mount")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def fill(disk: Path) -> Path:
    """Leave no room on a disk; the file that takes it all."""
    ballast = disk / "ballast"
    with ballast.open("ab", buffering=0) as file:
        for size in (1024**2, 4096):
            with contextlib.suppress(OSError):
                while file.write(b"\0" * size) == size:
                    pass
    return ballast
