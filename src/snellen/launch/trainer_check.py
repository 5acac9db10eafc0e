"""Proves, before the server starts, that the trainers' user can run a trainer and can't reach what is ours."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

from snellen.errors import StartRefused
from snellen.launch.trainer_process import confined
from snellen.launch.trainer_user import TrainerUser

#: A framework's first import may take long.
SECONDS = 120.0
#: Of the data directory the trainers' user may pass through these alone, to the folders that are opened to it.
OPEN = frozenset({"jobs"})
_PROBE = """
import json, os, sys
def reached(path):
    for flags in (os.O_RDONLY, os.O_RDWR):
        try:
            os.close(os.open(path, flags))
            return True
        except OSError:
            pass
    return False
print(json.dumps([path for path in json.loads(sys.argv[1]) if reached(path)]))
"""


def close_data_dir(data_dir: Path) -> None:
    """Take from others every right to what is in the data directory; of ``jobs`` and itself they may pass through."""
    os.umask(0o077)
    data_dir.chmod(0o711)
    for entry in os.scandir(data_dir):
        if entry.is_symlink():
            continue
        mode = entry.stat().st_mode
        os.chmod(entry.path, 0o711 if entry.name in OPEN else mode & 0o700)


def check_trainer_user(user: TrainerUser, *, pythons: Iterable[Path], data_dir: Path, secrets: Iterable[Path]) -> None:
    """:class:`~snellen.errors.StartRefused` when it can't pass to the job folders, can't run one of `pythons`, or can
    read or list one of `secrets`."""
    python = _runnable(user, sorted(set(pythons)))
    with tempfile.TemporaryDirectory(dir=data_dir / "jobs") as place:
        os.chmod(place, 0o711)  # noqa: S103 - to be passed through, as the folders of jobs are
        probe = Path(place) / "probe"
        probe.touch(mode=0o644)
        probe.chmod(0o644)
        hidden = [str(path) for path in secrets if path.exists()]
        found = json.loads(_run(user, python, "-c", _PROBE, json.dumps([*hidden, str(probe)])).stdout)
    if str(probe) not in found:
        raise StartRefused(
            f"trainer_user: {user.name!r} can't reach {data_dir / 'jobs'}; give others the right to pass through the "
            "folders above the data directory (chmod o+x), or put it elsewhere with SNELLEN_DATA_DIR"
        )
    if open_to_it := [path for path in found if path != str(probe)]:
        raise StartRefused(
            f"trainer_user: {user.name!r} can read {', '.join(open_to_it)}; take that right away (chmod go-rwx), "
            "or put them elsewhere"
        )


def _runnable(user: TrainerUser, pythons: list[Path]) -> Path:
    for python in pythons:
        answer = _run(user, python, "-m", "snellen.sdk", "trainers")
        if answer.returncode != 0:
            last = (answer.stderr.strip().splitlines() or ["no output"])[-1]
            raise StartRefused(
                f"trainer_user: {user.name!r} can't run trainers with {python} ({last}); install it and snellen where "
                "others may read, and name it with SNELLEN_TRAINER_PYTHON"
            )
    return pythons[0]


def _run(user: TrainerUser, python: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            [*confined(str(python)), str(python), *arguments],
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=SECONDS,
            check=False,
            stdin=subprocess.DEVNULL,
            **user.asking_options(),
        )
    except OSError as error:
        raise StartRefused(
            f"trainer_user: {user.name!r} can't run {python} ({error.strerror}); it and the folders above it must be "
            "open to others: install a Python outside of a home, and name it with SNELLEN_TRAINER_PYTHON"
        ) from error
    except subprocess.TimeoutExpired as error:
        raise StartRefused(f"trainer_user: {python} did not answer within {SECONDS:g} s") from error
