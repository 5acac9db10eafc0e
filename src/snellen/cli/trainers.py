"""``snellen trainers``: what can be trained with, and whether a trainer keeps the promises of the job folder."""

from __future__ import annotations

import contextlib
import dataclasses
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from snellen.cli.output import JsonFlag, print_json, say, table, task_named, tell

if TYPE_CHECKING:
    from snellen.sdk.conformance import Conformance, Finding

app = typer.Typer(invoke_without_command=True)

MARKS = {True: "ok", False: "FAILED", None: "skipped"}


@app.callback()
def trainers(context: typer.Context, as_json: JsonFlag = False) -> None:
    """List what can be trained with, or check a trainer."""
    if context.invoked_subcommand is not None:
        return
    from snellen.cli.client import Client

    items = Client.from_environment().get("/trainers")["items"]
    if as_json:
        print_json(items)
        return
    table(
        ["trainer", "version", "tasks", ""],
        [[t["name"], t["version"] or "-", ", ".join(t["tasks"]), t["install"] or ""] for t in items],
    )


@app.command()
def check(
    name: Annotated[str, typer.Argument(help="The trainer; it is installed, a server isn't needed.")],
    task: Annotated[str | None, typer.Option(help="Only this task; all that it does without.")] = None,
    python: Annotated[Path | None, typer.Option(help="The Python that runs it; the settings' without.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Train ten pictures with a trainer, stop it, resume it, kill it, and say which promises it keeps."""
    from snellen.sdk.conformance import Conformance

    folder = Path(tempfile.mkdtemp(prefix="snellen-check-"))
    sound = False
    jobs = folder / "jobs"
    try:
        tasks = None if task is None else [task_named(task)]
        conformance = Conformance(name, folder, python=python or _python_of(name), tasks=tasks)
        with contextlib.closing(conformance):
            findings = _findings(conformance, quiet=as_json)
        sound = all(finding.ok is not False for finding in findings)
        if as_json:
            print_json(_report(conformance, findings, jobs, sound=sound))
        elif not sound and jobs.is_dir():
            tell(f"The folders of the trainings, each with its log.txt: {jobs}")
    finally:
        # What failed is to be looked at; also what was interrupted has something to show.
        if sound or not jobs.is_dir():
            shutil.rmtree(folder, ignore_errors=True)
    if not sound:
        raise typer.Exit(1)


def _python_of(name: str) -> Path:
    """The Python that a server of this machine would run it with."""
    from snellen.server.settings import load

    settings = load()
    return settings.trainer_pythons.get(name, settings.trainer_python)


def _findings(conformance: Conformance, *, quiet: bool) -> list[Finding]:
    """All of them; each is said when it is known."""
    found = []
    for finding in conformance.findings():
        found.append(finding)
        if not quiet:
            task = finding.task or ""
            say(f"{MARKS[finding.ok]:7}  {task:14}  {finding.title} ({finding.seconds:.1f} s)")
            for line in (finding.reason or "").splitlines():
                say(f"{'':9}{line}")
    if not quiet:
        count = {mark: sum(each.ok is ok for each in found) for ok, mark in MARKS.items()}
        say(", ".join(f"{number} {mark}" for mark, number in count.items() if number))
    return found


def _report(conformance: Conformance, findings: list[Finding], jobs: Path, *, sound: bool) -> dict[str, object]:
    known = findings[0].task is not None
    return {
        "trainer": conformance.trainer,
        "version": conformance.description.version if known else None,
        "python": conformance.python,
        "ok": sound,
        "checks": [dataclasses.asdict(finding) for finding in findings],
        "folder": None if sound or not jobs.is_dir() else str(jobs),
    }
