"""The server is killed every few seconds while a job trains."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from typing import Any

import pytest
from tests.faults.conftest import FACTOR, Site, check_quiet, check_whole

pytestmark = pytest.mark.timeout(300 * FACTOR)
EPOCHS = 30


def test_a_job_loses_nothing_to_a_server_that_is_killed_every_few_seconds(
    site: Site, dataset: int, eventually: Callable[..., Any]
) -> None:
    job_id = site.talk(dataset, epochs=EPOCHS, pause=0.5 * min(FACTOR, 4))
    eventually(lambda: site.job(job_id)["state"] == "running")
    held = site.folder(job_id).root / f"hold-{EPOCHS}"
    held.touch()
    kills = 0
    while not site.folder(job_id).outcome.exists():
        threading.Event().wait(random.SystemRandom().uniform(0.2, 2.5))
        site.kill()
        kills += 1
        if kills >= 3:
            held.unlink(missing_ok=True)
        site.start()
    job = eventually(lambda: site.ended(job_id), seconds=90)
    assert (job["state"], job["attempt"], job["best_epoch"]) == ("completed", 1, EPOCHS)
    assert kills >= 3
    check_quiet(site, job_id)
    check_whole(site, job_id)
    (loss,) = site.client.get(f"/training/jobs/{job_id}/metrics", keys="train/loss")["series"]
    assert [step for step, *_ in loss["points"]] == list(range(1, EPOCHS + 1))
