"""The folder of a job that its server has lost: what is left there is sent from wherever it is."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.launch.test_successor import training
from tests.launch.test_supervise import ended, has_epoch, series, trainer_of

from snellen.contract.folder import JobFolder
from snellen.contract.states import JobState
from snellen.server.jobs import service

Eventually = Callable[..., Any]


def sync(platform: Any, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "SNELLEN_URL": platform.url,
        "SNELLEN_TOKEN": (platform.data_dir / "token").read_text().strip(),
    }
    command = [sys.executable, "-m", "snellen", "sync", str(folder)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)


def test_what_a_copy_of_a_lost_jobs_folder_holds_is_sent_and_starts_nothing(
    platform: Any, dataset: int, eventually: Eventually, tmp_path: Path
) -> None:
    job_id = training(platform, dataset, eventually)
    folder = platform.folder(job_id)
    refused = sync(platform, folder.root)
    assert refused.returncode != 0
    assert "not lost" in refused.stderr + refused.stdout
    trainer, (handle,) = trainer_of(platform, job_id), platform.handles()
    platform.stop()
    (folder.root / "go-2").touch()
    eventually(lambda: folder.events.read_text().count('"type":"artifact"') == 2)
    for pid in (handle["pid"], trainer.pid):
        os.kill(pid, signal.SIGKILL)
    # The machine is gone; of its disk there is a copy.
    shutil.copytree(folder.root, tmp_path / "copy")
    shutil.rmtree(folder.root)
    platform.start()
    eventually(lambda: platform.job(job_id)["state"] == "lost")
    done = sync(platform, tmp_path / "copy")
    assert done.returncode == 0, done.stderr
    job = eventually(lambda: ended(platform, job_id))
    assert (job["state"], job["attempt"]) == ("failed", 1)
    assert "ended from outside" in job["exit_reason"]
    assert series(platform, job_id)["train/loss"] == [[1, 1.0], [2, 0.5]]
    assert has_epoch(platform, job_id, 2)
    assert len(platform.get(f"/training/jobs/{job_id}/artifacts", kind="checkpoint")["items"]) >= 1
    again = sync(platform, tmp_path / "copy")
    assert "not lost" in again.stderr + again.stdout


def test_what_an_attempt_left_that_another_has_replaced_is_refused(
    platform: Any, dataset: int, eventually: Eventually
) -> None:
    job_id = training(platform, dataset, eventually)
    platform.supersede(job_id)
    with platform.state.database.write() as session:
        service.set_state(session, service.get_job(session, job_id, lock=True), JobState.LOST)
    refused = sync(platform, JobFolder(platform.folder(job_id).root).root)
    assert refused.returncode != 0
    assert "attempt_superseded" in refused.stderr + refused.stdout
