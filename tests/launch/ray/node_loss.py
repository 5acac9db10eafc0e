"""A node dies in the middle of a job."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests.conftest import wait_for
from tests.launch.conftest import Platform
from tests.launch.ray.jobs import at_epoch, begin, ended, go, in_log, stored
from tests.ray_cluster import RayCluster


def test_the_job_of_a_node_that_died_is_lost_and_goes_on_elsewhere(
    on_ray: Platform, cluster: RayCluster, dataset_on_ray: int, node_folder: Callable[..., Path | None]
) -> None:
    doomed = cluster.add(cpus=1, doomed=1)
    job_id = begin(on_ray, dataset_on_ray, epochs=6, resources={"custom": {"doomed": 1}})
    go(node_folder, job_id, 2, 3)
    at_epoch(on_ray, job_id, 3)
    wait_for(lambda: stored(on_ray, job_id) is not None)
    in_log(on_ray, job_id, "puppet: epoch 3")
    doomed.kill()
    job = ended(on_ray, job_id)
    assert (job["state"], job["exit_reason"]) == ("lost", f"its node {doomed.ip} died"), job

    # Where it asks for what only the dead node had, it waits, and says for what.
    on_ray.post(f"/training/jobs/{job_id}/resume")
    why = wait_for(lambda: on_ray.job(job_id)["waits_for"])
    assert why == "no node of the cluster can give 1 CPU, 1 doomed: none has doomed"
    on_ray.post(f"/training/jobs/{job_id}/stop")
    on_ray.post(f"/training/jobs/{job_id}/resume", {"resources": {}})
    kept = stored(on_ray, job_id)
    assert kept is not None
    go(node_folder, job_id, *range(2, 7), attempt=2)
    job = ended(on_ray, job_id)
    assert (job["state"], job["attempt"], job["last_epoch"]) == ("completed", 2, 6), job

    series = {s["key"]: s["points"] for s in on_ray.get(f"/training/jobs/{job_id}/metrics")["series"]}
    assert [(point[0], point[3]) for point in series["train/loss"]] == [(n, 1 / n) for n in range(1, 7)]
    rows = on_ray.get(f"/validation/jobs/{job_id}/results")["items"]
    assert sorted(row["epoch"] for row in rows) == [1, 2, 3, 4, 5, 6]
    lines = on_ray.get(f"/training/jobs/{job_id}/logs", limit=200)["items"]
    times = Counter(line["text"] for line in lines if line["text"].startswith("puppet: epoch"))
    # An epoch after the last checkpoint that was stored is gone through again; no event is there twice.
    assert times == {f"puppet: epoch {n}": 2 if kept < n <= 3 else 1 for n in range(1, 7)}
    assert [line["line"] for line in lines] == list(range(1, len(lines) + 1))
