"""Supervisors and trainers are killed at random moments; then everything is there, once, and the state is true."""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tests.conftest import wait_for
from tests.faults.conftest import FACTOR, Site, check_quiet, check_whole, kill

pytestmark = pytest.mark.timeout(300 * FACTOR)
KILLS = 20 * FACTOR
SEED = int(os.environ.get("FAULTS_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
EPOCHS = 6
VICTIMS = {
    "supervisor": ("supervisor.json",),
    "trainer": ("trainer.json",),
    "both": ("supervisor.json", "trainer.json"),
}


def test_kills_at_random_moments_leave_true_states_and_whole_results(site: Site, dataset: int) -> None:
    chance = random.Random(SEED)
    plans = [(chance.choice(list(VICTIMS)), chance.uniform(0.0, 2.5)) for _ in range(KILLS)]
    with ThreadPoolExecutor(4) as pool:
        hits = list(pool.map(lambda plan: one_kill(site, dataset, *plan), plans))
    assert sum(hits) >= KILLS / 2, f"seed {SEED}: only {sum(hits)} of {KILLS} met somebody"


def one_kill(site: Site, dataset: int, victim: str, moment: float) -> bool:
    """A job, a kill, and a resume where it is needed; whether the kill met anybody."""
    job_id = site.talk(dataset, epochs=EPOCHS, pause=0.25)
    root = site.folder(job_id).supervisor
    wait_for((root / VICTIMS[victim][-1]).exists, seconds=90)
    threading.Event().wait(moment)
    hit = [kill(root / name) for name in VICTIMS[victim]]
    job = wait_for(lambda: site.ended(job_id), seconds=90)
    story = f"seed {SEED}, job {job_id}: {victim} killed {moment:.2f} s after its start ({hit}): {job['exit_reason']}"
    if victim == "supervisor":
        assert job["state"] == "completed", story
    if job["state"] == "failed":
        assert any(words in job["exit_reason"] for words in ("SIGKILL", "ended from outside", "exit status went")), (
            story
        )
        check_quiet(site, job_id)
        check_whole(site, job_id)
        site.client.post(f"/training/jobs/{job_id}/resume")
        job = wait_for(lambda: site.ended(job_id), seconds=90)
    assert (job["state"], job["exit_reason"], job["best_epoch"]) == ("completed", None, EPOCHS), story
    check_quiet(site, job_id)
    check_whole(site, job_id)
    check_curve(site, job_id)
    return any(hit)


def check_curve(site: Site, job_id: int) -> None:
    """No gap and no epoch twice, whatever was resumed."""
    (loss,) = site.client.get(f"/training/jobs/{job_id}/metrics", keys="train/loss")["series"]
    assert [(step, value) for step, _, _, value in loss["points"]] == [(e, 1 / e) for e in range(1, EPOCHS + 1)]
    assert [row["epoch"] for row in site.client.pages(f"/validation/jobs/{job_id}/results")] == list(
        range(1, EPOCHS + 1)
    )


def test_when_everything_is_killed_at_once_the_next_server_tells_the_truth(
    site: Site, dataset: int, eventually: Callable[..., Any]
) -> None:
    chance = random.Random(SEED)
    for _ in range(2 * FACTOR):
        job_id = site.talk(dataset, epochs=EPOCHS, pause=0.25)
        eventually((site.folder(job_id).supervisor / "trainer.json").exists)
        (site.folder(job_id).root / f"hold-{EPOCHS}").touch()
        threading.Event().wait(chance.uniform(0.2, 1.5))
        site.kill()
        for name in ("supervisor.json", "trainer.json"):
            assert kill(site.folder(job_id).supervisor / name)
        site.start()
        job = eventually(lambda j=job_id: site.ended(j), seconds=60)
        assert job["state"] == "failed", f"seed {SEED}"
        assert "ended from outside" in job["exit_reason"]
        check_whole(site, job_id)
        site.client.post(f"/training/jobs/{job_id}/resume")
        assert eventually(lambda j=job_id: site.ended(j), seconds=60)["state"] == "completed"
        check_whole(site, job_id)
        check_curve(site, job_id)
