"""The tree of commands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from snellen.cli import (
    backup,
    datasets,
    evaluate,
    jobs,
    login,
    projects,
    queue,
    retention,
    sweeps,
    sync,
    tokens,
    trainers,
    users,
)
from snellen.cli.output import JsonFlag, say, task_named
from snellen.contract.tasks import Task

app = typer.Typer(
    name="snellen",
    help="Train computer-vision models and see, at every epoch, what they see and what they miss.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(jobs.app, name="jobs", help="Look at jobs and stop them.")
app.add_typer(sweeps.app, name="sweeps", help="Look at sweeps, stop them and go on with them.")
app.add_typer(datasets.app, name="datasets", help="Import datasets, look at them, export and delete them.")
app.add_typer(users.app, name="users", help="Accounts, for administrators of the server.")
app.add_typer(projects.app, name="projects", help="Projects, and who is what in them.")
app.add_typer(tokens.app, name="tokens", help="Tokens for programs.")
app.add_typer(trainers.app, name="trainers", help="List what can be trained with, and check trainers.")
app.add_typer(backup.app, name="backup", help="Make backups, list them, verify them.")
app.command("restore")(backup.restore)
app.command("retention")(retention.retention)
app.command("train")(jobs.train)
app.command("queue")(queue.show_queue)
app.command("sweep")(sweeps.sweep)
app.command("evaluate")(evaluate.evaluate_files)
app.command("sync")(sync.sync)
app.command("login")(login.login)
app.command("audit")(login.audit)

DataDir = Annotated[Path | None, typer.Option("--data-dir", help="Where everything is kept (SNELLEN_DATA_DIR).")]


@app.command()
def serve(
    data_dir: DataDir = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.")] = None,
) -> None:
    """Run the server."""
    from snellen.cli.serve import run
    from snellen.server.settings import load

    run(load(data_dir=data_dir, host=host, port=port))


@app.command()
def demo(
    task: Annotated[str, typer.Option(help="detection, segmentation, pose or classification.")] = Task.DETECTION.value,
    epochs: Annotated[int | None, typer.Option(min=1, help="Epochs to train; by the task without.")] = None,
    leave: Annotated[bool, typer.Option("--exit", help="End when the job has ended, with the server.")] = False,
    as_json: JsonFlag = False,
    data_dir: DataDir = None,
    port: Annotated[int | None, typer.Option(help="Port of the server; a free one if it is taken.")] = None,
) -> None:
    """Train a model of handwritten digits from scratch on this machine, and watch it."""
    from snellen.cli.demo import run

    run(task=task_named(task), epochs=epochs, leave=leave, as_json=as_json, data_dir=data_dir, port=port)


@app.command()
def version(as_json: JsonFlag = False) -> None:
    """Print the version."""
    from snellen import __version__

    say(json.dumps({"version": __version__}) if as_json else f"snellen {__version__}")
