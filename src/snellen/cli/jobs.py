"""``snellen train`` and ``snellen jobs …``."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from snellen.cli.output import JsonFlag, print_json, say, table, tell
from snellen.errors import InvalidInput

app = typer.Typer(no_args_is_help=True)


def train(
    dataset: Annotated[str, typer.Option(help="Name or id of an imported dataset.")],
    model: Annotated[str, typer.Option(help="Model: a YAML (yolo11n.yaml), or weights.")],
    epochs: Annotated[int, typer.Option(min=1)],
    task: Annotated[str, typer.Option(help="detection, segmentation, pose or classification.")] = "detection",
    trainer: Annotated[str, typer.Option(help="`snellen trainers` lists them.")] = "ultralytics",
    name: Annotated[str | None, typer.Option()] = None,
    param: Annotated[list[str] | None, typer.Option("--param", "-p", help="NAME=VALUE, as often as needed.")] = None,
    primary_metric: Annotated[str | None, typer.Option(help="The metric that decides which epoch is best.")] = None,
    gpus: Annotated[int, typer.Option(min=0)] = 0,
    follow: Annotated[bool, typer.Option(help="Show progress until the job has ended.")] = True,
    as_json: JsonFlag = False,
) -> None:
    """Create a job and follow it."""
    from snellen.cli.client import Client
    from snellen.cli.progress import follow_job

    client = Client.from_environment()
    body = {
        "name": name,
        "dataset": dataset,
        "model": model,
        "epochs": epochs,
        "task": task,
        "trainer": trainer,
        "hyperparameters": dict(parse_param(text) for text in param or []),
        "primary_metric": primary_metric,
        "resources": {"gpus": gpus},
    }
    job = client.post("/training/jobs", body)
    tell(f"Job {job['id']}: {client.url}/jobs/{job['id']}")
    if follow:
        job = follow_job(client, job["id"])
    if as_json:
        print_json(job)
    if follow and job["state"] != "completed":
        raise typer.Exit(1)


@app.command("list")
def list_jobs(
    state: Annotated[str | None, typer.Option(help="Only jobs in this state.")] = None, as_json: JsonFlag = False
) -> None:
    """List jobs, newest first."""
    from snellen.cli.client import Client

    items = Client.from_environment().pages("/training/jobs", state=state)
    if as_json:
        print_json(items)
        return
    table(["id", "state", "name", "epoch", "best"], [_row(job) for job in items])


@app.command()
def show(job_id: int, as_json: JsonFlag = False) -> None:
    """Show one job."""
    from snellen.cli.client import Client

    job = Client.from_environment().get(f"/training/jobs/{job_id}")
    if as_json:
        print_json(job)
        return
    for key, value in job.items():
        if value not in (None, [], {}):
            say(f"{key:16} {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}")


@app.command()
def logs(job_id: int, tail: Annotated[int, typer.Option(min=1, max=5000)] = 200, as_json: JsonFlag = False) -> None:
    """Print the last lines of a job's log."""
    from snellen.cli.client import Client

    items = Client.from_environment().get(f"/training/jobs/{job_id}/logs", tail=tail)["items"]
    for line in items:
        say(json.dumps(line, ensure_ascii=False) if as_json else line["text"])


@app.command()
def stop(job_id: int, as_json: JsonFlag = False) -> None:
    """Ask a job to finish at the next epoch boundary; its last checkpoint is kept."""
    from snellen.cli.client import Client

    job = Client.from_environment().post(f"/training/jobs/{job_id}/stop")
    if as_json:
        print_json(job)
        return
    say(f"job {job_id} is {job['state']}" + (", stop requested" if job["stop_requested"] else ""))


def parse_param(text: str) -> tuple[str, Any]:
    """``NAME=VALUE``; a value that is JSON (a number, true, a list) is taken as such, any other as text.

    >>> parse_param("lr0=0.01"), parse_param("optimizer=AdamW")
    (('lr0', 0.01), ('optimizer', 'AdamW'))
    """
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise InvalidInput(f"--param: got {text!r}, expected NAME=VALUE")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _row(job: dict[str, Any]) -> list[str]:
    progress = job["progress"]
    best = (
        "-"
        if job["best_value"] is None
        else f"{job['primary_metric']['name']} {job['best_value']:.4g} @ {job['best_epoch']}"
    )
    return [
        str(job["id"]),
        job["state"],
        job["name"],
        f"{progress['epoch']}/{progress['epochs']}" if progress else "-",
        best,
    ]
