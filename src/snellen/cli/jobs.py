"""``snellen train`` and ``snellen jobs …``."""

from __future__ import annotations

import json
import math
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from snellen.cli.output import JsonFlag, print_json, say, table, tell
from snellen.cli.primary import DirectionOption, PrimaryOption, primary_metric
from snellen.cli.projects import ProjectOption
from snellen.cli.resources import (
    AcceleratorOption,
    CpusOption,
    CustomOption,
    GpusOption,
    LauncherOption,
    MemoryOption,
    MinNodesOption,
    NodesOption,
    asked,
)
from snellen.errors import InvalidInput

if TYPE_CHECKING:
    from snellen.cli.client import Client

app = typer.Typer(no_args_is_help=True)


def train(
    dataset: Annotated[str, typer.Option(help="Name or id of an imported dataset.")],
    epochs: Annotated[int, typer.Option(min=1)],
    model: Annotated[
        str | None, typer.Option(help="Model: a YAML (yolo11n.yaml), weights, a name of timm's; with --from the same.")
    ] = None,
    task: Annotated[
        str | None,
        typer.Option(
            help="detection, segmentation, pose or classification; else detection, or what the dataset is for."
        ),
    ] = None,
    trainer: Annotated[
        str | None, typer.Option(help="ultralytics unless said otherwise; `snellen trainers` lists them.")
    ] = None,
    name: Annotated[str | None, typer.Option()] = None,
    tag: Annotated[list[str] | None, typer.Option(help="A word to find it by, as often as needed.")] = None,
    snapshot: Annotated[
        str | None, typer.Option(help="The version of the dataset, by its whole hash; the newest without.")
    ] = None,
    param: Annotated[list[str] | None, typer.Option("--param", "-p", help="NAME=VALUE, as often as needed.")] = None,
    primary: PrimaryOption = None,
    direction: DirectionOption = None,
    begin_with: Annotated[
        str | None, typer.Option("--from", help="Begin with a checkpoint: its id, or JOB:NAME like 3:best.pt.")
    ] = None,
    launcher: LauncherOption = None,
    gpus: GpusOption = None,
    cpus: CpusOption = None,
    memory: MemoryOption = None,
    accelerator_type: AcceleratorOption = None,
    resource: CustomOption = None,
    nodes: NodesOption = None,
    min_nodes: MinNodesOption = None,
    restarts: Annotated[
        int | None, typer.Option(min=0, help="How often it goes on by itself when it is lost, as when its node dies.")
    ] = None,
    project: ProjectOption = None,
    command: Annotated[
        list[str] | None, typer.Argument(help="After --, for the trainer script: the command to run, here.")
    ] = None,
    follow: Annotated[bool, typer.Option(help="Show progress until the job has ended.")] = True,
    as_json: JsonFlag = False,
) -> None:
    """Create a job and follow it."""
    from snellen.cli.client import Client

    params = dict(parse_param(text) for text in param or [])
    if command:
        trainer = trainer or "script"
        if trainer != "script":
            raise InvalidInput(f"got a command ({shlex.join(command)}), which trainer {trainer} does not take")
        params = {"command": command, "working_dir": str(Path.cwd()), **params}
    resources = asked(
        gpus=gpus, cpus=cpus, memory=memory, accelerator_type=accelerator_type, custom=resource, nodes=nodes,
        min_nodes=min_nodes,
    )  # fmt: skip
    client = Client.from_environment()
    body = {
        "name": name,
        **({"tags": tag} if tag else {}),
        "project": project,
        "dataset": dataset,
        "snapshot": snapshot,
        "model": model,
        "epochs": epochs,
        **{name: value for name, value in (("task", task), ("trainer", trainer)) if value is not None},
        "hyperparameters": params,
        "primary_metric": primary_metric(primary, direction),
        "resources": resources,
        **{name: value for name, value in (("launcher", launcher), ("restarts", restarts)) if value is not None},
        "init_from": None if begin_with is None else _checkpoint_id(client, begin_with),
    }
    job = client.post("/training/jobs", body)
    tell(f"Job {job['id']}: {client.url}/jobs/{job['id']}")
    _follow(client, job, follow=follow, as_json=as_json)


