"""GPUs are handed out: no two jobs share one, and a job sees no other than its own.

The driver's program is stood in for by a script that answers as it does: the machines of the tests have no GPU.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from tests.launch.conftest import Platform
from tests.launch.test_supervise import trainer_of

from snellen.launch.gpus import visible_gpus
from snellen.launch.local import LocalLauncher

UUIDS = ("GPU-aaaa", "GPU-bbbb")


@pytest.fixture
def two_gpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    tool = tmp_path / "bin" / "nvidia-smi"
    tool.parent.mkdir()
    tool.write_text('#!/bin/sh\ncase "$1" in --query-gpu=uuid) printf "GPU-aaaa\\nGPU-bbbb\\n";; esac\n')
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tool.parent}:{os.environ['PATH']}")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    visible_gpus.cache_clear()
    yield
    visible_gpus.cache_clear()


@pytest.fixture
def job_on(two_gpus: None, platform: Platform, dataset: int) -> Callable[[int], int]:
    """Creates a job of the puppet on so many GPUs."""

    def make(gpus: int) -> int:
        body = {
            "model": "wood", "epochs": 2, "trainer": "puppet", "dataset": dataset, "task": "detection",
            "resources": {"gpus": gpus}, "primary_metric": {"name": "val/score", "source": "reported"},
        }  # fmt: skip
        return int(platform.post("/training/jobs", body)["id"])

    return make


def sees(platform: Platform, job_id: int) -> str | None:
    process: psutil.Process = trainer_of(platform, job_id)
    return process.environ().get("CUDA_VISIBLE_DEVICES")


def test_no_two_jobs_share_a_gpu_and_the_next_waits_for_one(
    platform: Platform, job_on: Callable[[int], int], eventually: Callable[..., Any]
) -> None:
    first, second = job_on(1), job_on(1)
    eventually(lambda: [platform.job(job)["last_epoch"] for job in (first, second)] == [1, 1])
    assert {sees(platform, first), sees(platform, second)} == set(UUIDS)
    both = job_on(2)
    freed = sees(platform, first)
    (platform.folder(first).root / "go-2").touch()
    eventually(lambda: platform.job(first)["state"] == "completed")
    third_state = platform.job(both)["state"]
    assert (third_state, freed in UUIDS) == ("queued", True)
    (platform.folder(second).root / "go-2").touch()
    eventually(lambda: platform.job(both)["last_epoch"] == 1)
    assert sees(platform, both) == ",".join(UUIDS)


def test_a_job_that_asked_for_none_sees_none(
    platform: Platform, job_on: Callable[[int], int], eventually: Callable[..., Any]
) -> None:
    job = job_on(0)
    eventually(lambda: platform.job(job)["last_epoch"] == 1)
    assert sees(platform, job) == ""


@pytest.mark.parametrize(
    ("left", "there"), [("1", ("GPU-bbbb",)), ("GPU-aaaa", ("GPU-aaaa",)), ("", ()), ("0, 1", UUIDS), ("7", ())]
)
def test_what_the_server_itself_may_not_use_its_jobs_may_not_either(
    two_gpus: None, monkeypatch: pytest.MonkeyPatch, left: str, there: tuple[str, ...]
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", left)
    assert tuple(LocalLauncher().gpus()) == there
