"""One Ray cluster of two nodes for the tests of this folder, and a server that has it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tests.imports import imported
from tests.launch.conftest import Platform, install_puppet, running
from tests.ray_cluster import RayCluster, ray_cluster

from snellen.launch.ray import RayLauncher

for _module in ("promises", "jobs", "node_loss", "groups"):
    pytest.register_assert_rewrite(f"tests.launch.ray.{_module}")

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
    """A head on which nothing trains, and two nodes with a CPU each; the second has the resource ``second``.

    The first has ``pair``: half of what a test needs whose other node dies.
    """
    patch = pytest.MonkeyPatch()
    install_puppet(cluster_place / SITE, patch)
    patch.undo()
    with ray_cluster(cluster_place, {"PYTHONPATH": str(cluster_place / SITE), "OMP_NUM_THREADS": "1"}) as made:
        made.start(cpus=0)
        made.add(cpus=1, pair=1)
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


@pytest.fixture
def dataset_on_ray(on_ray: Platform, digits: Path) -> int:
    """The id of the dataset, imported."""
    return imported(on_ray, "digits", digits)


@pytest.fixture
def shades(tmp_path: Path) -> Path:
    """Three classes of noise that differ in brightness; seven validation images, which two nodes can't share evenly."""
    chance = np.random.default_rng(0)
    for split, count in (("train", 12), ("val", 7)):
        for number in range(count):
            label = number % 3
            folder = tmp_path / "shades" / split / f"shade {label}"
            folder.mkdir(parents=True, exist_ok=True)
            picture = chance.integers(80 * label, 80 * label + 60, (32, 32, 3), dtype=np.uint8)
            Image.fromarray(picture).save(folder / f"{number}.png")
    return tmp_path / "shades"


@pytest.fixture
def make(options: dict[str, Any]) -> Iterator[Callable[..., RayLauncher]]:
    """A launcher of the cluster with more options, closed at the end."""
    made: list[RayLauncher] = []

    def one(**more: Any) -> RayLauncher:
        made.append(RayLauncher({**options, **more}))
        return made[-1]

    yield one
    for each in made:
        each.close()
