"""Two slots: jobs take them in the order in which they were created, and a waiting one can be stopped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def test_jobs_take_the_slots_in_the_order_of_their_creation(
    platform: Any, dataset: int, eventually: Callable[..., Any]
) -> None:
    jobs = [platform.puppet_job(dataset, epochs=2) for _ in range(4)]

    def states() -> list[str]:
        return [platform.job(job)["state"] for job in jobs]

    eventually(lambda: [platform.job(job)["last_epoch"] for job in jobs[:2]] == [1, 1])
    assert states() == ["running", "running", "queued", "queued"]
    (platform.folder(jobs[1]).root / "go-2").touch()
    eventually(lambda: platform.job(jobs[2])["last_epoch"] == 1)
    assert states() == ["running", "completed", "running", "queued"]
    platform.post(f"/training/jobs/{jobs[3]}/stop")
    assert states()[3] == "stopped"
    for job in (jobs[0], jobs[2]):
        (platform.folder(job).root / "go-2").touch()
    eventually(lambda: states() == ["completed", "completed", "completed", "stopped"])
    assert platform.job(jobs[2])["started_at"] >= platform.job(jobs[1])["ended_at"]
    assert platform.job(jobs[3])["started_at"] is None
