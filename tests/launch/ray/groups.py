"""Jobs on several nodes through Ray Train: they train together, fail by the right reason, and outlive a node."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from tests.conftest import wait_for
from tests.imports import imported
from tests.launch.conftest import Platform, running
from tests.launch.ray.jobs import at_epoch, begin, ended, in_log, log_of, stored
from tests.ray_cluster import RayCluster

from snellen.launch.ray.launcher import FOLDER
from snellen.launch.ray.rest import RayApi

#: Node 1 fails by itself; node 0 waits for it.
FAILS_ON_NODE_1 = 'test "$NODE_RANK" = 0 && exec sleep 300; echo "no such GPU" >&2; exit 3'
SAYS_ITS_GPUS = 'echo "node $NODE_RANK has the GPUs $CUDA_VISIBLE_DEVICES"'


def find(on_ray: Platform, job_id: int, attempt: int, rank: int) -> Path | None:
    """The folder of a node's part of an attempt."""
    jobs = on_ray.data_dir.parent / "node" / "jobs"
    return next(iter(jobs.glob(f"snellen-{job_id}-*-{attempt}-{rank}")), None)


def script(on_ray: Platform, dataset: int, command: str, *, gpus: int = 0, **more: Any) -> int:
    """A job on two nodes, each of which runs a command of the shell; its id."""
    body = {
        "model": "own", "trainer": "script", "task": "detection", "epochs": 1, "dataset": dataset,
        "hyperparameters": {"command": ["sh", "-c", command]}, "resources": {"nodes": 2, "gpus": gpus}, **more,
    }  # fmt: skip
    return int(on_ray.post("/training/jobs", body)["id"])


def test_timm_trains_on_two_nodes_and_each_image_is_judged_once(on_ray: Platform, shades: Path) -> None:
    dataset = imported(on_ray, "shades", shades)
    job_id = on_ray.post(
        "/training/jobs",
        {
            "model": "test_resnet", "trainer": "timm", "task": "classification", "epochs": 2, "dataset": dataset,
            "hyperparameters": {"img_size": 32, "batch_size": 4, "workers": 0, "pretrained": False},
            "resources": {"nodes": 2},
        },
    )["id"]  # fmt: skip
    job = wait_for(lambda: (j := on_ray.job(job_id))["state"] in {"completed", "failed", "lost"} and j, seconds=240)
    assert (job["state"], job["last_epoch"], job["attempt"]) == ("completed", 2, 1), job
    series = {s["key"]: s["points"] for s in on_ray.get(f"/training/jobs/{job_id}/metrics")["series"]}
    assert [point[0] for point in series["train/loss"]] == [1, 2]
    page = on_ray.get(f"/validation/jobs/{job_id}/results/2/images")
    assert page["total_images"] == 7
    lines = log_of(on_ray, job_id)
    assert "training on 2 nodes" in lines
    wait_for(lambda: find(on_ray, job_id, 1, 0) is None and find(on_ray, job_id, 1, 1) is None)


def test_a_node_whose_trainer_fails_gives_the_job_its_reason(on_ray: Platform, digits: Path) -> None:
    dataset = imported(on_ray, "digits", digits)
    job_id = script(on_ray, dataset, FAILS_ON_NODE_1, restarts=1)
    job = ended(on_ray, job_id)
    # It is no node that died: it would fail again.
    assert (job["state"], job["attempt"]) == ("failed", 1), job
    assert job["exit_reason"].startswith("node 1: "), job["exit_reason"]
    assert "exit status 3" in job["exit_reason"], job["exit_reason"]


def test_each_node_of_a_group_is_given_its_gpus(on_ray: Platform, cluster: RayCluster, digits: Path) -> None:
    dataset = imported(on_ray, "digits", digits)
    nodes = [cluster.add(cpus=1, gpus=2) for _ in range(2)]
    try:
        job_id = script(on_ray, dataset, SAYS_ITS_GPUS, gpus=2)
        job = ended(on_ray, job_id)
        assert (job["state"], job["attempt"]) == ("completed", 1), job
        lines = log_of(on_ray, job_id)
        assert "node 0 has the GPUs 0,1" in lines, lines
    finally:
        for node in nodes:
            node.kill()


