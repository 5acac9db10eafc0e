"""The local launcher keeps what every launcher promises, and harms nobody else."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from snellen.contract.folder import JobFolder
from snellen.launch.base import Handle
from snellen.launch.local import LocalLauncher
from snellen.launch.testing import TOKEN, LauncherSuite

WAITER = "import threading; threading.Event().wait(60)"


class TestLocalLauncher(LauncherSuite):
    @pytest.fixture
    def launcher(self) -> LocalLauncher:
        return LocalLauncher()

    def test_no_list_of_processes_shows_the_token(self, begin: Callable[[], Handle], job: JobFolder) -> None:
        process = psutil.Process(begin()["pid"])
        for each in [process, *process.children(recursive=True)]:
            with contextlib.suppress(psutil.NoSuchProcess):  # it has ended meanwhile
                assert TOKEN not in str(each.cmdline()) + str(each.environ())


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts processes that wait, and ends them."""
    begun: list[subprocess.Popen[bytes]] = []

    def start(code: str = WAITER, **options: Any) -> subprocess.Popen[bytes]:
        options = {"start_new_session": True, "cwd": tmp_path, **options}
        begun.append(subprocess.Popen([sys.executable, "-c", code], **options))
        return begun[-1]

    yield start
    for each in begun:
        each.kill()
        each.wait()
        if each.stdout is not None:
            each.stdout.close()


def handle_of(pid: int, folder: Path, *, later: float = 0.0) -> Handle:
    return {"pid": pid, "created": psutil.Process(pid).create_time() + later, "folder": str(folder)}


def test_what_a_killed_supervisor_could_not_remove_is_removed(
    process: Callable[..., subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    for name in ("dataset", "supervisor/dataset.part", "work"):
        (tmp_path / name).mkdir(parents=True)
    handle = handle_of(process().pid, tmp_path)
    LocalLauncher().kill(handle)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["supervisor", "work"]
    assert list((tmp_path / "supervisor").iterdir()) == []


def test_a_stranger_that_got_the_pid_is_neither_alive_nor_killed(
    process: Callable[..., subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    stranger = process()
    stale = handle_of(stranger.pid, tmp_path, later=-100.0)
    assert not LocalLauncher().alive(stale)
    LocalLauncher().kill(stale)
    assert stranger.poll() is None


@pytest.mark.parametrize(("folder", "survives"), [("job", False), ("elsewhere", True)])
def test_what_a_dead_supervisor_left_is_ended_only_where_it_works_in_the_jobs_folder(
    process: Callable[..., subprocess.Popen[bytes]], tmp_path: Path, eventually: Any, folder: str, survives: bool
) -> None:
    for name in ("job", "elsewhere"):
        (tmp_path / name / "work").mkdir(parents=True)
    code = (
        f"import subprocess, sys; print(subprocess.Popen([sys.executable, '-c', '{WAITER}']).pid, flush=True); {WAITER}"
    )
    leader = process(code, cwd=tmp_path / folder / "work", stdout=subprocess.PIPE)
    orphan = psutil.Process(int(leader.stdout.readline()))
    handle = handle_of(leader.pid, tmp_path / "job")
    os.kill(leader.pid, signal.SIGKILL)
    leader.wait()
    assert not LocalLauncher().alive(handle)
    try:
        LocalLauncher().kill(handle)
        if survives:
            assert orphan.is_running()
        else:
            eventually(lambda: not orphan.is_running() or orphan.status() == psutil.STATUS_ZOMBIE)
    finally:
        if orphan.is_running():
            orphan.kill()


def test_the_handle_of_a_process_that_is_gone_is_stale_and_harmless(
    process: Callable[..., subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    gone = process("pass")
    handle = {"pid": gone.pid, "created": 0.0, "folder": str(tmp_path)}
    gone.wait()
    assert not LocalLauncher().alive(handle)
    LocalLauncher().kill(handle)


def test_a_zombie_is_not_alive(
    process: Callable[..., subprocess.Popen[bytes]], tmp_path: Path, eventually: Any
) -> None:
    child = process("input()", stdin=subprocess.PIPE)
    handle = handle_of(child.pid, tmp_path)
    child.stdin.close()
    eventually(lambda: psutil.Process(child.pid).status() == psutil.STATUS_ZOMBIE)
    assert not LocalLauncher().alive(handle)
