"""Follows a job in the terminal: a bar for a person, a line an epoch for a log file."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from snellen.contract.states import ENDED, JobState

if TYPE_CHECKING:
    from snellen.cli.client import Client

POLL_SECONDS = 0.5


def follow_job(client: Client, job_id: int) -> dict[str, Any]:
    """Show the job's progress on standard error until it has ended; returns it as it is then."""
    from rich.console import Console

    console = Console(stderr=True)
    job: dict[str, Any] = (_bar if console.is_terminal else _lines)(client, job_id, console)
    best = _best(job)
    console.print(f"job {job_id} {job['state']}" + (f", {best}" if best else ""), highlight=False)
    if job["exit_reason"]:
        console.print(job["exit_reason"], markup=False, highlight=False)
    return job


def _bar(client: Client, job_id: int, console: Any) -> dict[str, Any]:
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[left]}"),
        TextColumn("{task.fields[best]}"),
    )
    with Progress(*columns, console=console) as shown:
        whole = shown.add_task("job", total=1.0, left="", best="")
        while True:
            job: dict[str, Any] = client.get(f"/training/jobs/{job_id}")
            progress = job["progress"] or {"fraction": 0.0, "eta_seconds": None}
            epoch = f"epoch {progress['epoch']}/{progress['epochs']}" if job["progress"] else job["state"]
            eta = progress["eta_seconds"]
            shown.update(
                whole,
                completed=1.0 if job["state"] == JobState.COMPLETED else progress["fraction"],
                description=epoch,
                left="" if eta is None else f"{int(eta // 60)}:{int(eta % 60):02d} left",
                best=_best(job),
            )
            if _is_over(job):
                return job
            time.sleep(POLL_SECONDS)


def _lines(client: Client, job_id: int, console: Any) -> dict[str, Any]:
    said: tuple[Any, ...] = ()
    while True:
        job: dict[str, Any] = client.get(f"/training/jobs/{job_id}")
        now = (job["state"], job["last_epoch"])
        if now != said:
            said = now
            console.print(
                f"{job['state']}: epoch {job['last_epoch'] or 0} of {job['epochs']} {_best(job)}", highlight=False
            )
        if _is_over(job):
            return job
        time.sleep(POLL_SECONDS)


def _is_over(job: dict[str, Any]) -> bool:
    return job["state"] in ENDED or job["state"] == JobState.LOST


def _best(job: dict[str, Any]) -> str:
    if job["best_epoch"] is None:
        return ""
    return f"best {job['primary_metric']['name']} {job['best_value']:.3f} at epoch {job['best_epoch']}"
