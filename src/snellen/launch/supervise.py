"""``python -m snellen.launch.supervise FOLDER``: the process beside the trainer that talks to the outside for it.

One JSON line on standard input says where: ``{"server", "token", "trainer_python", "cache", "cache_bytes"}``, on a
cluster also whether the trainer goes ``with_supervisor`` and the ``nodes`` variables that tell it of its group. It
fetches the dataset, starts the trainer, follows the journal and stores what is announced there; see
docs/reference/job-folder.md.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sys
import threading
from pathlib import Path
from typing import Any

# Evaluation runs beside a training that wants the cores.
os.environ.setdefault("POLARS_MAX_THREADS", "1")
os.environ.setdefault("RAYON_NUM_THREADS", "1")

from snellen import logs
from snellen.contract.disk import when_there_is_room
from snellen.contract.events import EventType, Journal
from snellen.contract.folder import JobFolder
from snellen.contract.spec import JobSpec
from snellen.contract.states import JobState
from snellen.errors import SnellenError, reason_of
from snellen.launch.alone import alone
from snellen.launch.base import remove_dataset
from snellen.launch.client import ServerClient
from snellen.launch.dataset import prepare_dataset
from snellen.launch.dataset_cache import DatasetCache
from snellen.launch.delivery import Delivery
from snellen.launch.files import Files
from snellen.launch.log_follower import LogFollower, logged_through
from snellen.launch.patience import GivenUp
from snellen.launch.processes import Remembered, end_group
from snellen.launch.system import sample_forever
from snellen.launch.trainer_process import (
    STOP_SECONDS,
    Ending,
    StopPatience,
    TrainerProcess,
    end_trainer,
    ending_of,
    start_trainer,
)
from snellen.launch.trainer_user import TrainerUser, job_group
from snellen.launch.weights import Weights

POLL_SECONDS = 0.2
REFUSED, NORMAL = 3, 0
log = logging.getLogger("snellen.supervise")


class Supervisor:
    """One attempt of one job, from its dataset to its final state."""

    def __init__(self, folder: JobFolder, spec: JobSpec, config: dict[str, Any]) -> None:
        self._folder = folder
        self._spec = spec
        self._python = str(config.get("trainer_python") or sys.executable)
        self._cache = DatasetCache(Path(config["cache"]), most_bytes=int(config["cache_bytes"]))
        self._stop_seconds = float(config.get("stop_seconds", STOP_SECONDS))
        self._ending = threading.Event()
        self._client = ServerClient(config["server"], config["token"], job_id=spec.job_id, attempt=spec.attempt)
        self._journal = Journal(folder.events)
        self._delivery = Delivery(folder, self._client, self._ending)
        name = config.get("trainer_user")
        self._user = None if name is None else TrainerUser.named(name)
        self._with_supervisor = bool(config.get("with_supervisor"))
        self._nodes: dict[str, str] = config.get("nodes") or {}
        owner = None if self._user is None else self._user.uid
        self._files = Files(folder, spec, self._client, self._ending, self._delivery.wait_through, owner=owner)
        #: Found again by whoever goes on when this process is killed.
        self._trainer = Remembered(folder.supervisor / "trainer.json")
        self._weights = Weights(self._client, folder, spec, self._journal, self._ending)

    def run(self) -> int:
        """Run to the end; the exit status says whether the server took everything."""
        self._delivery.start()
        try:
            return self._run()
        finally:
            remove_dataset(self._folder)
            self._cache.make_room()

    def _run(self) -> int:
        try:
            ending = self._train()
        except GivenUp:
            return REFUSED
        delivered = self._files.refused is None and self._delivery.refused is None
        if delivered:
            fields = {"state": ending.state, "reason": ending.reason, "detail": ending.detail}
            self._journal.append(EventType.STATE, **fields)
            when_there_is_room(self._journal.flush, what="the job's end", ending=self._ending)
            delivered = self._delivery.wait_delivered()
        self._ending.set()
        self._client.close()
        return NORMAL if delivered else REFUSED

    def _train(self) -> Ending:
        what = "the dataset"
        try:
            if self._spec.dataset is not None:
                self._say("preparing the dataset")
                prepare_dataset(self._client, self._folder, self._cache, self._journal, self._ending)
            what = "the checkpoint to begin with"
            self._weights.prepare()
        except (SnellenError, OSError) as error:
            if self._delivery.refused is not None:
                raise GivenUp("the server refuses this attempt") from error
            log.exception("%s could not be prepared", what)
            self._files.start()
            self._files.finish()
            return Ending(JobState.FAILED, f"{what} could not be prepared: {reason_of(error)}")
        return self._run_trainer()

    def _run_trainer(self) -> Ending:
        if self._folder.stop_asked():
            self._files.start()
            self._files.finish()
            return Ending(JobState.STOPPED, "stopped before the training began")
        process = start_trainer(
            self._folder, self._python, self._user, with_supervisor=self._with_supervisor, group=self._nodes
        )
        # Without it a successor finds the trainer by its arguments.
        with contextlib.suppress(OSError):
            self._trainer.remember(process.pid)
        return self._follow(process)

    def _follow(self, process: TrainerProcess) -> Ending:
        """Until the trainer has ended and everything that it left is stored."""
        patience, cut_off = StopPatience(self._stop_seconds), False
        ended = threading.Event()
        follower = LogFollower(self._folder.log, self._journal, offset=logged_through(self._folder.events))
        sampled = (self._journal, process.pid, ended, self._spec.began_at)
        beside = [
            threading.Thread(target=follower.follow, args=(ended,), name="log", daemon=True),
            threading.Thread(target=sample_forever, args=sampled, name="system", daemon=True),
        ]
        for thread in (self._files, *beside):
            thread.start()
        try:
            while (status := process.poll()) is None:
                if self._refusal() is not None:
                    end_trainer(process)
                    raise GivenUp(str(self._refusal()))
                if self.cut_off():
                    end_trainer(process)
                if patience.is_over(self._delivery.stop_now or self._folder.stop_asked_now()):
                    end_trainer(process)
                    cut_off = True
                self._ending.wait(POLL_SECONDS)
        finally:
            ended.set()
            self._end_leftovers()
        for thread in beside:
            thread.join()
        self._files.finish()
        if cut_off:
            reason = f"ended from outside: it did not answer the request to stop at once within {patience.seconds:g} s"
            return Ending(JobState.STOPPED, reason)
        return ending_of(self._folder, status)

    def cut_off(self) -> bool:
        """Whether the trainer is to be ended for what only who runs this supervisor knows."""
        return False

    def _end_leftovers(self) -> None:
        """What a trainer of another user has started ends with it, whatever session it gave itself."""
        if self._user is not None:
            end_group(job_group(self._spec.job_id))

    def _refusal(self) -> Exception | None:
        return self._delivery.refused or self._files.refused

    def _say(self, text: str) -> None:
        self._journal.append(EventType.LOG, level="info", lines=[text])


def main(arguments: list[str]) -> int:
    """Supervise the job of a folder, or the one that a script makes itself."""
    logs.set_up()
    if len(arguments) == 2 and arguments[0] == "--attach":
        from snellen.launch.attach import attach

        return attach(JobFolder(Path(arguments[1]).resolve()), sys.stdin)
    if len(arguments) != 1 or arguments[0].startswith("-"):
        sys.stderr.write("usage: python -m snellen.launch.supervise [--attach] FOLDER < CONFIG\n")
        return 2
    return supervise(JobFolder(Path(arguments[0]).resolve()), json.loads(sys.stdin.readline()))


def supervise(folder: JobFolder, config: dict[str, Any], kind: type[Supervisor] | None = None) -> int:
    """Supervise the job of a prepared folder to its end; the exit status says whether the server took everything."""
    # The job folder is closed to others; below it a trainer of another user reads what it is given.
    os.umask(0o022)
    spec = folder.spec()
    form, secrets = config.get("log_format", "text"), [config["token"]]
    logs.set_up(format=form, secrets=secrets, job=spec.job_id, attempt=spec.attempt)
    with alone(folder) as is_ours:
        return (kind or _kind(config))(folder, spec, config).run() if is_ours else REFUSED


def _kind(config: dict[str, Any]) -> type[Supervisor]:
    if not config.get("take_over"):
        return Supervisor
    from snellen.launch.successor import Successor

    return Successor


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
