"""One Ray cluster of two nodes for the tests of this folder, and a server that has it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.launch.conftest import Platform, install_puppet, running
from tests.ray_cluster import RayCluster, ray_cluster

#: Where the puppet is, for the nodes, which are started before a test says where it runs.
SITE = "site"


@pytest.fixture(scope="session")
def cluster_place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Logs of the cluster, and the puppet."""
    place = tmp_path_factory.mktemp("ray")
    (place / SITE).mkdir()
    return place


@pytest.fixture(scope="session")
def cluster(cluster_place: Path) -> Iterator[RayCluster]:
    """Two nodes with a CPU each; the second has the resource ``second``."""
    patch = pytest.MonkeyPatch()
    install_puppet(cluster_place / SITE, patch)
    patch.undo()
    with ray_cluster(cluster_place, {"PYTHONPATH": str(cluster_place / SITE)}) as made:
        made.start(cpus=1)
        made.add(cpus=1, second=1)
        yield made


@pytest.fixture
def options(cluster: RayCluster, tmp_path: Path) -> dict[str, Any]:
    """Of the launcher."""
    return {
        "address": cluster.address,
        "headers": cluster.headers,
        "python": sys.executable,
        "node_dir": str(tmp_path / "node"),
    }


@pytest.fixture
def on_ray(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any]) -> Iterator[Platform]:
    """A running server whose default is the cluster."""
    install_puppet(tmp_path / SITE, monkeypatch)
    with running(Platform(tmp_path / "data", launchers={"ray": options, "local": {}})) as found:
        yield found


@pytest.fixture
def node_folder(tmp_path: Path) -> Callable[[int, int], Path | None]:
    """The folder of a job's attempt on its node; None before it is made, and once it is removed."""

    def find(job_id: int, attempt: int = 1) -> Path | None:
        return next(iter((tmp_path / "node" / "jobs").glob(f"snellen-{job_id}-{attempt}-*")), None)

    return find
