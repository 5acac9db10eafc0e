"""``snellen sweep`` and ``snellen sweeps …``."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING, Annotated, Any

import typer

from snellen.cli.jobs import parse_param
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
from snellen.cli.space import parse_space

if TYPE_CHECKING:
    from snellen.cli.client import Client

POLL_SECONDS = 1.0
app = typer.Typer(no_args_is_help=True)


def sweep(
    space: Annotated[
        list[str], typer.Argument(help="What to search: lr0=log:1e-4..1e-1 imgsz=128..320:32 optimizer=SGD,AdamW")
    ],
    dataset: Annotated[str, typer.Option(help="Name or id of an imported dataset.")],
    epochs: Annotated[int, typer.Option(min=1, help="Of each trial.")],
    trials: Annotated[int | None, typer.Option(min=1, help="How many; of a grid all without.")] = None,
    method: Annotated[str, typer.Option(help="bayesian, random or grid.")] = "bayesian",
    early_stopping: Annotated[
        bool, typer.Option("--early-stopping", help="Stop trials that are not among the best on their way (ASHA).")
    ] = False,
    min_epochs: Annotated[int, typer.Option(min=1, help="With --early-stopping: judge none before.")] = 1,
    reduction: Annotated[int, typer.Option(min=2, help="With --early-stopping: the best 1/N go on.")] = 3,
    parallel: Annotated[int | None, typer.Option(min=1, help="How many at once; as many as run without.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="The same seed and results give the same trials.")] = None,
    model: Annotated[str | None, typer.Option(help="As of `snellen train`; or model=A,B in the space.")] = None,
    task: Annotated[str | None, typer.Option(help="As of `snellen train`.")] = None,
    trainer: Annotated[str | None, typer.Option(help="As of `snellen train`.")] = None,
    name: Annotated[str | None, typer.Option()] = None,
    tag: Annotated[list[str] | None, typer.Option(help="Of each trial's job, as often as needed.")] = None,
    param: Annotated[list[str] | None, typer.Option("--param", "-p", help="NAME=VALUE, what all trials have.")] = None,
    primary: PrimaryOption = None,
    direction: DirectionOption = None,
    launcher: LauncherOption = None,
    gpus: GpusOption = None,
    cpus: CpusOption = None,
    memory: MemoryOption = None,
    accelerator_type: AcceleratorOption = None,
    resource: CustomOption = None,
    nodes: NodesOption = None,
    min_nodes: MinNodesOption = None,
    restarts: Annotated[int | None, typer.Option(min=0, help="Of each trial, as of `snellen train`.")] = None,
    project: ProjectOption = None,
    follow: Annotated[bool, typer.Option(help="Show trials as they end, until the sweep has ended.")] = True,
    as_json: JsonFlag = False,
) -> None:
    """Search for good hyperparameters: many trainings, the best of them told."""
    from snellen.cli.client import Client

    resources = asked(
        gpus=gpus, cpus=cpus, memory=memory, accelerator_type=accelerator_type, custom=resource, nodes=nodes,
        min_nodes=min_nodes,
    )  # fmt: skip
    given = {"task": task, "trainer": trainer, "launcher": launcher, "restarts": restarts}
    client = Client.from_environment()
    job = {
        **({"tags": tag} if tag else {}),
        "project": project,
        "dataset": dataset,
        "model": model,
        "epochs": epochs,
        **{key: value for key, value in given.items() if value is not None},
        "hyperparameters": dict(parse_param(text) for text in param or []),
        "primary_metric": primary_metric(primary, direction),
        "resources": resources,
    }
    found = client.post(
        "/training/sweeps",
        {
            "name": name or f"{model or trainer or 'sweep'} on {dataset}"[:180],
            "job": job,
            "space": parse_space(space),
            "method": method,
            "trials": trials,
            "parallel": parallel,
            "early_stopping": {"min_epochs": min_epochs, "reduction": reduction} if early_stopping else None,
            "seed": seed,
            "client_id": str(uuid.uuid4()),
        },
    )
    tell(f"Sweep {found['id']}: {client.url}/sweeps/{found['id']}")
    _end(client, found, follow=follow, as_json=as_json)


@app.command("list")
def list_sweeps(project: ProjectOption = None, as_json: JsonFlag = False) -> None:
    """List sweeps, newest first."""
    from snellen.cli.client import Client

    items = Client.from_environment().pages("/training/sweeps", project=project, limit=200)
    if as_json:
        print_json(items)
        return
    rows = [[str(each["id"]), each["state"], each["name"], each["method"], _done(each), _best(each)] for each in items]
    table(["id", "state", "name", "method", "trials", "best"], rows)


@app.command()
def show(sweep_id: int, as_json: JsonFlag = False) -> None:
    """Show a sweep and its trials, the best first."""
    from snellen.cli.client import Client

    found = Client.from_environment().get(f"/training/sweeps/{sweep_id}")
    if as_json:
        print_json(found)
    else:
        _show(found)


@app.command()
def stop(sweep_id: int, as_json: JsonFlag = False) -> None:
    """Begin no more trials; those that run finish their epoch."""
    from snellen.cli.client import Client

    found = Client.from_environment().post(f"/training/sweeps/{sweep_id}/stop")
    if as_json:
        print_json(found)
    else:
        say(f"sweep {sweep_id} is {found['state']}")


@app.command()
def resume(
    sweep_id: int,
    follow: Annotated[bool, typer.Option(help="Show trials as they end, until the sweep has ended.")] = True,
    as_json: JsonFlag = False,
) -> None:
    """Go on with a stopped or failed sweep."""
    from snellen.cli.client import Client

    client = Client.from_environment()
    _end(client, client.post(f"/training/sweeps/{sweep_id}/resume"), follow=follow, as_json=as_json)


def _end(client: Client, sweep: dict[str, Any], *, follow: bool, as_json: bool) -> None:
    """To its end if wanted; exit status 1 unless it completed."""
    if follow:
        sweep = _follow(client, sweep)
    if as_json:
        print_json(sweep)
    elif follow:
        _show(sweep)
    if follow and sweep["state"] != "completed":
        raise typer.Exit(1)


def _follow(client: Client, sweep: dict[str, Any]) -> dict[str, Any]:
    told: set[int] = set()
    lost: set[int] = set()
    while True:
        for trial in sweep["items"]:
            if trial["state"] == "lost" and trial["number"] not in lost:
                tell(
                    f"trial {trial['number']} of {sweep['trials']} is lost, and the sweep waits for it: {_help(trial)}"
                )
            if trial["number"] not in told and trial["state"] in {"completed", "failed", "stopped"}:
                told.add(trial["number"])
                tell(f"trial {trial['number']} of {sweep['trials']}: {_how(trial)}, {_value(trial)}  {_point(trial)}")
        if sweep["state"] != "running":
            return sweep
        lost = {trial["number"] for trial in sweep["items"] if trial["state"] == "lost"}
        time.sleep(POLL_SECONDS)
        sweep = client.get(f"/training/sweeps/{sweep['id']}")


def _show(sweep: dict[str, Any]) -> None:
    metric = sweep["primary_metric"]
    say(f"sweep {sweep['id']} {sweep['name']}: {sweep['state']}, {sweep['method']}, {_done(sweep)} trials")
    if sweep["reason"]:
        say(sweep["reason"])
    sign = -1 if metric["direction"] == "max" else 1
    order = sorted(sweep["items"], key=lambda each: _rank(each["value"], sign))
    rows = [[str(t["number"]), str(t["job_id"]), _how(t), _value(t), _point(t)] for t in order]
    table(["trial", "job", "state", metric["name"], "parameters"], rows)
    for trial in order:
        if trial["state"] == "lost":
            say(f"trial {trial['number']} is lost: {_help(trial)}")
    if sweep["epochs_saved"]:
        say(f"early stopping spared {sweep['epochs_saved']} epochs; {sweep['epochs_trained']} were trained")


def _help(trial: dict[str, Any]) -> str:
    job = trial["job_id"]
    return f"{trial['reason'] or 'no reason'}; `snellen jobs resume {job}` or `snellen jobs stop {job}`"


def _rank(value: Any, sign: int) -> tuple[bool, float]:
    """Without a number the last."""
    return (False, sign * value) if isinstance(value, int | float) else (True, 0.0)


def _how(trial: dict[str, Any]) -> str:
    return f"stopped early at epoch {trial['epochs']}" if trial["stopped_early"] else str(trial["state"])


def _value(trial: dict[str, Any]) -> str:
    value = trial["value"]
    return "-" if value is None else value if isinstance(value, str) else f"{value:.4g} @ {trial['best_epoch']}"


def _point(trial: dict[str, Any]) -> str:
    return " ".join(f"{name}={value}" for name, value in trial["params"].items())


def _done(sweep: dict[str, Any]) -> str:
    counts = sweep["counts"]
    done = sum(count for name, count in counts.items() if name not in {"waiting", "running", "lost"})
    return f"{done}/{sweep['trials']}"


def _best(sweep: dict[str, Any]) -> str:
    best = sweep["best"]
    return "-" if best is None else f"{sweep['primary_metric']['name']} {best['value']:.4g} (trial {best['number']})"
