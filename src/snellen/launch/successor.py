"""A supervisor that goes on where another was killed: with its trainer, if that still runs, and with its journal."""

from __future__ import annotations

import logging
import os
import subprocess
import time

import psutil

from snellen.contract.events import EventType
from snellen.contract.folder import JobFolder
from snellen.errors import SnellenError, reason_of
from snellen.launch.dataset import prepare_dataset
from snellen.launch.patience import GivenUp
from snellen.launch.processes import Remembered, processes_of_group
from snellen.launch.supervise import Supervisor
from snellen.launch.trainer_process import STATUS_LOST, UNSEEN, Ending
from snellen.launch.trainer_user import job_group

LOOK_SECONDS = 0.05
log = logging.getLogger("snellen.supervise")


class Successor(Supervisor):
    """Supervises an attempt that has been begun. What was delivered is not sent again."""

    def _train(self) -> Ending:
        orphan = self._orphan()
        if orphan is None:
            log.info("the supervisor before this one had started no trainer")
            return super()._train()
        log.info("taking over the trainer %s, which %s", orphan.pid, "runs" if orphan.poll() is None else "has ended")
        if self._spec.dataset is not None and not self._folder.dataset.exists():
            self._fetch_again()
        return self._follow(orphan)

    def _fetch_again(self) -> None:
        """What has not been evaluated yet needs its truth; without it the rest is delivered all the same."""
        try:
            prepare_dataset(self._client, self._folder, self._cache, self._journal, self._ending)
        except (SnellenError, OSError) as error:
            if self._delivery.refused is not None:
                raise GivenUp("the server refuses this attempt") from error
            log.exception("the dataset could not be fetched again")
            text = f"the dataset could not be fetched again; epochs from here on are not evaluated: {reason_of(error)}"
            self._journal.append(EventType.LOG, level="error", lines=[text])

    def _orphan(self) -> Orphan | None:
        """The trainer of the attempt; None when none was ever started."""
        if not self._trainer.is_known and (pid := _trainer_in(self._folder, self._group())) is not None:
            self._trainer.remember(pid)  # its supervisor was killed before it could
        return Orphan(self._trainer) if self._trainer.is_known else None

    def _group(self) -> int | None:
        return None if self._user is None else job_group(self._spec.job_id)


class Orphan:
    """A trainer that is no child of ours: it can be watched and ended, but its exit status is lost."""

    def __init__(self, process: Remembered) -> None:
        self._process = process
        self.pid = process.pid
        #: What its end is called: whoever saw it run knows that it outlived its supervisor.
        self._gone = STATUS_LOST if process.runs() else UNSEEN

    def poll(self) -> int | None:
        """None while it runs."""
        return None if self._process.runs() else self._gone

    def wait(self, timeout: float) -> int:
        """Until it has ended; raises ``subprocess.TimeoutExpired`` after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while self._process.runs():
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(f"trainer {self.pid}", timeout)
            time.sleep(LOOK_SECONDS)
        return self._gone


def _trainer_in(folder: JobFolder, group: int | None) -> int | None:
    """The trainer's pid, by its arguments; what it has forked has the same ones, but leads no group.

    Anybody may call a process so: where there is a `group` of the job, only those that have it count.
    """
    among = None if group is None else processes_of_group(group)
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        is_ours = among is None or process.pid in among
        if is_ours and words[-2:] == ["snellen.sdk", str(folder.root)] and _leads(process.pid):
            return process.pid
    return None


def _leads(pid: int) -> bool:
    try:
        return os.getpgid(pid) == pid
    except ProcessLookupError:
        return False
