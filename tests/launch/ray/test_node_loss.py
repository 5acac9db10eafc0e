"""A node dies in the middle of a job."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import pytest
from tests.conftest import wait_for
from tests.imports import imported
from tests.launch.conftest import Platform, install_puppet, running
from tests.launch.ray.test_jobs_on_ray import SECOND, at_epoch, begin, ended, go, stored
from tests.ray_cluster import ray_cluster

pytestmark = pytest.mark.timeout(300)


def test_the_job_of_a_node_that_died_is_lost_and_goes_on_elsewhere(
    tmp_path: Path, digits: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_puppet(tmp_path / "site", monkeypatch)

    def find(job_id: int, attempt: int = 1) -> Path | None:
        return next(iter((tmp_path / "node" / "jobs").glob(f"snellen-{job_id}-{attempt}-*")), None)

    with ray_cluster(tmp_path, {"PYTHONPATH": str(tmp_path / "site")}) as cluster:
        cluster.start(cpus=1)
        second = cluster.add(cpus=1, second=1)
        options = {
            "address": cluster.address,
            "headers": cluster.headers,
            "python": sys.executable,
            "node_dir": str(tmp_path / "node"),
        }
        with running(Platform(tmp_path / "data", launchers={"ray": options})) as platform:
            dataset = imported(platform, "digits", digits)
            job_id = begin(platform, dataset, epochs=6, resources=SECOND)
            go(find, job_id, 2, 3)
            at_epoch(platform, job_id, 3)
            wait_for(lambda: stored(platform, job_id) is not None)
            second.kill()
            job = ended(platform, job_id)
            assert (job["state"], job["exit_reason"]) == ("lost", f"its node {second.ip} died"), job

            # Where it asks for what only the dead node had, it waits, and says for what.
            platform.post(f"/training/jobs/{job_id}/resume")
            why = wait_for(lambda: platform.job(job_id)["waits_for"], seconds=30)
            assert why == "no node of the cluster can give 1 CPU, 1 second: none has second"
            platform.post(f"/training/jobs/{job_id}/stop")
            platform.post(f"/training/jobs/{job_id}/resume", {"resources": {}})
            kept = stored(platform, job_id)
            assert kept is not None
            go(find, job_id, *range(2, 7), attempt=2)
            job = ended(platform, job_id)
            assert (job["state"], job["attempt"], job["last_epoch"]) == ("completed", 2, 6), job

            series = {s["key"]: s["points"] for s in platform.get(f"/training/jobs/{job_id}/metrics")["series"]}
            assert [point[0] for point in series["train/loss"]] == [1, 2, 3, 4, 5, 6]
            assert [point[3] for point in series["train/loss"]] == [1 / n for n in range(1, 7)]
            rows = platform.get(f"/validation/jobs/{job_id}/results")["items"]
            assert sorted(row["epoch"] for row in rows) == [1, 2, 3, 4, 5, 6]
            lines = platform.get(f"/training/jobs/{job_id}/logs", limit=200)["items"]
            times = Counter(line["text"] for line in lines if line["text"].startswith("puppet: epoch"))
            # An epoch after the last checkpoint that was stored is gone through again; no event is there twice.
            again = {f"puppet: epoch {n}": 2 if kept < n <= 3 else 1 for n in range(1, 7)}
            assert times == again
            assert [line["line"] for line in lines] == list(range(1, len(lines) + 1))
