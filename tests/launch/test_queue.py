"""One slot: jobs wait in the order in which they were created, and a waiting one can be stopped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def test_jobs_run_one_after_another_in_the_order_of_their_creation(
    platform: Any, dataset: int, eventually: Callable[..., Any]
) -> None:
    first, second, third = (platform.puppet_job(dataset, epochs=2) for _ in range(3))
    eventually(lambda: platform.job(first)["last_epoch"] == 1)
    assert [platform.job(j)["state"] for j in (first, second, third)] == ["running", "queued", "queued"]
    (platform.folder(first).root / "go-2").touch()
    eventually(lambda: platform.job(first)["state"] == "completed")
    eventually(lambda: platform.job(second)["last_epoch"] == 1)
    assert platform.job(third)["state"] == "queued"
    platform.post(f"/training/jobs/{third}/stop")
    assert platform.job(third)["state"] == "stopped"
    (platform.folder(second).root / "go-2").touch()
    eventually(lambda: platform.job(second)["state"] == "completed")
    jobs = [platform.job(j) for j in (first, second)]
    assert jobs[0]["ended_at"] <= jobs[1]["started_at"]
    assert platform.job(third)["started_at"] is None