def test_a_node_that_its_owner_takes_back_counts_as_one_that_dies() -> None:
    from snellen.launch.ray.group import failures

    limit = failures(2)
    assert (limit.max_failures, limit.max_preemption_failures) == (2, 2)


def test_what_waits_for_nodes_that_the_cluster_may_get_is_stopped(
    tmp_path: Path, options: dict[str, Any], digits: Path, on_ray: Platform
) -> None:
    growing = Platform(tmp_path / "growing", launchers={"ray": {**options, "autoscales": True}})
    api = RayApi(options["address"], options["headers"])
    with running(growing):
        dataset = imported(growing, "digits", digits)
        wanted = {"custom": {"soon": 1}}  # no node has it, and for all that is known one will
        single = begin(growing, dataset, epochs=1, resources=wanted)
        group = begin(growing, dataset, epochs=1, resources={**wanted, "nodes": 2})
        wait_for(lambda: {growing.job(job)["state"] for job in (single, group)} == {"starting"})
        wait_for(lambda: set(_at_ray(api, growing).values()) == {"PENDING", "RUNNING"}, seconds=60)
        for job in (single, group):
            growing.post(f"/training/jobs/{job}/stop")
            assert ended(growing, job)["state"] == "stopped"
        # Ray forgets what has no place yet only once it has one, and then nobody opens to it.
        wait_for(lambda: "RUNNING" not in _at_ray(api, growing).values(), seconds=60)
    api.close()


def _at_ray(api: RayApi, platform: Platform) -> dict[str, str]:
    return {
        job["submission_id"]: job["status"]
        for job in api.jobs()
        if str(platform.data_dir) in (job.get("metadata") or {}).get(FOLDER, "")
    }


def test_a_group_whose_node_dies_goes_on_with_those_that_are_left(
    on_ray: Platform, cluster: RayCluster, digits: Path
) -> None:
    dataset = imported(on_ray, "digits", digits)
    victim = cluster.add(cpus=1, pair=1)
    # The other node with half of the pair stays.
    wanted = {"nodes": 2, "min_nodes": 1, "custom": {"pair": 1}}
    job_id = begin(on_ray, dataset, epochs=4, resources=wanted, restarts=1)
    for rank in (0, 1):
        root = wait_for(lambda r=rank: (f := find(on_ray, job_id, 1, r)) and (f / "work").is_dir() and f, seconds=240)
        (root / "go-2").touch()
    at_epoch(on_ray, job_id, 2)
    wait_for(lambda: stored(on_ray, job_id) is not None)
    in_log(on_ray, job_id, "puppet: epoch 2")
    kept = stored(on_ray, job_id)
    assert kept is not None
    victim.kill()
    root = wait_for(lambda: (f := find(on_ray, job_id, 2, 0)) and (f / "work").is_dir() and f, seconds=240)
    for epoch in range(2, 5):
        (root / f"go-{epoch}").touch()
    job = ended(on_ray, job_id)
    assert (job["state"], job["attempt"], job["restarted"], job["last_epoch"]) == ("completed", 2, 1, 4), job
    series = {s["key"]: s["points"] for s in on_ray.get(f"/training/jobs/{job_id}/metrics")["series"]}
    assert [(point[0], point[3]) for point in series["train/loss"]] == [(n, 1 / n) for n in range(1, 5)]
    lines = log_of(on_ray, job_id)
    assert any("a node of attempt 1 is gone" in line for line in lines), lines
    times = Counter(line for line in lines if line.startswith("puppet: epoch"))
    assert times == {f"puppet: epoch {n}": 2 if kept < n <= 2 else 1 for n in range(1, 5)}