@app.command("list")
def list_jobs(
    state: Annotated[list[str] | None, typer.Option(help="Only jobs in this state, or in one of several.")] = None,
    tag: Annotated[list[str] | None, typer.Option(help="Only jobs with this tag, or with all of several.")] = None,
    search: Annotated[str | None, typer.Option(help="Part of the name or the model, or the job's id.")] = None,
    sort: Annotated[
        str | None, typer.Option(help="created (the default), name, state, best, duration or epochs.")
    ] = None,
    project: ProjectOption = None,
    as_json: JsonFlag = False,
) -> None:
    """List jobs, newest first unless sorted otherwise."""
    from snellen.cli.client import Client

    client = Client.from_environment()
    items = client.pages("/training/jobs", state=state, tag=tag, search=search, sort=sort, project=project, limit=200)
    if as_json:
        print_json(items)
        return
    table(["id", "state", "name", "epoch", "best", "tags"], [_row(job) for job in items])


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
def change(
    job_id: int,
    name: Annotated[str | None, typer.Option(help="Another name.")] = None,
    tag: Annotated[
        list[str] | None, typer.Option(help="A tag it has then; given once or more, it has no others.")
    ] = None,
    no_tags: Annotated[bool, typer.Option("--no-tags", help="It has no tags then.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Give a job another name or other tags."""
    from snellen.cli.client import Client

    body: dict[str, Any] = {} if name is None else {"name": name}
    if tag and no_tags:
        raise InvalidInput("got --tag and --no-tags; give one of them")
    if tag or no_tags:
        body["tags"] = tag or []
    if not body:
        raise InvalidInput("nothing to change; give --name, --tag or --no-tags")
    job = Client.from_environment().patch(f"/training/jobs/{job_id}", body)
    if as_json:
        print_json(job)
        return
    say(f"job {job_id}: {job['name']}" + (f" ({', '.join(job['tags'])})" if job["tags"] else ""))


@app.command()
def logs(
    job_id: int,
    tail: Annotated[int, typer.Option(min=1, max=5000)] = 200,
    supervisor: Annotated[
        bool,
        typer.Option("--supervisor", help="What its supervisor wrote: why the job doesn't begin, or can't deliver."),
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Print the last lines of a job's log."""
    from snellen.cli.client import Client

    if supervisor:
        told = Client.from_environment().get(f"/training/jobs/{job_id}/logs/supervisor")
        if as_json:
            print_json(told)
            return
        say("\n".join(told["text"].splitlines()[-tail:]))
        return
    items = Client.from_environment().get(f"/training/jobs/{job_id}/logs", tail=tail)["items"]
    for line in items:
        say(json.dumps(line, ensure_ascii=False) if as_json else line["text"])


@app.command()
def stop(
    job_id: int,
    now: Annotated[bool, typer.Option("--now", help="At the batch; what the epoch has learned is dropped.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Ask a job to finish at the next epoch boundary; its last checkpoint is kept."""
    from snellen.cli.client import Client

    job = Client.from_environment().post(f"/training/jobs/{job_id}/stop", {"now": now})
    if as_json:
        print_json(job)
        return
    asked = ", stop at once requested" if job["stop_now"] else ", stop requested" if job["stop_requested"] else ""
    say(f"job {job_id} is {job['state']}{asked}")


@app.command()
def resume(
    job_id: int,
    launcher: LauncherOption = None,
    gpus: GpusOption = None,
    cpus: CpusOption = None,
    memory: MemoryOption = None,
    accelerator_type: AcceleratorOption = None,
    resource: CustomOption = None,
    nodes: NodesOption = None,
    min_nodes: MinNodesOption = None,
    follow: Annotated[bool, typer.Option(help="Show progress until the job has ended.")] = True,
    as_json: JsonFlag = False,
) -> None:
    """Go on with a stopped, failed or lost job from its last checkpoint, on the same curves.

    On another launcher or with other resources if given: those are all that it has then.
    """
    from snellen.cli.client import Client

    resources = asked(
        gpus=gpus, cpus=cpus, memory=memory, accelerator_type=accelerator_type, custom=resource, nodes=nodes,
        min_nodes=min_nodes,
    )  # fmt: skip
    client = Client.from_environment()
    body = {"launcher": launcher, "resources": resources or None}
    job = client.post(f"/training/jobs/{job_id}/resume", body)
    tell(f"Job {job_id}: {client.url}/jobs/{job_id}")
    _follow(client, job, follow=follow, as_json=as_json)


def _follow(client: Client, job: dict[str, Any], *, follow: bool, as_json: bool) -> None:
    """To its end if wanted; exit status 1 unless it completed."""
    from snellen.cli.progress import follow_job

    if follow:
        job = follow_job(client, job["id"])
    if as_json:
        print_json(job)
    if follow and job["state"] != "completed":
        raise typer.Exit(1)


def _checkpoint_id(client: Client, text: str) -> int:
    """The artifact that ``17`` or ``3:best.pt`` names."""
    if text.isdigit():
        return int(text)
    job, colon, name = text.partition(":")
    if not job.isdigit() or not colon or not name:
        raise InvalidInput(f"--from: got {text!r}, expected the id of a checkpoint, or JOB:NAME like 3:best.pt")
    there = client.pages(f"/training/jobs/{job}/artifacts", kind="checkpoint")
    for artifact in there:
        if artifact["name"] == name:
            return int(artifact["id"])
    names = ", ".join(artifact["name"] for artifact in there) or "none yet"
    raise InvalidInput(f"--from: job {job} has no checkpoint {name!r}; it has: {names}")


def parse_param(text: str) -> tuple[str, Any]:
    """``NAME=VALUE``; a value that is JSON (a number, true, a list) is taken as such, any other as text.

    NaN and infinities are no JSON: they are refused as every number that a trainer doesn't take.

    >>> parse_param("lr0=0.01"), parse_param("optimizer=AdamW")
    (('lr0', 0.01), ('optimizer', 'AdamW'))
    """
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise InvalidInput(f"--param: got {text!r}, expected NAME=VALUE")
    try:
        return name, json.loads(value, parse_constant=str, parse_float=_finite)
    except ValueError:
        return name, value


def _finite(text: str) -> float | str:
    """A number too large for a float stays text, as NaN does."""
    number = float(text)
    return number if math.isfinite(number) else text


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
        ", ".join(job["tags"]),
    ]
