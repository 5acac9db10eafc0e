"""Jobs on several nodes through Ray Train: they train together, fail by the right reason, and outlive a node."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.conftest import wait_for
from tests.imports import imported
from tests.launch.conftest import Platform, install_puppet, running
from tests.launch.ray.test_jobs_on_ray import at_epoch, begin, ended, stored
from tests.ray_cluster import RayCluster, RayNode, ray_cluster

pytestmark = pytest.mark.timeout(400)
#: Node 1 fails by itself; node 0 waits for it.
FAILS_ON_NODE_1 = 'test "$NODE_RANK" = 0 && exec sleep 300; echo "no such GPU" >&2; exit 3'


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("groups")


@pytest.fixture(scope="module")
def cluster(place: Path) -> Iterator[RayCluster]:
    """A head on which nothing trains, and two nodes with a CPU each."""
    patch = pytest.MonkeyPatch()
    (place / "site").mkdir()
    install_puppet(place / "site", patch)
    patch.undo()
    with ray_cluster(place, {"PYTHONPATH": str(place / "site"), "OMP_NUM_THREADS": "1"}) as made:
        made.start(cpus=0)
        made.add(cpus=1)
        made.add(cpus=1)
        yield made


@pytest.fixture
def platform(cluster: RayCluster, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Platform]:
    install_puppet(tmp_path / "site", monkeypatch)
    options = {
        "address": cluster.address,
        "headers": cluster.headers,
        "python": sys.executable,
        "node_dir": str(tmp_path / "node"),
    }
    with running(Platform(tmp_path / "data", launchers={"ray": options})) as found:
        yield found


@pytest.fixture(scope="module")
def shades(place: Path) -> Path:
    """Three classes of noise that differ in brightness; seven validation images, which two nodes can't share evenly."""
    chance = np.random.default_rng(0)
    for split, count in (("train", 12), ("val", 7)):
        for number in range(count):
            label = number % 3
            folder = place / "shades" / split / f"shade {label}"
            folder.mkdir(parents=True, exist_ok=True)
            picture = chance.integers(80 * label, 80 * label + 60, (32, 32, 3), dtype=np.uint8)
            Image.fromarray(picture).save(folder / f"{number}.png")
    return place / "shades"


def find(platform: Platform, job_id: int, attempt: int, rank: int) -> Path | None:
    """The folder of a node's part of an attempt."""
    jobs = platform.data_dir.parent / "node" / "jobs"
    return next(iter(jobs.glob(f"snellen-{job_id}-*-{attempt}-{rank}")), None)


def test_timm_trains_on_two_nodes_and_each_image_is_judged_once(platform: Platform, shades: Path) -> None:
    dataset = imported(platform, "shades", shades)
    job_id = platform.post(
        "/training/jobs",
        {
            "model": "test_resnet", "trainer": "timm", "task": "classification", "epochs": 2, "dataset": dataset,
            "hyperparameters": {"img_size": 32, "batch_size": 4, "workers": 0, "pretrained": False},
            "resources": {"nodes": 2},
        },
    )["id"]  # fmt: skip
    job = wait_for(lambda: (j := platform.job(job_id))["state"] in {"completed", "failed", "lost"} and j, seconds=150)
    assert (job["state"], job["last_epoch"], job["attempt"]) == ("completed", 2, 1), job
    series = {s["key"]: s["points"] for s in platform.get(f"/training/jobs/{job_id}/metrics")["series"]}
    assert [point[0] for point in series["train/loss"]] == [1, 2]
    page = platform.get(f"/validation/jobs/{job_id}/results/2/images")
    assert page["total_images"] == 7
    lines = [line["text"] for line in platform.get(f"/training/jobs/{job_id}/logs", limit=200)["items"]]
    assert "training on 2 nodes" in lines
    wait_for(lambda: find(platform, job_id, 1, 0) is None and find(platform, job_id, 1, 1) is None)


def test_a_node_whose_trainer_fails_gives_the_job_its_reason(platform: Platform, digits: Path) -> None:
    dataset = imported(platform, "digits", digits)
    job_id = platform.post(
        "/training/jobs",
        {
            "model": "own", "trainer": "script", "task": "detection", "epochs": 1, "dataset": dataset,
            "hyperparameters": {"command": ["sh", "-c", FAILS_ON_NODE_1]}, "resources": {"nodes": 2}, "restarts": 1,
        },
    )["id"]  # fmt: skip
    job = ended(platform, job_id)
    # It is no node that died: it would fail again.
    assert (job["state"], job["attempt"]) == ("failed", 1), job
    assert job["exit_reason"].startswith("node 1: "), job["exit_reason"]
    assert "exit status 3" in job["exit_reason"], job["exit_reason"]


def test_a_group_whose_node_dies_goes_on_with_those_that_are_left(
    platform: Platform, cluster: RayCluster, digits: Path
) -> None:
    dataset = imported(platform, "digits", digits)
    job_id = begin(platform, dataset, epochs=4, resources={"nodes": 2, "min_nodes": 1}, restarts=1)
    for rank in (0, 1):
        root = wait_for(lambda r=rank: (f := find(platform, job_id, 1, r)) and (f / "work").is_dir() and f, seconds=90)
        (root / "go-2").touch()
    at_epoch(platform, job_id, 2)
    wait_for(lambda: stored(platform, job_id) is not None)
    kept = stored(platform, job_id)
    assert kept is not None
    victim: RayNode = cluster.nodes[-1]
    victim.kill()
    root = wait_for(lambda: (f := find(platform, job_id, 2, 0)) and (f / "work").is_dir() and f, seconds=120)
    for epoch in range(2, 5):
        (root / f"go-{epoch}").touch()
    job = ended(platform, job_id)
    assert (job["state"], job["attempt"], job["restarted"], job["last_epoch"]) == ("completed", 2, 1, 4), job
    series = {s["key"]: s["points"] for s in platform.get(f"/training/jobs/{job_id}/metrics")["series"]}
    assert [(point[0], point[3]) for point in series["train/loss"]] == [(n, 1 / n) for n in range(1, 5)]
    lines = [line["text"] for line in platform.get(f"/training/jobs/{job_id}/logs", limit=200)["items"]]
    assert any("a node of attempt 1 is gone" in line for line in lines), lines
    times = Counter(line for line in lines if line.startswith("puppet: epoch"))
    assert times == {f"puppet: epoch {n}": 2 if kept < n <= 2 else 1 for n in range(1, 5)}
