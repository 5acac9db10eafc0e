"""A sweep on a real cluster: its trials are jobs of the cluster, two at once, and weak ones are stopped there."""

from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path

from tests.conftest import wait_for
from tests.launch.conftest import Platform

EPOCHS = 40
SCRIPT = """
import time
from snellen.sdk import open_job

ctx = open_job()
for epoch in range(1, ctx.job.epochs + 1):
    ctx.log_validation(epoch, metrics={"val/score": ctx.params["lr"] * epoch})
    if ctx.should_stop():
        break
    time.sleep(0.5 if epoch < 20 else 0)
"""


def test_the_trials_of_a_sweep_run_on_the_cluster_and_weak_ones_are_stopped(
    on_ray: Platform, dataset_on_ray: int, tmp_path: Path
) -> None:
    (tmp_path / "score.py").write_text(SCRIPT)
    job = {
        "trainer": "script", "task": "detection", "model": "scores", "dataset": dataset_on_ray, "epochs": EPOCHS,
        "hyperparameters": {"command": [sys.executable, str(tmp_path / "score.py")]},
        "primary_metric": {"name": "val/score", "source": "reported"}, "resources": {"cpus": 1},
    }  # fmt: skip
    found = on_ray.post(
        "/training/sweeps",
        {
            "name": "Rates", "job": job, "space": {"lr": {"type": "choice", "values": [0.1, 0.2, 0.3, 0.4]}},
            "method": "grid", "parallel": 2, "seed": 0, "early_stopping": {"min_epochs": 2, "reduction": 2},
        },
    )  # fmt: skip
    sweep = wait_for(
        lambda: (s := on_ray.get(f"/training/sweeps/{found['id']}"))["state"] != "running" and s,
        seconds=240,
    )
    assert (sweep["state"], sweep["best"]["params"], sweep["best"]["epoch"]) == ("completed", {"lr": 0.4}, EPOCHS), (
        sweep
    )
    assert {trial["params"]["lr"] for trial in sweep["items"]} == {0.1, 0.2, 0.3, 0.4}
    stopped = [trial for trial in sweep["items"] if trial["stopped_early"]]
    assert stopped, sweep
    assert sweep["counts"]["completed"] + len(stopped) == 4
    assert all(trial["epochs"] < EPOCHS for trial in stopped)
    jobs = [on_ray.job(trial["job_id"]) for trial in sweep["items"]]
    assert {(job["launcher"], job["attempt"]) for job in jobs} == {("ray", 1)}
    spans = sorted((job["started_at"], job["ended_at"]) for job in jobs)
    assert any(later[0] < earlier[1] for earlier, later in pairwise(spans)), spans
