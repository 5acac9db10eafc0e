"""Runs jobs on this machine: a supervisor is a process in a session of its own, so the server's end is not its end."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import psutil

from snellen.contract.folder import JobFolder
from snellen.launch.alone import supervisor_of
from snellen.launch.base import EARLIER, Handle, Launcher, remove_dataset
from snellen.launch.gpus import visible_gpus
from snellen.launch.processes import created_of, end_group, find_process, is_running
from snellen.launch.trainer_user import TrainerUser, group_of
from snellen.logs import chosen_format

#: A process may fork while its session is being ended: look again.
KILL_ROUNDS = 5
KILL_WAIT_SECONDS = 2.0
MOST_LOG = 64_000


class LocalLauncher(Launcher):
    """Supervisors as processes of this machine."""

    name: ClassVar[str] = "local"

    def start(
        self,
        folder: JobFolder,
        *,
        server_url: str,
        token: str,
        trainer_python: Path,
        data_dir: Path,
        dataset_cache_bytes: int,
        gpus: Sequence[str] = (),
        take_over: bool = False,
        trainer_user: str | None = None,
    ) -> Handle:
        """Start a supervisor; the token goes through a pipe, where no list of processes shows it."""
        folder.make_supervisor_place()
        if trainer_user is not None and not take_over:
            TrainerUser.named(trainer_user).give(folder, folder.spec().job_id)
        log = folder.supervisor_log.open("ab")
        process = subprocess.Popen(
            [sys.executable, "-m", "snellen.launch.supervise", str(folder.root)],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env=_environment(gpus),
        )
        log.close()
        config = {
            "server": server_url,
            "token": token,
            "trainer_python": str(trainer_python),
            "cache": str(data_dir / "cache" / "datasets"),
            "cache_bytes": dataset_cache_bytes,
            "take_over": take_over,
            "trainer_user": trainer_user,
            "log_format": chosen_format(),
        }
        assert process.stdin is not None  # noqa: S101 - for mypy; it is a pipe
        with process.stdin as pipe:
            pipe.write(json.dumps(config).encode() + b"\n")
        # Reaps the process when it ends; without a parent waiting it would stay a zombie and look alive.
        threading.Thread(target=process.wait, name=f"reap-{process.pid}", daemon=True).start()
        return _handle(folder, process.pid, created_of(process.pid))

    def alive(self, handle: Handle) -> bool:
        """By pid and start time."""
        return is_running(int(handle["pid"]), float(handle["created"]))

    def kill(self, handle: Handle) -> None:
        """End every process of the supervisor's session: itself, the trainer, the trainer's workers.

        A stranger that got the supervisor's pid is left alone, and so is its session. Where the supervisor is gone,
        what is left of the session is ours only if it also works in the job's folder.
        """
        for _ in range(KILL_ROUNDS):
            # The trainer is in the session of the supervisor that started it.
            ours = [process for each in (handle, *handle.get(EARLIER, ())) for process in _processes_of(each)]
            if not ours:
                break
            for process in ours:
                with contextlib.suppress(psutil.Error):
                    process.kill()
            psutil.wait_procs(ours, timeout=KILL_WAIT_SECONDS)
        if (group := handle.get("group")) is not None:
            end_group(int(group))
        if (folder := handle.get("folder")) is not None and not self.alive(handle):
            # The supervisor's last act, which it could not do: links would keep bytes that the cache gives up.
            remove_dataset(JobFolder(Path(folder)))

    def find(self, folder: JobFolder) -> Handle | None:
        """By what the supervisor wrote there."""
        process = supervisor_of(folder)
        return _handle(folder, process.pid, process.created) if process.runs() else None

    def log_of(self, handle: Handle) -> str:
        """From its file."""
        path = JobFolder(Path(str(handle["folder"]))).supervisor_log
        return path.read_text(encoding="utf-8", errors="replace")[-MOST_LOG:] if path.is_file() else ""

    def gpus(self) -> Sequence[str]:
        """By UUID."""
        return visible_gpus()

    def default_slots(self) -> int:
        """One job a GPU; one without GPUs."""
        return max(1, len(visible_gpus()))


def _environment(gpus: Sequence[str]) -> dict[str, str]:
    """The server's environment without its secrets and settings, and with the job's GPUs alone."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SNELLEN_")}
    if visible_gpus():
        environment["CUDA_VISIBLE_DEVICES"] = ",".join(gpus)
    return environment


def _handle(folder: JobFolder, pid: int, created: float) -> Handle:
    handle: Handle = {"pid": pid, "created": created, "folder": str(folder.root.resolve())}
    if (group := group_of(folder)) is not None:
        handle["group"] = group
    return handle


def _processes_of(handle: Handle) -> list[psutil.Process]:
    """What is alive of a supervisor's session, in the order of pids."""
    session = int(handle["pid"])
    supervisor = find_process(session, float(handle["created"]))
    if supervisor is None and psutil.pid_exists(session):
        return []  # Linux gives no pid again while a process of its old session lives: nothing of ours is left
    found = []
    for pid in psutil.pids():
        if _session_of(pid) != session:
            continue
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(pid)
            if process.status() != psutil.STATUS_ZOMBIE and (supervisor is not None or _works_in(process, handle)):
                found.append(process)
    return found


def _works_in(process: psutil.Process, handle: Handle) -> bool:
    """Whether a process was started after the supervisor and is in the job's folder, or was told of it."""
    folder = handle.get("folder")
    if folder is None or process.create_time() < float(handle["created"]) - 1.0:
        return False
    root = Path(folder)
    places = [process.cwd(), *process.cmdline()]
    return any(Path(place) == root or root in Path(place).parents for place in places if place.startswith("/"))


def _session_of(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except (ProcessLookupError, PermissionError):
        return None
